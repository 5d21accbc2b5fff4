// Threads, their slots, and the clocks of addresses.
//
// A thread that is gone leaves its slot to one that begins, which goes on with its epochs: so the number of clocks is
// that of threads that live at a time. Nothing is lost where who spawns knows all that the former thread did, as after
// a join, and such a slot is taken where there is one; otherwise the two threads count as ordered.

#include "detector.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    bucketBits = 13,
    bucketCount = 1 << bucketBits,
    /// So many slots are made before one is taken again that loses an order.
    comfortableSlots = 256,
    clockStep = 16,
};

/// What the clocks of all addresses may take.
static const uint64_t syncByteLimit = 256ull << 20;

void race_lock(atomic_uint *lock)
{
    enum { looks = 64 };
    for (int count = 0; atomic_exchange_explicit(lock, 1, memory_order_acquire) != 0; count++) {
        if (count >= looks) {
            sched_yield();
            count = 0;
        }
    }
}

void race_unlock(atomic_uint *lock) { atomic_store_explicit(lock, 0, memory_order_release); }

// ---- Detectors

RaceDetector *race_detector_new(uint32_t memoryCount, RaceReport report)
{
    RaceDetector *detector = calloc(1, sizeof *detector);
    if (detector == NULL) return NULL;
    detector->report = report;
    detector->memoryCount = memoryCount;
    detector->memories = calloc(memoryCount > 0 ? memoryCount : 1, sizeof *detector->memories);
    detector->slots = calloc(RACE_SLOTS, sizeof *detector->slots);
    detector->buckets = calloc(bucketCount, sizeof *detector->buckets);
    atomic_init(&detector->slotCount, 1);
    atomic_init(&detector->nextSerial, 1);
    if (detector->memories == NULL || detector->slots == NULL || detector->buckets == NULL
        || !race_stacks_make(detector)) {
        race_detector_delete(detector);
        return NULL;
    }
    for (int index = 0; index < bucketCount; index++) {
        detector->buckets[index].shared.bucket = &detector->buckets[index];
    }
    detector->host.shared.bucket = &detector->host;
    detector->ended.shared.bucket = &detector->ended;
    return detector;
}

void race_detector_set_owner(RaceDetector *detector, void *owner) { detector->owner = owner; }

static void free_bucket(RaceBucket *bucket)
{
    for (RaceSync *sync = bucket->first; sync != NULL;) {
        RaceSync *next = sync->next;
        free(sync->clock);
        free(sync);
        sync = next;
    }
    free(bucket->shared.clock);
}

void race_detector_delete(RaceDetector *detector)
{
    for (int index = 0; detector->buckets != NULL && index < bucketCount; index++) {
        free_bucket(&detector->buckets[index]);
    }
    free_bucket(&detector->host);
    free_bucket(&detector->ended);
    for (uint32_t index = 0; detector->memories != NULL && index < detector->memoryCount; index++) {
        RaceMemory *memory = &detector->memories[index];
        if (memory->mappedBytes > 0) munmap(memory->cells, memory->mappedBytes);
    }
    race_stacks_free(detector);
    free(detector->buckets);
    free(detector->slots);
    free(detector->memories);
    free(detector);
}

bool race_detector_watch(RaceDetector *detector, uint32_t memory, const void *machine, uint64_t byteCount)
{
    size_t mapped = ((byteCount + 7) / 8) * RACE_CELLS * sizeof(RaceCell);
    // Pages are taken where the guest touches the memory that they are the shadow of.
    void *cells = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (cells == MAP_FAILED) return false;
    madvise(cells, mapped, MADV_NOHUGEPAGE);
    detector->memories[memory] = (RaceMemory){
        .machine = machine, .cells = cells, .mappedBytes = mapped, .firstKey = (uint64_t)memory << 48};
    return true;
}

bool race_detector_watch_again(RaceDetector *detector, uint32_t memory, const void *machine)
{
    for (uint32_t index = 0; index < memory; index++) {
        if (detector->memories[index].machine != machine) continue;
        detector->memories[memory] = detector->memories[index];
        detector->memories[memory].mappedBytes = 0;
        return true;
    }
    return false;
}

bool race_detector_occupant(RaceDetector *detector, RaceCell cell, RaceOccupant *occupant)
{
    RaceSlot *slot = &detector->slots[race_cell_slot(cell)];
    uint32_t epoch = race_cell_epoch(cell);
    bool isFound = false;
    race_lock(&detector->lock);
    uint32_t oldest = slot->occupantCount > RACE_OCCUPANTS ? slot->occupantCount - RACE_OCCUPANTS : 0;
    for (uint32_t index = slot->occupantCount; !isFound && index > oldest; index--) {
        RaceOccupant *candidate = &slot->occupants[(index - 1) % RACE_OCCUPANTS];
        if (candidate->firstEpoch > epoch) continue;
        *occupant = *candidate;
        isFound = true;
    }
    race_unlock(&detector->lock);
    return isFound;
}

