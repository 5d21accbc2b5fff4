/* Directories, files in memory, and streams that are functions, given to a guest that copies a file.
 * Arguments: the folder of the guests, an empty folder. Prints a line for each expectation that is not
 * met. */
#include "check.h"
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The environment of a stream's function, and how often it was finalized. */
struct stream {
    char text[256];
    size_t length;
    int finalized, fails;
};

static size_t give(void *env, uint8_t *buffer, size_t capacity) {
    struct stream *stream = env;
    if (stream->fails) return SIZE_MAX;
    size_t length = stream->length < capacity ? stream->length : capacity;
    memcpy(buffer, stream->text, length);
    return length;
}

static bool take(void *env, const uint8_t *bytes, size_t length) {
    struct stream *stream = env;
    if (stream->fails || stream->length + length > sizeof stream->text) return false;
    memcpy(stream->text + stream->length, bytes, length);
    stream->length += length;
    return true;
}

static void finalize(void *env) { ((struct stream *)env)->finalized++; }

/* Runs the guest; its exit status. */
static uint32_t run(wasi_threads_wasi_config_t *config) {
    wasi_threads_module_t *module = load("files");
    wasi_threads_process_t *process = NULL;
    uint32_t status = 999;
    succeed("process", wasi_threads_process_new(engine, module, NULL, config, &process));
    succeed("run", wasi_threads_process_run(process, &status));
    succeed("delete", wasi_threads_process_delete(process));
    wasi_threads_module_delete(module);
    return status;
}

static int is_file(wasi_threads_memory_fs_t *fs, const char *path, const char *text) {
    uint8_t buffer[256];
    size_t length = 0;
    uint64_t whole = 0;
    succeed(path, wasi_threads_memory_fs_read_file(fs, path, 0, buffer, sizeof buffer, &length));
    succeed(path, wasi_threads_memory_fs_file_length(fs, path, &whole));
    return length == strlen(text) && whole == length && memcmp(buffer, text, length) == 0;
}

static void count_name(void *env, const char *name, bool is_directory) {
    int *counts = env;
    counts[is_directory ? 1 : 0] += name[0] != '\0';
}

static void memory(void) {
    struct stream input = {.text = "typed", .length = 5}, output = {.length = 0};
    wasi_threads_wasi_config_t *config = wasi_threads_wasi_config_new();
    wasi_threads_memory_fs_t *fs = NULL;
    succeed("fs", wasi_threads_memory_fs_new(100000, &fs));
    succeed("write", wasi_threads_memory_fs_write_file(fs, "/in", (const uint8_t *)"contents", 8));
    succeed("directory", wasi_threads_memory_fs_add_directory(fs, "deep/er"));
    succeed("preopen", wasi_threads_wasi_config_preopen_memory_fs(config, fs, "/", WASI_THREADS_READ_WRITE));
    succeed("input", wasi_threads_wasi_config_set_input_function(config, give, &input, finalize));
    succeed("output", wasi_threads_wasi_config_set_output_function(config, WASI_THREADS_STDOUT, take, &output,
                                                                   finalize));
    for (int round = 0; round < 3; round++) {
        output.length = 0;
        expect_that("copies in memory", run(config) == 0 && is_file(fs, "out", "contents"));
        expect_that("writes to a function", output.length == 13 && !memcmp(output.text, "contentstyped", 13));
    }
    input.fails = 1;
    expect_that("input that fails is io", run(config) == 29);
    output.fails = 1;
    expect_that("output that fails is io", run(config) == 29);

    int counts[2] = {0, 0};
    succeed("list", wasi_threads_memory_fs_list(fs, "/", count_name, counts));
    expect_that("two files and a directory", counts[0] == 2 && counts[1] == 1);
    succeed("remove", wasi_threads_memory_fs_remove(fs, "out"));
    expect("not empty", wasi_threads_memory_fs_remove(fs, "deep"), WASI_THREADS_ERROR_FILE);
    expect("none", wasi_threads_memory_fs_file_length(fs, "none", &(uint64_t){0}), WASI_THREADS_ERROR_FILE);
    uint8_t *much = calloc(1, 200000);
    expect("full", wasi_threads_memory_fs_write_file(fs, "much", much, 200000), WASI_THREADS_ERROR_LIMIT);
    free(much);

    /* What is replaced is no longer used; what a process uses is used until it is gone. */
    expect_that("not finalized yet", input.finalized == 0 && output.finalized == 0);
    succeed("replace", wasi_threads_wasi_config_set_stream_null(config, WASI_THREADS_STDIN));
    expect_that("finalized once", input.finalized == 1 && output.finalized == 0);
    wasi_threads_wasi_config_delete(config);
    expect_that("finalized once", input.finalized == 1 && output.finalized == 1);
    wasi_threads_memory_fs_delete(fs);
    expect("deleted", wasi_threads_memory_fs_remove(fs, "in"), WASI_THREADS_ERROR_MISUSE);
}

