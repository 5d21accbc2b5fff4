// Calls of the C library that need _GNU_SOURCE or a header that Swift's module of it leaves out.
#define _GNU_SOURCE
#include "input_output.h"

#include <errno.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <unistd.h>

#ifndef RWF_NOSIGNAL
#define RWF_NOSIGNAL 0x00000100
#endif

ssize_t machine_read_at_once(int descriptor, const struct iovec *vectors, int count) {
    return preadv2(descriptor, vectors, count, -1, RWF_NOWAIT);
}

ssize_t machine_write_at_once(int descriptor, const struct iovec *vectors, int count) {
    return pwritev2(descriptor, vectors, count, -1, RWF_NOWAIT);
}

ssize_t machine_write_at_once_without_signal(int descriptor, const struct iovec *vectors, int count) {
    return pwritev2(descriptor, vectors, count, -1, RWF_NOWAIT | RWF_NOSIGNAL);
}

int machine_poll(struct pollfd *entries, nfds_t count, const struct timespec *timeout) {
    return ppoll(entries, count, timeout, NULL);
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

ssize_t machine_random(void *buffer, size_t length) {
    return getrandom(buffer, length, 0);
}
