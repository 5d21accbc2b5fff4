// Which accesses of a guest's threads to shared memory are ordered, and which race: clocks, and a shadow of the memory.
//
// The algorithm is FastTrack's (Flanagan and Freund, 2009), its shadow that of ThreadSanitizer: for each 8 bytes of a
// memory four cells, each an access that may still race with one to come. A thread has a vector clock, and so has each
// address that was used atomically; what one releases there, the other acquires.
//
// Always true: a cell is one word, which is read and replaced whole, so that no lock is needed at an access; the clock
// of an address is touched under the lock of its bucket, which is held while the atomic access itself is made. Nothing
// here allocates without a limit, and what does not fit orders too much rather than too little.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// An access: from the low end the number of its stack, whether it reads, whether it is atomic, which of the eight
/// bytes, the epoch and the slot of its thread. 0 is none.
typedef uint64_t RaceCell;

enum {
    RACE_STACK_BITS = 18,
    RACE_READ_BIT = 18,
    RACE_ATOMIC_BIT = 19,
    RACE_MASK_SHIFT = 20,
    RACE_EPOCH_SHIFT = 28,
    RACE_SLOT_SHIFT = 53,
    /// Cells for each 8 bytes.
    RACE_CELLS = 4,
    /// How many clocks there are; the one with the number 0 is nobody's.
    RACE_SLOTS = 2048,
    /// How many threads with the same slot, one after another, a report can tell apart.
    RACE_OCCUPANTS = 8,
    /// How many frames of a stack are kept.
    RACE_DEPTH = 24,
    RACE_MEMO = 256,
};

static const uint32_t RaceLastEpoch = (1u << (RACE_SLOT_SHIFT - RACE_EPOCH_SHIFT)) - 1;
static const RaceCell RaceStackMask = (1ull << RACE_STACK_BITS) - 1;
static const RaceCell RaceRead = 1ull << RACE_READ_BIT;
static const RaceCell RaceAtomic = 1ull << RACE_ATOMIC_BIT;

struct RaceThread;
struct RaceDetector;

/// Where a thread is: what its tier needs to walk its stack.
typedef struct RaceSite {
    /// Puts the places of at most RACE_DEPTH frames, the innermost first, into `places`; returns how many.
    uint32_t (*walk)(const struct RaceSite *site, struct RaceThread *thread, uint64_t *places);
    uint64_t place;
    const void *frame;
    const void *instance;
} RaceSite;

/// Two accesses that nothing orders.
typedef struct RaceFound {
    /// Of the eight bytes that both touch.
    uint64_t address;
    /// The number of the memory.
    uint32_t memory;
    RaceCell own;
    RaceCell other;
} RaceFound;

/// What a tier has found of a place.
typedef struct RaceMemo {
    uint64_t key;
    uint64_t value;
} RaceMemo;

/// A thread of the guest. Used by that thread only.
typedef struct RaceThread {
    struct RaceDetector *detector;
    /// Slot and epoch where a cell has them.
    RaceCell stamp;
    /// 0 where there are more threads than slots: then it orders others, and what it does is not looked at.
    uint32_t slot;
    uint32_t epoch;
    uint32_t random;
    /// No other thread of the detector's has or had it.
    uint64_t serial;
    /// The call of the host that is under way, if one is.
    RaceSite call;
    /// Where a tier keeps what it has found of a place.
    RaceMemo places[RACE_MEMO];
    /// The numbers of stacks, by their hashes.
    RaceMemo stacks[RACE_MEMO];
    /// By slot, the epochs that are ordered before what the thread does now.
    uint32_t clock[RACE_SLOTS];
} RaceThread;

/// Who had a slot from an epoch on.
typedef struct RaceOccupant {
    uint32_t firstEpoch;
    /// The TID, and a number of the detector owner's for what kind of thread it is.
    uint32_t thread;
    uint32_t kind;
    /// Whether a thread spawned it, the TID of that, and its stack.
    bool hasSpawner;
    uint32_t spawner;
    uint32_t spawnStack;
} RaceOccupant;

typedef void (*RaceReport)(void *owner, RaceThread *thread, const RaceFound *found);

/// What was remembered of a place; 0 is nothing.
static inline uint64_t race_recall(const RaceThread *thread, uint64_t place)
{
    const RaceMemo *memo = &thread->places[(place >> 1) % RACE_MEMO];
    return memo->key == place ? memo->value : 0;
}

static inline void race_remember(RaceThread *thread, uint64_t place, uint64_t value)
{
    thread->places[(place >> 1) % RACE_MEMO] = (RaceMemo){place, value};
}

// ---- Detectors

/// NULL where the system has no memory for it.
struct RaceDetector *race_detector_new(uint32_t memoryCount, RaceReport report);
/// What `report` is handed.
void race_detector_set_owner(struct RaceDetector *detector, void *owner);
/// No thread of it is left.
void race_detector_delete(struct RaceDetector *detector);
/// Gives the memory with a number a shadow for `byteCount` bytes of address space. `machine` tells it from others.
bool race_detector_watch(struct RaceDetector *detector, uint32_t memory, const void *machine, uint64_t byteCount);
/// The same shadow as that of another number: one memory that was imported twice.
bool race_detector_watch_again(struct RaceDetector *detector, uint32_t memory, const void *machine);
/// Who did what a cell says; false where that is not known any more.
bool race_detector_occupant(struct RaceDetector *detector, RaceCell cell, RaceOccupant *occupant);
/// The places of a stack, the innermost first.
const uint64_t *race_detector_stack(struct RaceDetector *detector, uint32_t stack, uint32_t *count);

// ---- Threads

/// A thread that `spawner` has spawned, or the embedder for NULL: then it comes after all that the embedder has seen.
/// NULL where the system has no memory for it.
RaceThread *race_thread_begin(
    struct RaceDetector *detector, RaceThread *spawner, uint32_t thread, uint32_t kind, bool hasSpawner,
    uint32_t spawnerThread);
/// The thread is gone.
void race_thread_end(RaceThread *thread);
/// Before and after what happens by the embedder's word: it may order its threads by means that are not seen here.
void race_thread_release_to_host(RaceThread *thread);
void race_thread_acquire_from_host(RaceThread *thread);
/// After threads have ended that the embedder may have waited for.
void race_thread_acquire_ended(RaceThread *thread);

// ---- Accesses

/// Looks at an access to `size` bytes, which lie inside the memory, and notes it. `flags`: RaceRead, RaceAtomic.
void race_access(
    RaceThread *thread, uint32_t memory, const void *machine, uint64_t address, uint64_t size, RaceCell flags,
    const RaceSite *site);

// ---- Order

/// Begins an atomic access: until `race_sync_end`, no other thread makes one to this address. NULL where the memory is
/// not watched. `isQueue` means the queue of those who wait at the address.
struct RaceSync *race_sync_begin(
    RaceThread *thread, uint32_t memory, const void *machine, uint64_t address, bool isQueue);
void race_sync_end(RaceThread *thread, struct RaceSync *sync);
/// What was released here comes before what the thread does from now on.
void race_acquire(RaceThread *thread, struct RaceSync *sync);
/// What the thread has done comes before what is done by those who acquire it here, in place of what was released here
/// before, or besides.
void race_release(RaceThread *thread, struct RaceSync *sync);
void race_release_besides(RaceThread *thread, struct RaceSync *sync);
