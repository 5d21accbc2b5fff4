/* Measures what happens inside one host process, through the C API. Prints one number a line.
 *
 * host end MODULE STATE THREADS ROUNDS   milliseconds from wasi_threads_process_end to the caller of
 *                                        wasi_threads_process_run having its status with all threads gone
 * host exit MODULE STATE THREADS ROUNDS  the same from just before the guest's proc_exit
 * host churn MODULE COUNT ROUNDS         bytes of resident memory gained by COUNT processes, one after another
 * host native COUNT                      seconds for COUNT pthreads, each started and waited for by futex
 * host native-end THREADS ROUNDS         milliseconds to wake so many pthreads one by one and to join them */
#define _GNU_SOURCE /* syscall */
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <wasi_threads.h>

static void check(wasi_threads_error_t *error) {
    if (!error) return;
    fprintf(stderr, "%s\n", wasi_threads_error_message(error));
    exit(1);
}

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void pause_ms(long milliseconds) {
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static _Atomic uint64_t decided;

/* Where the memory that a guest counts its threads in lies. */
static uint8_t *memory_of(wasi_threads_process_t *process) {
    wasi_threads_memory_t *memory;
    uint8_t *base;
    uint64_t length;
    check(wasi_threads_process_imported_memory(process, "foo", "bar", &memory));
    check(wasi_threads_memory_data(memory, &base, &length));
    wasi_threads_memory_delete(memory);
    return base;
}

/* Ends the process some time after its threads have counted themselves at address 0. */
struct ender {
    wasi_threads_process_t *process;
    uint32_t threads;
};

static void *end_when_all_run(void *argument) {
    struct ender *ender = argument;
    uint8_t *base = memory_of(ender->process);
    while (atomic_load((_Atomic uint32_t *)base) < ender->threads) pause_ms(1);
    pause_ms(300);
    atomic_store(&decided, now());
    check(wasi_threads_process_end(ender->process, NULL));
    return NULL;
}

static void end_once(wasi_threads_engine_t *engine, wasi_threads_module_t *module, int by_guest,
                     const char *state, const char *threads, int input) {
    const char *arguments[] = {"ending", state, by_guest ? "exit" : "never", threads, "300"};
    wasi_threads_wasi_config_t *config = wasi_threads_wasi_config_new();
    wasi_threads_process_t *process;
    check(wasi_threads_wasi_config_set_arguments(config, arguments, by_guest ? 5 : 4));
    check(wasi_threads_wasi_config_set_stream_descriptor(config, WASI_THREADS_STDIN, input));
    check(wasi_threads_process_new(engine, module, NULL, config, &process));
    struct ender ender = {process, (uint32_t)atoi(threads)};
    pthread_t thread;
    if (!by_guest) pthread_create(&thread, NULL, end_when_all_run, &ender);
    wasi_threads_error_delete(wasi_threads_process_run(process, NULL));
    uint64_t ended = now(), start;
    if (by_guest) {
        memcpy(&start, memory_of(process) + 24, sizeof start);
    } else {
        pthread_join(thread, NULL);
        start = atomic_load(&decided);
    }
    printf("%.3f\n", (double)(ended - start) * 1e-6);
    check(wasi_threads_process_delete(process));
    wasi_threads_wasi_config_delete(config);
}

static long resident_bytes(void) {
    long total = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%ld %ld", &total, &resident) != 2) exit(1);
    fclose(file);
    return resident * sysconf(_SC_PAGESIZE);
}

static long churn(wasi_threads_engine_t *engine, wasi_threads_module_t *module, long count) {
    long before = resident_bytes();
    for (long index = 0; index < count; index++) {
        wasi_threads_process_t *process;
        check(wasi_threads_process_new(engine, module, NULL, NULL, &process));
        /* How it ends does not matter here. */
        wasi_threads_error_delete(wasi_threads_process_run(process, NULL));
        check(wasi_threads_process_delete(process));
    }
    return resident_bytes() - before;
}

static _Atomic uint32_t finished;

static void *finish(void *argument) {
    atomic_fetch_add(&finished, 1);
    syscall(SYS_futex, &finished, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    return argument;
}

static void native(uint32_t count) {
    pthread_attr_t detached;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    uint64_t start = now();
    for (uint32_t index = 0; index < count; index++) {
        pthread_t thread;
        if (pthread_create(&thread, &detached, finish, NULL) != 0) exit(1);
        for (uint32_t seen; (seen = atomic_load(&finished)) <= index;)
            syscall(SYS_futex, &finished, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
    }
    printf("%.6f\n", (double)(now() - start) * 1e-9);
}

enum { most_threads = 4096, stack_bytes = 256 * 1024 };

/* Each on a cache line of its own. */
static struct { _Alignas(64) _Atomic uint32_t word; } gates[most_threads];

static void *wait_at_gate(void *gate) {
    _Atomic uint32_t *word = gate;
    finish(NULL);
    while (atomic_load(word) == 0) syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    return NULL;
}

static void native_end(uint32_t count, char *stacks) {
    static pthread_t threads[most_threads];
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    atomic_store(&finished, 0);
    for (uint32_t index = 0; index < count; index++) {
        atomic_store(&gates[index].word, 0);
        pthread_attr_setstack(&attributes, stacks + (size_t)index * stack_bytes, stack_bytes);
        if (pthread_create(&threads[index], &attributes, wait_at_gate, &gates[index].word) != 0) exit(1);
    }
    while (atomic_load(&finished) < count) pause_ms(1);
    pause_ms(20);
    uint64_t start = now();
    for (uint32_t index = 0; index < count; index++) {
        atomic_store(&gates[index].word, 1);
        syscall(SYS_futex, &gates[index].word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    }
    for (uint32_t index = 0; index < count; index++) pthread_join(threads[index], NULL);
    printf("%.3f\n", (double)(now() - start) * 1e-6);
}

int main(int count, char **arguments) {
    if (count == 4 && strcmp(arguments[1], "native-end") == 0) {
        uint32_t threads = (uint32_t)atoi(arguments[2]);
        char *stacks = malloc((size_t)threads * stack_bytes);
        if (threads > most_threads || !stacks) return 1;
        for (int round = atoi(arguments[3]); round > 0; round--) native_end(threads, stacks);
        return 0;
    }
    if (count == 3 && strcmp(arguments[1], "native") == 0) {
        native((uint32_t)atoi(arguments[2]));
        return 0;
    }
    if (count < 4) return 2;
    wasi_threads_engine_t *engine;
    wasi_threads_module_t *module;
    check(wasi_threads_engine_new(NULL, &engine));
    check(wasi_threads_module_new_from_file(engine, arguments[2], &module));
    if (count == 5 && strcmp(arguments[1], "churn") == 0) {
        /* The first hundred fill the caches that are meant to stay. */
        churn(engine, module, 100);
        for (int round = atoi(arguments[4]); round > 0; round--)
            printf("%ld\n", churn(engine, module, atol(arguments[3])));
    } else if (count == 6) {
        int input[2];
        if (pipe(input) != 0) return 1;
        for (int round = atoi(arguments[5]); round > 0; round--)
            end_once(engine, module, strcmp(arguments[1], "exit") == 0, arguments[3], arguments[4], input[0]);
    }
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    return 0;
}
