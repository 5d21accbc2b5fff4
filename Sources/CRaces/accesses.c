// What is done at an access: a look at the cells of its bytes, and a cell of its own.
//
// Always true: a cell is dropped only where each later access that would race with it races with one that is kept, or
// where four are not enough. Of two threads that look at the same bytes at once, at least one sees the other's cell:
// each looks again after it has put in its own.

#include "detector.h"

static const RaceCell maskBits = 0xFFull << RACE_MASK_SHIFT;

/// Whether two accesses of different threads to the same bytes are wrong without an order.
static bool conflict(RaceCell first, RaceCell second)
{
    return (first & second & maskBits) != 0 && (first & second & (RaceRead | RaceAtomic)) == 0;
}

static bool is_ordered(const RaceThread *thread, RaceCell cell)
{
    uint32_t slot = race_cell_slot(cell);
    return slot == thread->slot || race_cell_epoch(cell) <= thread->clock[slot];
}

/// Whether whatever races with `old`, which comes before `new` or is one with it, races with `new` too.
static bool is_covered(RaceCell old, RaceCell new)
{
    if ((old & ~new & maskBits) != 0) return false;
    // A write races with more than a read, and a plain access with more than an atomic one.
    return (old | ~new) & RaceRead && (old | ~new) & RaceAtomic;
}

static void report(RaceThread *thread, const RaceFound *found)
{
    RaceDetector *detector = thread->detector;
    if (atomic_load_explicit(&detector->isBlind, memory_order_relaxed)) return;
    detector->report(detector->owner, thread, found);
}

typedef struct Look {
    RaceCell seen[RACE_CELLS];
    /// The cell to replace.
    int target;
    /// Whether a cell of the same epoch says all that the new one would.
    bool isKnown;
    /// A bit for each cell that races.
    uint32_t races;
} Look;

/// Looks at the cells of eight bytes.
static inline Look look(const RaceThread *thread, _Atomic RaceCell *cells, RaceCell own)
{
    Look look = {.target = -1};
    int empty = -1, ordered = -1;
    for (int index = 0; index < RACE_CELLS; index++) {
        RaceCell cell = atomic_load_explicit(&cells[index], memory_order_relaxed);
        look.seen[index] = cell;
        if (cell == 0) {
            if (empty < 0) empty = index;
            continue;
        }
        if ((cell ^ own) >> RACE_EPOCH_SHIFT == 0 && is_covered(own, cell)) {
            look.isKnown = true;
            return look;
        }
        if (is_ordered(thread, cell)) {
            if (is_covered(cell, own)) {
                if (look.target < 0) look.target = index;
            } else if (ordered < 0 || cell & RaceRead) {
                ordered = index;
            }
        } else if (conflict(cell, own)) {
            look.races |= 1u << index;
        }
    }
    if (look.target < 0) look.target = empty;
    if (look.target < 0 && look.races != 0) look.target = __builtin_ctz(look.races);
    if (look.target < 0) look.target = ordered;
    return look;
}

static __attribute__((noinline)) void note(
    RaceThread *thread, _Atomic RaceCell *cells, RaceCell own, Look look_, RaceFound *found, const RaceSite *site)
{
    enum { tries = 16 };
    found->own = own |= race_stack(thread, site);
    // From now on the epoch has something in it.
    thread->clock[thread->slot] = thread->epoch;
    for (int attempt = 0; attempt < tries; attempt++) {
        for (int index = 0; look_.races != 0 && index < RACE_CELLS; index++) {
            if ((look_.races >> index & 1) == 0) continue;
            found->other = look_.seen[index];
            report(thread, found);
        }
        if (look_.target < 0) {
            thread->random = thread->random * 1664525 + 1013904223;
            look_.target = (int)(thread->random >> 30);
        }
        RaceCell expected = look_.seen[look_.target];
        bool isPut = atomic_compare_exchange_strong_explicit(
            &cells[look_.target], &expected, own, memory_order_seq_cst, memory_order_relaxed);
        RaceCell before[RACE_CELLS];
        for (int index = 0; index < RACE_CELLS; index++) before[index] = look_.seen[index];
        int target = look_.target;
        if (isPut) {
            // What came meanwhile, by a thread that may not have seen this cell.
            for (int index = 0; index < RACE_CELLS; index++) {
                RaceCell cell = atomic_load_explicit(&cells[index], memory_order_seq_cst);
                if (index == target || cell == before[index] || cell == 0) continue;
                if (is_ordered(thread, cell) || !conflict(cell, own)) continue;
                found->other = cell;
                report(thread, found);
            }
            return;
        }
        look_ = look(thread, cells, own);
        if (look_.isKnown) return;
    }
}

static inline void check(
    RaceThread *thread, _Atomic RaceCell *cells, RaceCell own, RaceFound *found, const RaceSite *site)
{
    Look found_ = look(thread, cells, own);
    if (!found_.isKnown) note(thread, cells, own, found_, found, site);
}

static RaceCell mask_of(uint64_t first, uint64_t count)
{
    return (RaceCell)((0xFFu >> (8 - count)) << first & 0xFF) << RACE_MASK_SHIFT;
}

void race_access(
    RaceThread *thread, uint32_t memory, const void *machine, uint64_t address, uint64_t size, RaceCell flags,
    const RaceSite *site)
{
    RaceMemory *watched = race_memory(thread, memory, machine);
    if (watched == NULL || thread->slot == 0) return;
    RaceCell stamp = thread->stamp | flags;
    if ((address & 7) + size <= 8 && size > 0) {
        // Most accesses repeat one of the same epoch.
        _Atomic RaceCell *cells = watched->cells + (address >> 3) * RACE_CELLS;
        RaceCell own = stamp | mask_of(address & 7, size);
        for (int index = 0; index < RACE_CELLS; index++) {
            RaceCell cell = atomic_load_explicit(&cells[index], memory_order_relaxed);
            if ((cell & ~RaceStackMask) == own) return;
        }
    }
    RaceFound found = {.memory = memory};
    while (size > 0) {
        uint64_t first = address & 7;
        uint64_t count = size < 8 - first ? size : 8 - first;
        found.address = address - first;
        check(thread, watched->cells + (address >> 3) * RACE_CELLS, stamp | mask_of(first, count), &found, site);
        address += count;
        size -= count;
    }
}
