/* Exports as C function pointers: of every type, as a comparator, in parallel, and where they cannot run. */
#include "check.h"
#include <pthread.h>
#include <string.h>

typedef int32_t (*unary)(int32_t);
typedef int (*comparator)(const void *, const void *);

static wasi_threads_module_t *module;
static wasi_threads_linker_t *linker;
static comparator compare;

static int32_t key(const void *element) { return *(const int32_t *)element; }

/* Sorts so many elements, with the export that runs on the thread that calls this. */
static void sort(int32_t count) {
    int32_t elements[1000];
    for (int32_t index = 0; index < count; index++) elements[index] = index * 7919 % 1009;
    qsort(elements, (size_t)count, sizeof *elements, compare);
    for (int32_t index = 1; index < count; index++)
        expect_that("the order", elements[index - 1] <= elements[index]);
}

static wasi_threads_process_t *start(void) {
    wasi_threads_process_t *process = NULL;
    succeed("process", wasi_threads_process_new(engine, module, linker, NULL, &process));
    return process;
}

static wasi_threads_thread_t *attach(wasi_threads_process_t *process) {
    wasi_threads_thread_t *thread = NULL;
    succeed("attach", wasi_threads_process_attach(process, &thread));
    return thread;
}

static wasi_threads_native_function_t native(wasi_threads_thread_t *thread, const char *name) {
    wasi_threads_native_function_t function = NULL;
    succeed(name, wasi_threads_thread_native(thread, name, &function));
    return function;
}

static void types(wasi_threads_thread_t *thread) {
    double (*mix)(int32_t, int64_t, float, double, int32_t, int32_t, int32_t, int32_t, int32_t, double) =
        (double (*)(int32_t, int64_t, float, double, int32_t, int32_t, int32_t, int32_t, int32_t,
                    double))native(thread, "mix");
    expect_that("values of each type", mix(-1, INT64_C(1) << 40, 0.5f, 0.25, 0, 0, 0, 0, 16, 32) ==
                                           (double)(INT64_C(1) << 40) + 47.75);
    expect_that("float", ((float (*)(float))native(thread, "single"))(1.25f) == 2.5f);
    expect_that("int64_t", ((int64_t(*)(int64_t))native(thread, "wide"))(INT64_C(1) << 40) == -(INT64_C(1) << 41));
    expect_that("a reference", ((void *(*)(void *))native(thread, "same"))(&linker) == (void *)&linker);
    expect_that("a negative number", ((unary)native(thread, "increment"))(-5) == -4);
    ((void (*)(void))native(thread, "nothing"))();
    expect_that("no result", ((int32_t(*)(void))native(thread, "calls"))() == 77);
    expect_that("the same function", native(thread, "calls") == native(thread, "calls"));
    wasi_threads_function_t *function = NULL;
    succeed("function", wasi_threads_thread_function(thread, "increment", &function));
    void *(*give)(void *) = (void *(*)(void *))native(thread, "function");
    expect_that("a function", give(function) == (void *)function && give(NULL) == NULL);
    expect_that("no function", give(&linker) == NULL);
    expect("no function", wasi_threads_thread_take_error(thread), WASI_THREADS_ERROR_MISUSE);
    succeed("no error", wasi_threads_thread_take_error(thread));
}

static void refusals(wasi_threads_thread_t *thread) {
    wasi_threads_native_function_t function;
    expect("no thread", wasi_threads_thread_native(NULL, "compare", &function), WASI_THREADS_ERROR_MISUSE);
    expect("no name", wasi_threads_thread_native(thread, NULL, &function), WASI_THREADS_ERROR_MISUSE);
    expect("no place", wasi_threads_thread_native(thread, "compare", NULL), WASI_THREADS_ERROR_MISUSE);
    expect("no export", wasi_threads_thread_native(thread, "absent", &function), WASI_THREADS_ERROR_EXPORT);
    expect("no function", wasi_threads_thread_native(thread, "memory", &function), WASI_THREADS_ERROR_EXPORT);
    expect("two results", wasi_threads_thread_native(thread, "both", &function), WASI_THREADS_ERROR_TYPE);
}

