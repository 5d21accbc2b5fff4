/* Commands that are used as libraries: their exports after _start has ended by a success. */
#include "check.h"

enum { RETURN, EXIT, FAIL, THREAD, NESTED };

static wasi_threads_module_t *module;
static wasi_threads_linker_t *linker;

static wasi_threads_error_t *back(void *env, wasi_threads_caller_t *caller, const wasi_threads_value_t *arguments,
                                  wasi_threads_value_t *results) {
    (void)env, (void)arguments, (void)results;
    return wasi_threads_caller_call(caller, "leave", NULL, 0, NULL, 0);
}

/* A process that will leave _start in this way. */
static wasi_threads_process_t *start(int32_t way) {
    wasi_threads_process_t *process = NULL;
    wasi_threads_memory_t *memory = NULL;
    succeed("process", wasi_threads_process_new(engine, module, linker, NULL, &process));
    succeed("memory", wasi_threads_process_memory(process, NULL, &memory));
    succeed("write", wasi_threads_memory_write(memory, 0, &way, sizeof way));
    wasi_threads_memory_delete(memory);
    return process;
}

static int32_t number(wasi_threads_process_t *process, const char *name) {
    wasi_threads_value_t result = {.kind = WASI_THREADS_I32};
    succeed(name, wasi_threads_process_call(process, name, NULL, 0, &result, 1));
    return result.of.i32;
}

static void lives_on(int way) {
    wasi_threads_process_t *process = start(way);
    bool is_alive = false;
    uint32_t status = 99;
    wasi_threads_outcome_t outcome;
    expect("nowhere to say it", wasi_threads_process_run_as_library(process, NULL, &status), WASI_THREADS_ERROR_MISUSE);
    succeed("run", wasi_threads_process_run_as_library(process, &is_alive, &status));
    expect_that("it lives", is_alive && status == 0);
    succeed("outcome", wasi_threads_process_outcome(process, &outcome, NULL, NULL));
    expect_that("has no outcome", outcome == WASI_THREADS_OUTCOME_ALIVE);
    expect_that("what _start did counts", number(process, "count") == 101 && number(process, "count") == 102);
    expect_that("the stack is whole", number(process, "depth") == 4096);
    expect("not twice", wasi_threads_process_run_as_library(process, &is_alive, NULL), WASI_THREADS_ERROR_MISUSE);
    wasi_threads_thread_t *thread = NULL;
    succeed("attach", wasi_threads_process_attach(process, &thread));
    succeed("detach", wasi_threads_thread_detach(thread));
    /* A later call ends it as any. */
    expect("exit", wasi_threads_process_call(process, "leave", NULL, 0, NULL, 0), WASI_THREADS_ERROR_EXITED);
    expect("over", wasi_threads_process_call(process, "leave", NULL, 0, NULL, 0), WASI_THREADS_ERROR_MISUSE);
    succeed("delete", wasi_threads_process_delete(process));
}

static void ends(const char *what, wasi_threads_process_t *process, uint32_t expected) {
    bool is_alive = true;
    uint32_t status = 99;
    succeed(what, wasi_threads_process_run_as_library(process, &is_alive, &status));
    if (is_alive || status != expected) {
        printf("%s: alive %d, status %u\n", what, is_alive, status);
        failures++;
    }
    expect(what, wasi_threads_process_call(process, "leave", NULL, 0, NULL, 0), WASI_THREADS_ERROR_MISUSE);
    succeed("delete", wasi_threads_process_delete(process));
}

int main(int argc, char **argv) {
    (void)argc;
    guests = argv[1];
    struct holdings before = holdings();
    succeed("engine", wasi_threads_engine_new(NULL, &engine));
    module = load("command");
    succeed("linker", wasi_threads_linker_new(engine, &linker));
    succeed("back", wasi_threads_linker_define_with_caller(linker, "env", "back", NULL, 0, NULL, 0, back, NULL, NULL));
    lives_on(RETURN);
    lives_on(EXIT);
    ends("a failure", start(FAIL), 3);
    ends("with a thread", start(THREAD), 0);
    ends("below a function of the host", start(NESTED), 0);
    wasi_threads_process_t *process = start(EXIT);
    succeed("spawn", wasi_threads_process_spawn(process, 0, NULL));
    ends("with a thread of the embedder's", process, 0);
    process = start(EXIT);
    uint32_t status = 99;
    succeed("run", wasi_threads_process_run(process, &status));
    expect("without asking", wasi_threads_process_call(process, "count", NULL, 0, NULL, 0), WASI_THREADS_ERROR_TYPE);
    expect("without asking", wasi_threads_process_call(process, "leave", NULL, 0, NULL, 0), WASI_THREADS_ERROR_MISUSE);
    succeed("delete", wasi_threads_process_delete(process));
    wasi_threads_linker_delete(linker);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    expect_holdings("at the end", before);
    return failures != 0;
}
