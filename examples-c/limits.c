/* Bounds what a WebAssembly program takes, and ends one that does not return.
 *
 * cc -pthread limits.c $(pkg-config --cflags --libs wasi-threads) && ./a.out guests/primes-library.wasm */
#include "check.h"
#include <pthread.h>

static wasi_threads_engine_t *engine;
static wasi_threads_module_t *module;

static void print(const char *what, wasi_threads_error_t *error) {
    printf("%s: %s\n", what, error ? wasi_threads_error_message(error) : "no error");
    wasi_threads_error_delete(error);
}

static wasi_threads_process_t *start(void) {
    wasi_threads_process_t *process;
    check(wasi_threads_process_new(engine, module, NULL, NULL, &process));
    return process;
}

/* Ends a process once it runs, as when a user gives up. */
static void *give_up(void *process) {
    wasi_threads_thread_info_t info;
    size_t count;
    do check(wasi_threads_process_threads(process, &info, 1, &count));
    while (count == 0 || info.state != WASI_THREADS_THREAD_RUNNING);
    check(wasi_threads_process_end(process, "The user has given up."));
    return NULL;
}

int main(int argument_count, char **arguments) {
    if (argument_count != 2) return 2;
    wasi_threads_engine_config_t *config = wasi_threads_engine_config_new();
    check(wasi_threads_engine_config_set_limit(config, WASI_THREADS_LIMIT_MEMORY_PAGES, 100));
    check(wasi_threads_engine_new(config, &engine));
    wasi_threads_engine_config_delete(config);
    check(wasi_threads_module_new_from_file(engine, arguments[1], &module));

    /* Of one process: processor time of all its threads, and the time on the clock. */
    wasi_threads_process_t *process = start();
    check(wasi_threads_process_set_cpu_limit(process, 50000000));
    print("processor time", wasi_threads_process_call(process, "never_return", NULL, 0, NULL, 0));
    check(wasi_threads_process_delete(process));

    process = start();
    check(wasi_threads_process_set_time_limit(process, 50000000));
    print("time", wasi_threads_process_call(process, "never_return", NULL, 0, NULL, 0));
    check(wasi_threads_process_delete(process));

    /* Threads and memory. */
    process = start();
    wasi_threads_thread_t *thread;
    wasi_threads_memory_t *memory;
    check(wasi_threads_process_set_limit(process, WASI_THREADS_PROCESS_LIMIT_THREADS, 0));
    print("threads", wasi_threads_process_attach(process, &thread));
    check(wasi_threads_process_memory(process, NULL, &memory));
    print("memory", wasi_threads_memory_grow(memory, 1000, NULL));
    wasi_threads_memory_delete(memory);

    /* The embedder's word, from any thread, with a reason. */
    pthread_t ender;
    if (pthread_create(&ender, NULL, give_up, process) != 0) return 1;
    print("end", wasi_threads_process_call(process, "never_return", NULL, 0, NULL, 0));
    pthread_join(ender, NULL);
    check(wasi_threads_process_delete(process));

    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    return 0;
}
