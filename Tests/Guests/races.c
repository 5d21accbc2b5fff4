/* Programs with and without data races: locks, publication, conditions. `races NAME` runs one. */
#include "races.h"

static NEVER_INLINE void add(void) { shared.plain++; }

/* ---- Locks ---- */

static void *count_plainly(void *_) {
    (void)_;
    for (int round = 0; round < ROUNDS; round++) add();
    return NULL;
}
static void *count_locked(void *_) {
    (void)_;
    for (int round = 0; round < ROUNDS; round++) {
        guest_lock(&a);
        add();
        guest_unlock(&a);
    }
    return NULL;
}
static void *count_with_own_lock(void *argument) {
    for (int round = 0; round < ROUNDS; round++) {
        guest_lock(argument ? &a : &b);
        add();
        guest_unlock(argument ? &a : &b);
    }
    return NULL;
}
static void race_counter(void) { run_many(count_plainly, 3); }
static void fine_counter(void) { run_many(count_locked, 3); }
static void race_two_locks(void) { run_two(count_with_own_lock, count_with_own_lock); }
static void fine_one_by_one(void) {
    for (int round = 0; round < 3; round++) run_many(count_plainly, 1);
}

static void *count_atomically(void *_) {
    (void)_;
    for (int round = 0; round < ROUNDS; round++) atomic_fetch_add(&count, 1);
    return NULL;
}
static void *count_not_atomically(void *_) {
    (void)_;
    for (int round = 0; round < ROUNDS; round++) ++*(volatile int32_t *)&count;
    return NULL;
}
static void race_atomic_and_plain(void) { run_two(count_atomically, count_not_atomically); }
static void fine_atomics(void) { run_many(count_atomically, 3); }

static void *try_lock(void *argument) {
    int32_t free = 0;
    bool has = atomic_compare_exchange_strong(&word, &free, 1);
    if (has || argument) add();
    if (has) atomic_store(&word, 0);
    return NULL;
}
static void race_try_lock_ignored(void) {
    spawn(count_plainly, 0);
    spawn(try_lock, 1);
    join_all();
}
static void fine_try_lock(void) { run_equal(try_lock, 0, 2); }

static void *spin(void *argument) {
    for (int round = 0; round < ROUNDS; round++) {
        while (atomic_exchange(&word, 1)) {}
        add();
        atomic_store(&word, 0);
    }
    return argument;
}
static void *spin_plainly(void *argument) {
    for (int round = 0; round < ROUNDS; round++) {
        while (shared.flag) break;
        shared.flag = 1;
        add();
        shared.flag = 0;
    }
    return argument;
}
static void race_spin_lock(void) { run_two(spin_plainly, spin_plainly); }
static void fine_spin_lock(void) { run_two(spin, spin); }

/* Peterson's algorithm, with sequentially consistent atomics and without. */
static _Atomic int32_t wants[2], turn;
static volatile int32_t plain_wants[2], plain_turn;
static void *peterson(void *argument) {
    int me = argument != NULL;
    for (int round = 0; round < ROUNDS; round++) {
        atomic_store(&wants[me], 1);
        atomic_store(&turn, !me);
        while (atomic_load(&wants[!me]) && atomic_load(&turn) == !me) {}
        add();
        atomic_store(&wants[me], 0);
    }
    return NULL;
}
static void *peterson_plain(void *argument) {
    int me = argument != NULL;
    plain_wants[me] = 1;
    plain_turn = !me;
    for (int look = 0; look < 1000 && plain_wants[!me] && plain_turn == !me; look++) {}
    plain_wants[me] = 0;
    return NULL;
}
static void race_peterson(void) { run_two(peterson_plain, peterson_plain); }
static void fine_peterson(void) { run_two(peterson, peterson); }

/* A read-write lock: the number of readers, or -1. */
static void read_lock(void) {
    for (int32_t now = atomic_load(&word);;) {
        if (now >= 0 && atomic_compare_exchange_weak(&word, &now, now + 1)) return;
        if (now < 0) now = atomic_load(&word);
    }
}
static void read_unlock(void) { atomic_fetch_sub(&word, 1); }
static void write_lock(void) {
    for (int32_t none = 0; !atomic_compare_exchange_weak(&word, &none, -1); none = 0) {}
}
static void write_unlock(void) { atomic_store(&word, 0); }
static void *reader(void *argument) {
    for (int round = 0; round < ROUNDS; round++) {
        read_lock();
        get();
        read_unlock();
    }
    return argument;
}
static void *writer(void *argument) {
    for (int round = 0; round < ROUNDS; round++) {
        write_lock();
        put(round);
        write_unlock();
    }
    return argument;
}
static void meet(int32_t all) {
    atomic_fetch_add(&gate, 1);
    guest_wake(&gate, UINT32_MAX);
    for (int32_t now = atomic_load(&gate); now < all; now = atomic_load(&gate)) guest_wait(&gate, now, -1);
}
static void *writer_that_reads(void *argument) {
    read_lock();
    meet(2);
    put(1);
    read_unlock();
    return argument;
}
static void race_read_write_lock(void) { run_two(writer_that_reads, writer_that_reads); }
static void fine_read_write_lock(void) {
    spawn(writer, 0);
    spawn(reader, 0);
    spawn(reader, 0);
    join_all();
}

