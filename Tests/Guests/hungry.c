/* Takes what a guest can have the host keep: files in memory that grow, shrink and have holes, names of every kind,
 * and captured output. Goes on where it is refused. With "files" or "names" it takes as much of that as it gets. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char block[1 << 20];

static int create(const char *name) { return open(name, O_CREAT | O_RDWR, 0600); }

/* A file that becomes `count` MiB long, and then empty. */
static void write_and_truncate(const char *name, int count) {
    int file = create(name);
    if (file < 0) return;
    for (int index = 0; index < count; index++) {
        memset(block, index + 1, sizeof block);
        if (write(file, block, sizeof block) < 0) break;
    }
    ftruncate(file, 0);
    close(file);
}

static void use_a_file(int number) {
    char name[32], byte = 0;
    snprintf(name, sizeof name, "file-%d", number);
    int file = create(name);
    if (file < 0) return;
    for (int index = 0; index < 4; index++)
        if (write(file, block, sizeof block) < 0) break;
    ftruncate(file, 16 << 20);
    ftruncate(file, 100 + number);
    pwrite(file, block, sizeof block, 3 << 20);
    /* What was cut off and came back reads as zero. */
    if (pread(file, &byte, 1, 1 << 20) == 1 && byte != 0) abort();
    ftruncate(file, 70000);
    close(file);
}

static void use_names(int count) {
    char name[64], other[64];
    for (int index = 0; index < count; index++) {
        snprintf(name, sizeof name, "name-%d", index);
        int file = create(name);
        if (file >= 0) close(file);
        snprintf(other, sizeof other, "link-%d", index);
        link(name, other);
        snprintf(other, sizeof other, "soft-%d", index);
        symlink(name, other);
        snprintf(other, sizeof other, "dir-%d", index);
        mkdir(other, 0700);
    }
    DIR *all = opendir(".");
    while (all && readdir(all)) {}
    if (all) closedir(all);
    for (int index = 0; index < count; index++) {
        snprintf(name, sizeof name, "name-%d", index);
        unlink(name);
        snprintf(name, sizeof name, "link-%d", index);
        snprintf(other, sizeof other, "moved-%d", index);
        rename(name, other);
        unlink(other);
    }
}

/* As many names as there is room for, of the kinds in `kinds`. */
static void fill_with_names(const char *kinds) {
    char name[64];
    for (int index = 0;; index++) {
        int result = -1;
        snprintf(name, sizeof name, "%d", index);
        switch (kinds[index % (int)strlen(kinds)]) {
        case 'd': result = mkdir(name, 0700); break;
        case 'l': result = link("first", name); break;
        case 's': result = symlink("target", name); break;
        case 'f': result = create(name); close(result); break;
        case 'b':
            result = create(name);
            if (result >= 0 && write(result, block, 100) != 100) result = -1;
            close(result);
        }
        if (result < 0) return;
    }
}

int main(int count, char **arguments) {
    memset(block, 'x', sizeof block);
    if (count > 1 && !strcmp(arguments[1], "files")) {
        for (int index = 0; index < 50; index++) {
            snprintf(block, sizeof block, "f%d", index);
            char name[8];
            memcpy(name, block, sizeof name);
            write_and_truncate(name, 60);
        }
        return 0;
    }
    if (count > 2 && !strcmp(arguments[1], "names")) {
        close(create("first"));
        fill_with_names(arguments[2]);
        return 0;
    }
    if (count > 1 && !strcmp(arguments[1], "huge")) {
        int file = create("huge");
        if (ftruncate(file, 500000000000) == 0) return 1;
        if (posix_fallocate(file, 0, 500000000000) != ENOSPC) return 2;
        return 0;
    }
    for (int index = 0; index < 3; index++) use_a_file(index);
    use_names(1500);
    for (int index = 0; index < 8; index++) write(1, block, sizeof block);
    for (int index = 0; index < 1000; index++) write(2, block, 1);
    return 0;
}
