/* Gives a guest all that it imports from a library of the host, in one call.
 *
 * cc library.c $(pkg-config --cflags --libs wasi-threads) && ./a.out guests/geometry.wasm */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <wasi_threads.h>

static void check(wasi_threads_error_t *error) {
    if (!error) return;
    fprintf(stderr, "%s\n", wasi_threads_error_message(error));
    exit(1);
}

/* As a header of the library has them; often it is one, read from a file. */
static const char declarations[] =
    "double hypot(double x, double y);\n"
    "double cbrt(double x);\n"
    "int printf(const char *format, ...); /* not imported, so it does no harm */\n";

static double call(wasi_threads_process_t *process, const char *name, double x, double y, size_t count) {
    wasi_threads_value_t values[] = {{.kind = WASI_THREADS_F64, .of.f64 = x},
                                     {.kind = WASI_THREADS_F64, .of.f64 = y}};
    wasi_threads_value_t result;
    check(wasi_threads_process_call(process, name, values, count, &result, 1));
    return result.of.f64;
}

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "usage: library MODULE\n");
        return 2;
    }
    wasi_threads_engine_t *engine;
    wasi_threads_module_t *module;
    wasi_threads_linker_t *linker;
    wasi_threads_process_t *process;
    size_t bound;

    void *libm = dlopen("libm.so.6", RTLD_NOW);
    if (!libm) return 1;
    check(wasi_threads_engine_new(NULL, &engine));
    check(wasi_threads_module_new_from_file(engine, arguments[1], &module));
    check(wasi_threads_linker_new(engine, &linker));
    check(wasi_threads_linker_define_library(linker, module, "libm", libm, declarations, &bound));
    printf("the guest uses %zu functions of libm\n", bound);

    check(wasi_threads_process_new(engine, module, linker, NULL, &process));
    check(wasi_threads_process_initialize(process));
    printf("diagonal of 3 by 4: %g\n", call(process, "diagonal", 3, 4, 2));
    printf("edge of a cube of 27: %.3g\n", call(process, "edge", 27, 0, 1));

    check(wasi_threads_process_delete(process));
    wasi_threads_linker_delete(linker);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    dlclose(libm);
    return 0;
}
