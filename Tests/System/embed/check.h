/* What the embedding programs share: expectations, each printed where it is not met, and a look at what the
 * host process holds. */
#ifndef CHECK_H
#define CHECK_H

#include <dirent.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wasi_threads.h>

static _Atomic int failures;
static wasi_threads_engine_t *engine;
static const char *guests;

static inline void expect_that(const char *what, int holds) {
    if (holds) return;
    printf("%s: does not hold\n", what);
    failures++;
}

static inline void expect(const char *what, wasi_threads_error_t *error, wasi_threads_error_kind_t kind) {
    if (!error || wasi_threads_error_kind(error) != kind || !*wasi_threads_error_message(error)) {
        printf("%s: expected an error of the kind %d, got %d: %s\n", what, kind,
               error ? (int)wasi_threads_error_kind(error) : 0,
               error ? wasi_threads_error_message(error) : "none");
        failures++;
    }
    wasi_threads_error_delete(error);
}

static inline void succeed(const char *what, wasi_threads_error_t *error) {
    if (error) {
        printf("%s: %s\n", what, wasi_threads_error_message(error));
        failures++;
    }
    wasi_threads_error_delete(error);
}

static inline wasi_threads_module_t *load(const char *name) {
    char path[4096];
    wasi_threads_module_t *module = NULL;
    snprintf(path, sizeof path, "%s/%s.wasm", guests, name);
    succeed(name, wasi_threads_module_new_from_file(engine, path, &module));
    return module;
}

/* Calls an export that takes an i32 and gives one, or nothing where `result` is NULL. */
static inline wasi_threads_error_t *call_with(wasi_threads_process_t *process, const char *name,
                                              int32_t argument, int32_t *result) {
    wasi_threads_value_t value = {.kind = WASI_THREADS_I32, .of.i32 = argument}, given = value;
    wasi_threads_error_t *error = wasi_threads_process_call(process, name, &value, 1, &given, result ? 1 : 0);
    if (result) *result = given.of.i32;
    return error;
}

/* Where a memory of a process lies, exported as `name` or the first for NULL. */
static inline wasi_threads_error_t *memory_of(wasi_threads_process_t *process, const char *name,
                                              uint8_t **base, uint64_t *length) {
    wasi_threads_memory_t *memory;
    wasi_threads_error_t *error = wasi_threads_process_memory(process, name, &memory);
    if (error) return error;
    error = wasi_threads_memory_data(memory, base, length);
    /* The process keeps it too. */
    wasi_threads_memory_delete(memory);
    return error;
}

static inline int entries(const char *folder) {
    int count = 0;
    DIR *directory = opendir(folder);
    while (directory && readdir(directory)) count++;
    if (directory) closedir(directory);
    return count;
}

/* The threads and the descriptors of this program. */
struct holdings {
    int threads, descriptors;
};

/* Whether one of the threads is the compiler's, which is there while there is something to compile. */
static inline int is_compiling(void) {
    int found = 0;
    DIR *directory = opendir("/proc/self/task");
    struct dirent *entry;
    while (directory && (entry = readdir(directory))) {
        char path[300], name[32] = "";
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", entry->d_name);
        FILE *file = fopen(path, "r");
        if (!file) continue;
        found = found || (fgets(name, sizeof name, file) && !strncmp(name, "wasm-compiler", 13));
        fclose(file);
    }
    if (directory) closedir(directory);
    return found;
}

static inline struct holdings holdings(void) {
    time_t deadline = time(NULL) + 60;
    while (is_compiling() && time(NULL) < deadline) sched_yield();
    struct holdings now = {entries("/proc/self/task"), entries("/proc/self/fd")};
    return now;
}

/* A thread that was joined can be listed for a moment more, until the kernel has put it away. The thread that
 * compiles goes when it has nothing to do, so there may be fewer. */
static inline void expect_holdings(const char *what, struct holdings before) {
    struct holdings now = holdings();
    for (int tries = 0; now.threads > before.threads && tries < 100000; tries++) {
        sched_yield();
        now = holdings();
    }
    if (now.threads > before.threads || now.descriptors != before.descriptors) {
        printf("%s: %d threads and %d descriptors became %d and %d\n", what, before.threads,
               before.descriptors, now.threads, now.descriptors);
        failures++;
    }
}

#endif
