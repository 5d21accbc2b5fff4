/* A host that has no use any more for what LLVM is busy with, which never ends. Arguments: the folder of the
 * guests; the file that is there when LLVM is busy; and what the host does then. Prints a line for each
 * expectation that is not met. */
#include "check.h"
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

static const char *busy, *what;

static void wait_until_busy(void) {
    while (access(busy, F_OK) != 0) sched_yield();
}

static void make_engine(wasi_threads_tier_t tier, uint64_t milliseconds) {
    wasi_threads_engine_config_t *config = wasi_threads_engine_config_new();
    succeed("set_tier", wasi_threads_engine_config_set_tier(config, tier));
    succeed("set_limit", wasi_threads_engine_config_set_limit(
                             config, WASI_THREADS_LIMIT_COMPILATION_MILLISECONDS, milliseconds));
    succeed("engine", wasi_threads_engine_new(config, &engine));
    wasi_threads_engine_config_delete(config);
}

static void run_to_the_end(wasi_threads_module_t *module) {
    wasi_threads_process_t *process = NULL;
    uint32_t status = 99;
    succeed("process", wasi_threads_process_new(engine, module, NULL, NULL, &process));
    succeed("run", wasi_threads_process_run(process, &status));
    expect_that("the program ends well", status == 0);
    succeed("delete", wasi_threads_process_delete(process));
}

static void *make_module(void *path) {
    wasi_threads_module_t *module = NULL;
    wasi_threads_error_t *error = wasi_threads_module_new_from_file(engine, path, &module);
    expect_that("making a module was ended", wasi_threads_error_kind(error) == WASI_THREADS_ERROR_ENDED);
    expect_that("there is no module", module == NULL);
    wasi_threads_error_delete(error);
    return NULL;
}

static void *compile_module(void *module) {
    uint8_t *bytes = NULL;
    size_t length = 0;
    wasi_threads_error_t *error = wasi_threads_module_compile(module, &bytes, &length);
    expect_that("compiling was ended", wasi_threads_error_kind(error) == WASI_THREADS_ERROR_ENDED);
    expect_that("there are no bytes", bytes == NULL);
    wasi_threads_error_delete(error);
    return NULL;
}

static void cancel(void *(*function)(void *), void *argument) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, function, argument) != 0) exit(2);
    wait_until_busy();
    succeed("cancel", wasi_threads_engine_cancel_compilation(engine));
    pthread_join(thread, NULL);
}

int main(int count, char **arguments) {
    if (count != 4) return 2;
    guests = arguments[1];
    busy = arguments[2];
    what = arguments[3];
    /* Ends a program that would wait for ever. */
    alarm(60);
    char path[4096];
    snprintf(path, sizeof path, "%s/primes.wasm", guests);
    wasi_threads_module_t *module = NULL;
    if (strcmp(what, "engine") == 0 || strcmp(what, "exit") == 0) {
        make_engine(WASI_THREADS_TIER_AUTO, 1 << 20);
        module = load("primes");
        while (access(busy, F_OK) != 0) run_to_the_end(module);
        if (strcmp(what, "exit") == 0) exit(failures != 0);
    } else if (strcmp(what, "cancel-module") == 0) {
        make_engine(WASI_THREADS_TIER_COMPILED, 1 << 20);
        cancel(make_module, path);
    } else if (strcmp(what, "cancel-file") == 0) {
        make_engine(WASI_THREADS_TIER_INTERPRETER, 1 << 20);
        module = load("primes");
        cancel(compile_module, module);
    } else {
        make_engine(WASI_THREADS_TIER_COMPILED, 100);
        module = load("primes");
        run_to_the_end(module);
        wait_until_busy();
    }
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    return failures != 0;
}
