/* Defines a function that a guest imports, with values whose types are known at run time only; native.c shows
 * the way for a C function whose prototype is known.
 *
 * cc host-function.c $(pkg-config --cflags --libs wasi-threads) && ./a.out guests/fold.wasm */
#include "check.h"
#include <inttypes.h>

/* (i64 i32) -> (i64): the sum of squares so far. Fails where a square is too large for it. */
static wasi_threads_error_t *add_square(void *env, wasi_threads_caller_t *caller,
                                        const wasi_threads_value_t *args, wasi_threads_value_t *results) {
    (void)caller;
    int32_t largest = *(int32_t *)env;
    if (args[1].of.i32 > largest) return wasi_threads_error_new("too large a number for add_square");
    results[0].of.i64 = args[0].of.i64 + (int64_t)args[1].of.i32 * args[1].of.i32;
    return NULL;
}

static void fold(wasi_threads_engine_t *engine, wasi_threads_module_t *module, wasi_threads_linker_t *linker,
                 int32_t count) {
    wasi_threads_process_t *process;
    wasi_threads_value_t argument = {.kind = WASI_THREADS_I32, .of.i32 = count}, result;
    check(wasi_threads_process_new(engine, module, linker, NULL, &process));
    wasi_threads_error_t *error = wasi_threads_process_call(process, "fold", &argument, 1, &result, 1);
    if (error) {
        printf("up to %d: %s\n", count, wasi_threads_error_message(error));
        wasi_threads_error_delete(error);
    } else {
        printf("up to %d: %" PRId64 "\n", count, result.of.i64);
    }
    check(wasi_threads_process_delete(process));
}

int main(int argument_count, char **arguments) {
    if (argument_count != 2) return 2;
    static const wasi_threads_value_kind_t parameters[] = {WASI_THREADS_I64, WASI_THREADS_I32};
    static const wasi_threads_value_kind_t results[] = {WASI_THREADS_I64};
    int32_t largest = 1000;
    wasi_threads_engine_t *engine;
    wasi_threads_module_t *module;
    wasi_threads_linker_t *linker;
    check(wasi_threads_engine_new(NULL, &engine));
    check(wasi_threads_module_new_from_file(engine, arguments[1], &module));
    check(wasi_threads_linker_new(engine, &linker));
    check(wasi_threads_linker_define_with_caller(linker, "env", "combine", parameters, 2, results, 1, add_square,
                                                 &largest, NULL));
    fold(engine, module, linker, 100);
    fold(engine, module, linker, 2000);

    wasi_threads_linker_delete(linker);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    return 0;
}
