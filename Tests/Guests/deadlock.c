/* Programs that deadlock, and programs that only look as if they did: `deadlock NAME` runs one.
 *
 * A name that begins with "dead_" ends in a deadlock, whatever the threads' order; one that begins with "live_" ends by
 * itself with the status 0, though at many of its moments all threads but one wait, or all have been woken and none
 * has run yet. `deadlock` without a name prints all names. */
#define _POSIX_C_SOURCE 200809L
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "threads.h"

#define MANY 24

static guest_thread threads[MANY];
static guest_mutex a, b, c, outer;
static _Atomic int32_t word, other, ready, turn, count;
static _Atomic int64_t wide;

static void wait_for_ever(_Atomic int32_t *at, int32_t value) {
    while (atomic_load(at) == value) guest_wait(at, value, -1);
}

static void set(_Atomic int32_t *at, int32_t value) {
    atomic_store(at, value);
    guest_wake(at, UINT32_MAX);
}

static void spawn(int index, void *(*function)(void *), long argument) {
    if (guest_spawn(&threads[index], function, (void *)argument, 16384) != 0) exit(9);
}

static void join(int count_of_threads) {
    for (int index = 0; index < count_of_threads; index++) guest_join(&threads[index]);
}

/* Says that this thread is there, and waits until `all` are. */
static void meet(_Atomic int32_t *place, int32_t all) {
    atomic_fetch_add(place, 1);
    guest_wake(place, UINT32_MAX);
    for (int32_t now = atomic_load(place); now < all; now = atomic_load(place)) guest_wait(place, now, -1);
}

static void nap(void) { nanosleep(&(struct timespec){0, 300000}, NULL); }

/* ---- Condition variables, semaphores, barriers and the like ---- */

static void cond_wait(_Atomic int32_t *condition, guest_mutex *mutex) {
    int32_t seen = atomic_load(condition);
    guest_unlock(mutex);
    guest_wait(condition, seen, -1);
    guest_lock(mutex);
}

static void cond_signal(_Atomic int32_t *condition, uint32_t most) {
    atomic_fetch_add(condition, 1);
    guest_wake(condition, most);
}

static void sem_take(_Atomic int32_t *semaphore) {
    for (;;) {
        int32_t now = atomic_load(semaphore);
        if (now == 0) guest_wait(semaphore, 0, -1);
        else if (atomic_compare_exchange_strong(semaphore, &now, now - 1)) return;
    }
}

static void sem_give(_Atomic int32_t *semaphore) {
    atomic_fetch_add(semaphore, 1);
    guest_wake(semaphore, 1);
}

typedef struct {
    _Atomic int32_t here, round;
} barrier;

static void barrier_wait(barrier *at, int32_t all) {
    int32_t round = atomic_load(&at->round);
    if (atomic_fetch_add(&at->here, 1) + 1 == all) {
        atomic_store(&at->here, 0);
        atomic_fetch_add(&at->round, 1);
        guest_wake(&at->round, UINT32_MAX);
    } else {
        wait_for_ever(&at->round, round);
    }
}

/* -1 a writer, otherwise the number of readers. */
static void read_lock(_Atomic int32_t *lock) {
    for (;;) {
        int32_t now = atomic_load(lock);
        if (now < 0) guest_wait(lock, now, -1);
        else if (atomic_compare_exchange_strong(lock, &now, now + 1)) return;
    }
}

static void write_lock(_Atomic int32_t *lock, int32_t own) {
    for (;;) {
        int32_t now = own;
        if (atomic_compare_exchange_strong(lock, &now, -1)) return;
        guest_wait(lock, now, -1);
    }
}

static void leave(_Atomic int32_t *lock) {
    int32_t now = atomic_load(lock);
    while (!atomic_compare_exchange_strong(lock, &now, now < 0 ? 0 : now - 1)) {}
    guest_wake(lock, UINT32_MAX);
}

static barrier gate;

/* ---- What threads do ---- */

