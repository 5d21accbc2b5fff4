/* A library that counts primes, whose functions host threads call in parallel. The guest of attach.c,
 * shared-memory.c and limits.c.
 *
 * Freestanding. It exports what the host needs to give each of its threads a stack and thread-local
 * variables: `malloc` and `free` here, `__stack_pointer`, `__wasm_init_tls`, `__tls_size` and `__tls_align`
 * by the linker's option --export. primes-library.wasm is built from this file by `scripts/guests`. */
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(name)))
#define BLOCKS 16
#define BLOCK_BYTES (192 << 10)

/* An allocator of a few large blocks, which is all that is needed here. */
static char blocks[BLOCKS][BLOCK_BYTES] __attribute__((aligned(16)));
static _Atomic int32_t is_taken[BLOCKS];

EXPORT("malloc") void *allocate(uint32_t size) {
    for (int index = 0; size <= BLOCK_BYTES && index < BLOCKS; index++)
        if (!__atomic_exchange_n((int32_t *)&is_taken[index], 1, __ATOMIC_ACQUIRE)) return blocks[index];
    return 0;
}

EXPORT("free") void release(void *block) {
    for (int index = 0; index < BLOCKS; index++)
        if (block == blocks[index]) is_taken[index] = 0;
}

/* One for all threads, and one for each. */
static _Atomic uint32_t total;
static _Thread_local uint32_t own;

static int is_prime(uint32_t number) {
    for (uint32_t divisor = 2; divisor * divisor <= number; divisor++)
        if (number % divisor == 0) return 0;
    return number >= 2;
}

/* Counts the primes from `first` to `last`, and returns how many the calling thread has counted so far. */
EXPORT("count_primes") uint32_t count_primes(uint32_t first, uint32_t last) {
    uint32_t before = own;
    for (uint32_t number = first; number <= last; number++) own += (uint32_t)is_prime(number);
    total += own - before;
    return own;
}

/* Where all that was counted stands in memory. */
EXPORT("total_address") uint32_t total_address(void) { return (uint32_t)(uintptr_t)&total; }

EXPORT("never_return") void never_return(void) {
    for (volatile int32_t turns = 0;; turns++) {}
}
