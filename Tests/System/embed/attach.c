/* Eight host threads attach to processes, call and detach, thousands of times, while the guest spawns, the
 * process is paused, ended and deleted under them; and attached threads used in every wrong way. Arguments:
 * the folder of the guests, how many rounds. Prints a line for each expectation that is not met. */
#include "check.h"
#include <pthread.h>
#include <string.h>

enum { host_threads = 8, attachments = 40, MOVE = 1000 };

static wasi_threads_module_t *module;
static wasi_threads_linker_t *linker;

static wasi_threads_thread_t *inside;

static void on_another_thread(void *(*body)(void *), void *argument) {
    pthread_t other;
    if (pthread_create(&other, NULL, body, argument) != 0) exit(1);
    pthread_join(other, NULL);
}

/* Called inside a call of `inside`, on another host thread. */
static void *move_inside(void *argument) {
    expect("a move of a thread that is inside a call", wasi_threads_thread_move(inside), WASI_THREADS_ERROR_MISUSE);
    return argument;
}

static wasi_threads_error_t *host(void *env, wasi_threads_caller_t *caller, const wasi_threads_value_t *args,
                                  wasi_threads_value_t *results) {
    (void)env, (void)caller;
    if (args[0].of.i32 == MOVE) on_another_thread(move_inside, NULL);
    results[0].of.i32 = args[0].of.i32 + 1;
    return NULL;
}

static wasi_threads_process_t *start(void) {
    wasi_threads_process_t *process = NULL;
    succeed("process", wasi_threads_process_new(engine, module, linker, NULL, &process));
    return process;
}

/* Calls an export that takes an i32 and gives one. */
static wasi_threads_error_t *call_on(wasi_threads_thread_t *thread, const char *name, int32_t argument,
                                     int32_t *result) {
    wasi_threads_value_t value = {.kind = WASI_THREADS_I32, .of.i32 = argument};
    wasi_threads_error_t *error = wasi_threads_thread_call(thread, name, &value, 1, &value, 1);
    *result = value.of.i32;
    return error;
}

struct round {
    wasi_threads_process_t *process;
    /* How the process ends under its threads: 0 not, 1 by the host's word, 2 by a trap, 3 deleted. */
    int way;
    /* Threads that still attach, which a delete must not overlap; and threads that were attached. */
    _Atomic int attaching, attached;
};

/* Attaches again and again, until the process ends. */
static void *attach_many(void *argument) {
    struct round *round = argument;
    wasi_threads_thread_t *last = NULL;
    for (int index = 0; index < attachments && !last; index++) {
        wasi_threads_thread_t *thread;
        int32_t first, second;
        wasi_threads_error_t *error = wasi_threads_process_attach(round->process, &thread);
        if (error) {
            expect_that("attaching fails only at the end", round->way != 0);
            wasi_threads_error_delete(error);
            break;
        }
        round->attached++;
        error = call_on(thread, "own", 2, &first);
        if (!error) error = call_on(thread, "own", 3, &second);
        expect_that("a call fails only at the end", !error || round->way != 0);
        expect_that("a thread's globals are its own", error || (first == 2 && second == 5));
        wasi_threads_error_delete(error);
        wasi_threads_error_delete(wasi_threads_process_spawn(round->process, 0, NULL));
        if (index == attachments - 1 && round->way == 3) last = thread;
        else succeed("detach", wasi_threads_thread_detach(thread));
    }
    round->attaching--;
    if (!last) return NULL;
    /* The process is deleted while this thread is attached, and calls or not. */
    for (int is_over = 0; !is_over;) {
        int32_t result;
        wasi_threads_error_t *error = call_on(last, "loop", 10, &result);
        is_over = error != NULL;
        wasi_threads_error_delete(error);
    }
    expect("a call after the delete", wasi_threads_thread_call(last, "own", NULL, 0, NULL, 0),
           WASI_THREADS_ERROR_ENDED);
    succeed("detach after the delete", wasi_threads_thread_detach(last));
    return NULL;
}

static void *pause_sometimes(void *argument) {
    struct round *round = argument;
    while (round->attaching > 0) {
        wasi_threads_error_t *error = wasi_threads_process_pause(round->process);
        if (!error) succeed("resume", wasi_threads_process_resume(round->process));
        wasi_threads_error_delete(error);
        sched_yield();
    }
    return NULL;
}