static void host(const char *folder) {
    char path[4096];
    snprintf(path, sizeof path, "%s/in", folder);
    FILE *file = fopen(path, "w");
    expect_that("file", file && fputs("on disk", file) >= 0);
    fclose(file);
    wasi_threads_wasi_config_t *config = wasi_threads_wasi_config_new();
    succeed("preopen",
            wasi_threads_wasi_config_preopen_directory(config, folder, "/", WASI_THREADS_READ_WRITE));
    expect_that("copies on disk", run(config) == 0);
    snprintf(path, sizeof path, "%s/out", folder);
    expect_that("out is there", access(path, F_OK) == 0 && unlink(path) == 0);
    wasi_threads_wasi_config_delete(config);

    config = wasi_threads_wasi_config_new();
    succeed("preopen",
            wasi_threads_wasi_config_preopen_directory(config, folder, "/", WASI_THREADS_READ_ONLY));
    expect_that("read-only is notcapable", run(config) == 76 && access(path, F_OK) != 0);
    wasi_threads_wasi_config_delete(config);
}

static void refusals(const char *folder) {
    wasi_threads_wasi_config_t *config = wasi_threads_wasi_config_new();
    wasi_threads_process_t *process = NULL;
    wasi_threads_module_t *module = load("files");
    expect("permissions", wasi_threads_wasi_config_preopen_directory(config, folder, "/", 4),
           WASI_THREADS_ERROR_MISUSE);
    expect("no name", wasi_threads_wasi_config_preopen_directory(config, folder, "", 0),
           WASI_THREADS_ERROR_MISUSE);
    expect("NULL", wasi_threads_wasi_config_preopen_directory(config, NULL, "/", 0),
           WASI_THREADS_ERROR_MISUSE);
    expect("no fs", wasi_threads_wasi_config_preopen_memory_fs(config, NULL, "/", 0),
           WASI_THREADS_ERROR_MISUSE);
    expect("no function", wasi_threads_wasi_config_set_input_function(config, NULL, NULL, NULL),
           WASI_THREADS_ERROR_MISUSE);
    expect("output of input",
           wasi_threads_wasi_config_set_output_function(config, WASI_THREADS_STDIN, take, NULL, NULL),
           WASI_THREADS_ERROR_MISUSE);
    expect("closed", wasi_threads_wasi_config_add_socket(config, 999), WASI_THREADS_ERROR_SYSTEM);
    expect("no socket", wasi_threads_wasi_config_add_socket(config, 0), WASI_THREADS_ERROR_MISUSE);
    succeed("later", wasi_threads_wasi_config_preopen_directory(config, "/nowhere", "/", 0));
    expect("nowhere", wasi_threads_process_new(engine, module, NULL, config, &process),
           WASI_THREADS_ERROR_FILE);
    wasi_threads_module_delete(module);
    wasi_threads_wasi_config_delete(config);
}

int main(int count, char **arguments) {
    if (count != 3) return 2;
    guests = arguments[1];
    succeed("engine", wasi_threads_engine_new(NULL, &engine));
    wasi_threads_module_delete(load("files"));
    struct holdings before = holdings();
    memory();
    host(arguments[2]);
    refusals(arguments[2]);
    expect_holdings("files", before);
    wasi_threads_engine_delete(engine);
    return failures != 0;
}
