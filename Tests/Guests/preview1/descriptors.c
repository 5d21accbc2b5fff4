/* The descriptor functions: each on every kind of descriptor, and then with the arguments that matter. */
#include "table.h"

#include <stddef.h>

static uint8_t bytes[64];
static __wasi_size_t count;

/* One call of each function that takes a descriptor, with arguments that would be right. */
static void call_all(__wasi_fd_t fd) {
    const __wasi_iovec_t in = {bytes, 1};
    const __wasi_ciovec_t out = {bytes, 0};
    __wasi_filesize_t offset;
    __wasi_fdstat_t fdstat;
    __wasi_filestat_t filestat;
    __wasi_prestat_t prestat;
    if (!CALL(fd_fdstat_get, fd, &fdstat)) {
        detail("%s %s", filetype_name(fdstat.fs_filetype), fdflags_text(fdstat.fs_flags));
    }
    if (!CALL(fd_filestat_get, fd, &filestat)) detail_filestat(&filestat);
    CALL(fd_advise, fd, 0, 0, __WASI_ADVICE_NORMAL);
    CALL(fd_allocate, fd, 0, 1);
    CALL(fd_datasync, fd);
    CALL(fd_sync, fd);
    CALL(fd_fdstat_set_flags, fd, 0);
    CALL(fd_fdstat_set_flags, fd, APPEND);
    CALL(fd_fdstat_set_flags, fd, NONBLOCK);
    CALL(fd_filestat_set_size, fd, 8);
    CALL(fd_filestat_set_times, fd, 0, 0, 0);
    CALL(fd_filestat_set_times, fd, 1000, 2000, ATIM | MTIM);
    CALL(fd_read, fd, &in, 1, &count);
    CALL(fd_pread, fd, &in, 1, 0, &count);
    CALL(fd_write, fd, &out, 1, &count);
    CALL(fd_pwrite, fd, &out, 1, 0, &count);
    CALL(fd_seek, fd, 0, CUR, &offset);
    CALL(fd_seek, fd, 0, SET, &offset);
    CALL(fd_seek, fd, 0, END, &offset);
    CALL(fd_tell, fd, &offset);
    CALL(fd_readdir, fd, bytes, 0, 0, &count);
    CALL(fd_prestat_get, fd, &prestat);
    CALL(fd_prestat_dir_name, fd, bytes, sizeof bytes);
    CALL(fd_fdstat_set_rights, fd, 0, 0);
    CALL(fd_fdstat_set_rights, fd, ALL_RIGHTS, ALL_RIGHTS);
}

/* What a path function says of the descriptor that it starts from. */
static void call_paths(__wasi_fd_t fd) {
    __wasi_fd_t opened;
    __wasi_filestat_t filestat;
    CALL(path_create_directory, fd, "x");
    CALL(path_filestat_get, fd, 0, "x", &filestat);
    CALL(path_filestat_set_times, fd, 0, "x", 0, 0, 0);
    CALL(path_link, fd, 0, "x", ROOT, "x");
    CALL(path_link, ROOT, 0, "x", fd, "x");
    CALL(path_open, fd, 0, "x", 0, 0, 0, 0, &opened);
    CALL(path_readlink, fd, "x", bytes, sizeof bytes, &count);
    CALL(path_remove_directory, fd, "x");
    CALL(path_rename, fd, "x", ROOT, "x");
    CALL(path_rename, ROOT, "x", fd, "x");
    CALL(path_symlink, "x", fd, "x");
    CALL(path_unlink_file, fd, "x");
}

static void every_kind(void) {
    __wasi_fd_t directory = fresh(), file = open_file(directory, "file", ALL_RIGHTS);
    title("closed");
    call_all(CLOSED);
    call_paths(CLOSED);
    CALL(fd_close, CLOSED);
    title("standard input, a pipe");
    call_all(STDIN);
    call_paths(STDIN);
    title("standard error, a pipe");
    call_all(STDERR);
    title("directory");
    call_all(directory);
    title("preopened directory");
    __wasi_prestat_t prestat;
    CALL(fd_prestat_get, ROOT, &prestat);
    detail("%s length=%lu", prestat.tag ? "no directory" : "directory", prestat.u.dir.pr_name_len);
    CALL(fd_prestat_dir_name, ROOT, bytes, 0);
    CALL(fd_prestat_dir_name, ROOT, bytes, 1);
    detail("\"%s\"", (char *)bytes);
    CALL(fd_prestat_dir_name, ROOT, bytes, 2);
    title("file");
    call_all(file);
    call_paths(file);
    CALL(fd_close, file);
    CALL(fd_close, file);
    CALL(fd_tell, file, &(__wasi_filesize_t){0});
    NEED(fd_close, directory);
}

