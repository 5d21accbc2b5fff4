/* Ends paused processes in every combination of what their threads are doing and of how they are ended: nothing of them
 * is left in the host. Arguments: the folder of the guests, and how many times each. Prints a line for each
 * expectation that is not met. */
#define _GNU_SOURCE
#include "check.h"
#include <pthread.h>

/* What runs in a process when it is paused, to be joined with |. 0 is a process that never ran. */
enum { called = 1, spawned = 2, attached = 4, idle = 8, situations = 16 };

enum ending { end_and_delete, delete_at_once, delete_elsewhere, resume_and_end, pause_twice, endings };

static wasi_threads_module_t *module;
static wasi_threads_linker_t *linker;
static wasi_threads_wasi_config_t *config;
static pthread_barrier_t barrier;

static wasi_threads_error_t *plus_one(void *env, wasi_threads_caller_t *caller, const wasi_threads_value_t *args,
                                      wasi_threads_value_t *results) {
    (void)env, (void)caller;
    results[0].of.i32 = args[0].of.i32 + 1;
    return NULL;
}

struct use {
    wasi_threads_process_t *process;
    /* How the guest works. */
    int32_t way;
    int is_inside;
};

/* A call that ends with its process. */
static void *call(void *argument) {
    struct use *use = argument;
    wasi_threads_error_delete(call_with(use->process, "work", use->way, NULL));
    return NULL;
}

/* An attached thread, inside a call or outside of one while the process ends. */
static void *attach(void *argument) {
    struct use *use = argument;
    wasi_threads_thread_t *thread = NULL;
    wasi_threads_value_t way = {.kind = WASI_THREADS_I32, .of.i32 = use->way};
    succeed("attach", wasi_threads_process_attach(use->process, &thread));
    if (use->is_inside) wasi_threads_error_delete(wasi_threads_thread_call(thread, "work", &way, 1, NULL, 0));
    else pthread_barrier_wait(&barrier), pthread_barrier_wait(&barrier);
    wasi_threads_error_delete(wasi_threads_thread_detach(thread));
    return NULL;
}

static void *delete(void *argument) {
    succeed("delete elsewhere", wasi_threads_process_delete(argument));
    return NULL;
}

/* Waits until so many threads of the guest work. */
static void wait_for_workers(wasi_threads_process_t *process, int count) {
    uint8_t *base;
    uint64_t length;
    succeed("memory", memory_of(process, NULL, &base, &length));
    while (atomic_load((_Atomic uint32_t *)(base + 8)) != (uint32_t)count) sched_yield();
}

static void round_of(int situation, enum ending ending, int32_t way) {
    wasi_threads_process_t *process = NULL;
    succeed("process", wasi_threads_process_new(engine, module, linker, config, &process));
    struct use inside = {process, way, 1}, outside = {process, way, 0};
    pthread_t threads[3];
    int count = 0, workers = 0;
    if (situation & idle) {
        pthread_create(&threads[count++], NULL, attach, &outside);
        pthread_barrier_wait(&barrier);
    }
    if (situation & called) pthread_create(&threads[count++], NULL, call, &inside), workers++;
    if (situation & attached) pthread_create(&threads[count++], NULL, attach, &inside), workers++;
    if (situation & spawned) succeed("spawn", wasi_threads_process_spawn(process, (uint32_t)way, NULL)), workers++;
    wait_for_workers(process, workers);

    succeed("pause", wasi_threads_process_pause(process));
    if (ending == pause_twice) succeed("pause again", wasi_threads_process_pause(process));
    if (ending == resume_and_end) succeed("resume", wasi_threads_process_resume(process));
    if (ending != delete_at_once && ending != delete_elsewhere)
        succeed("end", wasi_threads_process_end(process, "enough"));
    if (ending == delete_elsewhere) {
        pthread_t deleter;
        pthread_create(&deleter, NULL, delete, process);
        pthread_join(deleter, NULL);
    } else {
        succeed("delete", wasi_threads_process_delete(process));
    }
    if (situation & idle) pthread_barrier_wait(&barrier);
    for (int index = 0; index < count; index++) pthread_join(threads[index], NULL);
}

int main(int count, char **arguments) {
    guests = arguments[1];
    int rounds = count > 2 ? atoi(arguments[2]) : 1;
    succeed("engine", wasi_threads_engine_new(NULL, &engine));
    module = load("attach");
    succeed("linker", wasi_threads_linker_new(engine, &linker));
    const wasi_threads_value_kind_t i32 = WASI_THREADS_I32;
    succeed("host", wasi_threads_linker_define_with_caller(linker, "env", "host", &i32, 1, &i32, 1, plus_one, NULL,
                                                           NULL));
    /* A process that is left behind shows by its descriptors. */
    config = wasi_threads_wasi_config_new();
    succeed("stream", wasi_threads_wasi_config_inherit_stream(config, WASI_THREADS_STDOUT));
    succeed("directory", wasi_threads_wasi_config_preopen_directory(config, "/", "/", WASI_THREADS_READ_ONLY));
    pthread_barrier_init(&barrier, NULL, 2);
    /* What is made once, for all. */
    round_of(called | spawned | attached | idle, end_and_delete, 1);
    for (int situation = 0; situation < situations; situation++)
        for (int ending = 0; ending < endings; ending++) {
            char what[64];
            struct holdings before = holdings();
            for (int round = 0; round < rounds; round++) round_of(situation, ending, 1 + (situation + round) % 6);
            snprintf(what, sizeof what, "situation %d, ending %d", situation, ending);
            expect_holdings(what, before);
        }
    pthread_barrier_destroy(&barrier);
    wasi_threads_wasi_config_delete(config);
    wasi_threads_linker_delete(linker);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    return failures != 0;
}