/* ---- Publication ---- */

static void *publish(void *argument) {
    put(1);
    set(&word, 1);
    return argument;
}
static void *publish_too_early(void *argument) {
    set(&word, 1);
    put(1);
    return argument;
}
static void *publish_plainly(void *argument) {
    put(1);
    shared.flag = 1;
    return argument;
}
static void *receive(void *argument) {
    wait_for(&word, 1);
    get();
    return argument;
}
static void *look_plainly(void *argument) {
    for (int round = 0; round < 1000 && !shared.flag; round++) {}
    return argument;
}
static void *look_once(void *argument) {
    if (atomic_load(&word)) get();
    return argument;
}
static void race_published_too_early(void) { run_two(publish_too_early, receive); }
static void race_published_by_a_plain_flag(void) { run_two(publish_plainly, look_plainly); }
static void fine_published(void) { run_two(publish, receive); }
static void fine_perhaps_published(void) { run_two(publish, look_once); }

static void *pass_on(void *argument) {
    wait_for(&word, 1);
    set(&other, 1);
    return argument;
}
static void *pass_on_unasked(void *argument) {
    set(&other, 1);
    return argument;
}
static void *receive_at_the_end(void *argument) {
    wait_for(&other, 1);
    get();
    return argument;
}
static void race_broken_chain(void) {
    spawn(pass_on_unasked, 0);
    run_two(publish, receive_at_the_end);
}
static void fine_chain(void) {
    spawn(pass_on, 0);
    run_two(publish, receive_at_the_end);
}

static int32_t box;
static void *publish_pointer(void *argument) {
    box = 7;
    if (argument) shared.pointer = &box;
    else atomic_store(&published, &box);
    return NULL;
}
static void *follow_pointer(void *argument) {
    int32_t *at = argument ? shared.pointer : atomic_load(&published);
    return at ? (void *)(long)*(volatile int32_t *)at : NULL;
}
static void race_plain_pointer(void) { run_with(publish_pointer, follow_pointer, 1); }
static void fine_atomic_pointer(void) { run_with(publish_pointer, follow_pointer, 0); }

static void once(bool checks_plainly) {
    if (checks_plainly ? shared.flag : atomic_load(&word)) return;
    guest_lock(&a);
    if (checks_plainly ? !shared.flag : !atomic_load(&word)) {
        put(1);
        if (checks_plainly) shared.flag = 1;
        else atomic_store(&word, 1);
    }
    guest_unlock(&a);
}
static void *checked_twice(void *argument) { once(false); get(); return argument; }
static void *checked_twice_wrongly(void *argument) { once(true); get(); return argument; }
static void race_double_checked(void) { run_two(checked_twice_wrongly, checked_twice_wrongly); }
static void fine_double_checked(void) { run_two(checked_twice, checked_twice); }

static void *lazy(void *argument) {
    if (shared.flag == 0) {
        shared.flag = 1;
        put(1);
    }
    return argument;
}
static void *lazy_locked(void *argument) {
    guest_lock(&a);
    lazy(argument);
    guest_unlock(&a);
    return argument;
}
static void race_once(void) { run_two(lazy, lazy); }
static void fine_once(void) { run_two(lazy_locked, lazy_locked); }

/* A ring of 16 slots between two threads. */
static void *produce(void *argument) {
    for (int32_t next = 0; next < 64; next++) {
        while (next - atomic_load(&other) >= 16) {}
        if (argument) atomic_store(&word, next + 1);
        shared.slots[next % 16] = next;
        if (!argument) atomic_store(&word, next + 1);
    }
    return NULL;
}
static void *consume(void *argument) {
    for (int32_t next = 0; next < 64; next++) {
        while (atomic_load(&word) <= next) {}
        (void)shared.slots[next % 16];
        atomic_store(&other, next + 1);
    }
    return argument;
}
static void race_ring(void) { run_with(produce, consume, 1); }
static void fine_ring(void) { run_with(produce, consume, 0); }

