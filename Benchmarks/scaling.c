/* Measures how calls scale with the threads that make them: one thread and then many, in one process and in turns.
 *
 * scaling MODULE KIND THREADS ROUNDS   prints for each round the nanoseconds that a call takes, by one thread and
 *                                      by all together, and the same in processor time
 *
 * KIND is what guest threads call: add, sum, length (C functions by their prototypes), table (one that
 * wasi_threads_linker_define made); how attached host threads call an export: function
 * (wasi_threads_thread_call_function), pointer (wasi_threads_thread_native); or native: threads in C that call a C
 * function through a pointer. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <wasi_threads.h>

static const char *const host_calls[] = {"add", "sum", "length", "table"};
enum { count_of_host_calls = 4, most_threads = 256 };

/* Of the measurement that is under way: how many calls each thread makes, and where all wait for each other. */
static int32_t count;
static pthread_barrier_t beginning, ending;
/* How many threads are there, and when the last of them was done. */
static _Atomic int arrived;
static _Atomic long done;
static wasi_threads_process_t *process;

static void check(wasi_threads_error_t *error) {
    if (!error) return;
    fprintf(stderr, "%s\n", wasi_threads_error_message(error));
    exit(1);
}

static long now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * 1000000000L + time.tv_nsec;
}

static int32_t begin(void) {
    atomic_fetch_add(&arrived, 1);
    pthread_barrier_wait(&beginning);
    return count;
}

static void end(void) {
    const long time = now(CLOCK_MONOTONIC);
    for (long last = atomic_load(&done); last < time && !atomic_compare_exchange_weak(&done, &last, time);) {}
    pthread_barrier_wait(&ending);
}

static int32_t add(int32_t a, int32_t b) { return a + b; }
static uint32_t length(const char *text) { return (uint32_t)strlen(text); }

static double sum(const double *values, size_t size) {
    double result = 0;
    for (size_t index = 0; index < size; index++) result += values[index];
    return result;
}

/* As `wasi_threads_linker_define` takes it. */
static void table(void *env, const wasi_threads_value_t *args, wasi_threads_value_t *results) {
    (void)env;
    results[0].of.i32 = args[0].of.i32 + args[1].of.i32;
}

static void define(wasi_threads_linker_t *linker) {
    static const wasi_threads_value_kind_t i32[] = {WASI_THREADS_I32, WASI_THREADS_I32};
    static const struct {
        const char *name, *prototype;
        wasi_threads_native_function_t function;
    } natives[] = {
        {"begin", "int32_t begin(void)", (wasi_threads_native_function_t)begin},
        {"end", "void end(void)", (wasi_threads_native_function_t)end},
        {"add", "int32_t add(int32_t a, int32_t b)", (wasi_threads_native_function_t)add},
        {"sum", "double sum(const double *values, size_t count)", (wasi_threads_native_function_t)sum},
        {"length", "uint32_t length(const char *text)", (wasi_threads_native_function_t)length},
    };
    for (size_t index = 0; index < sizeof natives / sizeof *natives; index++)
        check(wasi_threads_linker_define_native(linker, "env", natives[index].name, natives[index].prototype,
                                                natives[index].function, NULL, NULL));
    check(wasi_threads_linker_define(linker, "env", "table", i32, 2, i32, 1, table, NULL, NULL));
}

static void *call_natively(void *argument) {
    int32_t (*volatile function)(int32_t, int32_t) = add;
    for (int32_t left = begin(); left > 0; left--) function(1, left);
    end();
    return argument;
}

static void *call_export(void *by_pointer) {
    wasi_threads_thread_t *thread;
    wasi_threads_native_function_t pointer;
    wasi_threads_function_t *function;
    wasi_threads_value_t values[2] = {{.kind = WASI_THREADS_I32, .of.i32 = 1},
                                      {.kind = WASI_THREADS_I32, .of.i32 = 1}};
    check(wasi_threads_process_attach(process, &thread));
    check(wasi_threads_thread_native(thread, "own", &pointer));
    check(wasi_threads_thread_function(thread, "own", &function));
    int32_t left = begin();
    if (by_pointer)
        while (left > 0) left -= ((int32_t(*)(int32_t, int32_t))pointer)(1, 0);
    else
        for (; left > 0; left--)
            check(wasi_threads_thread_call_function(thread, function, values, 2, values, 1));
    end();
    check(wasi_threads_thread_detach(thread));
    return NULL;
}

static int host_call(const char *kind) {
    for (int index = 0; index < count_of_host_calls; index++)
        if (strcmp(kind, host_calls[index]) == 0) return index;
    return -1;
}

/* Nanoseconds for so many calls of each of so many threads, from when all are there to when all are done. */
static double measure(const char *kind, int threads, int32_t calls, double *of_processor) {
    pthread_t callers[most_threads];
    const int which = host_call(kind);
    count = calls;
    atomic_store(&arrived, 0);
    atomic_store(&done, 0);
    pthread_barrier_init(&beginning, NULL, (unsigned)threads + 1);
    pthread_barrier_init(&ending, NULL, (unsigned)threads + 1);
    for (int index = 0; index < threads; index++) {
        if (which >= 0)
            check(wasi_threads_process_spawn(process, (uint32_t)which, NULL));
        else if (pthread_create(&callers[index], NULL, strcmp(kind, "native") ? call_export : call_natively,
                                strcmp(kind, "pointer") ? NULL : callers) != 0)
            exit(1);
    }
    while (atomic_load(&arrived) < threads) sched_yield();
    const long used = now(CLOCK_PROCESS_CPUTIME_ID), start = now(CLOCK_MONOTONIC);
    pthread_barrier_wait(&beginning);
    pthread_barrier_wait(&ending);
    *of_processor = (double)(now(CLOCK_PROCESS_CPUTIME_ID) - used);
    if (which >= 0) check(wasi_threads_process_wait(process));
    else
        for (int index = 0; index < threads; index++) pthread_join(callers[index], NULL);
    pthread_barrier_destroy(&beginning);
    pthread_barrier_destroy(&ending);
    return (double)(atomic_load(&done) - start);
}

int main(int argument_count, char **arguments) {
    if (argument_count != 5) return 2;
    const char *kind = arguments[2];
    const int threads = atoi(arguments[3]);
    if (threads < 1 || threads > most_threads) return 2;
    wasi_threads_engine_t *engine;
    wasi_threads_module_t *module;
    wasi_threads_linker_t *linker;
    check(wasi_threads_engine_new(NULL, &engine));
    check(wasi_threads_module_new_from_file(engine, arguments[1], &module));
    check(wasi_threads_linker_new(engine, &linker));
    define(linker);
    check(wasi_threads_process_new(engine, module, linker, NULL, &process));

    /* As many calls as one thread makes in 100 ms, which also warms everything up. */
    int32_t calls = 1000;
    double used;
    while (measure(kind, 1, calls, &used), used < 25e6) calls *= 2;
    calls = (int32_t)(calls * 100e6 / used);
    for (int round = atoi(arguments[4]); round > 0; round--) {
        double used_by_one, used_by_all;
        const int32_t each = calls / threads;
        const double one = measure(kind, 1, calls, &used_by_one), all = measure(kind, threads, each, &used_by_all);
        const double made = (double)each * threads;
        printf("%.3f %.3f %.3f %.3f\n", one / calls, all / made, used_by_one / calls, used_by_all / made);
    }
    check(wasi_threads_process_delete(process));
    wasi_threads_linker_delete(linker);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    return 0;
}
