/* Runs a threaded WebAssembly program inside this one and prints what it wrote.
 *
 *     cc threads.c $(pkg-config --cflags --libs wasi-threads) -o threads
 *     ./threads guest.wasm
 */
#include <stdio.h>
#include <stdlib.h>
#include <wasi_threads.h>

/* Every call that can fail returns an error, which is ours to free; NULL is success. */
static void check(wasi_threads_error_t *error) {
    if (error == NULL) return;
    fprintf(stderr, "%s\n", wasi_threads_error_message(error));
    for (size_t index = 0; index < wasi_threads_error_frame_count(error); index++) {
        const wasi_threads_frame_t *frame = wasi_threads_error_frame(error, index);
        fprintf(stderr, "    at %s (function %u, offset %llu)\n",
                frame->function_name != NULL ? frame->function_name : "?", frame->function_index,
                (unsigned long long)frame->module_offset);
    }
    wasi_threads_error_delete(error);
    exit(EXIT_FAILURE);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s MODULE [ARGUMENTS]\n", argv[0]);
        return 2;
    }

    wasi_threads_engine_t *engine;
    check(wasi_threads_engine_new(NULL, &engine));
    wasi_threads_module_t *module;
    check(wasi_threads_module_new_from_file(engine, argv[1], &module));

    /* The guest gets its arguments from us, and its output comes to us. */
    wasi_threads_wasi_config_t *config = wasi_threads_wasi_config_new();
    check(wasi_threads_wasi_config_set_arguments(config, (const char *const *)argv + 1, (size_t)argc - 1));
    check(wasi_threads_wasi_config_capture_output(config, WASI_THREADS_STDOUT));

    /* Returns when the guest has ended and all its threads are gone. */
    wasi_threads_process_t *process;
    check(wasi_threads_process_new(engine, module, NULL, config, &process));
    uint32_t status;
    check(wasi_threads_process_run(process, &status));

    uint8_t output[4096];
    size_t length;
    do {
        check(wasi_threads_process_read_output(process, WASI_THREADS_STDOUT, output, sizeof output, &length));
        fwrite(output, 1, length, stdout);
    } while (length > 0);
    printf("The guest exited with %u.\n", status);

    check(wasi_threads_process_delete(process));
    wasi_threads_wasi_config_delete(config);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    return (int)status;
}
