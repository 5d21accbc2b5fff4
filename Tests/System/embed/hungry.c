/* Runs a guest that takes what a host keeps for it, where the system refuses memory at any time: all that may happen is
 * an error with a sentence. Arguments: the folder of the guests, the limit of the file system in MiB, and the guest's
 * arguments. With a limit, prints how many KiB more than before the program held at most, and at the end. */
#include "check.h"
#include <stdlib.h>

static void note(const char *what, wasi_threads_error_t *error) {
    if (error && !*wasi_threads_error_message(error)) printf("%s: an error says nothing\n", what);
    wasi_threads_error_delete(error);
}

static void skip(void *env, const char *name, bool is_directory) { (void)env, (void)name, (void)is_directory; }

static long held(const char *what) {
    char line[256];
    long value = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (!strncmp(line, what, strlen(what))) value = atol(line + strlen(what));
    if (file) fclose(file);
    return value;
}

/* Modules that have much of what is not code. */
static void load_more(void) {
    enum { bytes = 3 << 20 };
    uint8_t *binary = calloc(1, bytes + 16), *copy = calloc(1, bytes);
    static const uint8_t head[] = {0, 'a', 's', 'm', 1, 0, 0, 0, 0, 0x80, 0x80, 0xC0, 1, 1, 'x'};
    wasi_threads_module_t *module = NULL;
    if (binary && copy) {
        memcpy(binary, head, sizeof head);
        note("much data", wasi_threads_module_new(engine, binary, 8 + 5 + bytes, &module));
        wasi_threads_module_delete(module);
    }
    free(binary);
    free(copy);
}

int main(int count, char **arguments) {
    guests = arguments[1];
    uint64_t limit = strtoull(arguments[2], NULL, 0) << 20;
    wasi_threads_engine_config_t *settings = wasi_threads_engine_config_new();
    note("tier", wasi_threads_engine_config_set_tier(settings, WASI_THREADS_TIER_INTERPRETER));
    note("engine", wasi_threads_engine_new(settings, &engine));
    wasi_threads_engine_config_delete(settings);
    wasi_threads_memory_fs_t *files = NULL;
    note("file system", wasi_threads_memory_fs_new(limit ? limit : 64 << 20, &files));
    wasi_threads_wasi_config_t *config = wasi_threads_wasi_config_new();
    note("argument", wasi_threads_wasi_config_add_argument(config, "hungry", 6));
    for (int index = 3; index < count; index++)
        note("argument", wasi_threads_wasi_config_add_argument(config, arguments[index], strlen(arguments[index])));
    note("output", wasi_threads_wasi_config_capture_output(config, WASI_THREADS_STDOUT));
    note("errors", wasi_threads_wasi_config_capture_output(config, WASI_THREADS_STDERR));
    note("preopen", wasi_threads_wasi_config_preopen_memory_fs(config, files, "/", WASI_THREADS_READ_WRITE));

    char path[4096];
    snprintf(path, sizeof path, "%s/hungry.wasm", guests);
    wasi_threads_module_t *module = NULL;
    wasi_threads_process_t *process = NULL;
    uint32_t status = 0;
    note("load", wasi_threads_module_new_from_file(engine, path, &module));
    load_more();
    long before = held("VmRSS:");
    if (module) note("process", wasi_threads_process_new(engine, module, NULL, config, &process));
    if (process) {
        note("run", wasi_threads_process_run(process, &status));
        size_t length = 0;
        static uint8_t buffer[65536];
        note("output", wasi_threads_process_read_output(process, WASI_THREADS_STDOUT, buffer, 1000, &length));
        note("delete", wasi_threads_process_delete(process));
    }
    if (limit && status) printf("the guest ended with %u\n", status);
    if (limit) printf("%ld %ld\n", held("VmHWM:") - before, held("VmRSS:") - before);
    if (files) {
        uint64_t length;
        size_t got;
        static uint8_t buffer[65536];
        void *bytes = calloc(1, 1 << 20);
        if (bytes && !limit) note("write", wasi_threads_memory_fs_write_file(files, "given", bytes, 1 << 20));
        free(bytes);
        note("length", wasi_threads_memory_fs_file_length(files, "file-0", &length));
        note("read", wasi_threads_memory_fs_read_file(files, "file-0", 0, buffer, sizeof buffer, &got));
        note("list", wasi_threads_memory_fs_list(files, "/", skip, NULL));
    }
    wasi_threads_memory_fs_delete(files);
    wasi_threads_wasi_config_delete(config);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    return 0;
}
