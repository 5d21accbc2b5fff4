/* Programs with and without data races: spawns and joins, places in memory, the host. `races-places NAME` runs one. */
#include "races.h"

/* ---- Spawns and joins ---- */

static void *put_one(void *argument) { put(1); return argument; }
static void *get_one(void *argument) { get(); return argument; }
static void race_before_join(void) {
    spawn(put_one, 0);
    get();
    join_all();
}
static void fine_after_join(void) {
    spawn(put_one, 0);
    join_all();
    get();
}
static void race_after_spawn(void) {
    spawn(get_one, 0);
    put(1);
    join_all();
}
static void fine_before_spawn(void) {
    put(1);
    spawn(get_one, 0);
    join_all();
}
static void *tree(void *argument) {
    guest_thread child;
    if ((long)argument > 1) {
        if (guest_spawn(&child, tree, (char *)argument - 1, 16384) != 0) exit(9);
        guest_join(&child);
    }
    put((int32_t)(long)argument);
    return NULL;
}
static void race_siblings(void) { run_equal(tree, 2, 2); }
static void fine_tree(void) {
    spawn(tree, 5);
    join_all();
    get();
}
static void *use_argument(void *argument) { return (void *)(long)*(volatile int32_t *)argument; }
static void race_loop_variable(void) {
    volatile int32_t index = 0;
    for (index = 0; index < 3; index++) spawn(use_argument, (long)&index);
    join_all();
}
static void fine_arguments(void) {
    volatile int32_t of[3];
    for (int index = 0; index < 3; index++) {
        of[index] = index;
        spawn(use_argument, (long)&of[index]);
    }
    join_all();
}

/* Many threads, one after another, on the same stacks and thread-local variables. */
static _Thread_local volatile int32_t own;
static void *use_own(void *argument) {
    volatile int32_t local[32];
    for (int index = 0; index < 32; index++) local[index] = index;
    own = local[(long)argument % 32];
    return (void *)(long)own;
}
static void *lend_own(void *argument) {
    shared.pointer = (int32_t *)&own;
    set(&word, 1);
    own = 1;
    wait_for(&other, 1);
    return argument;
}
static void *use_lent(void *argument) {
    wait_for(&word, 1);
    *(volatile int32_t *)shared.pointer = 2;
    set(&other, 1);
    return argument;
}
static void race_thread_local_lent(void) { run_two(lend_own, use_lent); }
static void fine_thread_locals_reused(void) {
    for (int round = 0; round < 30; round++) run_many(use_own, 1 + round % 4);
}

/* ---- Places ---- */

static void *own_byte(void *argument) {
    for (int round = 0; round < ROUNDS; round++) shared.bytes[(long)argument]++;
    return NULL;
}
static void fine_neighbours(void) { run_many(own_byte, 8); }
static volatile struct { uint32_t low : 4, high : 4; } fields;
static void *own_bits(void *argument) {
    if (argument) fields.high = 1;
    else fields.low = 1;
    return NULL;
}
static void race_bit_fields(void) { run_two(own_bits, own_bits); }
static void *write_wide(void *argument) { shared.wide = 1; return argument; }
static void *read_part(void *argument) { (void)((volatile uint8_t *)&shared.wide)[5]; return argument; }
static void race_part_of_a_wide(void) { run_two(write_wide, read_part); }
typedef struct __attribute__((packed)) { char before[5]; volatile uint64_t wide; char after; } odd;
static void *write_odd(void *argument) { ((odd *)shared.bytes)->wide = 1; return argument; }
static void *beside_odd(void *argument) {
    shared.bytes[4] = shared.bytes[13] = 1;
    return argument;
}
static void *inside_odd(void *argument) { shared.bytes[12] = 1; return argument; }
static void race_unaligned(void) { run_two(write_odd, inside_odd); }
static void fine_unaligned(void) { run_two(write_odd, beside_odd); }
static void *own_slice(void *argument) {
    for (int index = 0; index < 4; index++) shared.slots[4 * (long)argument + index]++;
    return NULL;
}
static void *slice_and_one(void *argument) {
    for (int index = 0; index < 5; index++) shared.slots[4 * (long)argument + index]++;
    return NULL;
}
static void race_slices(void) { run_two(slice_and_one, slice_and_one); }
static void fine_slices(void) { run_many(own_slice, 4); }
static void race_many_readers(void) {
    for (int index = 0; index < 6; index++) spawn(get_one, 0);
    run_equal(put_one, 0, 1);
}
static void fine_many_readers(void) {
    put(1);
    run_many(get_one, 7);
    put(2);
    run_many(get_one, 7);
}