static void positions(void) {
    __wasi_fd_t directory = fresh(), file = open_file(directory, "file", ALL_RIGHTS);
    __wasi_filesize_t at = 0;
    const __wasi_iovec_t in = {bytes, 4};
    const __wasi_ciovec_t out = {(const uint8_t *)"abcd", 4};
#define SEEK(offset, whence) \
    do { \
        if (!CALL(fd_seek, file, offset, whence, &at)) detail("at=%llu", at); \
    } while (0)
    SEEK(3, SET);
    SEEK(2, CUR);
    SEEK(-1, CUR);
    SEEK(0, CUR);
    SEEK(-100, CUR);
    SEEK(-1, SET);
    SEEK(-3, END);
    SEEK(-9, END);
    SEEK(1000, END);
    SEEK(INT64_MIN, SET);
    SEEK(5, SET);
#define MOVE(function, ...) \
    do { \
        count = 0; \
        if (!CALL(function, file, __VA_ARGS__, &count)) detail("count=%lu", count); \
        NEED(fd_tell, file, &at); \
        detail("at=%llu", at); \
    } while (0)
    MOVE(fd_read, &in, 1);
    MOVE(fd_read, &in, 1);
    MOVE(fd_pread, &in, 1, 2);
    MOVE(fd_pread, &in, 1, 1000);
    MOVE(fd_pread, &in, 1, (uint64_t)-1);
    MOVE(fd_pread, &in, 1, INT64_MAX);
    MOVE(fd_pwrite, &out, 1, 2);
    MOVE(fd_pwrite, &out, 1, (uint64_t)-1);
    MOVE(fd_pwrite, &out, 1, INT64_MAX);
    MOVE(fd_write, &out, 1);
    MOVE(fd_read, &in, 0);
    MOVE(fd_write, &out, 0);
    MOVE(fd_pread, &in, 0, 0);
    MOVE(fd_pwrite, &out, 0, 0);
    NEED(fd_close, file);
    NEED(fd_close, directory);
}

static void sizes(void) {
    __wasi_fd_t directory = fresh(), file = open_file(directory, "file", ALL_RIGHTS);
#define SIZE(function, ...) \
    do { \
        __wasi_filestat_t stat; \
        CALL(function, file, __VA_ARGS__); \
        NEED(fd_filestat_get, file, &stat); \
        detail("size=%llu", stat.size); \
    } while (0)
    SIZE(fd_filestat_set_size, 100);
    SIZE(fd_filestat_set_size, 0);
    SIZE(fd_filestat_set_size, (uint64_t)-1);
    SIZE(fd_filestat_set_size, 50);
    SIZE(fd_allocate, 0, 100);
    SIZE(fd_allocate, 10, 10);
    SIZE(fd_allocate, 90, 20);
    SIZE(fd_allocate, 0, 0);
    SIZE(fd_allocate, 10, (uint64_t)-1);
    SIZE(fd_allocate, (uint64_t)-1, 10);
    SIZE(fd_allocate, INT64_MAX, 10);
    SIZE(fd_filestat_set_size, 100);
    SIZE(fd_advise, 10, 50, __WASI_ADVICE_NORMAL);
    SIZE(fd_advise, 0, 0, __WASI_ADVICE_SEQUENTIAL);
    SIZE(fd_advise, 0, 0, __WASI_ADVICE_RANDOM);
    SIZE(fd_advise, 0, 0, __WASI_ADVICE_WILLNEED);
    SIZE(fd_advise, 0, 0, __WASI_ADVICE_DONTNEED);
    SIZE(fd_advise, 0, 0, __WASI_ADVICE_NOREUSE);
    SIZE(fd_advise, (uint64_t)-1, 1, __WASI_ADVICE_NORMAL);
    SIZE(fd_advise, 0, (uint64_t)-1, __WASI_ADVICE_NORMAL);
    SIZE(fd_advise, INT64_MAX, 1, __WASI_ADVICE_NORMAL);
    NEED(fd_close, file);
    NEED(fd_close, directory);
}

