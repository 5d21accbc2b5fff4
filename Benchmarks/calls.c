/* Measures calls of a guest to its host beside the same system calls made by C, in one process and in turns.
 *
 * calls MODULE ROW FILE ROUNDS   prints for each round the nanoseconds of a call in C and of one in the guest
 *
 * ROW is nothing, args_sizes_get, clock_time_get (no I/O; C has only the clock), or one of file-read,
 * file-write (FILE), memory-read, memory-write (a file in memory; for C, FILE), pipe-read, pipe-write,
 * zero-read, null-write: transfers of 4 KiB. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wasi_threads.h>

enum { transfer_bytes = 4096, lap_calls = 256, laps = 64 };

static char buffer[transfer_bytes], contents[transfer_bytes * lap_calls];

/* The descriptors of C and of the guest, and which way the row goes. */
static struct { int native, guest, writes; } row;

static void check(wasi_threads_error_t *error) {
    if (!error) return;
    fprintf(stderr, "%s\n", wasi_threads_error_message(error));
    exit(1);
}

static void require(int condition, const char *what) {
    if (condition) return;
    perror(what);
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* A thread that does nothing. Every process with a guest has more than one thread, and the kernel looks a
 * descriptor up with less work for a program that has only one. The program in C to compare with is one that
 * has threads too. */
static void *idle(void *argument) {
    pause();
    return argument;
}

static void *fill(void *descriptor) {
    static char bytes[transfer_bytes];
    while (write(*(int *)descriptor, bytes, sizeof bytes) > 0) {}
    return NULL;
}

static void *drain(void *descriptor) {
    static char bytes[transfer_bytes];
    while (read(*(int *)descriptor, bytes, sizeof bytes) > 0) {}
    return NULL;
}

static void start(void *(*body)(void *), void *argument) {
    pthread_t thread;
    require(pthread_create(&thread, NULL, body, argument) == 0, "pthread_create");
}

/* Opens what the row is about, and starts the thread at the other end. */
static void open_row(const char *name, const char *path) {
    static int pipes[2];
    row.writes = strstr(name, "-write") != NULL;
    if (strncmp(name, "pipe", 4) == 0) {
        require(pipe(pipes) == 0, "pipe");
        row.native = pipes[row.writes];
        start(row.writes ? drain : fill, &pipes[!row.writes]);
        return;
    }
    if (strcmp(name, "zero-read") == 0) path = "/dev/zero";
    if (strcmp(name, "null-write") == 0) path = "/dev/null";
    row.native = open(path, O_RDWR | O_CREAT, 0600);
    require(row.native >= 0, path);
    if (strncmp(path, "/dev/", 5) != 0 || strncmp(path, "/dev/shm/", 9) == 0)
        require(write(row.native, contents, sizeof contents) == sizeof contents, path);
    start(idle, NULL);
}

static double native_lap_time(const char *name) {
    double begin = now();
    struct timespec time;
    for (int lap = 0; lap < laps; lap++) {
        lseek(row.native, 0, SEEK_SET);
        for (int index = 0; index < lap_calls; index++) {
            if (strcmp(name, "clock_time_get") == 0) clock_gettime(CLOCK_MONOTONIC, &time);
            else if (row.writes) require(write(row.native, buffer, sizeof buffer) > 0, "write");
            else require(read(row.native, buffer, sizeof buffer) > 0, "read");
        }
    }
    return (now() - begin) / (laps * lap_calls);
}

static double guest_lap_time(wasi_threads_process_t *process, const char *function) {
    wasi_threads_value_t arguments[] = {
        {.kind = WASI_THREADS_I32, .of.i32 = row.guest}, {.kind = WASI_THREADS_I32, .of.i32 = laps}};
    double begin = now();
    check(wasi_threads_process_call(process, function, arguments, 2, NULL, 0));
    return (now() - begin) / (laps * lap_calls);
}

static wasi_threads_process_t *new_process(const char *module_path, const char *name, const char *path) {
    wasi_threads_engine_t *engine;
    wasi_threads_module_t *module;
    wasi_threads_memory_fs_t *files;
    wasi_threads_process_t *process;
    wasi_threads_wasi_config_t *config = wasi_threads_wasi_config_new();
    char directory[4096];
    snprintf(directory, sizeof directory, "%s", path);
    *strrchr(directory, '/') = 0;
    check(wasi_threads_engine_new(NULL, &engine));
    check(wasi_threads_module_new_from_file(engine, module_path, &module));
    if (strncmp(name, "memory", 6) == 0) {
        check(wasi_threads_memory_fs_new(1 << 24, &files));
        check(wasi_threads_memory_fs_write_file(files, strrchr(path, '/'), (const uint8_t *)contents,
                                                sizeof contents));
        check(wasi_threads_wasi_config_preopen_memory_fs(config, files, "/", WASI_THREADS_READ_WRITE));
    } else {
        check(wasi_threads_wasi_config_preopen_directory(config, directory, "/", WASI_THREADS_READ_WRITE));
    }
    if (row.native >= 0) {
        check(wasi_threads_wasi_config_set_stream_descriptor(
            config, row.writes ? WASI_THREADS_STDOUT : WASI_THREADS_STDIN, row.native));
    }
    check(wasi_threads_process_new(engine, module, NULL, config, &process));
    check(wasi_threads_process_initialize(process));
    row.guest = row.writes;
    if (strncmp(name, "file", 4) == 0 || strncmp(name, "memory", 6) == 0) {
        wasi_threads_value_t opened;
        check(wasi_threads_process_call(process, "open", NULL, 0, &opened, 1));
        row.guest = opened.of.i32;
    }
    return process;
}

int main(int count, char **arguments) {
    if (count != 5 || !strchr(arguments[3], '/')) return 2;
    const char *name = arguments[2];
    int transfers = strchr(name, '-') != NULL;
    row.native = -1;
    if (transfers) open_row(name, arguments[3]);
    else start(idle, NULL);
    wasi_threads_process_t *process = new_process(arguments[1], name, arguments[3]);
    const char *function = transfers ? (row.writes ? "fd_write" : "fd_read") : name;
    int has_native = transfers || strcmp(name, "clock_time_get") == 0;
    for (int round = atoi(arguments[4]); round >= 0; round--) {
        double native = has_native ? native_lap_time(name) : 0;
        double guest = guest_lap_time(process, function);
        /* The first makes all caches warm. */
        if (round != atoi(arguments[4])) printf("%.1f %.1f\n", native, guest);
    }
    /* Threads at the other end may be left inside a call. */
    fflush(stdout);
    _exit(0);
}
