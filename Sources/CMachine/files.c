// System calls on files that the C library has no function for, or that Swift's module of it leaves out.
#define _GNU_SOURCE
#include "files.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "interrupt.h"

const int machine_path_only = O_PATH;

long machine_open_beneath(const uint32_t *must_end, int directory, const char *path, int flags, mode_t mode) {
    struct open_how how;
    memset(&how, 0, sizeof how);
    how.flags = (uint64_t)flags;
    how.mode = (flags & O_CREAT) != 0 ? mode : 0;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    return machine_call(must_end, SYS_openat2, directory, (long)path, (long)&how, sizeof how, 0);
}

long machine_open_component(const uint32_t *must_end, int directory, const char *name, int flags, mode_t mode) {
    return machine_call(must_end, SYS_openat, directory, (long)name, flags, mode, 0);
}

long machine_accept(const uint32_t *must_end, int socket) {
    return machine_call(must_end, SYS_accept4, socket, 0, 0, SOCK_CLOEXEC, 0);
}

uint64_t machine_file_system(int descriptor) {
    struct statfs status;
    return fstatfs(descriptor, &status) == 0 ? (uint64_t)status.f_type : 0;
}

ssize_t machine_directory_entries(int directory, void *buffer, size_t length) {
    return syscall(SYS_getdents64, directory, buffer, length);
}
