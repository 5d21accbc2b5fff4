/* How deep guests get on the stacks that a host has, and what signals it has blocked by then.
 * Arguments: the folder of the guests, the number of a tier, and optionally "unlimited" where the first thread's
 * stack has no limit. Prints a line for each expectation that is not met. */
#define _GNU_SOURCE
#include "check.h"
#include <alloca.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <ucontext.h>

static wasi_threads_tier_t tier;
static wasi_threads_module_t *module;
static wasi_threads_linker_t *linker;
/* Bytes that the function of the host uses of its stack. */
static size_t host_bytes;

static wasi_threads_error_t *host(void *env, wasi_threads_caller_t *caller, const wasi_threads_value_t *args,
                                  wasi_threads_value_t *results) {
    (void)env;
    volatile char *used = alloca(host_bytes + 1);
    for (size_t index = 0; index < host_bytes; index += 512) used[index] = 1;
    wasi_threads_value_t argument = args[0];
    return wasi_threads_caller_call(caller, "callback", &argument, 1, results, 1);
}

/* An engine with its module, where `value_stack` is 0 with the usual limit. */
static void begin(uint64_t value_stack) {
    static const wasi_threads_value_kind_t kinds[] = {WASI_THREADS_I32};
    wasi_threads_engine_config_t *config = wasi_threads_engine_config_new();
    succeed("tier", wasi_threads_engine_config_set_tier(config, tier));
    if (value_stack)
        succeed("limit", wasi_threads_engine_config_set_limit(config, WASI_THREADS_LIMIT_VALUE_STACK_BYTES,
                                                              value_stack));
    succeed("engine", wasi_threads_engine_new(config, &engine));
    wasi_threads_engine_config_delete(config);
    module = load("depth");
    succeed("linker", wasi_threads_linker_new(engine, &linker));
    succeed("host", wasi_threads_linker_define_with_caller(linker, "env", "host", kinds, 1, kinds, 1, host, NULL,
                                                           NULL));
}

static void end(void) {
    wasi_threads_linker_delete(linker);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
}

/* What a call of an export in a new process gives: its result, or the negative code of its trap. */
static int32_t outcome(const char *name, int32_t argument) {
    wasi_threads_process_t *process = NULL;
    int32_t result = 0;
    succeed("process", wasi_threads_process_new(engine, module, linker, NULL, &process));
    wasi_threads_error_t *error = call_with(process, name, argument, &result);
    if (error) result = -(int32_t)wasi_threads_error_trap_code(error);
    wasi_threads_error_delete(error);
    succeed("delete", wasi_threads_process_delete(process));
    return result;
}

static const int32_t exhausted = -WASI_THREADS_TRAP_CALL_STACK_EXHAUSTED;
static const int32_t out_of_bounds = -WASI_THREADS_TRAP_MEMORY_OUT_OF_BOUNDS;

static void on_a_thread(size_t stack_bytes, void *(*body)(void *)) {
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack_bytes);
    if (pthread_create(&thread, &attributes, body, NULL)) expect_that("a thread", 0);
    else pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
}

/* ---- Small stacks */

static void *nest(void *unused) {
    (void)unused;
    expect_that("some depth", outcome("rec", 100) == 101);
    expect_that("callbacks without end", outcome("callback", 0) == exhausted);
    expect_that("recursion without end", outcome("rec", 1 << 30) == exhausted);
    expect_that("some depth afterwards", outcome("rec", 100) == 101);
    return NULL;
}

static void *have_all(void *unused) {
    begin(0);
    nest(unused);
    end();
    return NULL;
}

static void small_stacks(void) {
    /* The smallest stack that the header allows does for everything. */
    host_bytes = 0;
    on_a_thread(128 << 10, have_all);
    begin(0);
    static const size_t sizes[] = {128 << 10, 256 << 10, 1 << 20, 16 << 20};
    for (size_t index = 0; index < sizeof sizes / sizeof *sizes; index++)
        for (host_bytes = 0; host_bytes <= 32 << 10; host_bytes += 8 << 10) on_a_thread(sizes[index], nest);
    host_bytes = 0;
    end();
}

/* ---- Stacks that the host switches to */

static ucontext_t outside, inside;
static int32_t wanted_depth, depth_reached;

static void inside_body(void) {
    for (int round = 0; round < 3; round++) depth_reached = outcome("rec", wanted_depth);
    if (host_bytes) expect_that("callbacks without end, inside", outcome("callback", 0) == exhausted);
}