static void times(void) {
    __wasi_fd_t directory = fresh(), file = open_file(directory, "file", ALL_RIGHTS);
    for (__wasi_fstflags_t flags = 0; flags < 1 << 4; flags++) {
        __wasi_filestat_t stat;
        NEED(fd_filestat_set_times, file, 1000, 2000, ATIM | MTIM);
        report(
            __wasi_fd_filestat_set_times(file, 3000, 4000, flags),
            "fd_filestat_set_times(file, 3000, 4000, %#x)", flags);
        NEED(fd_filestat_get, file, &stat);
        if (stat.atim <= 4000) detail("atim=%llu", stat.atim);
        else detail("atim=now");
        if (stat.mtim <= 4000) detail("mtim=%llu", stat.mtim);
        else detail("mtim=now");
    }
    NEED(fd_close, file);
    NEED(fd_close, directory);
}

static void fdflags(void) {
    static const __wasi_fdflags_t all[] = {APPEND, 0, NONBLOCK, DSYNC, RSYNC, SYNC, APPEND | SYNC};
    __wasi_fd_t directory = fresh(), file = open_file(directory, "file", ALL_RIGHTS);
    for (size_t index = 0; index < sizeof all / sizeof *all; index++) {
        __wasi_fdstat_t stat;
        __wasi_errno_t error = __wasi_fd_fdstat_set_flags(file, all[index]);
        report(error, "fd_fdstat_set_flags(%s)", fdflags_text(all[index]));
        NEED(fd_fdstat_get, file, &stat);
        detail("has %s", fdflags_text(stat.fs_flags));
        NEED(fd_fdstat_set_flags, file, 0);
    }
    const __wasi_ciovec_t out = {(const uint8_t *)"abcd", 4};
    __wasi_filesize_t at;
    __wasi_filestat_t stat;
    NEED(fd_fdstat_set_flags, file, APPEND);
    NEED(fd_seek, file, 0, SET, &at);
    CALL(fd_write, file, &out, 1, &count);
    NEED(fd_tell, file, &at);
    detail("appended, at=%llu", at);
    CALL(fd_pwrite, file, &out, 1, 0, &count);
    NEED(fd_filestat_get, file, &stat);
    detail("appended, size=%llu", stat.size);
    NEED(fd_fdstat_set_flags, file, 0);
    NEED(fd_seek, file, 0, SET, &at);
    CALL(fd_write, file, &out, 1, &count);
    NEED(fd_filestat_get, file, &stat);
    detail("no longer appended, size=%llu", stat.size);
    CALL(path_unlink_file, directory, "file");
    CALL(fd_write, file, &out, 1, &count);
    CALL(fd_filestat_get, file, &stat);
    detail("nlink=%llu size=%llu", stat.nlink, stat.size);
    NEED(fd_close, file);
    NEED(fd_close, directory);
}

static void numbers(void) {
    __wasi_fd_t directory = fresh(), a = open_file(directory, "file", ALL_RIGHTS),
                b = open_file(directory, "dir/file", ALL_RIGHTS);
    __wasi_filestat_t stat;
    CALL(fd_renumber, a, a);
    CALL(fd_renumber, CLOSED, a);
    CALL(fd_renumber, a, CLOSED);
    CALL(fd_renumber, CLOSED, CLOSED);
    CALL(fd_renumber, a, (__wasi_fd_t)-1);
    CALL(fd_renumber, a, b);
    CALL(fd_filestat_get, b, &stat);
    detail_filestat(&stat);
    CALL(fd_close, a);
    CALL(fd_renumber, b, a);
    CALL(fd_renumber, b, STDIN);
    CALL(fd_filestat_get, STDIN, &stat);
    detail_filestat(&stat);
    CALL(fd_renumber, STDIN, directory);
    CALL(fd_fdstat_get, STDIN, &(__wasi_fdstat_t){0});
    CALL(fd_filestat_get, directory, &stat);
    detail_filestat(&stat);
    __wasi_fd_t again = fresh();
    CALL(fd_renumber, again, ROOT);
    CALL(fd_filestat_get, ROOT, &stat);
    detail_filestat(&stat);
    CALL(fd_prestat_get, ROOT, &(__wasi_prestat_t){0});
    CALL(path_filestat_get, ROOT, 0, "file", &stat);
    CALL(fd_close, ROOT);
    CALL(fd_filestat_get, ROOT, &stat);
    CALL(fd_close, STDERR);
    CALL(fd_close, STDERR);
}

int main(void) {
    every_kind();
    title("positions");
    positions();
    title("sizes");
    sizes();
    title("times");
    times();
    title("fdflags");
    fdflags();
    title("numbers");
    numbers();
    finish();
    return 0;
}
