/* Snapshots: what a process has between two calls, for others to begin with; and where there is none to be had. */
#include "check.h"

typedef wasi_threads_native_function_t native;

static wasi_threads_module_t *module;
static wasi_threads_linker_t *linker;

static int thrice_of_the_host(int value) { return value * 30; }
static int (*find(void))(int) { return thrice_of_the_host; }

static int32_t give(wasi_threads_process_t *process, const char *name, int count, int32_t a, int32_t b) {
    wasi_threads_value_t arguments[] = {{.kind = WASI_THREADS_I32, .of.i32 = a},
                                        {.kind = WASI_THREADS_I32, .of.i32 = b}};
    wasi_threads_value_t result = {.kind = WASI_THREADS_I32};
    succeed(name, wasi_threads_process_call(process, name, arguments, (size_t)count, &result, 1));
    return result.of.i32;
}

static wasi_threads_process_t *begin_with(wasi_threads_snapshot_t *snapshot) {
    wasi_threads_process_t *process = NULL;
    succeed("a process of a snapshot", wasi_threads_snapshot_process(snapshot, linker, NULL, &process));
    return process;
}

static wasi_threads_process_t *ready(void) {
    wasi_threads_process_t *process = NULL;
    succeed("process", wasi_threads_process_new(engine, module, linker, NULL, &process));
    succeed("initialize", wasi_threads_process_initialize(process));
    return process;
}

static void expect_state(wasi_threads_process_t *process) {
    expect_that("globals", give(process, "next", 0, 0, 0) == 6);
    expect_that("the size of the memory", give(process, "pages", 0, 0, 0) == 3);
    expect_that("bytes", give(process, "word", 1, 131072, 0) == 42);
    expect_that("bytes over a segment", give(process, "word", 1, 0, 0) == 0);
    expect_that("functions", give(process, "call_at", 2, 1, 21) == 42 && give(process, "call_at", 2, 4, 3) == 9);
    wasi_threads_value_t lanes, reference;
    succeed("lanes", wasi_threads_process_call(process, "lanes", NULL, 0, &lanes, 1));
    expect_that("vectors", lanes.of.i64 == 33);
    succeed("reference", wasi_threads_process_global(process, "reference", &reference));
    expect_that("a function in a global", reference.of.funcref != NULL);
    expect("begun", wasi_threads_process_initialize(process), WASI_THREADS_ERROR_MISUSE);
}

static void many_of_one(void) {
    wasi_threads_process_t *first = ready(), *others[20];
    wasi_threads_snapshot_t *snapshot = NULL;
    wasi_threads_value_t pointer = {.kind = WASI_THREADS_EXTERNREF, .of.externref = &engine};
    succeed("externref", wasi_threads_process_set_table_element(first, "externs", 0, &pointer));
    succeed("snapshot", wasi_threads_process_snapshot(first, &snapshot));
    expect_state(first);
    succeed("delete", wasi_threads_process_delete(first));
    for (int index = 0; index < 20; index++) others[index] = begin_with(snapshot);
    for (int index = 0; index < 20; index++) {
        expect_state(others[index]);
        expect_that("of its own", give(others[index], "word", 1, 64, 0) == 0);
        wasi_threads_value_t arguments[] = {{.kind = WASI_THREADS_I32, .of.i32 = 64},
                                            {.kind = WASI_THREADS_I32, .of.i32 = index + 1}};
        succeed("set", wasi_threads_process_call(others[index], "set", arguments, 2, NULL, 0));
    }
    succeed("externref", wasi_threads_process_table_element(others[0], "externs", 0, &pointer));
    expect_that("the same pointer", pointer.of.externref == &engine);
    wasi_threads_snapshot_delete(snapshot);
    expect_that("lives on", give(others[3], "word", 1, 64, 0) == 4);
    /* And of a snapshot's process. */
    succeed("snapshot", wasi_threads_process_snapshot(others[3], &snapshot));
    wasi_threads_process_t *next = begin_with(snapshot);
    expect_that("what came after", give(next, "word", 1, 64, 0) == 4 && give(next, "next", 0, 0, 0) == 7);
    succeed("delete", wasi_threads_process_delete(next));
    wasi_threads_snapshot_delete(snapshot);
    for (int index = 0; index < 20; index++) succeed("delete", wasi_threads_process_delete(others[index]));
}

static void before_it_began(void) {
    wasi_threads_process_t *process = NULL;
    wasi_threads_snapshot_t *snapshot = NULL;
    succeed("process", wasi_threads_process_new(engine, module, linker, NULL, &process));
    succeed("snapshot", wasi_threads_process_snapshot(process, &snapshot));
    succeed("delete", wasi_threads_process_delete(process));
    process = begin_with(snapshot);
    expect_that("a segment", (give(process, "word", 1, 0, 0) & 0xFF) == 'b');
    succeed("delete", wasi_threads_process_delete(process));
    process = begin_with(snapshot);
    succeed("initialize", wasi_threads_process_initialize(process));
    expect_state(process);
    succeed("delete", wasi_threads_process_delete(process));
    wasi_threads_snapshot_delete(snapshot);
}

