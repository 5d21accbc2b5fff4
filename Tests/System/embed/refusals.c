/* What an embedder can do wrong: each is an error of the right kind, with a sentence, and the engine goes on
 * working. Arguments: the folder of the guests. Prints a line for each expectation that is not met. */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* What has no end or waits for somebody, as a module: an error at once, which says what is there. */
static void refuse_what_is_no_file(void) {
    char fifo[] = "/tmp/wasi-threads-XXXXXX/fifo", folder[sizeof fifo];
    strcpy(folder, fifo);
    *strrchr(folder, '/') = 0;
    if (!mkdtemp(folder)) printf("no folder\n"), failures++;
    memcpy(fifo, folder, strlen(folder));
    if (mkfifo(fifo, 0600) != 0) printf("no pipe\n"), failures++;
    const struct {
        const char *path, *word;
    } cases[] = {{"/dev/zero", "device"}, {fifo, "pipe"}, {folder, "directory"}, {"/dev/null", "device"}};
    for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
        wasi_threads_module_t *module = NULL;
        wasi_threads_error_t *error = wasi_threads_module_new_from_file(engine, cases[index].path, &module);
        expect_that(cases[index].path, error && strstr(wasi_threads_error_message(error), cases[index].word));
        expect(cases[index].path, error, WASI_THREADS_ERROR_FILE);
        expect(cases[index].path, wasi_threads_module_new_compiled_from_file(engine, cases[index].path, &module),
               WASI_THREADS_ERROR_FILE);
    }
    unlink(fifo);
    /* 1 TiB without a block on the disk. */
    wasi_threads_module_t *module = NULL;
    int file = open(fifo, O_CREAT | O_WRONLY, 0600);
    if (file < 0 || ftruncate(file, (off_t)1 << 40) != 0) printf("no large file\n"), failures++;
    close(file);
    expect("a large file", wasi_threads_module_new_from_file(engine, fifo, &module), WASI_THREADS_ERROR_LIMIT);
    unlink(fifo);
    rmdir(folder);
}

