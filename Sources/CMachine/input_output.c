// System calls as such, without what the C library does around them, and calls of it that need _GNU_SOURCE.
#define _GNU_SOURCE
#include "input_output.h"

#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef RWF_NOSIGNAL
#define RWF_NOSIGNAL 0x00000100
#endif

// The place -1, in two halves, is the file's own.

ssize_t machine_read_at_once(int descriptor, const struct iovec *vectors, int count) {
    return syscall(SYS_preadv2, descriptor, vectors, count, -1L, -1L, RWF_NOWAIT);
}

ssize_t machine_write_at_once(int descriptor, const struct iovec *vectors, int count) {
    return syscall(SYS_pwritev2, descriptor, vectors, count, -1L, -1L, RWF_NOWAIT);
}

ssize_t machine_write_at_once_without_signal(int descriptor, const struct iovec *vectors, int count) {
    return syscall(SYS_pwritev2, descriptor, vectors, count, -1L, -1L, RWF_NOWAIT | RWF_NOSIGNAL);
}

int machine_poll(struct pollfd *entries, nfds_t count, const struct timespec *timeout) {
    return ppoll(entries, count, timeout, NULL);
}

ssize_t machine_random(void *buffer, size_t length) {
    return getrandom(buffer, length, 0);
}
