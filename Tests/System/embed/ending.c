/* Ends processes from several threads of the host at once, with guest threads in every state: all calls
 * come back, and the host's threads and descriptors are as many as before. Arguments: the folder of the
 * guests, and how many times for each state; then "compiled" where busy threads are to be met in compiled
 * code. Prints a line for each expectation that is not met. */
#define _GNU_SOURCE /* registers */
#include "check.h"
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <ucontext.h>
#include <unistd.h>

enum { enders = 4, spawned = 3, states = 7 };

static wasi_threads_module_t *module;
static wasi_threads_linker_t *linker;
static wasi_threads_wasi_config_t *config;
/* Whether a busy thread has to be in compiled code. */
static int is_compiled;

/* A function of the host that stays until the process ends. */
static wasi_threads_error_t *stay(void *env, wasi_threads_caller_t *caller, const wasi_threads_value_t *args,
                                  wasi_threads_value_t *results) {
    (void)env, (void)args, (void)results;
    wasi_threads_process_t *process;
    wasi_threads_outcome_t outcome = WASI_THREADS_OUTCOME_ALIVE;
    succeed("caller's process", wasi_threads_caller_process(caller, &process));
    while (outcome == WASI_THREADS_OUTCOME_ALIVE) {
        succeed("outcome", wasi_threads_process_outcome(process, &outcome, NULL, NULL));
        sched_yield();
    }
    return NULL;
}

/* ---- Where threads are ----------------------------------------------------------------------------- */

enum { most_samples = 1 << 20 };
static uintptr_t samples[most_samples];
static _Atomic int sample_count;

static void on_sample(int number, siginfo_t *information, void *state) {
    (void)number, (void)information;
    int index = atomic_fetch_add(&sample_count, 1);
    if (index >= most_samples) return;
#if defined(__x86_64__)
    samples[index] = (uintptr_t)((ucontext_t *)state)->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    samples[index] = (uintptr_t)((ucontext_t *)state)->uc_mcontext.pc;
#endif
}

/* Has a thread note where it is. */
static void sample(pthread_t thread) {
    int before = sample_count;
    pthread_kill(thread, SIGPROF);
    while (sample_count == before) sched_yield();
}

/* How many samples are in executable memory that is of no file, which is where compiled code lies. */
static int samples_in_compiled_code(void) {
    int all = sample_count < most_samples ? sample_count : most_samples, found = 0;
    char line[4096], rights[8], rest[4000];
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps)) {
        uintptr_t low, high;
        int fields = sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s %*s %*s %*s %3999s", &low, &high, rights, rest);
        if (fields != 3 || rights[2] != 'x') continue;
        for (int index = 0; index < all; index++) found += samples[index] >= low && samples[index] < high;
    }
    if (maps) fclose(maps);
    return found;
}

/* One process, and the threads of the host that use it. */
struct round {
    wasi_threads_process_t *process;
    pthread_barrier_t barrier;
    int state, must_live;
};

static void *run_end(void *argument) {
    struct round *round = argument;
    pthread_barrier_wait(&round->barrier);
    wasi_threads_error_t *error = wasi_threads_process_end(round->process, "Enough.");
    if (round->must_live) {
        succeed("end", error);
    } else if (error) {
        expect("end of a process that another thread deletes", error, WASI_THREADS_ERROR_MISUSE);
    }
    return NULL;
}

static void *run_call(void *argument) {
    struct round *round = argument;
    wasi_threads_error_t *error = call_with(round->process, "stay", round->state, NULL);
    expect("a call under way at the end", error, WASI_THREADS_ERROR_ENDED);
    return NULL;
}

static void end_once(int state, int delete_at_once) {
    struct round round = {.state = state, .must_live = !delete_at_once};
    pthread_t threads[enders], call;
    succeed("process", wasi_threads_process_new(engine, module, linker, config, &round.process));
    pthread_barrier_init(&round.barrier, NULL, enders + 1);
    for (int index = 0; index < spawned; index++)
        succeed("spawn", wasi_threads_process_spawn(round.process, (uint32_t)state, NULL));
    succeed("await", call_with(round.process, "await", spawned, NULL));
    pthread_create(&call, NULL, run_call, &round);
    for (int index = 0; index < enders; index++) pthread_create(&threads[index], NULL, run_end, &round);
    /* The call has begun when its thread has counted itself too. */
    uint8_t *base;
    uint64_t length;
    succeed("memory", memory_of(round.process, NULL, &base, &length));
    while (atomic_load((_Atomic uint32_t *)base) < spawned + 1) sched_yield();
    if (state == 0 && is_compiled) sample(call);
    pthread_barrier_wait(&round.barrier);
    if (delete_at_once) succeed("delete", wasi_threads_process_delete(round.process));
    for (int index = 0; index < enders; index++) pthread_join(threads[index], NULL);
    pthread_join(call, NULL);
    if (!delete_at_once) {
        wasi_threads_outcome_t outcome;
        succeed("outcome", wasi_threads_process_outcome(round.process, &outcome, NULL, NULL));
        expect_that("the outcome is the embedder's word", outcome == WASI_THREADS_OUTCOME_ENDED);
        succeed("wait", wasi_threads_process_wait(round.process));
        succeed("delete", wasi_threads_process_delete(round.process));
    }
    expect("use after delete", wasi_threads_process_wait(round.process), WASI_THREADS_ERROR_MISUSE);
    pthread_barrier_destroy(&round.barrier);
}

int main(int count, char **arguments) {
    if (count < 3) return 2;
    is_compiled = count == 4 && !strcmp(arguments[3], "compiled");
    guests = arguments[1];
    int ends[2];
    if (pipe(ends)) return 2;
    wasi_threads_value_kind_t i32 = WASI_THREADS_I32;
    succeed("engine", wasi_threads_engine_new(NULL, &engine));
    module = load("states");
    succeed("linker", wasi_threads_linker_new(engine, &linker));
    succeed("define",
            wasi_threads_linker_define_with_caller(linker, "env", "host", &i32, 1, &i32, 1, stay, NULL,
                                                   NULL));
    config = wasi_threads_wasi_config_new();
    succeed("input", wasi_threads_wasi_config_set_stream_descriptor(config, WASI_THREADS_STDIN, ends[0]));
    struct sigaction action = {.sa_sigaction = on_sample, .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};
    sigaction(SIGPROF, &action, NULL);
    struct holdings before = holdings();
    for (int state = 0; state < states; state++)
        for (int round = 0; round < atoi(arguments[2]); round++) {
            end_once(state, round % 2);
            expect_holdings("after an end", before);
        }
    int found = samples_in_compiled_code(), rounds = atoi(arguments[2]);
    /* Before the first code is there, and at the very moment of being counted, a thread may be elsewhere. */
    if (is_compiled && found < rounds / 2) {
        printf("busy: met in compiled code %d times in %d rounds\n", found, rounds);
        failures++;
    }
    wasi_threads_wasi_config_delete(config);
    wasi_threads_linker_delete(linker);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    return failures != 0;
}
