/* Calls that break the rules of the interface: pointers to where there is no memory, lengths beyond its end,
 * flags and numbers without a meaning. The specification lets a runtime trap at some of these; so a number
 * as the argument makes the program do one call only, and its line says what came of it if anything did. */
#include "table.h"

#include <stdlib.h>
#include <string.h>

#define IMPORT(name, ...) \
    __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name))) \
    uint32_t raw_##name(__VA_ARGS__)

typedef uint32_t i32;
typedef uint64_t i64;
IMPORT(args_get, i32, i32);
IMPORT(args_sizes_get, i32, i32);
IMPORT(environ_get, i32, i32);
IMPORT(environ_sizes_get, i32, i32);
IMPORT(clock_res_get, i32, i32);
IMPORT(clock_time_get, i32, i64, i32);
IMPORT(fd_advise, i32, i64, i64, i32);
IMPORT(fd_fdstat_get, i32, i32);
IMPORT(fd_fdstat_set_flags, i32, i32);
IMPORT(fd_fdstat_set_rights, i32, i64, i64);
IMPORT(fd_filestat_get, i32, i32);
IMPORT(fd_filestat_set_times, i32, i64, i64, i32);
IMPORT(fd_pread, i32, i32, i32, i64, i32);
IMPORT(fd_prestat_get, i32, i32);
IMPORT(fd_prestat_dir_name, i32, i32, i32);
IMPORT(fd_pwrite, i32, i32, i32, i64, i32);
IMPORT(fd_read, i32, i32, i32, i32);
IMPORT(fd_readdir, i32, i32, i32, i64, i32);
IMPORT(fd_seek, i32, i64, i32, i32);
IMPORT(fd_tell, i32, i32);
IMPORT(fd_write, i32, i32, i32, i32);
IMPORT(path_create_directory, i32, i32, i32);
IMPORT(path_filestat_get, i32, i32, i32, i32, i32);
IMPORT(path_filestat_set_times, i32, i32, i32, i32, i64, i64, i32);
IMPORT(path_link, i32, i32, i32, i32, i32, i32, i32);
IMPORT(path_open, i32, i32, i32, i32, i32, i64, i64, i32, i32);
IMPORT(path_readlink, i32, i32, i32, i32, i32, i32);
IMPORT(path_remove_directory, i32, i32, i32);
IMPORT(path_rename, i32, i32, i32, i32, i32, i32);
IMPORT(path_symlink, i32, i32, i32, i32, i32);
IMPORT(path_unlink_file, i32, i32, i32);
IMPORT(poll_oneoff, i32, i32, i32, i32);
IMPORT(proc_raise, i32);
IMPORT(random_get, i32, i32);
IMPORT(sock_accept, i32, i32, i32);
IMPORT(sock_recv, i32, i32, i32, i32, i32, i32);
IMPORT(sock_send, i32, i32, i32, i32, i32);
IMPORT(sock_shutdown, i32, i32);

/* Beyond any memory, and where the last bytes of this one are. */
#define BAD 0xfffffff0u
#define EDGE (__builtin_wasm_memory_size(0) * 65536 - 1)
#define AT(place) ((i32)(uintptr_t)(place))
#define NAME AT("file"), 4

static long wanted = -1, number;
static _Alignas(8) uint8_t bytes[512];

