/* Rights: which a descriptor has, how they are given up and inherited, and what a call says that lacks
 * one. */
#include "table.h"

#include <stddef.h>

static const struct {
    __wasi_rights_t right;
    const char *name;
} rights[] = {
#define ENTRY(name) {RIGHT(name), #name}
    ENTRY(FD_DATASYNC), ENTRY(FD_READ), ENTRY(FD_SEEK), ENTRY(FD_FDSTAT_SET_FLAGS), ENTRY(FD_SYNC),
    ENTRY(FD_TELL), ENTRY(FD_WRITE), ENTRY(FD_ADVISE), ENTRY(FD_ALLOCATE), ENTRY(PATH_CREATE_DIRECTORY),
    ENTRY(PATH_CREATE_FILE), ENTRY(PATH_LINK_SOURCE), ENTRY(PATH_LINK_TARGET), ENTRY(PATH_OPEN),
    ENTRY(FD_READDIR), ENTRY(PATH_READLINK), ENTRY(PATH_RENAME_SOURCE), ENTRY(PATH_RENAME_TARGET),
    ENTRY(PATH_FILESTAT_GET), ENTRY(PATH_FILESTAT_SET_SIZE), ENTRY(PATH_FILESTAT_SET_TIMES),
    ENTRY(FD_FILESTAT_GET), ENTRY(FD_FILESTAT_SET_SIZE), ENTRY(FD_FILESTAT_SET_TIMES), ENTRY(PATH_SYMLINK),
    ENTRY(PATH_REMOVE_DIRECTORY), ENTRY(PATH_UNLINK_FILE), ENTRY(POLL_FD_READWRITE), ENTRY(SOCK_SHUTDOWN),
    {1 << 29, "SOCK_ACCEPT"},
};
enum { RIGHTS = sizeof rights / sizeof *rights };

static uint8_t bytes[4096];
static __wasi_size_t count;
static const __wasi_iovec_t in = {bytes, 4};
static const __wasi_ciovec_t out = {bytes, 4};

static void show(const char *what, __wasi_fd_t fd) {
    __wasi_fdstat_t stat;
    NEED(fd_fdstat_get, fd, &stat);
    for (int index = 0; index < RIGHTS; index++) {
        report(0, "right %s of %s", rights[index].name, what);
        detail(
            "%s, %s", stat.fs_rights_base & rights[index].right ? "has" : "has not",
            stat.fs_rights_inheriting & rights[index].right ? "inherits" : "inherits not");
    }
}

/* Makes a directory that has all rights but one. */
static __wasi_fd_t directory_without(__wasi_rights_t base, __wasi_rights_t inheriting) {
    __wasi_fd_t directory = fresh();
    __wasi_fdstat_t stat;
    NEED(fd_fdstat_get, directory, &stat);
    base = stat.fs_rights_base & ~base;
    inheriting = stat.fs_rights_inheriting & ~inheriting;
    NEED(fd_fdstat_set_rights, directory, base, inheriting);
    return directory;
}

static __wasi_fd_t file_without(__wasi_rights_t right) {
    __wasi_fd_t directory = fresh(), file = open_file(directory, "file", ALL_RIGHTS);
    __wasi_fdstat_t stat;
    NEED(fd_fdstat_get, file, &stat);
    NEED(fd_fdstat_set_rights, file, stat.fs_rights_base & ~right, stat.fs_rights_inheriting);
    NEED(fd_close, directory);
    return file;
}