static void one_round(int way) {
    struct round round = {.process = start(), .way = way, .attaching = host_threads};
    pthread_t threads[host_threads], pauser;
    for (int index = 0; index < host_threads; index++)
        pthread_create(&threads[index], NULL, attach_many, &round);
    pthread_create(&pauser, NULL, pause_sometimes, &round);
    if (way == 1 || way == 2) {
        while (round.attached < 3 * host_threads) sched_yield();
        if (way == 1) succeed("end", wasi_threads_process_end(round.process, NULL));
        else wasi_threads_error_delete(wasi_threads_process_spawn(round.process, 7, NULL));
    }
    pthread_join(pauser, NULL);
    if (way == 3) succeed("delete", wasi_threads_process_delete(round.process));
    for (int index = 0; index < host_threads; index++) pthread_join(threads[index], NULL);
    if (way != 3) succeed("delete", wasi_threads_process_delete(round.process));
}

static void *attach_and_exit(void *process) {
    wasi_threads_thread_t *thread = NULL;
    succeed("attach", wasi_threads_process_attach(process, &thread));
    return thread;
}

/* Objects in the place of others, and in every order. */
static void misuse(void) {
    wasi_threads_process_t *process = start();
    wasi_threads_thread_t *thread, *left;
    wasi_threads_function_t *own;
    wasi_threads_value_t value = {.kind = WASI_THREADS_I32, .of.i32 = 1};
    pthread_t other;
    uint32_t id;
    succeed("attach", wasi_threads_process_attach(process, &thread));
    pthread_create(&other, NULL, attach_and_exit, process);
    pthread_join(other, (void **)&left);
    succeed("function", wasi_threads_thread_function(thread, "own", &own));
    expect("a thread of another host thread", wasi_threads_thread_call(left, "own", &value, 1, &value, 1),
           WASI_THREADS_ERROR_MISUSE);
    expect("its detach", wasi_threads_thread_detach(left), WASI_THREADS_ERROR_MISUSE);
    expect("a process as a thread", wasi_threads_thread_id((wasi_threads_thread_t *)process, &id),
           WASI_THREADS_ERROR_MISUSE);
    expect("a thread as a process", wasi_threads_process_wait((wasi_threads_process_t *)thread),
           WASI_THREADS_ERROR_MISUSE);
    expect("a memory that is none", wasi_threads_memory_grow((wasi_threads_memory_t *)thread, 0, NULL),
           WASI_THREADS_ERROR_MISUSE);
    expect("a function that is none",
           wasi_threads_thread_call_function(thread, (wasi_threads_function_t *)&value, &value, 1, &value, 1),
           WASI_THREADS_ERROR_MISUSE);
    value.kind = WASI_THREADS_I64;
    expect("a wrong kind", wasi_threads_thread_call_function(thread, own, &value, 1, &value, 1),
           WASI_THREADS_ERROR_TYPE);
    value.kind = (wasi_threads_value_kind_t)77;
    expect("no kind", wasi_threads_thread_call_function(thread, own, &value, 1, &value, 1),
           WASI_THREADS_ERROR_MISUSE);
    succeed("delete", wasi_threads_process_delete(process));
    expect("attach after delete", wasi_threads_process_attach(process, &thread), WASI_THREADS_ERROR_MISUSE);
    value.kind = WASI_THREADS_I32;
    expect("call after delete", wasi_threads_thread_call_function(thread, own, &value, 1, &value, 1),
           WASI_THREADS_ERROR_ENDED);
    succeed("detach", wasi_threads_thread_detach(thread));
    succeed("detach for one that is gone", wasi_threads_thread_detach(left));
    expect("detach twice", wasi_threads_thread_detach(thread), WASI_THREADS_ERROR_MISUSE);
    expect("use after detach", wasi_threads_thread_id(thread, &id), WASI_THREADS_ERROR_MISUSE);
}

static void *use_and_move(void *thread) {
    int32_t result;
    expect("a call before the move", call_on(thread, "own", 1, &result), WASI_THREADS_ERROR_MISUSE);
    succeed("move", wasi_threads_thread_move(thread));
    succeed("move to itself", wasi_threads_thread_move(thread));
    succeed("a call after the move", call_on(thread, "own", 1, &result));
    expect_that("the instance has moved too", result == 3);
    return NULL;
}

