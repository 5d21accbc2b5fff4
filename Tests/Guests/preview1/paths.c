/* Making, removing, looking and reading links: each with paths that lead to everything there can be. */
#include "table.h"

#include <stddef.h>
#include <string.h>

static const char *const paths[] = {
    "file", "file/", "file/.", "file/x", "dir", "dir/", "dir/.", "dir/..", "empty", "empty/", "empty/.",
    "new", "new/", "new/x", "to-file", "to-file/", "to-file-slash", "to-dir", "to-dir/", "to-dir-slash",
    "to-dir/file", "dangling", "dangling/", "loop", "loop/", "loop/x", "loop-a", "up", "up/", "up/x", "out",
    "out/x", ".", "./", "..", "../", "../x", "dir/../..", "/", "/file", "",
};
enum { PATHS = sizeof paths / sizeof *paths };

static void remove_and_make(void) {
    __wasi_fd_t directory = fresh();
    for (int index = 0; index < PATHS; index++) {
        const char *path = paths[index];
        __wasi_errno_t error = __wasi_path_unlink_file(directory, path);
        directory = renewed(directory, report(error, "path_unlink_file(\"%s\")", path));
        error = __wasi_path_remove_directory(directory, path);
        directory = renewed(directory, report(error, "path_remove_directory(\"%s\")", path));
        error = __wasi_path_create_directory(directory, path);
        directory = renewed(directory, report(error, "path_create_directory(\"%s\")", path));
    }
    NEED(fd_close, directory);
}

static void stat_all(void) {
    __wasi_fd_t directory = fresh();
    for (int index = 0; index < PATHS; index++) {
        for (__wasi_lookupflags_t follow = 0; follow <= FOLLOW; follow++) {
            __wasi_filestat_t stat;
            const char *text = follow ? "FOLLOW, " : "";
            __wasi_errno_t error = __wasi_path_filestat_get(directory, follow, paths[index], &stat);
            report(error, "path_filestat_get(%s\"%s\")", text, paths[index]);
            if (!error) detail_filestat(&stat);
            error = __wasi_path_filestat_set_times(directory, follow, paths[index], 0, 5000, MTIM);
            report(error, "path_filestat_set_times(%s\"%s\")", text, paths[index]);
            if (error) continue;
            NEED(path_filestat_get, directory, follow, paths[index], &stat);
            detail("mtim=%llu", stat.mtim);
        }
    }
    NEED(fd_close, directory);
}

static void set_times(void) {
    __wasi_fd_t directory = fresh();
    for (__wasi_fstflags_t flags = 0; flags < 1 << 4; flags++) {
        __wasi_filestat_t stat;
        NEED(path_filestat_set_times, directory, 0, "file", 1000, 2000, ATIM | MTIM);
        __wasi_errno_t error = __wasi_path_filestat_set_times(directory, 0, "file", 3000, 4000, flags);
        report(error, "path_filestat_set_times(\"file\", 3000, 4000, %#x)", flags);
        NEED(path_filestat_get, directory, 0, "file", &stat);
        if (stat.atim <= 4000) detail("atim=%llu", stat.atim);
        else detail("atim=now");
        if (stat.mtim <= 4000) detail("mtim=%llu", stat.mtim);
        else detail("mtim=now");
    }
    CALL(path_filestat_set_times, directory, 0, "file", 0, (uint64_t)-1, MTIM);
    __wasi_filestat_t stat;
    CALL(path_filestat_set_times, directory, 0, "to-file", 0, 7000, MTIM);
    NEED(path_filestat_get, directory, 0, "to-file", &stat);
    detail("link mtim=%llu", stat.mtim);
    NEED(path_filestat_get, directory, FOLLOW, "to-file", &stat);
    detail("file mtim %s", stat.mtim == 7000 ? "too" : "as it was");
    NEED(fd_close, directory);
}

static void read_links(void) {
    uint8_t buffer[64];
    __wasi_fd_t directory = fresh();
    for (int index = 0; index < PATHS; index++) {
        __wasi_size_t count = 0;
        memset(buffer, 0, sizeof buffer);
        report(
            __wasi_path_readlink(directory, paths[index], buffer, sizeof buffer, &count),
            "path_readlink(\"%s\")", paths[index]);
        if (count) detail("\"%s\"", buffer);
    }
    static const __wasi_size_t sizes[] = {0, 1, 3, 4, 5};
    for (size_t index = 0; index < sizeof sizes / sizeof *sizes; index++) {
        __wasi_size_t count = 0;
        memset(buffer, '-', sizeof buffer);
        report(
            __wasi_path_readlink(directory, "to-file", buffer, sizes[index], &count),
            "path_readlink(\"to-file\", buffer of %lu)", sizes[index]);
        detail("used=%lu \"%.6s\"", count, (char *)buffer);
    }
    NEED(fd_close, directory);
}

static void names(void) {
    static char name[5000];
    static const size_t lengths[] = {255, 256, 4095, 4096, 4999};
    __wasi_fd_t directory = fresh();
    for (size_t index = 0; index < sizeof lengths / sizeof *lengths; index++) {
        const size_t length = lengths[index];
        memset(name, 'n', length);
        name[length] = 0;
        report(__wasi_path_create_directory(directory, name), "path_create_directory(name of %zu)", length);
        __wasi_filestat_t stat;
        report(__wasi_path_filestat_get(directory, 0, name, &stat), "path_filestat_get(name of %zu)", length);
    }
    CALL(path_create_directory, directory, "h\xc3\xa9");
    CALL(path_create_directory, directory, "h\xe9");
    CALL(path_create_directory, directory, "back\\slash");
    CALL(path_create_directory, directory, "...");
    CALL(path_create_directory, directory, " ");
    NEED(fd_close, directory);
}

int main(void) {
    title("remove and make");
    remove_and_make();
    title("filestat");
    stat_all();
    set_times();
    title("readlink");
    read_links();
    title("names");
    names();
    finish();
    return 0;
}
