// System calls that read, write and wait. They return -1 and set errno on failure, unless they say otherwise.
//
// Those of the C library are points of cancellation. In a process with threads each of them therefore takes
// two atomic operations more, and where a host cancels a thread, it would unwind frames of Swift.
#pragma once

#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "interrupt.h"

/// readv(2) by `machine_call`: returns a negative errno on failure. For one vector read(2): without a list to
/// look through, the kernel takes a fifth less time for a page.
static inline long machine_read(const uint32_t *must_end, int descriptor, const struct iovec *vectors,
                                int count) {
    if (count == 1)
        return machine_call(must_end, SYS_read, descriptor, (long)vectors->iov_base, (long)vectors->iov_len, 0,
                            0);
    return machine_call(must_end, SYS_readv, descriptor, (long)vectors, count, 0, 0);
}

/// writev(2), or write(2), in the same way.
static inline long machine_write(const uint32_t *must_end, int descriptor, const struct iovec *vectors,
                                 int count) {
    if (count == 1)
        return machine_call(must_end, SYS_write, descriptor, (long)vectors->iov_base, (long)vectors->iov_len,
                            0, 0);
    return machine_call(must_end, SYS_writev, descriptor, (long)vectors, count, 0, 0);
}

/// preadv(2) and pwritev(2), or pread(2) and pwrite(2), in the same way.
static inline long machine_read_at(const uint32_t *must_end, int descriptor, const struct iovec *vectors,
                                   int count, int64_t offset) {
    if (count == 1)
        return machine_call(must_end, SYS_pread64, descriptor, (long)vectors->iov_base,
                            (long)vectors->iov_len, offset, 0);
    return machine_call(must_end, SYS_preadv, descriptor, (long)vectors, count, offset, 0);
}

static inline long machine_write_at(const uint32_t *must_end, int descriptor, const struct iovec *vectors,
                                    int count, int64_t offset) {
    if (count == 1)
        return machine_call(must_end, SYS_pwrite64, descriptor, (long)vectors->iov_base,
                            (long)vectors->iov_len, offset, 0);
    return machine_call(must_end, SYS_pwritev, descriptor, (long)vectors, count, offset, 0);
}

/// fallocate(2), ftruncate(2) and fsync(2) or fdatasync(2), in the same way.
static inline long machine_allocate(const uint32_t *must_end, int descriptor, int64_t offset, int64_t length) {
    return machine_call(must_end, SYS_fallocate, descriptor, 0, offset, length, 0);
}

static inline long machine_truncate(const uint32_t *must_end, int descriptor, int64_t length) {
    return machine_call(must_end, SYS_ftruncate, descriptor, length, 0, 0, 0);
}

static inline long machine_synchronize(const uint32_t *must_end, int descriptor, int data_only) {
    return machine_call(must_end, data_only ? SYS_fdatasync : SYS_fsync, descriptor, 0, 0, 0, 0);
}

/// preadv2(2) at the file's own position with RWF_NOWAIT.
ssize_t machine_read_at_once(int descriptor, const struct iovec *vectors, int count);

/// pwritev2(2) at the file's own position with RWF_NOWAIT.
ssize_t machine_write_at_once(int descriptor, const struct iovec *vectors, int count);

/// The same with RWF_NOSIGNAL, which Linux has from 6.18 on: no SIGPIPE.
ssize_t machine_write_at_once_without_signal(int descriptor, const struct iovec *vectors, int count);

/// ppoll(2) with the signal mask as it is; NULL waits for ever.
int machine_poll(struct pollfd *entries, nfds_t count, const struct timespec *timeout);

/// recvmsg(2) and sendmsg(2).
ssize_t machine_receive(int socket, struct msghdr *message, int flags);
ssize_t machine_send(int socket, const struct msghdr *message, int flags);

/// timerfd_create(2) on CLOCK_REALTIME: a descriptor that becomes readable at `time`, as TFD_TIMER_ABSTIME
/// has it also where the clock is set. Not inherited.
int machine_realtime_alarm(const struct timespec *time);

/// getrandom(2) from the pool of /dev/urandom.
ssize_t machine_random(void *buffer, size_t length);
