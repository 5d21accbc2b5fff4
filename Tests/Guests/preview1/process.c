/* What is not about files: arguments, clocks, random bytes, poll_oneoff, signals, sockets. */
#include "table.h"

#include <stddef.h>
#include <string.h>

static __wasi_size_t count;

static void strings(void) {
    __wasi_size_t size;
    uint8_t *pointers[8] = {0};
    uint8_t buffer[256];
    if (!CALL(args_sizes_get, &count, &size)) detail("count=%lu", count);
    CALL(args_get, pointers, buffer);
    detail("the strings %s", pointers[0] == buffer ? "begin where the buffer does" : "are elsewhere");
    if (!CALL(environ_sizes_get, &count, &size)) detail("count=%lu size=%lu", count, size);
    if (CALL(environ_get, pointers, buffer)) return;
    for (__wasi_size_t index = 0; index < count; index++) detail("\"%s\"", (char *)pointers[index]);
}

static void clocks(void) {
    for (__wasi_clockid_t id = 0; id < 4; id++) {
        __wasi_timestamp_t resolution = 0, first = 0, second = 0;
        __wasi_errno_t error = __wasi_clock_res_get(id, &resolution);
        report(error, "clock_res_get(%u)", id);
        if (!error) detail("%s", resolution > 0 && resolution < 1000000000 ? "less than a second" : "wrong");
        error = __wasi_clock_time_get(id, 0, &first);
        report(error, "clock_time_get(%u, 0)", id);
        if (error) continue;
        NEED(clock_time_get, id, 1000000000, &second);
        detail("%s", first <= second ? "goes on" : "goes back");
    }
}

static void random_bytes(void) {
    static uint8_t bytes[70000];
    unsigned different = 0;
    CALL(random_get, bytes, 0);
    CALL(random_get, bytes, sizeof bytes);
    for (size_t index = 0; index < sizeof bytes; index++) different += bytes[index] != 0;
    detail("%s", different > sizeof bytes / 2 ? "random" : "not random");
    CALL(sched_yield);
}

static __wasi_subscription_t clock(
    __wasi_clockid_t id, __wasi_timestamp_t timeout, __wasi_subclockflags_t flags
) {
    __wasi_subscription_t wish = {.userdata = 100 + id, .u.tag = __WASI_EVENTTYPE_CLOCK};
    wish.u.u.clock = (__wasi_subscription_clock_t){.id = id, .timeout = timeout, .flags = flags};
    return wish;
}

static __wasi_subscription_t ready(__wasi_eventtype_t type, __wasi_fd_t fd) {
    __wasi_subscription_t wish = {.userdata = 200 + type, .u.tag = type};
    wish.u.u.fd_read.file_descriptor = fd;
    return wish;
}

static void poll(const char *what, __wasi_size_t wishes, const __wasi_subscription_t *in) {
    __wasi_event_t out[4];
    __wasi_errno_t error = __wasi_poll_oneoff(in, out, wishes, &count);
    report(error, "poll_oneoff(%s)", what);
    if (error) return;
    for (__wasi_size_t index = 0; index < count; index++) {
        detail("%llu", out[index].userdata);
        if (out[index].error) detail("%s", errno_name(out[index].error));
        if (out[index].type != __WASI_EVENTTYPE_FD_READ) continue;
        detail("nbytes=%llu", out[index].fd_readwrite.nbytes);
    }
}

#define POLL(...) \
    poll( \
        #__VA_ARGS__, sizeof((__wasi_subscription_t[]){__VA_ARGS__}) / sizeof(__wasi_subscription_t), \
        (__wasi_subscription_t[]){__VA_ARGS__})

static void polls(void) {
    enum { REALTIME, MONOTONIC, CPU_OF_PROCESS, CPU_OF_THREAD, ABSOLUTE = 1 };
    enum { READ = __WASI_EVENTTYPE_FD_READ, WRITE = __WASI_EVENTTYPE_FD_WRITE };
#define LATER clock(MONOTONIC, 3600000000000, 0)
    __wasi_fd_t directory = fresh(), file = open_file(directory, "file", ALL_RIGHTS),
                none = open_file(directory, "file", 0), end = open_file(directory, "empty/file", ALL_RIGHTS);
    poll("nothing", 0, 0);
    POLL(clock(MONOTONIC, 1000, 0));
    POLL(clock(REALTIME, 1000, 0));
    POLL(clock(MONOTONIC, 0, 0));
    POLL(clock(MONOTONIC, 1, ABSOLUTE));
    POLL(clock(REALTIME, 1, ABSOLUTE));
    POLL(clock(CPU_OF_PROCESS, 1000, 0));
    POLL(clock(CPU_OF_THREAD, 1000, 0));
    POLL(LATER, clock(REALTIME, 1000, 0));
    POLL(ready(READ, STDIN));
    POLL(ready(WRITE, STDIN));
    POLL(ready(WRITE, STDOUT));
    POLL(ready(READ, STDOUT));
    POLL(ready(READ, file));
    POLL(ready(WRITE, file));
    POLL(ready(READ, end));
    POLL(ready(READ, none));
    POLL(ready(WRITE, none));
    POLL(ready(READ, directory));
    POLL(ready(WRITE, directory));
    POLL(ready(READ, CLOSED));
    POLL(ready(WRITE, CLOSED));
    POLL(LATER, ready(READ, CLOSED));
    POLL(LATER, ready(WRITE, file));
    POLL(LATER, ready(READ, STDIN), ready(WRITE, STDOUT));
    NEED(fd_close, end);
    NEED(fd_close, none);
    NEED(fd_close, file);
    NEED(fd_close, directory);
}

static void sockets(__wasi_fd_t fd) {
    uint8_t bytes[8];
    const __wasi_iovec_t in = {bytes, sizeof bytes};
    const __wasi_ciovec_t out = {bytes, sizeof bytes};
    __wasi_roflags_t flags;
    __wasi_fd_t accepted;
    CALL(sock_accept, fd, 0, &accepted);
    CALL(sock_recv, fd, &in, 1, 0, &count, &flags);
    CALL(sock_send, fd, &out, 1, 0, &count);
    CALL(sock_shutdown, fd, __WASI_SDFLAGS_RD);
    CALL(sock_shutdown, fd, __WASI_SDFLAGS_WR);
    CALL(sock_shutdown, fd, __WASI_SDFLAGS_RD | __WASI_SDFLAGS_WR);
}

static void exchange(void) {
    uint8_t bytes[8] = {0};
    const __wasi_iovec_t in = {bytes, sizeof bytes};
    CALL(fd_read, STDIN, &in, 1, &count);
    detail("count=%lu \"%s\"", count, (char *)bytes);
    CALL(fd_read, STDIN, &in, 1, &count);
    detail("count=%lu", count);
    enum { READ = __WASI_EVENTTYPE_FD_READ };
    POLL(ready(READ, STDIN));
}

int main(void) {
    title("arguments and environment");
    strings();
    title("clocks");
    clocks();
    title("random bytes");
    random_bytes();
    title("poll");
    polls();
    title("sockets: a file");
    __wasi_fd_t directory = fresh(), file = open_file(directory, "file", ALL_RIGHTS);
    sockets(file);
    title("sockets: a directory");
    sockets(directory);
    title("sockets: a pipe");
    sockets(STDIN);
    title("sockets: closed");
    sockets(CLOSED);
    title("the end of the input");
    exchange();
    finish();
    return 0;
}
