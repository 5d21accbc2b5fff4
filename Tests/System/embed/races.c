/* Data races as an embedder sees them: what its own order hides from the guest is none. Argument: the folder of the
 * guests. Prints a line for each expectation that is not met. */
#define _GNU_SOURCE /* barriers */
#include "check.h"
#include <pthread.h>

static wasi_threads_module_t *module;
static wasi_threads_linker_t *linker;
static wasi_threads_wasi_config_t *config;
static _Atomic int told, finalized;

static void on_race(void *env, wasi_threads_process_t *process, const wasi_threads_race_t *race) {
    const wasi_threads_race_access_t *accesses[] = {race->access, race->earlier};
    expect_that("the environment is handed over", env == &told && process != NULL);
    expect_that("the address is told", race->memory == 0 && race->address == 64 && race->byte_count == 4);
    expect_that("one access writes", race->access->is_write || race->earlier->is_write);
    expect_that("the race is told in words", strncmp(race->description, "Data race at the address 0x40", 29) == 0);
    for (int index = 0; index < 2; index++) {
        expect_that("an access has frames", accesses[index]->frame_count >= 1);
        expect_that("frames have names", strcmp(accesses[index]->frames[0].function_name, "count") == 0);
    }
    told++;
}

static void on_end(void *env) { finalized += env == &told; }

static wasi_threads_process_t *make_process(void) {
    wasi_threads_process_t *process;
    succeed("process", wasi_threads_process_new(engine, module, linker, config, &process));
    succeed("watch", wasi_threads_process_watch_races(process, on_race, &told, on_end));
    expect("a second watcher", wasi_threads_process_watch_races(process, on_race, &told, on_end),
           WASI_THREADS_ERROR_MISUSE);
    return process;
}

static void delete_process(wasi_threads_process_t *process, const char *what, int is_race) {
    uint64_t count = 0;
    int before = finalized;
    succeed("count", wasi_threads_process_race_count(process, &count));
    expect_that(what, is_race ? count > 0 && told > 0 : count == 0 && told == 0);
    told = 0;
    succeed("delete", wasi_threads_process_delete(process));
    expect_that("the finalizer is called once", finalized == before + 1);
}

static void count_once(wasi_threads_process_t *process) {
    succeed("count", wasi_threads_process_call(process, "count", NULL, 0, NULL, 0));
}

static pthread_barrier_t begun, counted;

/* Attaches, counts in its turn, and stays attached until both have counted. */
static void *attach_and_count(void *process) {
    wasi_threads_thread_t *thread;
    succeed("attach", wasi_threads_process_attach(process, &thread));
    pthread_barrier_wait(&begun);
    static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&turn);
    succeed("count", wasi_threads_thread_call(thread, "count", NULL, 0, NULL, 0));
    pthread_mutex_unlock(&turn);
    pthread_barrier_wait(&counted);
    succeed("detach", wasi_threads_thread_detach(thread));
    return NULL;
}

static void attached_threads_in_turn(void) {
    wasi_threads_process_t *process = make_process();
    pthread_t threads[2];
    pthread_barrier_init(&begun, NULL, 2);
    pthread_barrier_init(&counted, NULL, 2);
    for (int index = 0; index < 2; index++) pthread_create(&threads[index], NULL, attach_and_count, process);
    for (int index = 0; index < 2; index++) pthread_join(threads[index], NULL);
    count_once(process);
    delete_process(process, "threads that the embedder has count in turn", 0);
}

/* The threads of the guest that the embedder has waited for come before what it calls next. */
static void joined_threads(void) {
    wasi_threads_process_t *process = make_process();
    uint32_t id;
    for (int round = 0; round < 3; round++) {
        succeed("spawn", wasi_threads_process_spawn(process, 0, &id));
        succeed("join", wasi_threads_process_join(process, id));
        count_once(process);
    }
    delete_process(process, "threads that were joined", 0);
}

static void both(void) {
    wasi_threads_process_t *process = make_process();
    succeed("both", wasi_threads_process_call(process, "both", NULL, 0, NULL, 0));
    delete_process(process, "two threads at once", 1);
}

int main(int count, char **arguments) {
    if (count < 2) return 1;
    guests = arguments[1];
    wasi_threads_engine_config_t *settings = wasi_threads_engine_config_new();
    expect("bad suppressions", wasi_threads_engine_config_set_race_detection(settings, true, "what:ever"),
           WASI_THREADS_ERROR_MISUSE);
    succeed("suppressions", wasi_threads_engine_config_set_race_detection(settings, true, "race:^nothing$"));
    succeed("engine", wasi_threads_engine_new(settings, &engine));
    config = wasi_threads_wasi_config_new();
    module = load("race");
    attached_threads_in_turn();
    joined_threads();
    both();
    wasi_threads_wasi_config_delete(config);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    wasi_threads_engine_config_delete(settings);
    return failures != 0;
}
