/* What programs with and without data races have in common: threads, words to race for, and the table that names them.
 *
 * A name that begins with "race_" is of a program with a race, one that begins with "fine_" of one without. A guest
 * prints all names of its programs where it is given none. */
#pragma once

#define _POSIX_C_SOURCE 200809L
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/random.h>

#include "threads.h"

#define NEVER_INLINE __attribute__((noinline))
#define MANY 8
#define ROUNDS 20

typedef void *thread_body(void *);

static guest_thread threads[MANY];
static int started;

/* What the programs race for: each on 8 bytes of its own. */
static volatile struct {
    _Alignas(8) int32_t plain;
    _Alignas(8) int32_t data;
    _Alignas(8) int32_t flag;
    _Alignas(8) int64_t wide;
    _Alignas(8) uint8_t bytes[64];
    _Alignas(8) int32_t slots[16];
    int32_t *volatile pointer;
} shared;
static _Atomic int32_t word, other, count, gate;
static int32_t *_Atomic published;
static guest_mutex a, b;

static inline void spawn(thread_body *body, long argument) {
    if (guest_spawn(&threads[started++], body, (void *)argument, 16384) != 0) exit(9);
}

static inline void join_all(void) {
    while (started > 0) guest_join(&threads[--started]);
}

static inline void run_two(thread_body *first, thread_body *second) {
    spawn(first, 0);
    spawn(second, 1);
    join_all();
}

/* The same for all, where others give each thread its number. */
static inline void run_equal(thread_body *body, long argument, int number) {
    for (int index = 0; index < number; index++) spawn(body, argument);
    join_all();
}

static inline void run_many(thread_body *body, int number) {
    for (int index = 0; index < number; index++) spawn(body, index);
    join_all();
}

static inline void run_with(thread_body *first, thread_body *second, long argument) {
    spawn(first, argument);
    spawn(second, argument);
    join_all();
}

static inline void set(_Atomic int32_t *at, int32_t value) {
    atomic_store(at, value);
    guest_wake(at, UINT32_MAX);
}

static inline void wait_for(_Atomic int32_t *at, int32_t value) {
    for (int32_t now = atomic_load(at); now != value; now = atomic_load(at)) guest_wait(at, now, -1);
}

static NEVER_INLINE void put(int32_t value) { shared.data = value; }
static NEVER_INLINE int32_t get(void) { return shared.data; }

#define BOTH(name) {"race_" #name, race_##name}, {"fine_" #name, fine_##name}
#define RACE(name) {"race_" #name, race_##name}
#define FINE(name) {"fine_" #name, fine_##name}

/* The programs of a file, with an empty name after the last. */
typedef struct {
    const char *name;
    void (*run)(void);
} race_program;

static inline int run_program(const race_program *programs, int count, char **arguments) {
    for (; programs->name != NULL; programs++) {
        if (count < 2) puts(programs->name);
        else if (strcmp(programs->name, arguments[1]) == 0) return programs->run(), 0;
    }
    return count < 2 ? 0 : 7;
}
