/* What every kernel shares: its main, which prints "name checksum seconds", the seconds on its own clock.
 * The checksum has to be the same natively and in WebAssembly. */
#pragma once

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now_seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* Usage of the program: NAME [SCALE]. */
#define MAIN(name, usual_scale)                                                     \
    uint64_t kernel(long scale);                                                    \
    int main(int count, char **arguments) {                                         \
        long scale = count > 1 ? atol(arguments[1]) : (usual_scale);                \
        double start = now_seconds();                                               \
        uint64_t checksum = kernel(scale);                                          \
        double seconds = now_seconds() - start;                                     \
        printf("%s %016llx %.6f\n", name, (unsigned long long)checksum, seconds);   \
        return 0;                                                                   \
    }

static inline uint64_t fbits(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}
