// System calls that have no function in the C library; Swift cannot call the variadic `syscall`.
#define _GNU_SOURCE
#include "platform.h"

#include <errno.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

int machine_futex_wait(uint32_t *word, uint32_t expected, const struct timespec *deadline) {
    long result = syscall(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, expected, deadline,
                          NULL, FUTEX_BITSET_MATCH_ANY);
    return result < 0 ? -errno : 0;
}

int machine_futex_wake(uint32_t *word, int count) {
    return (int)syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, count, NULL, NULL, 0);
}

static int barrier(int command) { return syscall(SYS_membarrier, command, 0, 0) < 0 ? -errno : 0; }

int machine_barrier_register(void) { return barrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED); }

int machine_barrier(void) { return barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED); }

void *machine_remap(void *base, size_t bytes, size_t new_bytes) {
    void *moved = mremap(base, bytes, new_bytes, MREMAP_MAYMOVE);
    return moved == MAP_FAILED ? NULL : moved;
}

int32_t machine_thread_id(void) {
    /* Asked once: a system call at each would be the dearest part of what asks. After a fork the child's
     * is that of its parent, whose time is then not found. */
    static _Thread_local int32_t id;
    if (id == 0) id = (int32_t)syscall(SYS_gettid);
    return id;
}

int64_t machine_thread_time(int32_t thread) {
    /* As pthread_getcpuclockid makes it, which must not be asked of a thread that may be gone. */
    enum { per_thread = 4, scheduled_time = 2 };
    clockid_t clock = (clockid_t)(~(uint32_t)thread << 3 | per_thread | scheduled_time);
    struct timespec time;
    if (clock_gettime(clock, &time) != 0) return -1;
    return time.tv_sec * 1000000000 + time.tv_nsec;
}
