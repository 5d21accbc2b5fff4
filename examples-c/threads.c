/* Runs a threaded WebAssembly program inside this C program and prints what it writes.
 *
 * cc threads.c $(pkg-config --cflags --libs wasi-threads) && ./a.out guests/primes.wasm */
#include <stdio.h>
#include <stdlib.h>
#include <wasi_threads.h>

/* Prints an error, with the frames of a trap, and exits. */
static void check(wasi_threads_error_t *error) {
    if (!error) return;
    fprintf(stderr, "%s\n", wasi_threads_error_message(error));
    for (size_t index = 0; index < wasi_threads_error_frame_count(error); index++) {
        const wasi_threads_frame_t *frame = wasi_threads_error_frame(error, index);
        fprintf(stderr, "  at %s\n", frame->function_name ? frame->function_name : "?");
    }
    wasi_threads_error_delete(error);
    exit(1);
}

static void copy_output(wasi_threads_process_t *process) {
    uint8_t buffer[4096];
    size_t length;
    for (;;) {
        check(wasi_threads_process_read_output(process, WASI_THREADS_STDOUT, buffer, sizeof buffer, &length));
        if (length == 0) return;
        fwrite(buffer, 1, length, stdout);
    }
}

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "usage: threads MODULE\n");
        return 2;
    }
    wasi_threads_engine_t *engine;
    wasi_threads_module_t *module;
    wasi_threads_process_t *process;
    wasi_threads_wasi_config_t *config = wasi_threads_wasi_config_new();
    uint32_t status;

    check(wasi_threads_engine_new(NULL, &engine));
    check(wasi_threads_module_new_from_file(engine, arguments[1], &module));
    check(wasi_threads_wasi_config_capture_output(config, WASI_THREADS_STDOUT));
    check(wasi_threads_process_new(engine, module, NULL, config, &process));
    check(wasi_threads_process_run(process, &status));

    printf("libwasi-threads %s ran %s; the guest says:\n", wasi_threads_version(), arguments[1]);
    copy_output(process);
    printf("exit status %u; all its threads are gone, and this program goes on.\n", status);

    check(wasi_threads_process_delete(process));
    wasi_threads_wasi_config_delete(config);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    return (int)status;
}
