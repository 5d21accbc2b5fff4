/* Functions of the host that fail, spawn, end, read memory and misuse the library, on guest threads and on
 * the embedder's. Arguments: the folder of the guests. Prints a line for each expectation that is not met. */
#include "check.h"
#include <string.h>

enum question { FAIL = 100, SPAWN, END, MEMORY, MISUSE, GROW, FOREIGN_ERROR, OUTPUT, FAIL_TWICE };

static wasi_threads_module_t *module;
static wasi_threads_linker_t *linker;
static _Atomic int calls, finalized;

/* What may not be done on a thread that is inside the process. */
static void misuse(wasi_threads_caller_t *caller, wasi_threads_process_t *process) {
    uint32_t status = 77;
    (void)caller;
    expect("delete inside", wasi_threads_process_delete(process), WASI_THREADS_ERROR_MISUSE);
    expect("wait inside", wasi_threads_process_wait(process), WASI_THREADS_ERROR_MISUSE);
    expect("join inside", wasi_threads_process_join(process, 1), WASI_THREADS_ERROR_MISUSE);
    expect("run inside", wasi_threads_process_run(process, &status), WASI_THREADS_ERROR_MISUSE);
    expect_that("a failed run leaves the status", status == 77);
    wasi_threads_error_t *error = call_with(process, "load", 0, NULL);
    expect_that("a call inside is refused", error != NULL);
    wasi_threads_error_delete(error);
}

static wasi_threads_error_t *host(void *env, wasi_threads_caller_t *caller, const wasi_threads_value_t *args,
                                  wasi_threads_value_t *results) {
    wasi_threads_process_t *process;
    uint8_t *base, *again;
    uint64_t length;
    uint32_t thread;
    expect_that("the environment", env == &calls);
    calls++;
    succeed("process", wasi_threads_caller_process(caller, &process));
    succeed("thread", wasi_threads_caller_thread(caller, &thread));
    results[0].of.i32 = (int32_t)thread;
    switch (args[0].of.i32) {
    case FAIL: return wasi_threads_error_new("on purpose");
    case FAIL_TWICE:
        succeed("fail", wasi_threads_caller_fail(caller, wasi_threads_error_new("said first")));
        return wasi_threads_error_new("said last");
    case SPAWN: succeed("spawn inside", wasi_threads_process_spawn(process, 7, &thread)); break;
    case END: succeed("end inside", wasi_threads_process_end(process, "From inside.")); break;
    case MEMORY:
        succeed("memory", wasi_threads_caller_memory(caller, &base, &length));
        succeed("memory", memory_of(process, "memory", &again, &length));
        expect_that("one memory", base == again && length >= 65536);
        base[length - 1] = 1;
        memcpy(base + 64, "host", 4);
        break;
    case MISUSE: misuse(caller, process); break;
    case FOREIGN_ERROR: return (wasi_threads_error_t *)module;
    case OUTPUT:
        expect("output that is not captured",
               wasi_threads_process_output_length(process, WASI_THREADS_STDOUT, NULL),
               WASI_THREADS_ERROR_MISUSE);
    }
    return NULL;
}

static void finalize(void *env) {
    expect_that("the environment at the end", env == &calls);
    finalized++;
}

static wasi_threads_process_t *start(void) {
    wasi_threads_process_t *process = NULL;
    succeed("process", wasi_threads_process_new(engine, module, linker, NULL, &process));
    return process;
}

static void answer(void) {
    wasi_threads_process_t *process = start();
    int32_t result;
    static const int32_t questions[] = {SPAWN, MEMORY, MISUSE, OUTPUT};
    for (size_t index = 0; index < sizeof questions / sizeof *questions; index++) {
        succeed("ask", call_with(process, "ask", questions[index], &result));
        expect_that("the embedder's own thread is 0", result == 0);
    }
    succeed("load", call_with(process, "load", 64, &result));
    expect_that("what the host stored", memcmp(&result, "host", 4) == 0);
    succeed("wait", wasi_threads_process_wait(process));
    succeed("delete", wasi_threads_process_delete(process));
}

static void fail(void) {
    wasi_threads_process_t *process = start();
    wasi_threads_error_t *error = call_with(process, "ask", FAIL, NULL);
    expect("no room for the result", error, WASI_THREADS_ERROR_TYPE);
    int32_t result;
    error = call_with(process, "ask", FAIL, &result);
    expect_that("the message goes on", error && strstr(wasi_threads_error_message(error), "on purpose"));
    expect_that("a host's error is a trap",
                wasi_threads_error_trap_code(error) == WASI_THREADS_TRAP_HOST_ERROR);
    expect_that("and has frames", wasi_threads_error_frame_count(error) == 1);
    wasi_threads_error_delete(error);
    expect("ask after the end", call_with(process, "ask", MEMORY, &result), WASI_THREADS_ERROR_MISUSE);
    expect("spawn after the end", wasi_threads_process_spawn(process, 0, NULL), WASI_THREADS_ERROR_MISUSE);
    succeed("delete", wasi_threads_process_delete(process));
    process = start();
    error = call_with(process, "ask", FAIL_TWICE, &result);
    expect_that("of two errors the first counts", error && strstr(wasi_threads_error_message(error), "said first"));
    wasi_threads_error_delete(error);
    succeed("delete", wasi_threads_process_delete(process));
    process = start();
    expect("an error that is none", call_with(process, "ask", FOREIGN_ERROR, &result),
           WASI_THREADS_ERROR_TRAP);
    succeed("delete", wasi_threads_process_delete(process));
    process = start();
    expect("end inside a call", call_with(process, "ask", END, &result), WASI_THREADS_ERROR_ENDED);
    succeed("delete", wasi_threads_process_delete(process));
}

int main(int count, char **arguments) {
    if (count != 2) return 2;
    guests = arguments[1];
    wasi_threads_value_kind_t i32 = WASI_THREADS_I32;
    succeed("engine", wasi_threads_engine_new(NULL, &engine));
    module = load("states");
    succeed("linker", wasi_threads_linker_new(engine, &linker));
    succeed("define", wasi_threads_linker_define_with_caller(linker, "env", "host", &i32, 1, &i32, 1, host,
                                                             (void *)&calls, finalize));
    expect("define again",
           wasi_threads_linker_define_with_caller(linker, "env", "host", &i32, 1, &i32, 1, host,
                                                  NULL, finalize), WASI_THREADS_ERROR_MISUSE);
    struct holdings before = holdings();
    for (int round = 0; round < 100; round++) {
        answer();
        fail();
    }
    expect_holdings("after all calls", before);
    wasi_threads_process_t *last = start();
    wasi_threads_engine_delete(engine);
    wasi_threads_linker_delete(linker);
    wasi_threads_module_delete(module);
    expect_that("the last process holds the environment", finalized == 0);
    int32_t result;
    succeed("ask without an engine", call_with(last, "ask", MEMORY, &result));
    succeed("delete", wasi_threads_process_delete(last));
    expect_that("finalized once", finalized == 1);
    return failures != 0;
}
