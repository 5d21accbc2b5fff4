/* The common part of the tables; see the header. */
#include "table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const errno_names[] = {
    "success", "2big", "acces", "addrinuse", "addrnotavail", "afnosupport", "again", "already", "badf",
    "badmsg", "busy", "canceled", "child", "connaborted", "connrefused", "connreset", "deadlk",
    "destaddrreq", "dom", "dquot", "exist", "fault", "fbig", "hostunreach", "idrm", "ilseq", "inprogress",
    "intr", "inval", "io", "isconn", "isdir", "loop", "mfile", "mlink", "msgsize", "multihop",
    "nametoolong", "netdown", "netreset", "netunreach", "nfile", "nobufs", "nodev", "noent", "noexec",
    "nolck", "nolink", "nomem", "nomsg", "noprotoopt", "nospc", "nosys", "notconn", "notdir", "notempty",
    "notrecoverable", "notsock", "notsup", "notty", "nxio", "overflow", "ownerdead", "perm", "pipe", "proto",
    "protonosupport", "prototype", "range", "rofs", "spipe", "srch", "stale", "timedout", "txtbsy", "xdev",
    "notcapable",
};

static const char *const filetype_names[] = {
    "unknown", "block device", "character device", "directory", "regular file", "datagram socket",
    "stream socket", "symbolic link",
};

static int line_is_open;

static void close_line(void) {
    if (line_is_open) putchar('\n');
    line_is_open = 0;
    fflush(stdout);
}

void title(const char *text) {
    close_line();
    printf("# %s\n", text);
}

__wasi_errno_t report(__wasi_errno_t error, const char *format, ...) {
    close_line();
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf(": %s", errno_name(error));
    line_is_open = 1;
    return error;
}

void detail(const char *format, ...) {
    putchar(' ');
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
}

void detail_filestat(const __wasi_filestat_t *stat) {
    detail("%s", filetype_name(stat->filetype));
    if (stat->filetype == __WASI_FILETYPE_REGULAR_FILE) detail("size=%llu", stat->size);
}

void finish(void) { close_line(); }

const char *errno_name(__wasi_errno_t error) {
    return error < sizeof errno_names / sizeof *errno_names ? errno_names[error] : "no errno";
}

const char *filetype_name(__wasi_filetype_t type) {
    return type < sizeof filetype_names / sizeof *filetype_names ? filetype_names[type] : "no type";
}

/* `names` has a name for each bit. */
static const char *flags_text(unsigned flags, const char *const *names, unsigned count, char *text) {
    strcpy(text, flags ? "" : "0");
    for (unsigned bit = 0; bit < 16; bit++) {
        if (!(flags >> bit & 1)) continue;
        if (*text) strcat(text, "|");
        if (bit < count) strcat(text, names[bit]);
        else sprintf(text + strlen(text), "1<<%u", bit);
    }
    return text;
}

const char *oflags_text(__wasi_oflags_t flags) {
    static const char *const names[] = {"CREAT", "DIRECTORY", "EXCL", "TRUNC"};
    static char text[128];
    return flags_text(flags, names, 4, text);
}

const char *fdflags_text(__wasi_fdflags_t flags) {
    static const char *const names[] = {"APPEND", "DSYNC", "NONBLOCK", "RSYNC", "SYNC"};
    static char text[128];
    return flags_text(flags, names, 5, text);
}

void need(__wasi_errno_t error, const char *what) {
    if (!error) return;
    report(error, "%s", what);
    finish();
    exit(1);
}

__wasi_fd_t open_directory(__wasi_fd_t directory, const char *path) {
    __wasi_fdstat_t stat;
    __wasi_fd_t fd;
    NEED(fd_fdstat_get, directory, &stat);
    NEED(path_open, directory, 0, path, DIRECTORY, stat.fs_rights_base, stat.fs_rights_inheriting, 0, &fd);
    return fd;
}

__wasi_fd_t open_file(__wasi_fd_t directory, const char *path, __wasi_rights_t rights) {
    __wasi_fd_t fd;
    NEED(path_open, directory, 0, path, CREAT, rights, 0, 0, &fd);
    return fd;
}

void write_file(__wasi_fd_t directory, const char *path, const char *text) {
    const __wasi_ciovec_t vector = {(const uint8_t *)text, strlen(text)};
    __wasi_size_t count;
    __wasi_fd_t fd;
    NEED(path_open, directory, 0, path, CREAT | TRUNC, RIGHT(FD_WRITE), 0, 0, &fd);
    NEED(fd_write, fd, &vector, 1, &count);
    NEED(fd_close, fd);
}

__wasi_fd_t fresh(void) {
    static int number;
    char name[16];
    sprintf(name, "t%d", number++);
    NEED(path_create_directory, ROOT, name);
    __wasi_fd_t fd = open_directory(ROOT, name);
    NEED(path_create_directory, fd, "dir");
    NEED(path_create_directory, fd, "dir/sub");
    NEED(path_create_directory, fd, "empty");
    write_file(fd, "file", "contents");
    write_file(fd, "dir/file", "inner");
    NEED(path_symlink, "file", fd, "to-file");
    NEED(path_symlink, "file/", fd, "to-file-slash");
    NEED(path_symlink, "to-file", fd, "to-link");
    NEED(path_symlink, "dir", fd, "to-dir");
    NEED(path_symlink, "dir/", fd, "to-dir-slash");
    NEED(path_symlink, "nowhere", fd, "dangling");
    NEED(path_symlink, "loop", fd, "loop");
    NEED(path_symlink, "loop-b", fd, "loop-a");
    NEED(path_symlink, "loop-a", fd, "loop-b");
    NEED(path_symlink, "..", fd, "up");
    NEED(path_symlink, "../../out", fd, "out");
    NEED(path_symlink, "../file", fd, "dir/back");
    return fd;
}

__wasi_fd_t renewed(__wasi_fd_t directory, __wasi_errno_t error) {
    if (error) return directory;
    NEED(fd_close, directory);
    return fresh();
}