// ---- Clocks

static bool reserve(RaceDetector *detector, RaceSync *sync, uint32_t count)
{
    if (count <= sync->capacity) return true;
    uint32_t capacity = (count + clockStep - 1) / clockStep * clockStep;
    uint32_t *clock = realloc(sync->clock, capacity * sizeof *clock);
    if (clock == NULL) return false;
    uint64_t added = (capacity - sync->capacity) * sizeof *clock;
    atomic_fetch_add_explicit(&detector->syncBytes, added, memory_order_relaxed);
    sync->clock = clock;
    sync->capacity = capacity;
    return true;
}

static uint32_t slot_count(const RaceDetector *detector)
{
    return atomic_load_explicit(&detector->slotCount, memory_order_relaxed);
}

void race_acquire(RaceThread *thread, RaceSync *sync)
{
    if (sync->owner == thread->serial) return;
    for (uint32_t index = 0; index < sync->count; index++) {
        if (sync->clock[index] > thread->clock[index]) thread->clock[index] = sync->clock[index];
    }
}

/// Finds a slot for a thread that comes after what `clock` says. Under the lock. 0 where there is none.
static uint32_t take_slot(RaceDetector *detector, const uint32_t *clock)
{
    uint32_t found = RACE_SLOTS;
    for (uint32_t index = 0; found == RACE_SLOTS && index < detector->freeCount; index++) {
        uint32_t slot = detector->freeSlots[index];
        if (detector->slots[slot].lastEpoch <= clock[slot]) found = index;
    }
    uint32_t count = slot_count(detector);
    if (found == RACE_SLOTS && (count < comfortableSlots || detector->freeCount == 0)) {
        if (count == RACE_SLOTS) return 0;
        atomic_store_explicit(&detector->slotCount, count + 1, memory_order_relaxed);
        return count;
    }
    if (found == RACE_SLOTS) found = 0;
    uint32_t slot = detector->freeSlots[found];
    detector->freeCount--;
    memmove(
        detector->freeSlots + found, detector->freeSlots + found + 1,
        (detector->freeCount - found) * sizeof *detector->freeSlots);
    return slot;
}

/// Has the thread go on in a slot of its own. Under the lock.
static void occupy(RaceThread *thread, RaceOccupant occupant)
{
    RaceDetector *detector = thread->detector;
    uint32_t slot = take_slot(detector, thread->clock);
    RaceSlot *place = &detector->slots[slot];
    thread->slot = slot;
    thread->epoch = slot == 0 ? 0 : place->lastEpoch + 1;
    thread->stamp = race_stamp(slot, thread->epoch);
    if (slot == 0) return;
    thread->clock[slot] = place->lastEpoch;
    occupant.firstEpoch = thread->epoch;
    place->occupants[place->occupantCount++ % RACE_OCCUPANTS] = occupant;
}

/// Leaves the slot to others, if it has epochs left. Under the lock.
static void vacate(RaceThread *thread)
{
    if (thread->slot == 0) return;
    RaceDetector *detector = thread->detector;
    uint32_t last = thread->clock[thread->slot];
    detector->slots[thread->slot].lastEpoch = last;
    if (last < RaceLastEpoch / 2) detector->freeSlots[detector->freeCount++] = (uint16_t)thread->slot;
}

/// Begins an epoch: what was released does not say anything of what comes now.
static void advance(RaceThread *thread)
{
    if (thread->slot == 0 || thread->clock[thread->slot] < thread->epoch) return;
    if (thread->epoch < RaceLastEpoch) {
        thread->epoch++;
        thread->stamp += 1ull << RACE_EPOCH_SHIFT;
        return;
    }
    RaceDetector *detector = thread->detector;
    RaceOccupant occupant = {0};
    race_detector_occupant(detector, thread->stamp, &occupant);
    race_lock(&detector->lock);
    vacate(thread);
    occupy(thread, occupant);
    race_unlock(&detector->lock);
}

void race_release(RaceThread *thread, RaceSync *sync)
{
    RaceDetector *detector = thread->detector;
    uint32_t count = slot_count(detector);
    if (!reserve(detector, sync, count)) {
        atomic_store_explicit(&detector->isBlind, true, memory_order_relaxed);
        return;
    }
    memcpy(sync->clock, thread->clock, count * sizeof *sync->clock);
    sync->count = count;
    sync->owner = thread->serial;
    advance(thread);
}

