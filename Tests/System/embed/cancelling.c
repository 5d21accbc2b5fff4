/* Cancels host threads (pthread_cancel) inside calls of every kind: the process can be ended and deleted, and the thread
 * is gone as it was asked to. Argument: the folder of the guests. Prints a line for each expectation that is not met. */
#define _GNU_SOURCE
#include "check.h"
#include <pthread.h>
#include <unistd.h>

static wasi_threads_module_t *module;
static wasi_threads_linker_t *linker;
/* Whether a function of the host waits, and which way out it takes; how many wait. */
static _Atomic int must_wait, leaves_by_exit, waiting;

/* A function that is cancelled where it waits. */
static wasi_threads_error_t *host(void *env, wasi_threads_caller_t *caller, const wasi_threads_value_t *args,
                                  wasi_threads_value_t *results) {
    (void)env, (void)caller;
    results[0].of.i32 = args[0].of.i32 + 1;
    if (!must_wait) return NULL;
    waiting++;
    if (leaves_by_exit) pthread_exit(PTHREAD_CANCELED);
    int ends[2];
    char byte;
    if (pipe(ends) == 0 && read(ends[0], &byte, 1) == 1) printf("a pipe has something\n"), failures++;
    return NULL;
}

struct use {
    wasi_threads_process_t *process;
    const char *name;
    int32_t argument;
    int cancel_type;
};

static void *call(void *argument) {
    struct use *use = argument;
    pthread_setcanceltype(use->cancel_type, NULL);
    wasi_threads_error_delete(call_with(use->process, use->name, use->argument, NULL));
    pthread_testcancel();
    return NULL;
}

static void *wait_for_threads(void *argument) {
    struct use *use = argument;
    wasi_threads_error_delete(wasi_threads_process_wait(use->process));
    pthread_testcancel();
    return NULL;
}

static void *attach(void *argument) {
    struct use *use = argument;
    wasi_threads_thread_t *thread = NULL;
    wasi_threads_value_t value = {.kind = WASI_THREADS_I32, .of.i32 = use->argument}, result;
    succeed("attach", wasi_threads_process_attach(use->process, &thread));
    wasi_threads_error_delete(
        wasi_threads_thread_call(thread, use->name, &value, 1, &result, !strcmp(use->name, "ask")));
    pthread_testcancel();
    return NULL;
}

static wasi_threads_process_t *start(void) {
    wasi_threads_process_t *process = NULL;
    succeed("process", wasi_threads_process_new(engine, module, linker, NULL, &process));
    return process;
}

static void wait_until_one_works(wasi_threads_process_t *process) {
    uint8_t *base;
    uint64_t length;
    succeed("memory", memory_of(process, NULL, &base, &length));
    while (atomic_load((_Atomic uint32_t *)(base + 8)) == 0) sched_yield();
}

/* What has to be so when a thread is cancelled that waits in the library or computes: it goes on, until its process
 * ends. */
static void cancel(const char *what, void *(*body)(void *), struct use use) {
    pthread_t thread;
    void *result = NULL;
    use.process = start();
    if (body == wait_for_threads) succeed("spawn", wasi_threads_process_spawn(use.process, 1, NULL));
    pthread_create(&thread, NULL, body, &use);
    wait_until_one_works(use.process);
    pthread_cancel(thread);
    succeed(what, wasi_threads_process_delete(use.process));
    pthread_join(thread, &result);
    expect_that(what, result == PTHREAD_CANCELED);
}

/* The same where an attached thread is unwound from a function of the host: the process ends by it. */
static void unwind(const char *what, int by_exit) {
    pthread_t thread;
    void *result = NULL;
    wasi_threads_outcome_t outcome = WASI_THREADS_OUTCOME_ALIVE;
    wasi_threads_error_t *reason = NULL;
    struct use use = {start(), "ask", 1, PTHREAD_CANCEL_DEFERRED};
    waiting = 0;
    must_wait = 1;
    leaves_by_exit = by_exit;
    pthread_create(&thread, NULL, attach, &use);
    while (!waiting) sched_yield();
    if (!by_exit) pthread_cancel(thread);
    pthread_join(thread, &result);
    must_wait = 0;
    expect_that(what, result == PTHREAD_CANCELED);
    succeed("outcome", wasi_threads_process_outcome(use.process, &outcome, NULL, &reason));
    expect_that("the process ended", outcome == WASI_THREADS_OUTCOME_ENDED);
    expect("why it ended", reason, WASI_THREADS_ERROR_ENDED);
    succeed(what, wasi_threads_process_delete(use.process));
}

int main(int count, char **arguments) {
    (void)count;
    guests = arguments[1];
    succeed("engine", wasi_threads_engine_new(NULL, &engine));
    module = load("attach");
    succeed("linker", wasi_threads_linker_new(engine, &linker));
    const wasi_threads_value_kind_t i32 = WASI_THREADS_I32;
    succeed("host", wasi_threads_linker_define_with_caller(linker, "env", "host", &i32, 1, &i32, 1, host, NULL, NULL));
    for (int32_t way = 1; way <= 6; way++) {
        cancel("a call", call, (struct use){NULL, "work", way, PTHREAD_CANCEL_DEFERRED});
        cancel("a call at any point", call, (struct use){NULL, "work", way, PTHREAD_CANCEL_ASYNCHRONOUS});
        cancel("a call of an attached thread", attach, (struct use){NULL, "work", way, PTHREAD_CANCEL_DEFERRED});
    }
    cancel("a wait for threads", wait_for_threads, (struct use){NULL, "", 0, PTHREAD_CANCEL_DEFERRED});
    for (int round = 0; round < 20; round++) {
        unwind("a cancelled function of the host", 0);
        unwind("pthread_exit in a function of the host", 1);
    }
    wasi_threads_linker_delete(linker);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    return failures != 0;
}
