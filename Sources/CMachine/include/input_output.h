// System calls that read, write and wait. They return -1 and set errno on failure.
//
// Those of the C library are points of cancellation. In a process with threads each of them therefore takes
// two atomic operations more, and where a host cancels a thread, it would unwind frames of Swift.
#pragma once

#include <poll.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/// readv(2). For one vector read(2): without a list to look through, the kernel takes a fifth less time
/// for a page.
static inline ssize_t machine_read(int descriptor, const struct iovec *vectors, int count) {
    if (count == 1) return syscall(SYS_read, descriptor, vectors->iov_base, vectors->iov_len);
    return syscall(SYS_readv, descriptor, vectors, count);
}

/// writev(2), or write(2).
static inline ssize_t machine_write(int descriptor, const struct iovec *vectors, int count) {
    if (count == 1) return syscall(SYS_write, descriptor, vectors->iov_base, vectors->iov_len);
    return syscall(SYS_writev, descriptor, vectors, count);
}

/// preadv2(2) at the file's own position with RWF_NOWAIT.
ssize_t machine_read_at_once(int descriptor, const struct iovec *vectors, int count);

/// pwritev2(2) at the file's own position with RWF_NOWAIT.
ssize_t machine_write_at_once(int descriptor, const struct iovec *vectors, int count);

/// The same with RWF_NOSIGNAL, which Linux has from 6.18 on: no SIGPIPE.
ssize_t machine_write_at_once_without_signal(int descriptor, const struct iovec *vectors, int count);

/// ppoll(2) with the signal mask as it is; NULL waits for ever.
int machine_poll(struct pollfd *entries, nfds_t count, const struct timespec *timeout);

/// timerfd_create(2) on CLOCK_REALTIME: a descriptor that becomes readable at `time`, as TFD_TIMER_ABSTIME
/// has it also where the clock is set. Not inherited.
int machine_realtime_alarm(const struct timespec *time);

/// getrandom(2) from the pool of /dev/urandom.
ssize_t machine_random(void *buffer, size_t length);