static int32_t on_another_stack(size_t bytes, int32_t depth, int declares) {
    char *stack = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    wanted_depth = depth;
    depth_reached = 0;
    getcontext(&inside);
    inside.uc_stack.ss_sp = stack;
    inside.uc_stack.ss_size = bytes;
    inside.uc_link = &outside;
    makecontext(&inside, inside_body, 0);
    if (declares) succeed("set_stack", wasi_threads_host_thread_set_stack(stack, bytes));
    swapcontext(&outside, &inside);
    if (declares) succeed("set_stack", wasi_threads_host_thread_set_stack(NULL, 0));
    munmap(stack, bytes);
    expect_that("on the thread's own stack again", outcome("rec", 5000) == 5001);
    return depth_reached;
}

static void *switch_stacks(void *unused) {
    (void)unused;
    expect_that("nothing is known of the stack", on_another_stack(128 << 10, 10, 0) == 11);
    expect_that("a known stack", on_another_stack(2 << 20, 5000, 1) == 5001);
    expect_that("a small one", on_another_stack(128 << 10, 10, 1) == 11);
    expect_that("recursion without end", on_another_stack(128 << 10, 1 << 30, 0) == exhausted);
    expect_that("recursion without end, known", on_another_stack(2 << 20, 1 << 30, 1) == exhausted);
    host_bytes = 1024;
    expect_that("callbacks", on_another_stack(128 << 10, 10, 0) == 11);
    host_bytes = 16 << 10;
    expect_that("large callbacks", on_another_stack(1 << 20, 10, 1) == 11);
    host_bytes = 0;
    return NULL;
}

static void other_stacks(void) {
    begin(0);
    switch_stacks(NULL);
    on_a_thread(2 << 20, switch_stacks);
    expect("a stack of nothing", wasi_threads_host_thread_set_stack((void *)4096, 1), WASI_THREADS_ERROR_LIMIT);
    expect("a stack at the end", wasi_threads_host_thread_set_stack((void *)-4096, 1 << 20),
           WASI_THREADS_ERROR_MISUSE);
    end();
}

/* ---- Limits */

static void limits(void) {
    begin(16 << 10);
    expect_that("within the limit", outcome("rec", 100) == 101);
    expect_that("beyond the limit", outcome("rec", 100000) == exhausted);
    end();
    struct rlimit before, limit;
    getrlimit(RLIMIT_STACK, &before);
    begin(256 << 20);
    expect_that("some depth", outcome("rec", 100) == 101);
    if (before.rlim_cur == RLIM_INFINITY) {
        expect_that("an end without a limit", outcome("rec", 1 << 30) == exhausted);
    } else {
        limit = before;
        limit.rlim_cur = 1 << 20;
        setrlimit(RLIMIT_STACK, &limit);
        expect_that("a limit that was lowered", outcome("rec", 1 << 30) == exhausted);
        setrlimit(RLIMIT_STACK, &before);
    }
    end();
}

static void no_limit(void) {
    begin(0);
    expect_that("recursion without end", outcome("rec", 1 << 30) == exhausted);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    expect_that("a bound", usage.ru_maxrss < 512 << 10);
    end();
}

/* ---- Signals */

static void *block_again_and_again(void *unused) {
    sigset_t all;
    (void)unused;
    sigfillset(&all);
    for (int round = 0; round < 3; round++) {
        pthread_sigmask(SIG_BLOCK, &all, NULL);
        expect_that("a trap with all signals blocked", outcome("outside", 1 << 20) == out_of_bounds);
    }
    return NULL;
}

static void *keep(void *unused) {
    sigset_t all, now;
    (void)unused;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    wasi_threads_host_thread_keep_signals(true);
    for (int round = 0; round < 3; round++)
        expect_that("a trap with signals kept", outcome("outside", 1 << 20) == out_of_bounds);
    pthread_sigmask(SIG_SETMASK, NULL, &now);
    expect_that("others stay blocked", sigismember(&now, SIGTERM));
    wasi_threads_host_thread_keep_signals(false);
    return block_again_and_again(NULL);
}

static void signals(void) {
    begin(0);
    on_a_thread(1 << 20, block_again_and_again);
    on_a_thread(1 << 20, keep);
    end();
}

int main(int count, char **arguments) {
    if (count < 3) return 2;
    guests = arguments[1];
    tier = (wasi_threads_tier_t)atoi(arguments[2]);
    if (!wasi_threads_tier_available(tier, NULL)) return 77;
    if (count > 3) no_limit();
    else small_stacks(), other_stacks(), limits(), signals();
    return failures != 0;
}