static void *use_after_the_end(void *thread) {
    int32_t result;
    succeed("move after the end", wasi_threads_thread_move(thread));
    expect("call after the end", call_on(thread, "own", 1, &result), WASI_THREADS_ERROR_ENDED);
    succeed("detach after the end", wasi_threads_thread_detach(thread));
    return NULL;
}

/* A thread that goes from one host thread to another, and what may not go. */
static void moves(void) {
    wasi_threads_process_t *process = start();
    wasi_threads_thread_t *thread;
    int32_t result;
    expect("no thread", wasi_threads_thread_move(NULL), WASI_THREADS_ERROR_MISUSE);
    succeed("attach", wasi_threads_process_attach(process, &thread));
    succeed("own", call_on(thread, "own", 2, &result));
    on_another_thread(use_and_move, thread);
    expect("a call where it was", call_on(thread, "own", 1, &result), WASI_THREADS_ERROR_MISUSE);
    expect("a detach where it was", wasi_threads_thread_detach(thread), WASI_THREADS_ERROR_MISUSE);
    succeed("move back", wasi_threads_thread_move(thread));
    inside = thread;
    succeed("ask", call_on(thread, "ask", MOVE, &result));
    succeed("detach", wasi_threads_thread_detach(thread));
    expect("a move after the detach", wasi_threads_thread_move(thread), WASI_THREADS_ERROR_MISUSE);

    succeed("attach", wasi_threads_process_attach(process, &thread));
    succeed("end", wasi_threads_process_end(process, NULL));
    on_another_thread(use_after_the_end, thread);
    succeed("delete", wasi_threads_process_delete(process));

    process = start();
    succeed("attach", wasi_threads_process_attach(process, &thread));
    succeed("delete", wasi_threads_process_delete(process));
    on_another_thread(use_after_the_end, thread);
}

/* Threads that change between two host threads as fast as they can, while their process ends. */
static void *move_and_call(void *argument) {
    wasi_threads_thread_t *thread = argument;
    for (int is_over = 0; !is_over;) {
        int32_t result;
        wasi_threads_error_delete(wasi_threads_thread_move(thread));
        wasi_threads_error_t *error = call_on(thread, "loop", 1, &result);
        is_over = error && wasi_threads_error_kind(error) == WASI_THREADS_ERROR_ENDED;
        expect_that("refused or ended", !error || is_over ||
                    wasi_threads_error_kind(error) == WASI_THREADS_ERROR_MISUSE);
        wasi_threads_error_delete(error);
    }
    return NULL;
}

static void races(int way) {
    wasi_threads_process_t *process = start();
    wasi_threads_thread_t *thread;
    pthread_t movers[2];
    succeed("attach", wasi_threads_process_attach(process, &thread));
    for (int index = 0; index < 2; index++) pthread_create(&movers[index], NULL, move_and_call, thread);
    int32_t result;
    for (int index = 0; index < 200; index++) succeed("call", call_with(process, "own", 1, &result));
    if (way) succeed("end", wasi_threads_process_end(process, NULL));
    else succeed("delete", wasi_threads_process_delete(process));
    for (int index = 0; index < 2; index++) pthread_join(movers[index], NULL);
    succeed("move at last", wasi_threads_thread_move(thread));
    succeed("detach at last", wasi_threads_thread_detach(thread));
    if (way) succeed("delete at last", wasi_threads_process_delete(process));
}

int main(int count, char **arguments) {
    if (count != 3) return 2;
    guests = arguments[1];
    wasi_threads_value_kind_t i32 = WASI_THREADS_I32;
    succeed("engine", wasi_threads_engine_new(NULL, &engine));
    module = load("attach");
    succeed("linker", wasi_threads_linker_new(engine, &linker));
    succeed("define",
            wasi_threads_linker_define_with_caller(linker, "env", "host", &i32, 1, &i32, 1, host, NULL,
                                                   NULL));
    misuse();
    moves();
    struct holdings before = holdings();
    for (int round = 0; round < atoi(arguments[2]); round++) {
        one_round(round % 4);
        races(round % 2);
        expect_holdings("after a round", before);
    }
    wasi_threads_linker_delete(linker);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    return failures != 0;
}
