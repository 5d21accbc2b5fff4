/* Tiers, compiled modules and the cache through the C API, and what they do to the host.
 * Arguments: the folder of the guests, and a folder to write in. Prints a line for each expectation that is
 * not met. */
#define _GNU_SOURCE
#include "check.h"
#include <signal.h>
#include <string.h>

static const char *folder;
static volatile sig_atomic_t signals;

static void count_signal(int number) {
    (void)number;
    signals++;
}

static wasi_threads_engine_t *engine_with(wasi_threads_tier_t tier, const char *cache) {
    wasi_threads_engine_config_t *config = wasi_threads_engine_config_new();
    wasi_threads_engine_t *made = NULL;
    succeed("set_tier", wasi_threads_engine_config_set_tier(config, tier));
    succeed("set_cache", wasi_threads_engine_config_set_cache(config, cache, 1 << 20));
    succeed("engine", wasi_threads_engine_new(config, &made));
    wasi_threads_engine_config_delete(config);
    return made;
}

static void run_module(const char *what, wasi_threads_module_t *module) {
    wasi_threads_process_t *process = NULL;
    uint32_t status = 99;
    succeed(what, wasi_threads_process_new(engine, module, NULL, NULL, &process));
    if (!process) return;
    succeed(what, wasi_threads_process_run(process, &status));
    expect_that(what, status == 0);
    succeed(what, wasi_threads_process_delete(process));
}

static void *handler(int number) {
    struct sigaction action;
    sigaction(number, NULL, &action);
    return (void *)action.sa_handler;
}

/* The interpreter touches no signal; compiled code passes on what is not its own. */
static void look_at_signals(void) {
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGURG};
    struct sigaction action = {.sa_handler = count_signal};
    sigaction(SIGURG, &action, NULL);
    engine = engine_with(WASI_THREADS_TIER_INTERPRETER, NULL);
    wasi_threads_module_t *module = load("primes");
    run_module("interpreted", module);
    expect_that("no handler of SIGSEGV", handler(numbers[0]) == SIG_DFL);
    expect_that("no handler of SIGBUS", handler(numbers[1]) == SIG_DFL);
    expect_that("the handler of SIGURG stays", handler(numbers[2]) == count_signal);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);

    engine = engine_with(WASI_THREADS_TIER_COMPILED, NULL);
    module = load("primes");
    run_module("compiled", module);
    expect_that("a handler of SIGSEGV", handler(numbers[0]) != SIG_DFL);
    raise(SIGURG);
    expect_that("SIGURG is passed on", signals == 1);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
}

