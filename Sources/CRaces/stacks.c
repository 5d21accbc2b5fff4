// Call stacks by number, each kept once.
//
// Always true: a stack, once it has a number, does not change and stays; two with the same hash of 64 bits are taken
// for one.

#include "detector.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    stackLimit = 1 << RACE_STACK_BITS,
    tableBits = RACE_STACK_BITS + 1,
    placeLimit = stackLimit * 12,
};

static void *map(size_t bytes)
{
    void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return base == MAP_FAILED ? NULL : base;
}

static void unmap(void *base, size_t bytes)
{
    if (base != NULL) munmap(base, bytes);
}

bool race_stacks_make(RaceDetector *detector)
{
    detector->stacks = map(stackLimit * sizeof *detector->stacks);
    detector->places = map(placeLimit * sizeof *detector->places);
    detector->stackTable = map((sizeof *detector->stackTable) << tableBits);
    detector->stackCount = 1;
    return detector->stacks != NULL && detector->places != NULL && detector->stackTable != NULL;
}

void race_stacks_free(RaceDetector *detector)
{
    unmap(detector->stacks, stackLimit * sizeof *detector->stacks);
    unmap(detector->places, placeLimit * sizeof *detector->places);
    unmap(detector->stackTable, (sizeof *detector->stackTable) << tableBits);
}

const uint64_t *race_detector_stack(RaceDetector *detector, uint32_t stack, uint32_t *count)
{
    *count = detector->stacks[stack].count;
    return detector->places + detector->stacks[stack].first;
}

/// Finds a stack by its hash; 0, and where it would be, where there is none.
static uint32_t find(const RaceDetector *detector, uint64_t hash, uint32_t *place)
{
    uint32_t mask = (1u << tableBits) - 1;
    for (uint32_t index = (uint32_t)(hash >> 32) & mask;; index = (index + 1) & mask) {
        uint32_t stack = atomic_load_explicit(&detector->stackTable[index], memory_order_acquire);
        *place = index;
        if (stack == 0 || detector->stacks[stack].hash == hash) return stack;
    }
}

static uint32_t make(RaceDetector *detector, uint64_t hash, const uint64_t *places, uint32_t count)
{
    race_lock(&detector->stackLock);
    uint32_t place;
    uint32_t stack = find(detector, hash, &place);
    if (stack == 0 && detector->stackCount < stackLimit && detector->placeCount + count <= placeLimit) {
        stack = detector->stackCount++;
        detector->stacks[stack] = (RaceStack){.hash = hash, .first = detector->placeCount, .count = count};
        memcpy(detector->places + detector->placeCount, places, count * sizeof *places);
        detector->placeCount += count;
        atomic_store_explicit(&detector->stackTable[place], stack, memory_order_release);
    }
    race_unlock(&detector->stackLock);
    return stack;
}

uint32_t race_stack(RaceThread *thread, const RaceSite *site)
{
    if (site->walk == NULL) return 0;
    uint64_t places[RACE_DEPTH];
    uint32_t count = site->walk(site, thread, places);
    uint64_t hash = count + 1;
    for (uint32_t index = 0; index < count; index++) {
        hash = (hash ^ places[index]) * 0x9E3779B97F4A7C15ull;
        hash ^= hash >> 29;
    }
    uint32_t place = hash % RACE_MEMO;
    if (thread->stacks[place].key == hash) return (uint32_t)thread->stacks[place].value;
    uint32_t unused;
    uint32_t stack = find(thread->detector, hash, &unused);
    if (stack == 0) stack = make(thread->detector, hash, places, count);
    thread->stacks[place] = (RaceMemo){hash, stack};
    return stack;
}
