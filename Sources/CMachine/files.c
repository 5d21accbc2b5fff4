// System calls on files that the C library has no function for, or that Swift's module of it leaves out.
#define _GNU_SOURCE
#include "files.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

const int machine_path_only = O_PATH;

int machine_open_beneath(int directory, const char *path, int flags, mode_t mode) {
    struct open_how how;
    memset(&how, 0, sizeof how);
    how.flags = (uint64_t)flags;
    how.mode = (flags & O_CREAT) != 0 ? mode : 0;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

int machine_open_component(int directory, const char *name, int flags, mode_t mode) {
    return openat(directory, name, flags, mode);
}

ssize_t machine_directory_entries(int directory, void *buffer, size_t length) {
    return syscall(SYS_getdents64, directory, buffer, length);
}

int machine_accept(int socket, int isNonblocking) {
    return accept4(socket, NULL, NULL, SOCK_CLOEXEC | (isNonblocking != 0 ? SOCK_NONBLOCK : 0));
}

ssize_t machine_read_at(int descriptor, const struct iovec *vectors, int count, off_t offset) {
    return preadv(descriptor, vectors, count, offset);
}

ssize_t machine_write_at(int descriptor, const struct iovec *vectors, int count, off_t offset) {
    return pwritev(descriptor, vectors, count, offset);
}