#define OUT AT(bytes)
#define TRY(function, ...) \
    do { \
        if (wanted < 0 || number == wanted) { \
            report(raw_##function(__VA_ARGS__), #function "(" #__VA_ARGS__ ")"); \
        } \
        number++; \
    } while (0)

static void pointers_of_descriptors(i32 file, i32 directory) {
    TRY(fd_fdstat_get, file, BAD);
    TRY(fd_fdstat_get, file, EDGE);
    TRY(fd_filestat_get, file, BAD);
    TRY(fd_filestat_get, file, EDGE);
    TRY(fd_prestat_get, ROOT, BAD);
    TRY(fd_prestat_dir_name, ROOT, BAD, 1);
    TRY(fd_seek, file, 0, SET, BAD);
    TRY(fd_seek, file, 0, SET, EDGE);
    TRY(fd_tell, file, BAD);
    TRY(fd_readdir, directory, BAD, 100, 0, OUT);
    TRY(fd_readdir, directory, EDGE, 100, 0, OUT);
    TRY(fd_readdir, directory, OUT, 100, 0, BAD);
    TRY(fd_readdir, directory, OUT, 0xffffffff, 0, OUT);
}

static void pointers_of_vectors(i32 file) {
    const __wasi_iovec_t good = {bytes, 4}, far = {(uint8_t *)BAD, 4}, end = {(uint8_t *)EDGE, 4},
                         huge = {bytes, 0xffffffff}, nothing = {(uint8_t *)BAD, 0};
    const __wasi_iovec_t second[] = {good, far}, sum[] = {{bytes, 0x80000000}, {bytes, 0x80000000}};
    TRY(fd_read, file, BAD, 1, OUT);
    TRY(fd_read, file, EDGE, 1, OUT);
    TRY(fd_read, file, AT(&good), 0xffffffff, OUT);
    TRY(fd_read, file, AT(&good), 0x20000001, OUT);
    TRY(fd_read, file, AT(&good), 1, BAD);
    TRY(fd_read, file, AT(&far), 1, OUT);
    TRY(fd_read, file, AT(&end), 1, OUT);
    TRY(fd_read, file, AT(&huge), 1, OUT);
    TRY(fd_read, file, AT(sum), 2, OUT);
    TRY(fd_read, file, AT(second), 2, OUT);
    TRY(fd_read, file, AT(&nothing), 1, OUT);
    TRY(fd_pread, file, BAD, 1, 0, OUT);
    TRY(fd_pread, file, AT(&far), 1, 0, OUT);
    TRY(fd_pread, file, AT(&good), 1, 0, BAD);
    TRY(fd_write, file, BAD, 1, OUT);
    TRY(fd_write, file, AT(&good), 0xffffffff, OUT);
    TRY(fd_write, file, AT(&good), 1, BAD);
    TRY(fd_write, file, AT(&far), 1, OUT);
    TRY(fd_write, file, AT(&huge), 1, OUT);
    TRY(fd_write, file, AT(sum), 2, OUT);
    TRY(fd_write, file, AT(second), 2, OUT);
    TRY(fd_pwrite, file, BAD, 1, 0, OUT);
    TRY(fd_pwrite, file, AT(&far), 1, 0, OUT);
    TRY(fd_pwrite, file, AT(&good), 1, 0, BAD);
    TRY(sock_recv, STDIN, BAD, 1, 0, OUT, OUT);
    TRY(sock_send, STDIN, BAD, 1, 0, OUT);
    TRY(sock_accept, STDIN, 0, BAD);
}

static void pointers_of_paths(i32 directory) {
    TRY(path_create_directory, directory, BAD, 1);
    TRY(path_create_directory, directory, EDGE, 2);
    TRY(path_create_directory, directory, OUT, 0xffffffff);
    TRY(path_filestat_get, directory, 0, BAD, 1, OUT);
    TRY(path_filestat_get, directory, 0, NAME, BAD);
    TRY(path_filestat_get, directory, 0, NAME, EDGE);
    TRY(path_filestat_set_times, directory, 0, BAD, 1, 0, 0, 0);
    TRY(path_link, directory, 0, BAD, 1, directory, NAME);
    TRY(path_link, directory, 0, NAME, directory, BAD, 1);
    TRY(path_open, directory, 0, BAD, 1, 0, 0, 0, 0, OUT);
    TRY(path_open, directory, 0, NAME, 0, 0, 0, 0, BAD);
    TRY(path_readlink, directory, BAD, 1, OUT, 8, OUT);
    TRY(path_readlink, directory, AT("to-file"), 7, BAD, 8, OUT);
    TRY(path_readlink, directory, AT("to-file"), 7, OUT, 8, BAD);
    TRY(path_remove_directory, directory, BAD, 1);
    TRY(path_rename, directory, BAD, 1, directory, NAME);
    TRY(path_rename, directory, NAME, directory, BAD, 1);
    TRY(path_symlink, BAD, 1, directory, NAME);
    TRY(path_symlink, NAME, directory, BAD, 1);
    TRY(path_unlink_file, directory, BAD, 1);
    TRY(path_open, directory, 0, AT("file\0"), 5, 0, 0, 0, 0, OUT);
    TRY(path_create_directory, directory, AT("a\0b"), 3);
    TRY(path_symlink, AT("a\0b"), 3, directory, AT("nul"), 3);
}

static void pointers_of_the_rest(void) {
    __wasi_subscription_t wish = {.u.tag = __WASI_EVENTTYPE_CLOCK};
    TRY(args_get, BAD, OUT);
    TRY(args_get, OUT, BAD);
    TRY(args_sizes_get, BAD, OUT);
    TRY(args_sizes_get, OUT, BAD);
    TRY(environ_get, BAD, OUT);
    TRY(environ_get, OUT, BAD);
    TRY(environ_sizes_get, BAD, OUT);
    TRY(environ_sizes_get, OUT, BAD);
    TRY(clock_res_get, 1, BAD);
    TRY(clock_time_get, 1, 0, BAD);
    TRY(clock_time_get, 1, 0, EDGE);
    TRY(random_get, BAD, 8);
    TRY(random_get, EDGE, 8);
    TRY(random_get, OUT, 0xffffffff);
    TRY(poll_oneoff, BAD, OUT, 1, OUT);
    TRY(poll_oneoff, AT(&wish), BAD, 1, OUT);
    TRY(poll_oneoff, AT(&wish), OUT, 1, BAD);
    TRY(poll_oneoff, AT(&wish), OUT, 0xffffffff, OUT);
    TRY(poll_oneoff, AT(&wish), OUT, 0x05555556, OUT);
}

static void meanings(i32 file, i32 directory) {
    __wasi_subscription_t no_type = {.u.tag = 3}, no_clock = {.u.tag = 0}, no_flag = {.u.tag = 0};
    no_clock.u.u.clock.id = 4;
    no_flag.u.u.clock.flags = 2;
    TRY(clock_res_get, 4, OUT);
    TRY(clock_res_get, 0xffffffff, OUT);
    TRY(clock_time_get, 4, 0, OUT);
    TRY(fd_advise, file, 0, 0, 6);
    TRY(fd_advise, file, 0, 0, 0x100);
    TRY(fd_seek, file, 0, 3, OUT);
    TRY(fd_seek, file, 0, 0x100, OUT);
    TRY(fd_fdstat_set_flags, file, 1 << 5);
    TRY(fd_fdstat_set_flags, file, 1 << 16);
    TRY(fd_fdstat_set_rights, file, 1ull << 30, 0);
    TRY(fd_fdstat_set_rights, file, ~0ull, ~0ull);
    TRY(fd_filestat_set_times, file, 0, 0, 1 << 4);
    TRY(path_filestat_get, directory, 2, NAME, OUT);
    TRY(path_filestat_set_times, directory, 2, NAME, 0, 0, 0);
    TRY(path_filestat_set_times, directory, 0, NAME, 0, 0, 1 << 4);
    TRY(path_link, directory, 2, NAME, directory, AT("linked"), 6);
    TRY(path_open, directory, 2, NAME, 0, 0, 0, 0, OUT);
    TRY(path_open, directory, 0, NAME, 1 << 4, 0, 0, 0, OUT);
    TRY(path_open, directory, 0, NAME, 0, 0, 0, 1 << 5, OUT);
    TRY(path_open, directory, 0, NAME, 0, ~0ull, ~0ull, 0, OUT);
    TRY(poll_oneoff, AT(&no_type), OUT, 1, OUT);
    TRY(poll_oneoff, AT(&no_clock), OUT, 1, OUT);
    TRY(poll_oneoff, AT(&no_flag), OUT, 1, OUT);
    TRY(sock_shutdown, file, 0);
    TRY(sock_shutdown, file, 4);
    TRY(sock_accept, file, 1 << 5, OUT);
    TRY(sock_recv, file, OUT, 0, 4, OUT, OUT);
    TRY(sock_send, file, OUT, 0, 1, OUT);
    TRY(proc_raise, 0);
    TRY(proc_raise, 31);
    TRY(proc_raise, 256);
}

static void alignment(i32 file) {
    static _Alignas(8) __wasi_iovec_t vectors[2];
    memcpy((uint8_t *)vectors + 1, &(__wasi_iovec_t){bytes, 4}, sizeof *vectors);
    TRY(fd_read, file, AT(vectors) + 1, 1, OUT);
    TRY(fd_filestat_get, file, OUT + 1);
    TRY(clock_time_get, 1, 0, OUT + 4);
    TRY(args_sizes_get, OUT + 1, OUT + 5);
}

int main(int argc, char **argv) {
    if (argc > 1) wanted = atol(argv[1]);
    __wasi_fd_t directory = fresh(), file = open_file(directory, "file", ALL_RIGHTS);
    pointers_of_descriptors(file, directory);
    pointers_of_vectors(file);
    pointers_of_paths(directory);
    pointers_of_the_rest();
    meanings(file, directory);
    alignment(file);
    finish();
    return 0;
}