static void *call_elsewhere(void *function) {
    expect_that("zero on another thread", ((unary)function)(1) == 0);
    return NULL;
}

static void elsewhere(wasi_threads_thread_t *thread) {
    wasi_threads_native_function_t increment = native(thread, "increment");
    pthread_t other;
    if (pthread_create(&other, NULL, call_elsewhere, (void *)increment) != 0) exit(1);
    pthread_join(other, NULL);
    expect("another thread", wasi_threads_thread_take_error(thread), WASI_THREADS_ERROR_MISUSE);
    expect_that("the owner goes on", ((unary)increment)(1) == 2);
}

static void ends(void) {
    wasi_threads_process_t *process = start();
    wasi_threads_thread_t *thread = attach(process);
    unary trap = (unary)native(thread, "trap"), increment = (unary)native(thread, "increment");
    expect_that("zero after a trap", trap(1) == 0);
    wasi_threads_outcome_t outcome;
    succeed("outcome", wasi_threads_process_outcome(process, &outcome, NULL, NULL));
    expect_that("the process trapped", outcome == WASI_THREADS_OUTCOME_TRAPPED);
    wasi_threads_error_t *error = wasi_threads_thread_take_error(thread);
    expect_that("the trap", wasi_threads_error_trap_code(error) == WASI_THREADS_TRAP_UNREACHABLE);
    wasi_threads_error_delete(error);
    expect_that("zero after the end", increment(1) == 0);
    expect("after the end", wasi_threads_thread_take_error(thread), WASI_THREADS_ERROR_MISUSE);
    succeed("delete", wasi_threads_process_delete(process));
    expect_that("zero after the process", increment(1) == 0);
    expect("after the process", wasi_threads_thread_take_error(thread), WASI_THREADS_ERROR_MISUSE);
    succeed("detach", wasi_threads_thread_detach(thread));
}

static void *sort_on_a_thread(void *argument) {
    wasi_threads_process_t *process = argument;
    wasi_threads_thread_t *thread = attach(process);
    unary increment = (unary)native(thread, "increment");
    int32_t number = 0;
    while (number < 100000) number = increment(number);
    succeed("no error", wasi_threads_thread_take_error(thread));
    succeed("detach", wasi_threads_thread_detach(thread));
    return NULL;
}

static void parallel(wasi_threads_process_t *process) {
    enum { count = 8 };
    pthread_t threads[count];
    for (int index = 0; index < count; index++)
        if (pthread_create(&threads[index], NULL, sort_on_a_thread, process) != 0) exit(1);
    for (int index = 0; index < count; index++) pthread_join(threads[index], NULL);
}

int main(int count, char **arguments) {
    if (count != 2) return 2;
    guests = arguments[1];
    struct holdings before = holdings();
    succeed("engine", wasi_threads_engine_new(NULL, &engine));
    module = load("pointers");
    succeed("linker", wasi_threads_linker_new(engine, &linker));
    succeed("key", wasi_threads_linker_define_native(linker, "env", "key", "int32_t key(externref element)",
                                                     (wasi_threads_native_function_t)key, NULL, NULL));
    succeed("sort", wasi_threads_linker_define_native(linker, "env", "sort", "void sort(int32_t count)",
                                                      (wasi_threads_native_function_t)sort, NULL, NULL));
    wasi_threads_process_t *process = start();
    wasi_threads_thread_t *thread = attach(process);
    types(thread);
    refusals(thread);
    compare = (comparator)native(thread, "compare");
    sort(1000);
    /* From a host function that the guest has called. */
    wasi_threads_value_t number = {.kind = WASI_THREADS_I32, .of.i32 = 500};
    succeed("sort", wasi_threads_thread_call(thread, "sort", &number, 1, NULL, 0));
    elsewhere(thread);
    parallel(process);
    succeed("detach", wasi_threads_thread_detach(thread));
    succeed("delete", wasi_threads_process_delete(process));
    ends();
    wasi_threads_linker_delete(linker);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    expect_holdings("after all", before);
    return failures != 0;
}
