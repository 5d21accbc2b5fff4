// System calls as such, without what the C library does around them, and calls of it that need _GNU_SOURCE.
#define _GNU_SOURCE
#include "input_output.h"

#include <errno.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
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
    // The kernel leaves in it what was left of the time.
    struct timespec left = timeout ? *timeout : (struct timespec){0};
    return (int)syscall(SYS_ppoll, entries, count, timeout ? &left : NULL, NULL, sizeof(uint64_t));
}

int machine_realtime_alarm(const struct timespec *time) {
    int alarm = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (alarm < 0) return -1;
    struct itimerspec once = {.it_value = *time};
    if (timerfd_settime(alarm, TFD_TIMER_ABSTIME, &once, NULL) == 0) return alarm;
    int error = errno;
    close(alarm);
    errno = error;
    return -1;
}

ssize_t machine_receive(int socket, struct msghdr *message, int flags) {
    return syscall(SYS_recvmsg, socket, message, flags);
}

ssize_t machine_send(int socket, const struct msghdr *message, int flags) {
    return syscall(SYS_sendmsg, socket, message, flags);
}

ssize_t machine_random(void *buffer, size_t length) {
    return getrandom(buffer, length, 0);
}