static void refuse(void) {
    wasi_threads_engine_config_t *config = wasi_threads_engine_config_new();
    wasi_threads_module_t *module = NULL;
    static const uint8_t empty[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
    expect("no such tier", wasi_threads_engine_config_set_tier(config, (wasi_threads_tier_t)99),
           WASI_THREADS_ERROR_MISUSE);
    expect("an empty directory", wasi_threads_engine_config_set_cache(config, "", 1),
           WASI_THREADS_ERROR_MISUSE);
    expect("NULL for the configuration", wasi_threads_engine_config_set_tier(NULL, WASI_THREADS_TIER_AUTO),
           WASI_THREADS_ERROR_MISUSE);
    wasi_threads_engine_config_delete(config);
    expect("a module for a compiled one", wasi_threads_module_new_compiled(engine, empty, 8, &module),
           WASI_THREADS_ERROR_MALFORMED);
    expect("no bytes", wasi_threads_module_new_compiled(engine, empty, 0, &module),
           WASI_THREADS_ERROR_MALFORMED);
    expect("NULL", wasi_threads_module_new_compiled(engine, NULL, 1, &module), WASI_THREADS_ERROR_MISUSE);
    expect("NULL for the module", wasi_threads_module_new_compiled(engine, empty, 8, NULL),
           WASI_THREADS_ERROR_MISUSE);
    expect("no file", wasi_threads_module_new_compiled_from_file(engine, "/nowhere", &module),
           WASI_THREADS_ERROR_FILE);
    expect("a directory", wasi_threads_module_new_compiled_from_file(engine, "/", &module),
           WASI_THREADS_ERROR_FILE);
    expect("a device", wasi_threads_module_new_compiled_from_file(engine, "/dev/null", &module),
           WASI_THREADS_ERROR_FILE);
    expect_that("nothing was stored", module == NULL);
}

static void compile_and_load(void) {
    uint8_t *bytes = NULL;
    size_t length = 0;
    char path[4096];
    wasi_threads_module_t *module = load("primes"), *loaded = NULL;
    succeed("compile", wasi_threads_module_compile(module, &bytes, &length));
    expect("compiled bytes as a module", wasi_threads_module_new(engine, bytes, length, &loaded),
           WASI_THREADS_ERROR_MALFORMED);
    succeed("load", wasi_threads_module_new_compiled(engine, bytes, length, &loaded));
    memset(bytes, 0, length);
    run_module("from bytes", loaded);
    wasi_threads_module_delete(loaded);
    wasi_threads_bytes_delete(bytes);
    wasi_threads_bytes_delete(NULL);

    snprintf(path, sizeof path, "%s/primes.cwasm", folder);
    succeed("compile to a file", wasi_threads_module_compile_to_file(module, path));
    succeed("compile to it again", wasi_threads_module_compile_to_file(module, path));
    expect("to nowhere", wasi_threads_module_compile_to_file(module, "/nowhere/x"), WASI_THREADS_ERROR_FILE);
    expect("to NULL", wasi_threads_module_compile_to_file(module, NULL), WASI_THREADS_ERROR_MISUSE);
    expect("into NULL", wasi_threads_module_compile(module, NULL, &length), WASI_THREADS_ERROR_MISUSE);
    wasi_threads_module_delete(module);
    succeed("load the file", wasi_threads_module_new_compiled_from_file(engine, path, &loaded));
    expect("a compiled file as a module", wasi_threads_module_new_from_file(engine, path, &module),
           WASI_THREADS_ERROR_MALFORMED);
    run_module("from a file", loaded);
    wasi_threads_module_delete(loaded);
}

/* What was made with LLVM runs without it. */
static void go_without_llvm(void) {
    char path[4096];
    const char *why = NULL;
    wasi_threads_module_t *module = NULL;
    setenv("WASI_THREADS_LLVM", "/nowhere/libLLVM.so", 1);
    expect_that("no compiled tier", !wasi_threads_tier_available(WASI_THREADS_TIER_COMPILED, &why));
    expect_that("it says why", strstr(why, "/nowhere/libLLVM.so") != NULL);
    expect_that("auto works", wasi_threads_tier_available(WASI_THREADS_TIER_AUTO, NULL));
    snprintf(path, sizeof path, "%s/mutex.wasm", guests);
    engine = engine_with(WASI_THREADS_TIER_COMPILED, NULL);
    expect("compiled without LLVM", wasi_threads_module_new_from_file(engine, path, &module),
           WASI_THREADS_ERROR_COMPILER);
    snprintf(path, sizeof path, "%s/primes.cwasm", folder);
    succeed("compiled ahead of time", wasi_threads_module_new_compiled_from_file(engine, path, &module));
    run_module("compiled ahead of time", module);
    uint8_t *bytes = NULL;
    size_t length = 0;
    expect("compile", wasi_threads_module_compile(module, &bytes, &length), WASI_THREADS_ERROR_COMPILER);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);

    engine = engine_with(WASI_THREADS_TIER_COMPILED, folder);
    module = load("primes");
    run_module("from the cache", module);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    unsetenv("WASI_THREADS_LLVM");
}

int main(int count, char **arguments) {
    const char *text = NULL;
    if (count != 3) return 2;
    guests = arguments[1];
    folder = arguments[2];
    if (!wasi_threads_tier_available(WASI_THREADS_TIER_COMPILED, &text)) return 77;
    expect_that("the compiler has a name", strncmp(text, "LLVM ", 5) == 0);
    expect_that("the interpreter", wasi_threads_tier_available(WASI_THREADS_TIER_INTERPRETER, &text));
    expect_that("no tier", !wasi_threads_tier_available((wasi_threads_tier_t)9, &text) && *text);
    look_at_signals();

    struct holdings before = holdings();
    for (int tier = WASI_THREADS_TIER_AUTO; tier <= WASI_THREADS_TIER_COMPILED; tier++) {
        engine = engine_with((wasi_threads_tier_t)tier, folder);
        refuse();
        compile_and_load();
        wasi_threads_engine_delete(engine);
    }
    go_without_llvm();
    expect_holdings("all tiers", before);
    return failures != 0;
}
