/* Runs a WebAssembly program: the least that it takes.
 *
 * cc hello.c $(pkg-config --cflags --libs wasi-threads) && ./a.out guests/greeting.wasm */
#include "check.h"

int main(int argument_count, char **arguments) {
    if (argument_count != 2) return 2;
    wasi_threads_engine_t *engine;
    wasi_threads_module_t *module;
    wasi_threads_process_t *process;
    wasi_threads_wasi_config_t *config = wasi_threads_wasi_config_new();
    uint32_t status;
    check(wasi_threads_engine_new(NULL, &engine));
    check(wasi_threads_module_new_from_file(engine, arguments[1], &module));
    check(wasi_threads_wasi_config_inherit_stream(config, WASI_THREADS_STDOUT));
    check(wasi_threads_process_new(engine, module, NULL, config, &process));
    check(wasi_threads_process_run(process, &status));

    check(wasi_threads_process_delete(process));
    wasi_threads_wasi_config_delete(config);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    return (int)status;
}
