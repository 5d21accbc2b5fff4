/* What the programs of this folder share. Each of them is a table: it makes calls of preview 1 one after the
 * other, and prints for each a line `call: errno details`. A test compares the lines with those that are
 * expected, and with those of another runtime; so nothing is printed that differs from run to run, such as
 * descriptors, inodes and times.
 *
 * A program finds open: 0, a pipe with the bytes "input"; 1 and 2, pipes; 3, an empty directory of its own,
 * as "/". Its environment is A=1 and LONG=two words. */
#ifndef TABLE_H
#define TABLE_H

#include <stdint.h>
#include <wasi/api.h>

enum { STDIN, STDOUT, STDERR, ROOT };

/* A number that no program opens. */
enum { CLOSED = 999 };

#define RIGHT(name) __WASI_RIGHTS_##name
/* Every bit that has a meaning. */
#define ALL_RIGHTS ((__wasi_rights_t)((1 << 30) - 1))

enum { FOLLOW = __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW };
enum {
    CREAT = __WASI_OFLAGS_CREAT,
    DIRECTORY = __WASI_OFLAGS_DIRECTORY,
    EXCL = __WASI_OFLAGS_EXCL,
    TRUNC = __WASI_OFLAGS_TRUNC
};
enum {
    APPEND = __WASI_FDFLAGS_APPEND,
    DSYNC = __WASI_FDFLAGS_DSYNC,
    NONBLOCK = __WASI_FDFLAGS_NONBLOCK,
    RSYNC = __WASI_FDFLAGS_RSYNC,
    SYNC = __WASI_FDFLAGS_SYNC
};
enum {
    ATIM = __WASI_FSTFLAGS_ATIM,
    ATIM_NOW = __WASI_FSTFLAGS_ATIM_NOW,
    MTIM = __WASI_FSTFLAGS_MTIM,
    MTIM_NOW = __WASI_FSTFLAGS_MTIM_NOW
};
enum { SET = __WASI_WHENCE_SET, CUR = __WASI_WHENCE_CUR, END = __WASI_WHENCE_END };

/* Makes a call, and prints it as it stands in the source. Its value is the errno. */
#define CALL(function, ...) report(__wasi_##function(__VA_ARGS__), #function "(" #__VA_ARGS__ ")")

/* Prints a line of its own above a part of the table. */
void title(const char *text);
/* Prints a call and what came of it. Returns the errno. */
__wasi_errno_t report(__wasi_errno_t error, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Adds to the line of the last call. */
void detail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Adds the type and size of a file. */
void detail_filestat(const __wasi_filestat_t *stat);
/* Prints the last line. */
void finish(void);

const char *errno_name(__wasi_errno_t error);
const char *filetype_name(__wasi_filetype_t type);
/* Flags by their names, joined by "|". */
const char *oflags_text(__wasi_oflags_t flags);
const char *fdflags_text(__wasi_fdflags_t flags);

/* Ends the program where a call fails that only prepares others. */
void need(__wasi_errno_t error, const char *what);
#define NEED(function, ...) need(__wasi_##function(__VA_ARGS__), #function "(" #__VA_ARGS__ ")")

/* Opens what is there with all rights to it. */
__wasi_fd_t open_directory(__wasi_fd_t directory, const char *path);
__wasi_fd_t open_file(__wasi_fd_t directory, const char *path, __wasi_rights_t rights);
/* Makes a file, or replaces what one holds. */
void write_file(__wasi_fd_t directory, const char *path, const char *text);

/* Makes a new directory and opens it:
 *     file       "contents"       empty/     nothing       dir/      file "inner", sub/
 *     to-file -> file             to-dir -> dir            to-dir-slash -> dir/
 *     to-file-slash -> file/      to-link -> to-file       dangling -> nowhere
 *     loop -> loop                loop-a -> loop-b -> loop-a
 *     up -> ..                    out -> ../../out         dir/back -> ../file */
__wasi_fd_t fresh(void);
/* The same directory after a call that failed, and a new one after one that changed it. */
__wasi_fd_t renewed(__wasi_fd_t directory, __wasi_errno_t error);

#endif
