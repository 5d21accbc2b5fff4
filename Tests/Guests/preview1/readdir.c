/* fd_readdir: buffers of every size, and cookies. */
#include "table.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static uint8_t bytes[4096];
static __wasi_size_t count;

/* Prints how much was used, and the entries that are in the buffer whole. */
static void list(__wasi_fd_t fd, __wasi_size_t size, __wasi_dircookie_t cookie, const char *from) {
    memset(bytes, 0, sizeof bytes);
    count = 0;
    report(
        __wasi_fd_readdir(fd, bytes, size, cookie, &count), "fd_readdir(buffer of %lu, from %s)", size, from);
    detail("used=%lu", count);
    unsigned whole = 0;
    for (__wasi_size_t at = 0; at + sizeof(__wasi_dirent_t) <= count;) {
        __wasi_dirent_t entry;
        memcpy(&entry, bytes + at, sizeof entry);
        at += sizeof entry + entry.d_namlen;
        if (at <= count) whole++;
    }
    detail("entries=%u", whole);
}

static void read_directories(void) {
    __wasi_fd_t directory = fresh(), empty = open_directory(directory, "empty");
    __wasi_filestat_t stat;
    __wasi_dirent_t entry, next;
    list(empty, sizeof bytes, 0, "the start");
    memcpy(&entry, bytes, sizeof entry);
    memcpy(&next, bytes + sizeof entry + entry.d_namlen, sizeof next);
    detail("%s and %s", filetype_name(entry.d_type), filetype_name(next.d_type));
    static const __wasi_size_t sizes[] = {0, 1, 23, 24, 25, 26, 50, 51, 52};
    for (size_t index = 0; index < sizeof sizes / sizeof *sizes; index++) {
        list(empty, sizes[index], 0, "the start");
    }
    list(empty, sizeof bytes, entry.d_next, "the second");
    list(empty, sizeof bytes, next.d_next, "the end");
    list(empty, sizeof bytes, (uint64_t)-1, "beyond the end");
    list(empty, sizeof bytes, INT64_MAX, "far behind the end");
    write_file(directory, "empty/file", "");
    NEED(path_symlink, "file", empty, "link");
    list(empty, sizeof bytes, 0, "the start");
    for (__wasi_size_t at = 0; at < count; at += sizeof entry + entry.d_namlen) {
        memcpy(&entry, bytes + at, sizeof entry);
        const char *name = (const char *)bytes + at + sizeof entry;
        if (entry.d_namlen != 4) continue;
        NEED(path_filestat_get, empty, 0, memcmp(name, "file", 4) ? "link" : "file", &stat);
        report(0, "the entry %.4s", name);
        const char *inode = entry.d_ino == stat.ino ? "its inode" : "another inode";
        detail("%s, %s", filetype_name(entry.d_type), inode);
    }
    NEED(path_unlink_file, empty, "link");
    NEED(path_unlink_file, empty, "file");
    NEED(path_remove_directory, directory, "empty");
    list(empty, sizeof bytes, 0, "the start, removed");
    CALL(fd_filestat_get, empty, &stat);
    CALL(path_create_directory, empty, "new");
    CALL(path_open, empty, 0, "new", CREAT, 0, 0, 0, &(__wasi_fd_t){0});
    NEED(fd_close, empty);
    NEED(fd_close, directory);
}

static void read_many_entries(void) {
    __wasi_fd_t directory = fresh(), empty = open_directory(directory, "empty");
    unsigned total = 0;
    for (int index = 0; index < 1000; index++) {
        char name[16];
        sprintf(name, "file.%d", index);
        write_file(empty, name, "");
    }
    __wasi_dirent_t entry = {0};
    do {
        NEED(fd_readdir, empty, bytes, 256, entry.d_next, &count);
        for (__wasi_size_t at = 0; at + sizeof entry <= count;) {
            __wasi_dirent_t here;
            memcpy(&here, bytes + at, sizeof here);
            at += sizeof here + here.d_namlen;
            if (at > count) break;
            entry = here;
            total++;
        }
    } while (count == 256);
    report(0, "entries of 1000 files through a buffer of 256");
    detail("%u", total);
    NEED(fd_close, empty);
    NEED(fd_close, directory);
}

int main(void) {
    read_directories();
    read_many_entries();
    finish();
    return 0;
}
