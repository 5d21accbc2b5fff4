// System calls that have no function in the C library.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/// futex(FUTEX_WAIT_BITSET | PRIVATE) with an absolute CLOCK_MONOTONIC deadline; NULL waits for ever.
/// Returns 0 or a negative errno.
int machine_futex_wait(uint32_t *word, uint32_t expected, const struct timespec *deadline);

/// membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED), and its registration, which comes first. Both return 0 or a
/// negative errno.
int machine_barrier_register(void);
int machine_barrier(void);

/// gettid(): what the kernel calls the calling thread.
int32_t machine_thread_id(void);

/// The processor time of a thread of this program by its `machine_thread_id`, in nanoseconds; -1 where there
/// is none such.
int64_t machine_thread_time(int32_t thread);

/// mremap(MREMAP_MAYMOVE): where the mapping is now, or NULL, and then nothing has changed.
void *machine_remap(void *base, size_t bytes, size_t new_bytes);

/// futex(FUTEX_WAKE | PRIVATE). Returns how many threads were woken.
int machine_futex_wake(uint32_t *word, int count);