static void refusals(void) {
    wasi_threads_process_t *process = ready(), *other = NULL;
    wasi_threads_snapshot_t *snapshot = NULL;
    wasi_threads_thread_t *thread = NULL;
    expect("nowhere", wasi_threads_process_snapshot(process, NULL), WASI_THREADS_ERROR_MISUSE);
    expect("nothing", wasi_threads_process_snapshot(NULL, &snapshot), WASI_THREADS_ERROR_MISUSE);
    expect("no snapshot", wasi_threads_snapshot_process(NULL, linker, NULL, &other), WASI_THREADS_ERROR_MISUSE);
    succeed("attach", wasi_threads_process_attach(process, &thread));
    expect("another thread", wasi_threads_process_snapshot(process, &snapshot), WASI_THREADS_ERROR_MISUSE);
    succeed("detach", wasi_threads_thread_detach(thread));
    succeed("snapshot", wasi_threads_process_snapshot(process, &snapshot));
    expect("without imports", wasi_threads_snapshot_process(snapshot, NULL, NULL, &other), WASI_THREADS_ERROR_LINK);
    expect("another object", wasi_threads_snapshot_process((wasi_threads_snapshot_t *)process, linker, NULL, &other),
           WASI_THREADS_ERROR_MISUSE);
    expect_that("found", give(process, "find", 0, 0, 0) == 5);
    wasi_threads_snapshot_t *none = NULL;
    expect("a function of the host's", wasi_threads_process_snapshot(process, &none), WASI_THREADS_ERROR_UNSUPPORTED);
    succeed("end", wasi_threads_process_end(process, "Enough."));
    expect("after the end", wasi_threads_process_snapshot(process, &none), WASI_THREADS_ERROR_ENDED);
    expect_that("nothing was made", !none && !other);
    succeed("delete", wasi_threads_process_delete(process));
    wasi_threads_snapshot_delete(snapshot);
    expect("deleted", wasi_threads_snapshot_process(snapshot, linker, NULL, &other), WASI_THREADS_ERROR_MISUSE);
    wasi_threads_snapshot_delete(snapshot);
    wasi_threads_snapshot_delete(NULL);
}

static wasi_threads_error_t *inside(void *env, wasi_threads_caller_t *caller, const wasi_threads_value_t *arguments,
                                    wasi_threads_value_t *results) {
    wasi_threads_process_t *process;
    wasi_threads_snapshot_t *snapshot = NULL;
    (void)env, (void)arguments;
    succeed("process", wasi_threads_caller_process(caller, &process));
    expect("inside of a call", wasi_threads_process_snapshot(process, &snapshot), WASI_THREADS_ERROR_MISUSE);
    results[0].of.i32 = 1;
    return NULL;
}

static void inside_of_a_call(wasi_threads_memory_t *memory) {
    const wasi_threads_value_kind_t kind = WASI_THREADS_I32;
    wasi_threads_linker_t *former = linker;
    succeed("linker", wasi_threads_linker_new(engine, &linker));
    succeed("kept", wasi_threads_linker_define_memory(linker, "env", "kept", memory));
    succeed("find",
            wasi_threads_linker_define_with_caller(linker, "env", "find", NULL, 0, &kind, 1, inside, NULL, NULL));
    wasi_threads_process_t *process = ready();
    expect_that("it was called", give(process, "find", 0, 0, 0) == 1);
    succeed("delete", wasi_threads_process_delete(process));
    wasi_threads_linker_delete(linker);
    linker = former;
}

int main(int argc, char **argv) {
    (void)argc;
    guests = argv[1];
    wasi_threads_memory_t *memory = NULL;
    int32_t word = 0;
    succeed("engine", wasi_threads_engine_new(NULL, &engine));
    module = load("snapshots");
    succeed("linker", wasi_threads_linker_new(engine, &linker));
    succeed("memory", wasi_threads_memory_new(engine, 1, 1, &memory));
    succeed("kept", wasi_threads_linker_define_memory(linker, "env", "kept", memory));
    const char *prototype = "int (*find(void))(int)";
    succeed("find",
            wasi_threads_linker_define_native(linker, "env", "find", prototype, (native)find, NULL, NULL));
    many_of_one();
    word = 9;
    succeed("write", wasi_threads_memory_write(memory, 0, &word, 4));
    before_it_began();
    refusals();
    inside_of_a_call(memory);
    succeed("read", wasi_threads_memory_read(memory, 0, &word, 4));
    expect_that("the host's memory is nobody's to restore", word == 7);
    wasi_threads_memory_delete(memory);
    wasi_threads_linker_delete(linker);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    return failures != 0;
}