void race_release_besides(RaceThread *thread, RaceSync *sync)
{
    RaceDetector *detector = thread->detector;
    uint32_t count = slot_count(detector);
    if (!reserve(detector, sync, count)) {
        atomic_store_explicit(&detector->isBlind, true, memory_order_relaxed);
        return;
    }
    if (count > sync->count) memset(sync->clock + sync->count, 0, (count - sync->count) * sizeof *sync->clock);
    sync->count = count > sync->count ? count : sync->count;
    for (uint32_t index = 0; index < count; index++) {
        if (thread->clock[index] > sync->clock[index]) sync->clock[index] = thread->clock[index];
    }
    sync->owner = 0;
    advance(thread);
}

// ---- Threads

static void acquire_all(RaceThread *thread, RaceBucket *bucket)
{
    race_lock(&bucket->lock);
    race_acquire(thread, &bucket->shared);
    race_unlock(&bucket->lock);
}

static void release_to(RaceThread *thread, RaceBucket *bucket)
{
    race_lock(&bucket->lock);
    race_release_besides(thread, &bucket->shared);
    race_unlock(&bucket->lock);
}

void race_thread_release_to_host(RaceThread *thread) { release_to(thread, &thread->detector->host); }

void race_thread_acquire_from_host(RaceThread *thread) { acquire_all(thread, &thread->detector->host); }

void race_thread_acquire_ended(RaceThread *thread) { acquire_all(thread, &thread->detector->ended); }

RaceThread *race_thread_begin(
    RaceDetector *detector, RaceThread *spawner, uint32_t id, uint32_t kind, bool hasSpawner, uint32_t spawnerThread)
{
    RaceThread *thread = calloc(1, sizeof *thread);
    if (thread == NULL) {
        atomic_store_explicit(&detector->isBlind, true, memory_order_relaxed);
        return NULL;
    }
    thread->detector = detector;
    thread->serial = atomic_fetch_add_explicit(&detector->nextSerial, 1, memory_order_relaxed);
    thread->random = (uint32_t)thread->serial * 2654435761u;
    RaceOccupant occupant = {.thread = id, .kind = kind, .hasSpawner = hasSpawner, .spawner = spawnerThread};
    if (spawner != NULL) {
        memcpy(thread->clock, spawner->clock, slot_count(detector) * sizeof *thread->clock);
        if (spawner->call.walk != NULL) occupant.spawnStack = race_stack(spawner, &spawner->call);
        advance(spawner);
    } else {
        race_thread_acquire_from_host(thread);
        race_thread_acquire_ended(thread);
    }
    race_lock(&detector->lock);
    occupy(thread, occupant);
    race_unlock(&detector->lock);
    return thread;
}

void race_thread_end(RaceThread *thread)
{
    RaceDetector *detector = thread->detector;
    release_to(thread, &detector->ended);
    race_lock(&detector->lock);
    vacate(thread);
    race_unlock(&detector->lock);
    free(thread);
}

// ---- Addresses

RaceSync *race_sync_begin(
    RaceThread *thread, uint32_t memory, const void *machine, uint64_t address, bool isQueue)
{
    RaceMemory *watched = race_memory(thread, memory, machine);
    if (watched == NULL) return NULL;
    RaceDetector *detector = thread->detector;
    // Memories with the same shadow have the same keys. Those who wait do so at even addresses.
    uint64_t key = watched->firstKey + address + (isQueue ? 1ull << 47 : 0);
    RaceBucket *bucket = &detector->buckets[key * 0x9E3779B97F4A7C15ull >> (64 - bucketBits)];
    race_lock(&bucket->lock);
    for (RaceSync *sync = bucket->first; sync != NULL; sync = sync->next) {
        if (sync->key == key) return sync;
    }
    uint64_t bytes = atomic_load_explicit(&detector->syncBytes, memory_order_relaxed);
    RaceSync *sync = bytes < syncByteLimit ? calloc(1, sizeof *sync) : NULL;
    if (sync == NULL) return &bucket->shared;
    atomic_fetch_add_explicit(&detector->syncBytes, sizeof *sync, memory_order_relaxed);
    sync->key = key;
    sync->bucket = bucket;
    sync->next = bucket->first;
    bucket->first = sync;
    return sync;
}

void race_sync_end(RaceThread *thread, RaceSync *sync)
{
    (void)thread;
    race_unlock(&sync->bucket->lock);
}
