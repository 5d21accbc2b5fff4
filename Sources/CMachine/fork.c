// Fork, while threads of the library are at work.
//
// A child has only the thread that forked, and all locks as they were: one that another thread held is never
// free again. Always true: while the process is being forked no thread of the library is in a part that takes
// such locks, unless it stays in it for longer than a second; a fork waits for no more than that.
#define _GNU_SOURCE
#include "fork.h"

#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static _Atomic uint32_t holders;
static _Atomic uint32_t forking;
static _Thread_local unsigned own __attribute__((tls_model("initial-exec")));

static void sleep_while(_Atomic uint32_t *word, uint32_t value, const struct timespec *end) {
    // Of the clock that only goes forward.
    syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, value, end, NULL, FUTEX_BITSET_MATCH_ANY);
}

static void wake(_Atomic uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT32_MAX); }

static void leave(void) {
    atomic_fetch_sub(&holders, 1);
    if (atomic_load(&forking) != 0) wake(&holders);
}

static void enter(void) {
    while (true) {
        // Either this sees the fork, or the fork sees this.
        atomic_fetch_add(&holders, 1);
        uint32_t forks = atomic_load(&forking);
        if (forks == 0) return;
        leave();
        sleep_while(&forking, forks, NULL);
    }
}

static void before_fork(void) {
    atomic_fetch_add(&forking, 1);
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += 1;
    uint32_t mine = own > 0;
    for (uint32_t count = atomic_load(&holders); count > mine; count = atomic_load(&holders)) {
        sleep_while(&holders, count, &end);
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec > end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec >= end.tv_nsec)) return;
    }
}

static void after_fork(void) {
    atomic_fetch_sub(&forking, 1);
    wake(&forking);
}

static void in_child(void) {
    atomic_store(&holders, own > 0);
    atomic_store(&forking, 0);
}

static void prepare(void) { pthread_atfork(before_fork, after_fork, in_child); }

void machine_fork_hold(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, prepare);
    if (own++ == 0) enter();
}

void machine_fork_release(void) {
    if (--own == 0) leave();
}

unsigned machine_fork_release_all(void) {
    unsigned depth = own;
    own = 0;
    if (depth > 0) leave();
    return depth;
}

void machine_fork_hold_again(unsigned depth) {
    if (depth > 0) enter();
    own = depth;
}
