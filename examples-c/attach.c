/* Four threads of this program call functions of one WebAssembly library at the same time.
 *
 * cc -pthread attach.c $(pkg-config --cflags --libs wasi-threads) && ./a.out guests/primes-library.wasm */
#include "check.h"
#include <pthread.h>

enum { threads = 4, numbers = 200000 };

struct part {
    wasi_threads_process_t *process;
    uint32_t first, last, primes;
};

/* A thread of this program, which becomes a thread of the guest for a while. */
static void *count(void *argument) {
    struct part *part = argument;
    wasi_threads_thread_t *thread;
    wasi_threads_value_t values[2] = {{.kind = WASI_THREADS_I32, .of.i32 = (int32_t)part->first},
                                      {.kind = WASI_THREADS_I32, .of.i32 = (int32_t)part->last}};
    check(wasi_threads_process_attach(part->process, &thread));
    check(wasi_threads_thread_call(thread, "count_primes", values, 2, values, 1));
    part->primes = (uint32_t)values[0].of.i32;
    check(wasi_threads_thread_detach(thread));
    return NULL;
}

int main(int argument_count, char **arguments) {
    if (argument_count != 2) return 2;
    wasi_threads_engine_t *engine;
    wasi_threads_module_t *module;
    wasi_threads_process_t *process;
    check(wasi_threads_engine_new(NULL, &engine));
    check(wasi_threads_module_new_from_file(engine, arguments[1], &module));
    check(wasi_threads_process_new(engine, module, NULL, NULL, &process));
    check(wasi_threads_process_initialize(process));

    pthread_t handles[threads];
    struct part parts[threads];
    uint32_t total = 0;
    for (uint32_t index = 0; index < threads; index++) {
        uint32_t share = numbers / threads;
        parts[index] = (struct part){process, share * index + 1, share * (index + 1), 0};
        if (pthread_create(&handles[index], NULL, count, &parts[index]) != 0) return 1;
    }
    for (int index = 0; index < threads; index++) {
        pthread_join(handles[index], NULL);
        printf("thread %d: %u primes\n", index + 1, parts[index].primes);
        total += parts[index].primes;
    }
    printf("primes below %d: %u\n", numbers, total);

    check(wasi_threads_process_delete(process));
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    return 0;
}