static void *nothing(void *argument) { return argument; }
static void *lock_a_twice(void *argument) { guest_lock(&a); guest_lock(&a); return argument; }
static void *keep_a(void *argument) { guest_lock(&a); return argument; }
static void *lock_pair(void *argument) {
    guest_mutex *all[] = {&a, &b, &c};
    long number = (long)argument & 15, of = (long)argument >> 4;
    guest_lock(all[number]);
    meet(&ready, (int32_t)of);
    guest_lock(all[(number + 1) % of]);
    return argument;
}
static guest_mutex forks[5];
static void *dine(void *argument) {
    long number = (long)argument;
    guest_lock(&forks[number]);
    meet(&ready, 5);
    guest_lock(&forks[(number + 1) % 5]);
    return argument;
}
static void *dine_in_order(void *argument) {
    long left = (long)argument, right = (left + 1) % 5;
    for (int round = 0; round < 40; round++) {
        guest_lock(&forks[left < right ? left : right]);
        guest_lock(&forks[left < right ? right : left]);
        guest_unlock(&forks[left]);
        guest_unlock(&forks[right]);
    }
    return argument;
}
static void *join_thread(void *argument) { guest_join(&threads[(long)argument]); return argument; }
static void *wait_word(void *argument) { wait_for_ever(&word, 0); return argument; }
static void *wait_once(void *argument) { guest_wait(&word, 0, -1); return argument; }
static void *wait_condition(void *argument) {
    guest_lock(&a);
    meet(&ready, 3);
    cond_wait(&word, &a);
    guest_unlock(&a);
    return argument;
}
static void *wait_condition_alone(void *argument) {
    guest_lock(&a);
    atomic_fetch_add(&ready, 1);
    guest_wake(&ready, 1);
    cond_wait(&word, &a);
    guest_unlock(&a);
    return argument;
}
static void *at_barrier(void *argument) { barrier_wait(&gate, (int32_t)(long)argument); return argument; }
static void *take(void *argument) { sem_take(&word); return argument; }
static void *consume(void *argument) {
    for (;;) {
        guest_lock(&a);
        while (atomic_load(&count) == 0) cond_wait(&word, &a);
        atomic_fetch_sub(&count, 1);
        guest_unlock(&a);
    }
    return argument;
}
/* A queue of one, to which its reader writes too: `word` and `other` are full while they are 1. */
static void *send_first(void *argument) {
    _Atomic int32_t *to = argument ? &word : &other, *from = argument ? &other : &word;
    atomic_store(to, 1);
    meet(&ready, 2);
    wait_for_ever(to, 1);
    set(from, 0);
    return argument;
}
static void *upgrade(void *argument) {
    read_lock(&word);
    meet(&ready, 2);
    write_lock(&word, 1);
    leave(&word);
    return argument;
}
static void *write_then_set(void *argument) {
    write_lock(&word, 0);
    set(&other, 1);
    return argument;
}
static void *lock_nested(void *argument) {
    guest_lock(&outer);
    guest_lock(&a);
    set(&ready, 1);
    cond_wait(&word, &a);
    return argument;
}
static void *wait_wide(void *argument) {
    __builtin_wasm_memory_atomic_wait64((int64_t *)&wide, 0, -1);
    return argument;
}
static void *pass_token(void *argument) {
    long number = (long)argument & 15, rounds = (long)argument >> 4;
    for (long round = 0; round < rounds; round++) {
        for (int32_t now = atomic_load(&turn); now % 4 != number; now = atomic_load(&turn)) guest_wait(&turn, now, -1);
        atomic_fetch_add(&turn, 1);
        guest_wake(&turn, UINT32_MAX);
    }
    return argument;
}
static void *time_out_then_wait(void *argument) {
    for (int round = 0; round < 3; round++) guest_wait(&word, 0, 100000);
    return wait_word(argument);
}
static void *sleep_then_wait(void *argument) {
    nap();
    sched_yield();
    return wait_word(argument);
}
static void *spawn_then_wait(void *argument) {
    guest_thread *thread = &threads[10 + (long)argument];
    for (int round = 0; round < 10; round++) {
        if (guest_spawn(thread, nothing, NULL, 16384) != 0) exit(9);
        guest_join(thread);
    }
    return wait_word(argument);
}
static void *play(void *argument) {
    long own = (long)argument & 1, rounds = (long)argument >> 1;
    for (long round = 0; round < rounds; round++) {
        for (int32_t now = atomic_load(&turn); now % 2 != own; now = atomic_load(&turn)) guest_wait(&turn, now, -1);
        atomic_fetch_add(&turn, 1);
        guest_wake(&turn, 1);
    }
    return argument;
}
static void *play_then_wait(void *argument) { play(argument); return wait_word(argument); }
static void *nap_then_set(void *argument) { nap(); set(&word, 1); return argument; }
static void *poll_then_set(void *argument) { poll(NULL, 0, 1); set(&word, 1); return argument; }
static void *read_then_set(void *argument) {
    puts("reading");
    fflush(stdout);
    getchar();
    set(&word, 1);
    return argument;
}
static void *time_out_then_set(void *argument) {
    for (int round = 0; round < 3; round++) guest_wait(&other, 0, 100000);
    set(&word, 1);
    return argument;
}
static void *spin_then_set(void *argument) {
    for (volatile int round = 0; round < 20000; round++) {}
    set(&word, 1);
    return argument;
}
static void *yield_then_set(void *argument) {
    for (int round = 0; round < 50; round++) sched_yield();
    set(&word, 1);
    return argument;
}
static void *set_word(void *argument) { set(&word, 1); return argument; }
static void *set_and_wait(void *argument) {
    set(&word, 1);
    wait_for_ever(&other, 0);
    return argument;
}
static void *add_and_set(void *argument) { atomic_fetch_add(&count, 1); guest_wake(&count, 1); return argument; }
static void *spawn_set(void *argument) {
    guest_thread *thread = &threads[12 + (long)argument];
    if (guest_spawn(thread, set_word, NULL, 16384) != 0) exit(9);
    guest_join(thread);
    return argument;
}
static void *barrier_rounds(void *argument) {
    for (int round = 0; round < 60; round++) barrier_wait(&gate, 4);
    return argument;
}
static void *give_and_take(void *argument) {
    for (int round = 0; round < 100; round++) {
        sem_take(argument ? &word : &other);
        sem_give(argument ? &other : &word);
    }
    return argument;
}
static void *consume_some(void *argument) {
    for (int round = 0; round < 100; round++) {
        guest_lock(&a);
        while (atomic_load(&count) == 0) cond_wait(&word, &a);
        atomic_fetch_sub(&count, 1);
        guest_unlock(&a);
        cond_signal(&other, 1);
    }
    return argument;
}
static void *produce_some(void *argument) {
    for (int round = 0; round < 100; round++) {
        guest_lock(&a);
        while (atomic_load(&count) == 2) cond_wait(&other, &a);
        atomic_fetch_add(&count, 1);
        guest_unlock(&a);
        cond_signal(&word, 1);
    }
    return argument;
}
static void *read_and_write(void *argument) {
    for (int round = 0; round < 60; round++) {
        if ((round + (long)argument) % 3 == 0) write_lock(&word, 0); else read_lock(&word);
        leave(&word);
    }
    return argument;
}
static void *exit_soon(void *argument) { nap(); exit(0); return argument; }
static void *grow(void *argument) {
    for (int round = 0; round < 4; round++) __builtin_wasm_memory_grow(0, 1);
    set(&word, 1);
    return argument;
}
static void *tree(void *argument) {
    long depth = (long)argument;
    if (depth == 0) return argument;
    guest_thread pair[2];
    for (int index = 0; index < 2; index++) {
        if (guest_spawn(&pair[index], tree, (void *)(depth - 1), 16384) != 0) exit(9);
    }
    for (int index = 0; index < 2; index++) guest_join(&pair[index]);
    return argument;
}
static void *link_of_chain(void *argument) {
    int32_t number = (int32_t)(long)argument;
    for (int32_t now = atomic_load(&turn); now < number; now = atomic_load(&turn)) guest_wait(&turn, now, -1);
    set(&turn, number + 1);
    return argument;
}
static void *probe(void *argument) {
    while (atomic_load(&word) == 0) guest_wait(&other, 0, 0);
    return argument;
}
static void *other_value(void *argument) {
    for (int round = 0; round < 500; round++) guest_wait(&word, 7, -1);
    set(&word, 1);
    return argument;
}
static void *count_under_lock(void *argument) {
    for (int round = 0; round < 300; round++) {
        guest_lock(&a);
        guest_lock(&b);
        atomic_store(&count, atomic_load(&count) + 1);
        guest_unlock(&b);
        guest_unlock(&a);
    }
    return argument;
}

