/* Gives a guest C functions of this program, each by its prototype and nothing else.
 *
 * cc native.c $(pkg-config --cflags --libs wasi-threads) && ./a.out guests/report.wasm */
#include <stdio.h>
#include <stdlib.h>
#include <wasi_threads.h>

static void check(wasi_threads_error_t *error) {
    if (!error) return;
    fprintf(stderr, "%s\n", wasi_threads_error_message(error));
    exit(1);
}

struct range {
    double low, high;
};

static void say(const char *text) { puts(text); }

static void report(FILE *file, const char *name, double value) { fprintf(file, "%s %g\n", name, value); }

static double mean(const double *values, size_t count) {
    double sum = 0;
    for (size_t index = 0; index < count; index++) sum += values[index];
    return sum / (double)count;
}

static struct range range(const double *values, size_t count) {
    struct range result = {values[0], values[0]};
    for (size_t index = 1; index < count; index++) {
        if (values[index] < result.low) result.low = values[index];
        if (values[index] > result.high) result.high = values[index];
    }
    return result;
}

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "usage: native MODULE\n");
        return 2;
    }
    /* Strings have an end, arrays lie in the guest's memory: the library has checked it when these run. A
     * `void *` without a size is what the function is defined with, here the file to write to. */
    const struct {
        const char *name, *prototype;
        wasi_threads_native_function_t function;
        void *env;
    } functions[] = {
        {"say", "void say(const char *text)", (wasi_threads_native_function_t)say, NULL},
        {"report", "void report(void *file, const char *name, double value)",
         (wasi_threads_native_function_t)report, stdout},
        {"mean", "double mean(const double *values, size_t count)", (wasi_threads_native_function_t)mean, NULL},
        {"range", "struct range { double low, high; };"
                  "struct range range(const double *values, size_t count)",
         (wasi_threads_native_function_t)range, NULL},
    };
    wasi_threads_engine_t *engine;
    wasi_threads_module_t *module;
    wasi_threads_linker_t *linker;
    wasi_threads_process_t *process;

    check(wasi_threads_engine_new(NULL, &engine));
    check(wasi_threads_module_new_from_file(engine, arguments[1], &module));
    check(wasi_threads_linker_new(engine, &linker));
    for (size_t index = 0; index < sizeof functions / sizeof *functions; index++)
        check(wasi_threads_linker_define_native(linker, "env", functions[index].name,
                                                functions[index].prototype, functions[index].function,
                                                functions[index].env, NULL));
    check(wasi_threads_process_new(engine, module, linker, NULL, &process));
    check(wasi_threads_process_run(process, NULL));

    check(wasi_threads_process_delete(process));
    wasi_threads_linker_delete(linker);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    return 0;
}