/* Memory that the allocator gives out again. */
static void *free_block(void *argument) {
    for (int round = 0; round < ROUNDS; round++) {
        int32_t *volatile mine = malloc(400);
        *(volatile int32_t *)(mine + 20) = 1;
        free(mine);
        if (argument) *(volatile int32_t *)(mine + 20) = 2;
    }
    return NULL;
}
static void race_used_after_free(void) { run_equal(free_block, 1, 2); }
static void fine_allocations(void) { run_equal(free_block, 0, 3); }

/* New memory, which the one who asks for it hands on. */
static void *grow(void *argument) {
    size_t page = __builtin_wasm_memory_grow(0, 1);
    if (page == (size_t)-1) exit(8);
    volatile int32_t *at = (int32_t *)(page << 16);
    *at = 1;
    if (argument) shared.pointer = (int32_t *)at;
    else atomic_store(&published, (int32_t *)at);
    return NULL;
}
static void *use_grown(void *argument) {
    if (argument) return (void *)shared.pointer;
    int32_t *at;
    while (!(at = atomic_load(&published))) {}
    return (void *)(long)*(volatile int32_t *)at;
}
static void race_growth(void) { run_with(grow, use_grown, 1); }
static void fine_growth(void) { run_with(grow, use_grown, 0); }

static void *fill(void *argument) { memset((void *)shared.bytes, 1, 40); return argument; }
static void *copy_out(void *argument) {
    char copy[64];
    memcpy(copy, (void *)shared.bytes, sizeof copy);
    return (void *)(long)((volatile char *)copy)[(long)argument];
}
static void *locked_fill(void *argument) { guest_lock(&a); fill(argument); guest_unlock(&a); return argument; }
static void *locked_copy(void *argument) { guest_lock(&a); copy_out(argument); guest_unlock(&a); return argument; }
static void race_bulk(void) { run_two(fill, copy_out); }
static void fine_bulk(void) { run_two(locked_fill, locked_copy); }

/* ---- The host ---- */

static void *take_random(void *argument) { getentropy((void *)shared.bytes, 16); return argument; }
static void *read_byte(void *argument) { (void)shared.bytes[15]; return argument; }
static void *take_random_locked(void *_) { guest_lock(&a); take_random(_); guest_unlock(&a); return _; }
static void *read_byte_locked(void *_) { guest_lock(&a); read_byte(_); guest_unlock(&a); return _; }
static void race_host_writes(void) { run_two(take_random, read_byte); }
static void fine_host_writes(void) { run_two(take_random_locked, read_byte_locked); }
static void *print(void *argument) { write(1, (void *)shared.bytes, 4); return argument; }
static void *write_byte(void *argument) { shared.bytes[3] = 0; return argument; }
static void *write_later(void *argument) { shared.bytes[4] = 0; return argument; }
static void race_host_reads(void) { run_two(print, write_byte); }
static void fine_host_reads(void) { run_two(print, write_later); }
static void *tell_time(void *argument) { clock_gettime(CLOCK_MONOTONIC, (void *)shared.slots); return argument; }
static void *read_time(void *argument) { (void)shared.slots[0]; return argument; }
static void race_host_stores(void) { run_two(tell_time, read_time); }
static void fine_host_stores(void) { tell_time(NULL); run_two(read_time, read_time); }

static const race_program programs[] = {
    RACE(before_join), FINE(after_join), RACE(after_spawn),
    FINE(before_spawn), RACE(siblings), FINE(tree), RACE(loop_variable), FINE(arguments), RACE(thread_local_lent),
    FINE(thread_locals_reused), FINE(neighbours), RACE(bit_fields), RACE(part_of_a_wide), BOTH(unaligned), BOTH(slices),
    BOTH(many_readers), RACE(used_after_free), FINE(allocations), BOTH(growth), BOTH(bulk), BOTH(host_writes),
    BOTH(host_reads), BOTH(host_stores), {NULL, NULL},
};

int main(int count, char **arguments) { return run_program(programs, count, arguments); }
