/* Measures calls between a guest and C functions of its host. Prints nanoseconds: of the processor's time, so
 * that a busy machine disturbs little, and for several threads of the clock's.
 *
 * native MODULE EXPORT COUNT    of an export that makes COUNT calls, for each call
 * native MODULE pointer COUNT   of an export through its C function pointer, for each call
 * native MODULE call COUNT      of the same export by wasi_threads_thread_call_function, for each call
 * native MODULE threads COUNT N of COUNT calls of one function on each of N guest threads at once, for each
 *                               call of one of them */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wasi_threads.h>

static void check(wasi_threads_error_t *error) {
    if (!error) return;
    fprintf(stderr, "%s\n", wasi_threads_error_message(error));
    exit(1);
}

static double now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

struct point {
    double x, y;
};

static int32_t add(int32_t a, int32_t b) { return a + b; }
static double scale(double value, double by) { return value * by; }
static double norm(struct point p) { return p.x * p.x + p.y * p.y; }
static uint32_t length(const char *text) { return (uint32_t)strlen(text); }

static double sum(const double *values, size_t count) {
    double result = 0;
    for (size_t index = 0; index < count; index++) result += values[index];
    return result;
}

/* As `wasi_threads_linker_define` takes it. */
static void table(void *env, const wasi_threads_value_t *args, wasi_threads_value_t *results) {
    (void)env;
    results[0].of.i32 = args[0].of.i32 + args[1].of.i32;
}

static wasi_threads_linker_t *functions(wasi_threads_engine_t *engine) {
    static const struct {
        const char *name, *prototype;
        wasi_threads_native_function_t function;
    } natives[] = {
        {"add", "int32_t add(int32_t a, int32_t b)", (wasi_threads_native_function_t)add},
        {"scale", "double scale(double value, double by)", (wasi_threads_native_function_t)scale},
        {"sum", "double sum(const double *values, size_t count)", (wasi_threads_native_function_t)sum},
        {"length", "uint32_t length(const char *text)", (wasi_threads_native_function_t)length},
        {"norm", "struct point { double x, y; }; double norm(struct point p)",
         (wasi_threads_native_function_t)norm},
    };
    static const wasi_threads_value_kind_t i32[] = {WASI_THREADS_I32, WASI_THREADS_I32};
    wasi_threads_linker_t *linker;
    check(wasi_threads_linker_new(engine, &linker));
    for (size_t index = 0; index < sizeof natives / sizeof *natives; index++)
        check(wasi_threads_linker_define_native(linker, "env", natives[index].name, natives[index].prototype,
                                                natives[index].function, NULL, NULL));
    check(wasi_threads_linker_define(linker, "env", "table", i32, 2, i32, 1, table, NULL, NULL));
    return linker;
}

/* Nanoseconds of `count` calls of the export `own`, by the host. */
static double calls_in(wasi_threads_process_t *process, bool by_pointer, int32_t count) {
    wasi_threads_thread_t *thread;
    wasi_threads_native_function_t pointer;
    wasi_threads_function_t *function;
    wasi_threads_value_t values[2] = {{.kind = WASI_THREADS_I32}, {.kind = WASI_THREADS_I32}}, result;
    check(wasi_threads_process_attach(process, &thread));
    check(wasi_threads_thread_native(thread, "own", &pointer));
    check(wasi_threads_thread_function(thread, "own", &function));
    int32_t (*own)(int32_t, int32_t) = (int32_t(*)(int32_t, int32_t))pointer;
    double start = now(CLOCK_THREAD_CPUTIME_ID);
    for (int32_t index = 0; index < count; index++) {
        values[0].of.i32 = index;
        if (!by_pointer) check(wasi_threads_thread_call_function(thread, function, values, 2, &result, 1));
        else if (own(index, 1) != index + 1) exit(1);
    }
    double elapsed = now(CLOCK_THREAD_CPUTIME_ID) - start;
    check(wasi_threads_thread_take_error(thread));
    check(wasi_threads_thread_detach(thread));
    return elapsed;
}

int main(int count, char **arguments) {
    if (count < 4) return 2;
    wasi_threads_engine_t *engine;
    wasi_threads_module_t *module;
    wasi_threads_process_t *process;
    check(wasi_threads_engine_new(NULL, &engine));
    check(wasi_threads_module_new_from_file(engine, arguments[1], &module));
    wasi_threads_linker_t *linker = functions(engine);
    check(wasi_threads_process_new(engine, module, linker, NULL, &process));
    wasi_threads_value_t calls = {.kind = WASI_THREADS_I32, .of.i32 = atoi(arguments[3])};
    double elapsed;
    if (strcmp(arguments[2], "pointer") == 0 || strcmp(arguments[2], "call") == 0) {
        elapsed = calls_in(process, strcmp(arguments[2], "pointer") == 0, calls.of.i32);
    } else if (strcmp(arguments[2], "threads") == 0) {
        double start = now(CLOCK_MONOTONIC);
        for (int thread = atoi(arguments[4]); thread > 0; thread--)
            check(wasi_threads_process_spawn(process, (uint32_t)calls.of.i32, NULL));
        check(wasi_threads_process_wait(process));
        elapsed = now(CLOCK_MONOTONIC) - start;
    } else {
        double start = now(CLOCK_THREAD_CPUTIME_ID);
        check(wasi_threads_process_call(process, arguments[2], &calls, 1, NULL, 0));
        elapsed = now(CLOCK_THREAD_CPUTIME_ID) - start;
    }
    printf("%.2f\n", elapsed / calls.of.i32);
    check(wasi_threads_process_delete(process));
    wasi_threads_linker_delete(linker);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    return 0;
}
