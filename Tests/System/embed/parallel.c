/* Two hundred processes from eight threads of the host, among them some that trap; and a trap leaves the
 * host's memory, descriptors and other processes as they were. Arguments: the folder of the guests. Prints
 * a line for each expectation that is not met. */
#include "check.h"
#include <pthread.h>
#include <string.h>

enum { host_threads = 8, processes_each = 25, canary_bytes = 1 << 20 };

/* A guest and how it has to end. */
static const struct {
    const char *name, *output;
    wasi_threads_error_kind_t kind;
    uint32_t status;
} programs[] = {
    {"hello", "Hello, world!\n", 0, 0},
    {"storm", "", 0, 0},
    {"exit", "", 0, 42},
    {"trap", "", WASI_THREADS_ERROR_TRAP, 0},
    {"globals", "", 0, 0},
    {"trap-in-thread", "", WASI_THREADS_ERROR_TRAP, 0},
    {"recursion", "", WASI_THREADS_ERROR_TRAP, 0},
};
enum { program_count = sizeof programs / sizeof *programs };

static wasi_threads_module_t *modules[program_count];
static wasi_threads_wasi_config_t *config;

static void run_one(int which) {
    wasi_threads_process_t *process = NULL;
    uint32_t status = 99;
    uint8_t output[64] = {0};
    size_t length = 0;
    succeed("process", wasi_threads_process_new(engine, modules[which], NULL, config, &process));
    wasi_threads_error_t *error = wasi_threads_process_run(process, &status);
    if (programs[which].kind) {
        expect(programs[which].name, error, programs[which].kind);
        expect_that("a trap stores no status", status == 99);
    } else {
        succeed(programs[which].name, error);
        expect_that("the status is the program's", status == programs[which].status);
    }
    succeed("output",
            wasi_threads_process_read_output(process, WASI_THREADS_STDOUT, output, sizeof output, &length));
    expect_that("the output is the program's", length == strlen(programs[which].output)
                                                   && memcmp(output, programs[which].output, length) == 0);
    succeed("delete", wasi_threads_process_delete(process));
}

static void *run_many(void *argument) {
    for (int index = 0; index < processes_each; index++) run_one((*(int *)argument + index) % program_count);
    return NULL;
}

int main(int count, char **arguments) {
    if (count != 2) return 2;
    guests = arguments[1];
    succeed("engine", wasi_threads_engine_new(NULL, &engine));
    for (int index = 0; index < program_count; index++) modules[index] = load(programs[index].name);
    config = wasi_threads_wasi_config_new();
    succeed("capture", wasi_threads_wasi_config_capture_output(config, WASI_THREADS_STDOUT));
    succeed("capture", wasi_threads_wasi_config_capture_output(config, WASI_THREADS_STDERR));

    /* A process that only looks on, and memory of the host's own, right among what is allocated meanwhile. */
    wasi_threads_process_t *bystander;
    uint8_t *base, *canary = malloc(canary_bytes), *copy = malloc(canary_bytes);
    uint64_t length;
    succeed("bystander", wasi_threads_process_new(engine, modules[1], NULL, NULL, &bystander));
    succeed("memory", memory_of(bystander, NULL, &base, &length));
    for (int index = 0; index < canary_bytes; index++) canary[index] = copy[index] = (uint8_t)(index * 7);
    memcpy(base, canary, length);
    struct holdings before = holdings();

    pthread_t threads[host_threads];
    int numbers[host_threads];
    for (int index = 0; index < host_threads; index++) {
        numbers[index] = index;
        pthread_create(&threads[index], NULL, run_many, &numbers[index]);
    }
    for (int index = 0; index < host_threads; index++) pthread_join(threads[index], NULL);

    expect_holdings("after all processes", before);
    expect_that("the host's memory is as it was", memcmp(canary, copy, canary_bytes) == 0);
    expect_that("another process's memory is as it was", memcmp(base, copy, length) == 0);
    succeed("delete", wasi_threads_process_delete(bystander));
    wasi_threads_wasi_config_delete(config);
    for (int index = 0; index < program_count; index++) wasi_threads_module_delete(modules[index]);
    wasi_threads_engine_delete(engine);
    free(canary);
    free(copy);
    return failures != 0;
}
