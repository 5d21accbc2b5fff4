// System calls on files that the C library has no function for, or that Swift's module of it leaves out.
// Like those, they return -1 and set errno on failure.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

/// O_PATH: a descriptor that stands for a place, and neither reads nor writes.
extern const int machine_path_only;

/// openat2(2) with RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS: fails with EXDEV where the path leads out of
/// `directory`, with EAGAIN where a rename at the same time leaves that open, and with ENOSYS where the
/// kernel does not have it. `mode` counts with O_CREAT only. By `machine_call`: returns a negative errno.
long machine_open_beneath(const uint32_t *must_end, int directory, const char *path, int flags, mode_t mode);

/// openat(2), in the same way.
long machine_open_component(const uint32_t *must_end, int directory, const char *name, int flags, mode_t mode);

/// accept4(2) with SOCK_CLOEXEC, in the same way.
long machine_accept(const uint32_t *must_end, int socket);

/// f_type of fstatfs(2); 0 where that fails.
uint64_t machine_file_system(int descriptor);

/// getdents64(2).
ssize_t machine_directory_entries(int directory, void *buffer, size_t length);
