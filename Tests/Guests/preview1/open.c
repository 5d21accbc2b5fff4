/* path_open: what it opens, makes and truncates by which path and flags, and with which rights. */
#include "table.h"

#include <stddef.h>

/* Paths of which no part at the end is a link. */
static const char *const plain[] = {
    "file", "file/", "file/.", "file/x", "dir", "dir/", "dir/.", "dir/..", "dir/file", "dir//./sub/../file",
    "new", "new/", "new/x", "loop/x", "out/x", "to-dir/file", "up/file", ".", "./", "..", "../", "../file",
    "dir/../..", "/", "/file", "", "nowhere/../file",
};
static const char *const links[] = {
    "to-file", "to-file/", "to-file-slash", "to-link", "to-dir", "to-dir/", "to-dir-slash", "dir/back",
    "dangling", "dangling/", "loop", "loop-a", "up", "out",
};

static __wasi_errno_t open_path(
    __wasi_fd_t directory, __wasi_lookupflags_t follow, const char *path, __wasi_oflags_t oflags
) {
    __wasi_fd_t fd;
    const __wasi_rights_t rights = RIGHT(FD_FILESTAT_GET);
    __wasi_errno_t error = __wasi_path_open(directory, follow, path, oflags, rights, rights, 0, &fd);
    report(error, "path_open(%s\"%s\", %s)", follow ? "FOLLOW, " : "", path, oflags_text(oflags));
    if (error) return error;
    __wasi_filestat_t stat;
    NEED(fd_filestat_get, fd, &stat);
    detail_filestat(&stat);
    NEED(fd_close, fd);
    return 0;
}

static void open_all_paths(__wasi_oflags_t oflags) {
    __wasi_fd_t directory = fresh();
    const int changes = oflags & (CREAT | TRUNC);
    for (size_t index = 0; index < sizeof plain / sizeof *plain; index++) {
        __wasi_errno_t error = open_path(directory, 0, plain[index], oflags);
        if (changes) directory = renewed(directory, error);
    }
    for (size_t index = 0; index < sizeof links / sizeof *links; index++) {
        for (__wasi_lookupflags_t follow = 0; follow <= FOLLOW; follow++) {
            __wasi_errno_t error = open_path(directory, follow, links[index], oflags);
            if (changes) directory = renewed(directory, error);
        }
    }
    NEED(fd_close, directory);
}

static void combine_flags(void) {
    static const char *const some[] = {"file", "dir", "new", "to-file", "to-dir", "dangling"};
    static const __wasi_oflags_t flags[] = {
        EXCL, EXCL | TRUNC, EXCL | DIRECTORY, CREAT | EXCL | TRUNC, CREAT | EXCL | DIRECTORY,
        DIRECTORY | TRUNC, CREAT | DIRECTORY | TRUNC, CREAT | TRUNC,
    };
    __wasi_fd_t directory = fresh();
    for (size_t flag = 0; flag < sizeof flags / sizeof *flags; flag++) {
        for (size_t path = 0; path < sizeof some / sizeof *some; path++) {
            directory = renewed(directory, open_path(directory, FOLLOW, some[path], flags[flag]));
        }
    }
    NEED(fd_close, directory);
}

/* Opens without following links, and tells what the descriptor can then be used for. */
static void ask(
    __wasi_fd_t directory, const char *path, __wasi_oflags_t oflags, __wasi_rights_t rights, const char *names
) {
    __wasi_fd_t fd;
    __wasi_errno_t error = __wasi_path_open(directory, 0, path, oflags, rights, 0, 0, &fd);
    report(error, "path_open(\"%s\", %s, %s)", path, oflags_text(oflags), names);
    if (error) return;
    uint8_t byte = 'x';
    __wasi_size_t count;
    const __wasi_iovec_t in = {&byte, 1};
    const __wasi_ciovec_t out = {&byte, 1};
    detail("then read %s", errno_name(__wasi_fd_read(fd, &in, 1, &count)));
    detail("write %s", errno_name(__wasi_fd_write(fd, &out, 1, &count)));
    NEED(fd_close, fd);
}

#define ASK(path, oflags, rights) ask(directory, path, oflags, rights, #rights)
#define READ RIGHT(FD_READ)
#define WRITE RIGHT(FD_WRITE)

static void ask_for_rights(void) {
    static const char *const some[] = {"file", "dir", "dir/", ".", "to-file"};
    static const __wasi_oflags_t flags[] = {0, CREAT, DIRECTORY, TRUNC};
    __wasi_fd_t directory = fresh();
    for (size_t path = 0; path < sizeof some / sizeof *some; path++) {
        for (size_t flag = 0; flag < sizeof flags / sizeof *flags; flag++) {
            ASK(some[path], flags[flag], 0);
            ASK(some[path], flags[flag], READ);
            ASK(some[path], flags[flag], WRITE);
            ASK(some[path], flags[flag], READ | WRITE);
            ASK(some[path], flags[flag], RIGHT(FD_READDIR));
            ASK(some[path], flags[flag], RIGHT(FD_ALLOCATE));
        }
    }
    NEED(fd_close, directory);
}

static void ask_for_fdflags(void) {
    static const __wasi_fdflags_t flags[] = {
        0, APPEND, NONBLOCK, DSYNC, RSYNC, SYNC, APPEND | NONBLOCK, DSYNC | RSYNC | SYNC,
    };
    __wasi_fd_t directory = fresh();
    static const char *const some[] = {"file", "dir", "new"};
    for (size_t path = 0; path < sizeof some / sizeof *some; path++) {
        for (size_t flag = 0; flag < sizeof flags / sizeof *flags; flag++) {
            __wasi_fd_t fd;
            __wasi_oflags_t oflags = path == 2 ? CREAT : 0;
            __wasi_rights_t rights = path == 1 ? READ : READ | WRITE;
            __wasi_errno_t error =
                __wasi_path_open(directory, 0, some[path], oflags, rights, 0, flags[flag], &fd);
            report(error, "path_open(\"%s\", %s)", some[path], fdflags_text(flags[flag]));
            if (error) continue;
            __wasi_fdstat_t stat;
            NEED(fd_fdstat_get, fd, &stat);
            detail("%s %s", filetype_name(stat.fs_filetype), fdflags_text(stat.fs_flags));
            NEED(fd_close, fd);
        }
    }
    NEED(fd_close, directory);
}

int main(void) {
    title("no flags");
    open_all_paths(0);
    title("DIRECTORY");
    open_all_paths(DIRECTORY);
    title("CREAT");
    open_all_paths(CREAT);
    title("CREAT|EXCL");
    open_all_paths(CREAT | EXCL);
    title("TRUNC");
    open_all_paths(TRUNC);
    title("CREAT|DIRECTORY");
    open_all_paths(CREAT | DIRECTORY);
    title("other flags");
    combine_flags();
    title("rights");
    ask_for_rights();
    title("fdflags");
    ask_for_fdflags();
    finish();
    return 0;
}