static void refuse_binaries(void) {
    static const uint8_t version2[] = {0, 'a', 's', 'm', 2, 0, 0, 0};
    static const uint8_t empty[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
    wasi_threads_module_t *module = NULL;
    expect("no bytes", wasi_threads_module_new(engine, empty, 0, &module), WASI_THREADS_ERROR_MALFORMED);
    expect("a truncated header", wasi_threads_module_new(engine, empty, 6, &module),
           WASI_THREADS_ERROR_MALFORMED);
    expect("another version", wasi_threads_module_validate(engine, version2, sizeof version2),
           WASI_THREADS_ERROR_MALFORMED);
    expect("a file that is not there", wasi_threads_module_new_from_file(engine, "/nowhere.wasm", &module),
           WASI_THREADS_ERROR_FILE);
    expect("NULL for the bytes", wasi_threads_module_new(engine, NULL, 8, &module),
           WASI_THREADS_ERROR_MISUSE);
    expect("NULL for the module", wasi_threads_module_new(engine, empty, sizeof empty, NULL),
           WASI_THREADS_ERROR_MISUSE);
    refuse_what_is_no_file();
    if (module) printf("a refused module was stored\n"), failures++;
    succeed("an empty module", wasi_threads_module_validate(engine, empty, sizeof empty));
}

static void refuse_imports(void) {
    static const char *const names[] = {"unknown-import", "import-type"};
    for (int index = 0; index < 2; index++) {
        wasi_threads_module_t *module = load(names[index]);
        wasi_threads_process_t *process = NULL;
        expect(names[index], wasi_threads_process_new(engine, module, NULL, NULL, &process),
               WASI_THREADS_ERROR_LINK);
        wasi_threads_module_delete(module);
    }
}

static void refuse_start(void) {
    wasi_threads_module_t *module = load("no-start");
    wasi_threads_process_t *process;
    succeed("no-start", wasi_threads_process_new(engine, module, NULL, NULL, &process));
    expect("run without _start", wasi_threads_process_run(process, NULL), WASI_THREADS_ERROR_EXPORT);
    succeed("delete", wasi_threads_process_delete(process));
    wasi_threads_module_delete(module);
}

static void refuse_calls(void) {
    wasi_threads_value_t one = {.kind = WASI_THREADS_I32, .of.i32 = 1};
    wasi_threads_value_t arguments[2] = {one, one}, wrong[2] = {one, {.kind = WASI_THREADS_F64}}, result;
    wasi_threads_module_t *module = load("reactor");
    wasi_threads_process_t *process;
    succeed("reactor", wasi_threads_process_new(engine, module, NULL, NULL, &process));
    succeed("initialize", wasi_threads_process_initialize(process));
    expect("too few arguments", wasi_threads_process_call(process, "add", arguments, 1, &result, 1),
           WASI_THREADS_ERROR_TYPE);
    expect("no room for the result", wasi_threads_process_call(process, "add", arguments, 2, NULL, 0),
           WASI_THREADS_ERROR_TYPE);
    expect("wrong type", wasi_threads_process_call(process, "add", wrong, 2, &result, 1),
           WASI_THREADS_ERROR_TYPE);
    _Alignas(16) char room[3 * sizeof one];
    wasi_threads_value_t *misaligned = (wasi_threads_value_t *)(void *)(room + 8);
    memset(room, 0, sizeof room);
    expect("misaligned arguments", wasi_threads_process_call(process, "add", misaligned, 2, &result, 1),
           WASI_THREADS_ERROR_MISUSE);
    expect("misaligned results", wasi_threads_process_call(process, "add", arguments, 2, misaligned, 1),
           WASI_THREADS_ERROR_MISUSE);
    expect("no such export", wasi_threads_process_call(process, "none", NULL, 0, NULL, 0),
           WASI_THREADS_ERROR_EXPORT);
    expect("no function", wasi_threads_process_call(process, "memory", NULL, 0, NULL, 0),
           WASI_THREADS_ERROR_EXPORT);
    succeed("add", wasi_threads_process_call(process, "add", arguments, 2, &result, 1));
    if (result.kind != WASI_THREADS_I32 || result.of.i32 != 2) printf("1 + 1 is not 2\n"), failures++;
    succeed("a thread", wasi_threads_process_call(process, "store_in_thread", &one, 1, &result, 1));
    if (result.of.i32 != 1) printf("the thread did not store\n"), failures++;
    arguments[1].of.i32 = 0;
    expect("divide by zero", wasi_threads_process_call(process, "divide", arguments, 2, &result, 1),
           WASI_THREADS_ERROR_TRAP);
    succeed("delete", wasi_threads_process_delete(process));
    wasi_threads_module_delete(module);
}

static void refuse_other_engines(void) {
    wasi_threads_engine_t *other = NULL;
    wasi_threads_linker_t *ours = NULL, *linker = NULL;
    wasi_threads_memory_t *memory = NULL;
    wasi_threads_process_t *process = NULL;
    wasi_threads_module_t *module = load("reactor");
    succeed("engine", wasi_threads_engine_new(NULL, &other));
    succeed("linker", wasi_threads_linker_new(engine, &ours));
    succeed("linker", wasi_threads_linker_new(other, &linker));
    succeed("memory", wasi_threads_memory_new(other, 1, 1, &memory));
    expect("an engine that is not the module's", wasi_threads_process_new(other, module, NULL, NULL, &process),
           WASI_THREADS_ERROR_MISUSE);
    expect("a linker of another engine", wasi_threads_process_new(engine, module, linker, NULL, &process),
           WASI_THREADS_ERROR_MISUSE);
    expect("a library for a module of another engine",
           wasi_threads_linker_define_library(linker, module, NULL, NULL, "int abs(int);", NULL),
           WASI_THREADS_ERROR_MISUSE);
    expect("a memory of another engine", wasi_threads_linker_define_memory(ours, "env", "memory", memory),
           WASI_THREADS_ERROR_MISUSE);
    expect_that("no process was stored", process == NULL);
    /* None of it did harm. */
    succeed("its own engine", wasi_threads_process_new(engine, module, ours, NULL, &process));
    succeed("delete", wasi_threads_process_delete(process));
    wasi_threads_memory_delete(memory);
    wasi_threads_linker_delete(linker);
    wasi_threads_linker_delete(ours);
    wasi_threads_engine_delete(other);
    wasi_threads_module_delete(module);
}

int main(int count, char **arguments) {
    if (count != 2) return 2;
    guests = arguments[1];
    succeed("engine", wasi_threads_engine_new(NULL, &engine));
    refuse_binaries();
    refuse_imports();
    refuse_start();
    refuse_calls();
    refuse_other_engines();
    wasi_threads_engine_delete(engine);
    return failures != 0;
}
