/* A library in C whose functions host threads call in parallel: each has a stack and thread-local variables
 * of its own in this program's memory. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local long own = 7;
static _Atomic int shared;

/* Under the names that are looked for: the overlay has the linker rename every other use. */
__attribute__((export_name("malloc"))) void *allocate(size_t size) { return malloc(size); }
__attribute__((export_name("free"))) void release(void *block) { free(block); }

/* Adds to a thread-local variable that begins as 7. */
__attribute__((export_name("own"))) int add_to_own(int number) { return (int)(own += number); }

/* Fills half of the stack with a number, and returns whether it stayed there. */
__attribute__((export_name("fill"))) int fill(int number) {
    volatile char bytes[64 << 10];
    memset((char *)bytes, number, sizeof bytes);
    shared++;
    for (size_t index = 0; index < sizeof bytes; index++)
        if (bytes[index] != (char)number) return 0;
    return 1;
}

/* Allocates and frees, and returns whether each block kept what was written to it. */
__attribute__((export_name("churn"))) int churn(int rounds) {
    for (int round = 0; round < rounds; round++) {
        size_t size = (size_t)(round % 100 + 1);
        unsigned char *block = malloc(size);
        if (!block) return 0;
        memset(block, round, size);
        for (size_t index = 0; index < size; index++)
            if (block[index] != (unsigned char)round) return 0;
        free(block);
    }
    return 1;
}

/* Where the caller's stack is. */
__attribute__((export_name("stack"))) int stack(int unused) {
    volatile char here = (char)unused;
    volatile uintptr_t address = (uintptr_t)&here;
    return (int)address;
}
