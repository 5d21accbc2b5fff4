// Calls of the C library that Swift's own module of it leaves out. Like those, they return -1 and set
// errno on failure.
#pragma once

#include <poll.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

/// preadv2(2) at the file's own position with RWF_NOWAIT.
ssize_t machine_read_at_once(int descriptor, const struct iovec *vectors, int count);

/// pwritev2(2) at the file's own position with RWF_NOWAIT.
ssize_t machine_write_at_once(int descriptor, const struct iovec *vectors, int count);

/// The same with RWF_NOSIGNAL, which Linux has from 6.18 on: no SIGPIPE.
ssize_t machine_write_at_once_without_signal(int descriptor, const struct iovec *vectors, int count);

/// ppoll(2) with the signal mask as it is; NULL waits for ever.
int machine_poll(struct pollfd *entries, nfds_t count, const struct timespec *timeout);

/// getrandom(2) from the pool of /dev/urandom.
ssize_t machine_random(void *buffer, size_t length);
