/* Links and renames: each from and to everything there can be. */
#include "table.h"

#include <stddef.h>

static const char *const paths[] = {
    "file", "file/", "file/.", "file/x", "dir", "dir/", "dir/.", "dir/..", "empty", "empty/", "empty/.",
    "new", "new/", "new/x", "to-file", "to-file/", "to-file-slash", "to-dir", "to-dir/", "to-dir-slash",
    "to-dir/file", "dangling", "dangling/", "loop", "loop/", "loop/x", "loop-a", "up", "up/", "up/x", "out",
    "out/x", ".", "./", "..", "../", "../x", "dir/../..", "/", "/file", "",
};
enum { PATHS = sizeof paths / sizeof *paths };

static void link_all(void) {
    __wasi_fd_t directory = fresh();
    for (int index = 0; index < PATHS; index++) {
        const char *path = paths[index];
        __wasi_errno_t error = __wasi_path_link(directory, 0, path, directory, "linked");
        directory = renewed(directory, report(error, "path_link(\"%s\", \"linked\")", path));
        error = __wasi_path_link(directory, 0, "file", directory, path);
        directory = renewed(directory, report(error, "path_link(\"file\", \"%s\")", path));
    }
    __wasi_fd_t dir = open_directory(directory, "dir");
    __wasi_filestat_t stat;
    CALL(path_link, directory, 0, "file", dir, "linked");
    NEED(path_filestat_get, directory, 0, "file", &stat);
    detail("nlink=%llu", stat.nlink);
    CALL(path_link, directory, FOLLOW, "file", dir, "followed");
    CALL(path_link, directory, FOLLOW, "to-file", dir, "followed");
    CALL(path_link, directory, FOLLOW, "dangling", dir, "followed");
    CALL(path_link, directory, 0, "nowhere", dir, "file");
    CALL(path_link, directory, 0, "dir", dir, "file");
    CALL(path_link, directory, 0, "dir/", dir, "linked-dir");
    NEED(fd_close, dir);
    NEED(fd_close, directory);
}

static void symlink_all(void) {
    static const char *const targets[] = {"", "/", "/etc", "file", "..", "../../..", "a/b/c/", "."};
    __wasi_fd_t directory = fresh();
    for (int index = 0; index < PATHS; index++) {
        __wasi_errno_t error = __wasi_path_symlink("target", directory, paths[index]);
        directory = renewed(directory, report(error, "path_symlink(\"target\", \"%s\")", paths[index]));
    }
    for (size_t index = 0; index < sizeof targets / sizeof *targets; index++) {
        report(
            __wasi_path_symlink(targets[index], directory, "made"), "path_symlink(\"%s\", \"made\")",
            targets[index]);
        __wasi_errno_t ignored = __wasi_path_unlink_file(directory, "made");
        (void)ignored;
    }
    NEED(fd_close, directory);
}

static __wasi_fd_t rename_path(__wasi_fd_t directory, const char *from, const char *to) {
    __wasi_errno_t error = __wasi_path_rename(directory, from, directory, to);
    return renewed(directory, report(error, "path_rename(\"%s\", \"%s\")", from, to));
}

static void rename_all(void) {
    __wasi_fd_t directory = fresh();
    for (int index = 0; index < PATHS; index++) {
        static const char *const others[] = {"file", "empty", "dir", "renamed", "renamed/", "dir/sub/x"};
        for (size_t other = 0; other < sizeof others / sizeof *others; other++) {
            directory = rename_path(directory, paths[index], others[other]);
        }
        for (size_t other = 0; other < 3; other++) {
            directory = rename_path(directory, others[other], paths[index]);
        }
    }
    __wasi_fd_t dir = open_directory(directory, "dir");
    __wasi_filestat_t stat;
    CALL(path_rename, directory, "to-file", dir, "moved-link");
    NEED(path_filestat_get, dir, 0, "moved-link", &stat);
    detail("%s", filetype_name(stat.filetype));
    CALL(path_rename, directory, "file", dir, "file");
    NEED(path_filestat_get, dir, 0, "file", &stat);
    detail_filestat(&stat);
    CALL(path_rename, directory, "dir", dir, "itself");
    CALL(path_rename, dir, "sub", directory, "empty");
    NEED(path_link, dir, 0, "file", dir, "same");
    CALL(path_rename, dir, "file", dir, "same");
    NEED(path_filestat_get, dir, 0, "file", &stat);
    detail("nlink=%llu", stat.nlink);
    NEED(fd_close, dir);
    NEED(fd_close, directory);
}

int main(void) {
    title("link");
    link_all();
    title("symlink");
    symlink_all();
    title("rename");
    rename_all();
    finish();
    return 0;
}