/* `fd` in the call is a descriptor that lacks the right. */
#define LACKING(make, right, function, ...) \
    do { \
        __wasi_fd_t fd = make; \
        report(__wasi_##function(__VA_ARGS__), "without " #right ", " #function "(" #__VA_ARGS__ ")"); \
        NEED(fd_close, fd); \
    } while (0)
#define FILE_LACKS(right, function, ...) LACKING(file_without(RIGHT(right)), right, function, __VA_ARGS__)
#define DIRECTORY_LACKS(right, function, ...) \
    LACKING(directory_without(RIGHT(right), 0), right, function, __VA_ARGS__)

static void lacking(void) {
    __wasi_filesize_t at;
    __wasi_filestat_t stat;
    __wasi_fd_t opened;
    FILE_LACKS(FD_READ, fd_read, fd, &in, 1, &count);
    FILE_LACKS(FD_READ, fd_pread, fd, &in, 1, 0, &count);
    FILE_LACKS(FD_SEEK, fd_pread, fd, &in, 1, 0, &count);
    FILE_LACKS(FD_WRITE, fd_write, fd, &out, 1, &count);
    FILE_LACKS(FD_WRITE, fd_pwrite, fd, &out, 1, 0, &count);
    FILE_LACKS(FD_SEEK, fd_pwrite, fd, &out, 1, 0, &count);
    FILE_LACKS(FD_SEEK, fd_seek, fd, 1, SET, &at);
    FILE_LACKS(FD_SEEK, fd_seek, fd, 0, CUR, &at);
    FILE_LACKS(FD_TELL, fd_seek, fd, 0, CUR, &at);
    FILE_LACKS(FD_TELL, fd_tell, fd, &at);
    FILE_LACKS(FD_ADVISE, fd_advise, fd, 0, 0, 0);
    FILE_LACKS(FD_ALLOCATE, fd_allocate, fd, 0, 1);
    FILE_LACKS(FD_DATASYNC, fd_datasync, fd);
    FILE_LACKS(FD_SYNC, fd_sync, fd);
    FILE_LACKS(FD_FDSTAT_SET_FLAGS, fd_fdstat_set_flags, fd, 0);
    FILE_LACKS(FD_FILESTAT_GET, fd_filestat_get, fd, &stat);
    FILE_LACKS(FD_FILESTAT_SET_SIZE, fd_filestat_set_size, fd, 0);
    FILE_LACKS(FD_FILESTAT_SET_TIMES, fd_filestat_set_times, fd, 0, 0, 0);
    DIRECTORY_LACKS(FD_READDIR, fd_readdir, fd, bytes, sizeof bytes, 0, &count);
    DIRECTORY_LACKS(FD_FILESTAT_GET, fd_filestat_get, fd, &stat);
    DIRECTORY_LACKS(PATH_CREATE_DIRECTORY, path_create_directory, fd, "new");
    DIRECTORY_LACKS(PATH_FILESTAT_GET, path_filestat_get, fd, 0, "file", &stat);
    DIRECTORY_LACKS(PATH_FILESTAT_SET_TIMES, path_filestat_set_times, fd, 0, "file", 0, 0, 0);
    DIRECTORY_LACKS(PATH_LINK_SOURCE, path_link, fd, 0, "file", fd, "new");
    DIRECTORY_LACKS(PATH_LINK_TARGET, path_link, fd, 0, "file", fd, "new");
    DIRECTORY_LACKS(PATH_OPEN, path_open, fd, 0, "file", 0, 0, 0, 0, &opened);
    DIRECTORY_LACKS(PATH_CREATE_FILE, path_open, fd, 0, "new", CREAT, 0, 0, 0, &opened);
    DIRECTORY_LACKS(PATH_FILESTAT_SET_SIZE, path_open, fd, 0, "file", TRUNC, 0, 0, 0, &opened);
    DIRECTORY_LACKS(PATH_READLINK, path_readlink, fd, "to-file", bytes, sizeof bytes, &count);
    DIRECTORY_LACKS(PATH_REMOVE_DIRECTORY, path_remove_directory, fd, "empty");
    DIRECTORY_LACKS(PATH_RENAME_SOURCE, path_rename, fd, "file", fd, "new");
    DIRECTORY_LACKS(PATH_RENAME_TARGET, path_rename, fd, "file", fd, "new");
    DIRECTORY_LACKS(PATH_SYMLINK, path_symlink, "file", fd, "new");
    DIRECTORY_LACKS(PATH_UNLINK_FILE, path_unlink_file, fd, "file");
    LACKING(directory_without(0, RIGHT(FD_READ)), FD_READ to inherit,
        path_open, fd, 0, "file", 0, RIGHT(FD_READ), 0, 0, &opened);
    LACKING(directory_without(0, RIGHT(FD_WRITE)), FD_WRITE to inherit,
        path_open, fd, 0, "file", 0, RIGHT(FD_WRITE), 0, 0, &opened);
    LACKING(directory_without(0, RIGHT(FD_SEEK)), FD_SEEK to inherit,
        path_open, fd, 0, "file", 0, RIGHT(FD_SEEK), 0, 0, &opened);
    LACKING(directory_without(0, RIGHT(FD_FILESTAT_SET_SIZE)), FD_FILESTAT_SET_SIZE to inherit,
        path_open, fd, 0, "file", TRUNC, 0, 0, 0, &opened);
}

static void narrow(void) {
    __wasi_fd_t directory = fresh(), file = open_file(directory, "file", RIGHT(FD_READ) | RIGHT(FD_SEEK));
    CALL(fd_fdstat_set_rights, file, RIGHT(FD_READ) | RIGHT(FD_SEEK), 0);
    CALL(fd_fdstat_set_rights, file, RIGHT(FD_READ) | RIGHT(FD_WRITE), 0);
    CALL(fd_fdstat_set_rights, file, RIGHT(FD_READ), RIGHT(FD_READ));
    CALL(fd_fdstat_set_rights, file, RIGHT(FD_READ), 0);
    CALL(fd_fdstat_set_rights, file, RIGHT(FD_READ) | RIGHT(FD_SEEK), 0);
    CALL(fd_fdstat_set_rights, file, 0, 0);
    CALL(fd_fdstat_set_rights, file, RIGHT(FD_READ), 0);
    NEED(fd_close, file);
    NEED(fd_close, directory);
}

int main(void) {
    __wasi_fd_t directory = fresh(), file = open_file(directory, "file", ALL_RIGHTS);
    title("which there are");
    show("a preopened directory", ROOT);
    show("a file", file);
    show("standard input", STDIN);
    NEED(fd_close, file);
    NEED(fd_close, directory);
    title("to give up");
    narrow();
    title("lacking");
    lacking();
    finish();
    return 0;
}
