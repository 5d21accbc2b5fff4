// System calls that have no function in the C library.
#pragma once

#include <stdint.h>
#include <time.h>

/// futex(FUTEX_WAIT_BITSET | PRIVATE) with an absolute CLOCK_MONOTONIC deadline; NULL waits for ever.
/// Returns 0 or a negative errno.
int machine_futex_wait(uint32_t *word, uint32_t expected, const struct timespec *deadline);

/// futex(FUTEX_WAKE | PRIVATE). Returns how many threads were woken.
int machine_futex_wake(uint32_t *word, int count);
