/* A memory that this program makes, and that two WebAssembly processes share with it.
 *
 * cc shared-memory.c $(pkg-config --cflags --libs wasi-threads) && ./a.out guests/primes-library.wasm */
#include "check.h"

static int32_t call(wasi_threads_process_t *process, const char *name, wasi_threads_value_t *values,
                    size_t count) {
    check(wasi_threads_process_call(process, name, values, count, values, 1));
    return values[0].of.i32;
}

int main(int argument_count, char **arguments) {
    if (argument_count != 2) return 2;
    wasi_threads_engine_t *engine;
    wasi_threads_module_t *module;
    wasi_threads_memory_t *memory;
    wasi_threads_linker_t *linker;
    wasi_threads_process_t *process;
    wasi_threads_value_t values[2] = {{.kind = WASI_THREADS_I32}, {.kind = WASI_THREADS_I32}};
    uint32_t total = 0;
    uint64_t address = 0, pages;

    check(wasi_threads_engine_new(NULL, &engine));
    check(wasi_threads_module_new_from_file(engine, arguments[1], &module));
    check(wasi_threads_memory_new(engine, 64, 1024, &memory));
    check(wasi_threads_linker_new(engine, &linker));
    check(wasi_threads_linker_define_memory(linker, "env", "memory", memory));

    /* One after the other: they share the stack of the main thread too. */
    for (int32_t half = 0; half < 2; half++) {
        check(wasi_threads_process_new(engine, module, linker, NULL, &process));
        values[0] = values[1] = (wasi_threads_value_t){.kind = WASI_THREADS_I32};
        values[0].of.i32 = half * 100000 + 1;
        values[1].of.i32 = (half + 1) * 100000;
        int32_t found = call(process, "count_primes", values, 2);
        address = (uint32_t)call(process, "total_address", values, 0);
        check(wasi_threads_process_delete(process));
        check(wasi_threads_memory_read(memory, address, &total, sizeof total));
        printf("process %d found %d primes; there are %u in the memory\n", half + 1, found, total);
    }
    check(wasi_threads_memory_grow(memory, 1, &pages));
    wasi_threads_error_t *error = wasi_threads_memory_read(memory, UINT64_MAX, &total, sizeof total);
    printf("of %llu pages; and: %s\n", (unsigned long long)pages, wasi_threads_error_message(error));
    wasi_threads_error_delete(error);

    wasi_threads_linker_delete(linker);
    wasi_threads_memory_delete(memory);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    return 0;
}
