/* Has qsort call a function of a guest, through a C function pointer.
 *
 * cc callback.c $(pkg-config --cflags --libs wasi-threads) && ./a.out guests/order.wasm */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wasi_threads.h>

static void check(wasi_threads_error_t *error) {
    if (!error) return;
    fprintf(stderr, "%s\n", wasi_threads_error_message(error));
    exit(1);
}

/* The guest holds elements of the array as references, and asks for what it needs of them. */
static int length(const char *const *word) { return (int)strlen(*word); }

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "usage: callback MODULE\n");
        return 2;
    }
    wasi_threads_engine_t *engine;
    wasi_threads_module_t *module;
    wasi_threads_linker_t *linker;
    wasi_threads_process_t *process;
    wasi_threads_thread_t *thread;
    wasi_threads_native_function_t shorter;

    check(wasi_threads_engine_new(NULL, &engine));
    check(wasi_threads_module_new_from_file(engine, arguments[1], &module));
    check(wasi_threads_linker_new(engine, &linker));
    check(wasi_threads_linker_define_native(linker, "env", "length", "int length(externref word)",
                                            (wasi_threads_native_function_t)length, NULL, NULL));
    check(wasi_threads_process_new(engine, module, linker, NULL, &process));

    check(wasi_threads_process_attach(process, &thread));
    check(wasi_threads_thread_native(thread, "shorter", &shorter)); /* (externref externref) -> (i32) */
    const char *words[] = {"thread", "a", "function", "to", "wasm"};
    qsort(words, 5, sizeof *words, (int (*)(const void *, const void *))shorter);
    check(wasi_threads_thread_take_error(thread)); /* what the pointer had no way to say */
    for (int index = 0; index < 5; index++) puts(words[index]);

    check(wasi_threads_thread_detach(thread));
    check(wasi_threads_process_delete(process));
    wasi_threads_linker_delete(linker);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    return 0;
}
