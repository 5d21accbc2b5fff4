/* Takes what a WebAssembly program writes: as it comes, in a function, or afterwards, from a buffer.
 *
 * cc capture.c $(pkg-config --cflags --libs wasi-threads) && ./a.out guests/primes.wasm */
#include "check.h"

/* Called on the thread of the guest that writes, one call at a time. */
static bool count_bytes(void *env, const uint8_t *bytes, size_t length) {
    (void)bytes;
    *(size_t *)env += length;
    return true;
}

static void run(wasi_threads_engine_t *engine, wasi_threads_module_t *module,
                wasi_threads_wasi_config_t *config, uint8_t *output, size_t capacity, size_t *length) {
    wasi_threads_process_t *process;
    check(wasi_threads_process_new(engine, module, NULL, config, &process));
    check(wasi_threads_process_run(process, NULL));
    if (output)
        check(wasi_threads_process_read_output(process, WASI_THREADS_STDOUT, output, capacity, length));
    check(wasi_threads_process_delete(process));
}

int main(int argument_count, char **arguments) {
    if (argument_count != 2) return 2;
    wasi_threads_engine_t *engine;
    wasi_threads_module_t *module;
    wasi_threads_wasi_config_t *config = wasi_threads_wasi_config_new();
    uint8_t output[4096];
    size_t length = 0, counted = 0;
    check(wasi_threads_engine_new(NULL, &engine));
    check(wasi_threads_module_new_from_file(engine, arguments[1], &module));

    check(wasi_threads_wasi_config_set_output_function(config, WASI_THREADS_STDOUT, count_bytes, &counted,
                                                       NULL));
    run(engine, module, config, NULL, 0, NULL);
    check(wasi_threads_wasi_config_capture_output(config, WASI_THREADS_STDOUT));
    run(engine, module, config, output, sizeof output, &length);
    fwrite(output, 1, length, stdout);
    printf("%zu bytes from the buffer, %zu through the function\n", length, counted);

    wasi_threads_wasi_config_delete(config);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    return length == 0 || counted == 0;
}