/* ---- The programs ---- */

static void spawn_all(int number, void *(*function)(void *)) {
    for (int index = 0; index < number; index++) spawn(index, function, index);
}
static void run_all(int number, void *(*function)(void *)) { spawn_all(number, function); join(number); }
static void spawn_same(int number, void *(*function)(void *), long argument) {
    for (int index = 0; index < number; index++) spawn(index, function, argument);
}
static void run_rings(int number, void *(*function)(void *), int shift, long rounds) {
    for (int index = 0; index < number; index++) spawn(index, function, rounds << shift | index);
    join(number);
}

#define PROGRAMS(P) \
    P(dead_wait_alone, wait_for_ever(&word, 0)) \
    P(dead_self_lock, lock_a_twice(NULL)) \
    P(dead_self_lock_in_thread, run_all(1, lock_a_twice)) \
    P(dead_lock_order, run_rings(2, lock_pair, 0, 2 << 4)) \
    P(dead_lock_order_three, run_rings(3, lock_pair, 0, 3 << 4)) \
    P(dead_lock_order_with_main, spawn(0, lock_pair, 2 << 4 | 0); lock_pair((void *)(2 << 4 | 1))) \
    P(dead_philosophers, run_all(5, dine)) \
    P(dead_join_self, run_all(1, join_thread)) \
    P(dead_join_each_other, spawn(0, join_thread, 1); spawn(1, join_thread, 0); join(2)) \
    P(dead_join_cycle_of_three, spawn(0, join_thread, 1); spawn(1, join_thread, 2); spawn(2, join_thread, 0); join(3)) \
    P(dead_join_waiter, run_all(1, wait_word)) \
    P(dead_condition, run_all(1, wait_condition_alone)) \
    P(dead_lost_wake_up, cond_signal(&word, 1); run_all(1, wait_condition_alone)) \
    P(dead_one_woken_of_three, spawn_all(3, wait_once); while (guest_wake(&word, 1) == 0) { sched_yield(); } join(3)) \
    P(dead_condition_under_lock, run_all(2, wait_condition)) \
    P(dead_barrier_one_missing, spawn_same(3, at_barrier, 4); join(3)) \
    P(dead_barrier_after_end, spawn(0, nothing, 0); guest_join(&threads[0]); spawn_same(2, at_barrier, 3); join(2)) \
    P(dead_semaphore, run_all(2, take)) \
    P(dead_semaphore_too_few, atomic_store(&word, 2); run_all(4, take)) \
    P(dead_consumer_without_end, spawn(0, consume, 0); atomic_fetch_add(&count, 1); cond_signal(&word, 1); join(1)) \
    P(dead_full_queues, run_all(2, send_first)) \
    P(dead_ended_with_lock, spawn(0, keep_a, 0); guest_join(&threads[0]); guest_lock(&a)) \
    P(dead_ended_with_lock_2, spawn(0, keep_a, 0); while (atomic_load(&a.state) == 0) sched_yield(); guest_lock(&a)) \
    P(dead_upgrade, run_all(2, upgrade)) \
    P(dead_writer_and_reader, read_lock(&word); spawn(0, write_then_set, 0); wait_for_ever(&other, 0)) \
    P(dead_nested_monitor, spawn(0, lock_nested, 0); wait_for_ever(&ready, 0); guest_lock(&outer)) \
    P(dead_wrong_address, spawn(0, wait_word, 0); set(&other, 1); join(1)) \
    P(dead_woken_for_nothing, spawn(0, wait_word, 0); while (guest_wake(&word, 1) == 0) { sched_yield(); } join(1)) \
    P(dead_notify_of_none, spawn(0, wait_word, 0); guest_wake(&word, 0); join(1)) \
    P(dead_wide, run_all(3, wait_wide)) \
    P(dead_many, run_all(MANY, wait_word)) \
    P(crowd, for (int index = 0; index < 100; index++) { spawn(0, wait_word, 0); } join(1)) \
    P(dead_token_lost, atomic_store(&turn, 7); spawn(0, pass_token, 1 << 4 | 0); spawn(1, pass_token, 1 << 4 | 1); \
      join(2)) \
    P(dead_after_time_limits, run_all(3, time_out_then_wait)) \
    P(dead_after_sleep, run_all(4, sleep_then_wait)) \
    P(dead_after_spawns, run_all(4, spawn_then_wait)) \
    P(dead_after_games, run_rings(2, play_then_wait, 1, 100)) \
    P(dead_after_barriers, spawn_all(4, barrier_rounds); join(4); spawn_same(3, at_barrier, 4); join(3)) \
    P(dead_pool_without_work, spawn_all(4, take); wait_for_ever(&other, 0)) \
    P(live_join, for (int round = 0; round < 100; round++) run_all(1, nothing)) \
    P(live_join_many, for (int round = 0; round < 10; round++) run_all(10, nothing)) \
    P(live_game, run_rings(2, play, 1, 300)) \
    P(live_game_with_main, spawn(0, play, 300 << 1); play((void *)(300 << 1 | 1)); join(1)) \
    P(live_sleeper, spawn_all(4, wait_word); spawn(4, nap_then_set, 0); join(5)) \
    P(live_sleeping_main, spawn_all(4, wait_word); nap(); set(&word, 1); join(4)) \
    P(live_poller, spawn_all(4, wait_word); spawn(4, poll_then_set, 0); join(5)) \
    P(live_time_limit, spawn_all(4, wait_word); spawn(4, time_out_then_set, 0); join(5)) \
    P(live_time_limit_of_main, spawn_all(4, wait_word); time_out_then_set(NULL); join(4)) \
    P(live_spinner, spawn_all(4, wait_word); spawn(4, spin_then_set, 0); join(5)) \
    P(live_yielder, spawn_all(4, wait_word); spawn(4, yield_then_set, 0); join(5)) \
    P(live_spawned_wakes, for (int round = 0; round < 50; round++) { \
          atomic_store(&word, 0); spawn(0, set_word, 0); wait_for_ever(&word, 0); join(1); }) \
    P(live_grandchild_wakes, for (int round = 0; round < 30; round++) { \
          atomic_store(&word, 0); spawn(0, spawn_set, 0); wait_for_ever(&word, 0); join(1); }) \
    P(live_wakes_and_waits, spawn(0, set_and_wait, 0); wait_for_ever(&word, 0)) \
    P(live_main_leaves, spawn_all(6, wait_word)) \
    P(live_exit_of_thread, spawn(0, exit_soon, 0); run_all(0, nothing); wait_for_ever(&word, 0)) \
    P(live_broadcast, for (int round = 0; round < 20; round++) { \
          atomic_store(&word, 0); spawn_all(8, wait_word); set(&word, 1); join(8); }) \
    P(live_barriers, run_all(4, barrier_rounds)) \
    P(live_semaphores, atomic_store(&word, 1); run_all(2, give_and_take)) \
    P(live_queue, spawn(0, consume_some, 0); spawn(1, produce_some, 0); join(2)) \
    P(live_queue_of_four, spawn_all(2, consume_some); spawn(2, produce_some, 0); spawn(3, produce_some, 0); join(4)) \
    P(live_readers, run_all(5, read_and_write)) \
    P(live_philosophers, run_all(5, dine_in_order)) \
    P(live_ring, run_rings(4, pass_token, 4, 60)) \
    P(live_grow, spawn_all(3, wait_word); spawn(3, grow, 0); join(4)) \
    P(live_tree, tree((void *)4)) \
    P(live_chain, for (int index = 11; index >= 0; index--) spawn(index, link_of_chain, index); join(12)) \
    P(live_probe, spawn_all(2, probe); nap_then_set(NULL); join(2)) \
    P(live_other_value, spawn_all(2, wait_word); spawn(2, other_value, 0); join(3)) \
    P(live_locks, run_all(4, count_under_lock)) \
    P(live_latch, spawn_all(8, add_and_set); \
      for (int32_t now = atomic_load(&count); now < 8; now = atomic_load(&count)) { guest_wait(&count, now, -1); } \
      join(8)) \
    P(live_reader, spawn_all(4, wait_word); spawn(4, read_then_set, 0); join(5)) \
    P(live_meeting, for (int index = 0; index < 2; index++) spawn(index, wait_condition_alone, 0); \
      while (atomic_load(&ready) < 2) { nap(); } \
      guest_lock(&a); cond_signal(&word, 2); guest_unlock(&a); join(2))

#define FUNCTION(name, ...) static void name(void) { __VA_ARGS__; }
PROGRAMS(FUNCTION)

#define ROW(name, ...) {#name, name},
static const struct {
    const char *name;
    void (*run)(void);
} programs[] = {PROGRAMS(ROW)};

int main(int count_of_arguments, char **arguments) {
    for (size_t index = 0; index < sizeof programs / sizeof *programs; index++) {
        if (count_of_arguments < 2) puts(programs[index].name);
        else if (strcmp(arguments[1], programs[index].name) == 0) return programs[index].run(), 0;
    }
    return count_of_arguments < 2 ? 0 : 8;
}