/* A lock of sequence numbers: what it guards must be read atomically. */
static void *sequence_writer(void *argument) {
    for (int round = 0; round < ROUNDS; round++) {
        atomic_fetch_add(&word, 1);
        if (argument) put(round);
        else atomic_store(&other, round);
        atomic_fetch_add(&word, 1);
    }
    return NULL;
}
static void *sequence_reader(void *argument) {
    for (int round = 0; round < ROUNDS; round++) {
        int32_t before = atomic_load(&word);
        int32_t value = argument ? get() : atomic_load(&other);
        if (before == atomic_load(&word)) (void)value;
    }
    return NULL;
}
static void race_sequence_lock(void) { run_with(sequence_reader, sequence_writer, 1); }
static void fine_sequence_lock(void) { run_with(sequence_reader, sequence_writer, 0); }

/* ---- Conditions, semaphores, barriers ---- */

static void *signal_condition(void *argument) {
    guest_lock(&a);
    put(1);
    shared.flag = 1;
    guest_unlock(&a);
    atomic_fetch_add(&word, 1);
    guest_wake(&word, 1);
    return argument;
}
static void *await_condition(void *argument) {
    if (argument) get();
    guest_lock(&a);
    while (!shared.flag) {
        int32_t seen = atomic_load(&word);
        guest_unlock(&a);
        guest_wait(&word, seen, 1000000);
        guest_lock(&a);
    }
    guest_unlock(&a);
    get();
    return argument;
}
static void race_condition(void) { run_with(signal_condition, await_condition, 1); }
static void fine_condition(void) { run_with(signal_condition, await_condition, 0); }

static void sem_take(void) {
    for (int32_t now = atomic_load(&word);; now = atomic_load(&word)) {
        if (now == 0) guest_wait(&word, 0, -1);
        else if (atomic_compare_exchange_strong(&word, &now, now - 1)) return;
    }
}
static void sem_give(void) {
    atomic_fetch_add(&word, 1);
    guest_wake(&word, 1);
}
static void *with_semaphore(void *argument) {
    if (!argument) sem_take();
    add();
    if (!argument) sem_give();
    return NULL;
}
static void race_semaphore(void) {
    sem_give();
    spawn(with_semaphore, 0);
    spawn(with_semaphore, 1);
    join_all();
}
static void race_semaphore_of_two(void) {
    sem_give();
    sem_give();
    spawn(count_plainly, 0);
    spawn(with_semaphore, 0);
    join_all();
}
static void fine_semaphore(void) {
    sem_give();
    run_equal(with_semaphore, 0, 2);
}

static void *own_then_all(void *argument) {
    shared.slots[(long)argument] = 1;
    meet(4);
    for (int index = 0; index < 4; index++) (void)shared.slots[index];
    return NULL;
}
static void *all_without_barrier(void *argument) {
    shared.slots[(long)argument] = 1;
    for (int index = 0; index < 4; index++) (void)shared.slots[index];
    return NULL;
}
static void race_no_barrier(void) { run_many(all_without_barrier, 4); }
static void fine_barrier(void) { run_many(own_then_all, 4); }

/* A notify orders who is woken after who wakes. */
static void *wake_with_data(void *argument) {
    put(1);
    while (guest_wake(&word, 1) == 0) {}
    if (argument) put(2);
    return NULL;
}
static void *woken(void *argument) {
    guest_wait(&word, 0, -1);
    get();
    return argument;
}
static void race_after_notify(void) { run_with(woken, wake_with_data, 1); }
static void fine_notify(void) { run_with(woken, wake_with_data, 0); }

static const race_program programs[] = {
    BOTH(counter), RACE(two_locks), FINE(one_by_one), RACE(atomic_and_plain), FINE(atomics),
    RACE(try_lock_ignored), FINE(try_lock), BOTH(spin_lock), BOTH(peterson), BOTH(read_write_lock),
    RACE(published_too_early), RACE(published_by_a_plain_flag), FINE(published), FINE(perhaps_published),
    RACE(broken_chain), FINE(chain), RACE(plain_pointer), FINE(atomic_pointer), BOTH(double_checked), BOTH(once),
    BOTH(ring), BOTH(sequence_lock), BOTH(condition), BOTH(semaphore), RACE(semaphore_of_two), RACE(no_barrier),
    FINE(barrier), RACE(after_notify), FINE(notify), {NULL, NULL},
};

int main(int count, char **arguments) { return run_program(programs, count, arguments); }
