// What the files of this target know of a detector.
#pragma once

#include "include/races.h"

#include <stdatomic.h>

typedef struct RaceMemory {
    const void *machine;
    _Atomic RaceCell *cells;
    /// Of the mapping, and 0 for one that is another's.
    size_t mappedBytes;
    /// Tells addresses of memories apart.
    uint64_t firstKey;
} RaceMemory;

/// The clock of an address.
typedef struct RaceSync {
    uint64_t key;
    struct RaceSync *next;
    /// Whose clock it is; 0 for one of several threads. Such a thread has nothing to acquire here.
    uint64_t owner;
    uint32_t *clock;
    uint32_t count;
    uint32_t capacity;
    /// Its place is under the lock of it.
    struct RaceBucket *bucket;
} RaceSync;

typedef struct RaceBucket {
    atomic_uint lock;
    RaceSync *first;
    /// For addresses that there is no memory for: they order more than each of its own would.
    RaceSync shared;
} RaceBucket;

typedef struct RaceSlot {
    /// The last epoch in which something was noted.
    uint32_t lastEpoch;
    uint32_t occupantCount;
    RaceOccupant occupants[RACE_OCCUPANTS];
} RaceSlot;

typedef struct RaceStack {
    uint64_t hash;
    uint32_t first;
    uint32_t count;
} RaceStack;

typedef struct RaceDetector {
    void *owner;
    RaceReport report;
    RaceMemory *memories;
    uint32_t memoryCount;
    /// Guards slots; taken for a moment when threads begin and end.
    atomic_uint lock;
    RaceSlot *slots;
    /// One more than the greatest slot that was ever used.
    atomic_uint slotCount;
    /// Those of threads that are gone, the longest gone first.
    uint16_t freeSlots[RACE_SLOTS];
    uint32_t freeCount;
    atomic_ullong nextSerial;
    RaceBucket *buckets;
    /// What the clocks of addresses take.
    atomic_ullong syncBytes;
    /// Set once clocks are lost: from then on nothing is reported, since it could be wrong.
    atomic_bool isBlind;
    RaceBucket host;
    RaceBucket ended;
    /// Guards stacks that are made.
    atomic_uint stackLock;
    RaceStack *stacks;
    uint64_t *places;
    _Atomic uint32_t *stackTable;
    uint32_t stackCount;
    uint32_t placeCount;
} RaceDetector;

void race_lock(atomic_uint *lock);
void race_unlock(atomic_uint *lock);
/// The number of the stack at a site; 0 where there is no more room for stacks.
uint32_t race_stack(RaceThread *thread, const RaceSite *site);
bool race_stacks_make(RaceDetector *detector);
void race_stacks_free(RaceDetector *detector);
/// The memory with a number, where it is the one that is watched.
static inline RaceMemory *race_memory(const RaceThread *thread, uint32_t memory, const void *machine)
{
    if (memory >= thread->detector->memoryCount) return NULL;
    RaceMemory *found = &thread->detector->memories[memory];
    return found->machine == machine && found->cells != NULL ? found : NULL;
}

static inline uint32_t race_cell_slot(RaceCell cell) { return (uint32_t)(cell >> RACE_SLOT_SHIFT); }

static inline uint32_t race_cell_epoch(RaceCell cell) { return (uint32_t)(cell >> RACE_EPOCH_SHIFT) & RaceLastEpoch; }

static inline RaceCell race_stamp(uint32_t slot, uint32_t epoch)
{
    return (RaceCell)slot << RACE_SLOT_SHIFT | (RaceCell)epoch << RACE_EPOCH_SHIFT;
}
