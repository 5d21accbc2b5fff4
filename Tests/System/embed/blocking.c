/* Ends processes whose threads wait in calls of WASI, for each call, kind of file and way to end: all threads
 * and descriptors are gone then. Arguments: the folder of the guests, a folder for files, how many times for
 * each, and from the fourth on the names of those to look at, where not all. Every second time all threads are
 * asleep before the end, where the call sleeps. Prints a line for each expectation that is not met, and what
 * is left out here with the reason, from "left out:" on. A process that does not end within a minute ends this
 * program. */
#define _GNU_SOURCE
#include "check.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

enum call { READ, WRITE, PREAD, PWRITE, POLL_READ, POLL_WRITE, ACCEPT, RECV, SEND, READDIR, WAIT, GROW, HOST };
enum way { RETURN, EXIT, TRAP, END, LIMIT, ways };
enum place { STDIN = 0, STDOUT = 1, NOWHERE = 2, DIRECTORY = 3, SOCKET = 4, OPENED_TO_READ, OPENED_TO_WRITE };
/* Of WASI: fd_read, fd_seek, fd_write, poll_fd_readwrite, fd_allocate and fd_filestat_set_size. */
enum { to_read = 1 << 1 | 1 << 2 | 1 << 27, to_write = 1 << 6 | 1 << 2 | 1 << 27 | 1 << 8 | 1 << 22 };

/* What the threads of a process do. */
struct kind {
    const char *name;
    enum call call;
    enum place place;
    /* Makes what they use in `folder`; -1 and a reason where that can not be had. */
    int (*make)(struct kind *kind);
    /* Whether they sleep in it, if nobody else does anything. */
    int sleeps;
    /* Makes ready for the next process. */
    void (*prepare)(struct kind *kind);
    /* Has somebody else be given what they may have been promised. */
    void (*disturb)(struct kind *kind);
    const char *reason;
    /* For the guest, and the other end. */
    int descriptor, other;
};

static const char *folder;

/* ---- What there is to wait for ---------------------------------------------------------------------- */

static int refuse(struct kind *kind, const char *reason) {
    kind->reason = reason;
    return -1;
}

static const char *path(const char *name) {
    static char text[4096];
    snprintf(text, sizeof text, "%s/%s", folder, name);
    return text;
}

static int nothing(struct kind *kind) {
    kind->descriptor = kind->other = -1;
    return 0;
}

static int fill(int descriptor) {
    static char bytes[65536];
    int flags = fcntl(descriptor, F_GETFL);
    fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
    while (write(descriptor, bytes, sizeof bytes) > 0) {
    }
    while (write(descriptor, bytes, 1) > 0) {
    }
    return fcntl(descriptor, F_SETFL, flags);
}

static int pipe_to_read(struct kind *kind) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC)) return refuse(kind, "no pipe");
    kind->descriptor = ends[0];
    kind->other = ends[1];
    return 0;
}

static int pipe_to_write(struct kind *kind) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC)) return refuse(kind, "no pipe");
    kind->descriptor = ends[1];
    kind->other = ends[0];
    return fill(ends[1]);
}

static int socket_pair(struct kind *kind) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) return refuse(kind, "no sockets");
    kind->descriptor = ends[0];
    kind->other = ends[1];
    return 0;
}

static int full_socket(struct kind *kind) {
    return socket_pair(kind) ? -1 : fill(kind->descriptor);
}

static struct sockaddr_un address;

static int listener(struct kind *kind) {
    kind->descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    kind->other = -1;
    address.sun_family = AF_UNIX;
    snprintf(address.sun_path, sizeof address.sun_path, "%s/l", folder);
    unlink(address.sun_path);
    if (bind(kind->descriptor, (struct sockaddr *)&address, sizeof address)) return refuse(kind, "no address");
    return listen(kind->descriptor, 64);
}

static int terminal(struct kind *kind) {
    kind->other = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (kind->other < 0 || grantpt(kind->other) || unlockpt(kind->other)) return refuse(kind, "no terminal");
    kind->descriptor = open(ptsname(kind->other), O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct termios raw;
    tcgetattr(kind->descriptor, &raw);
    cfmakeraw(&raw);
    tcsetattr(kind->descriptor, TCSANOW, &raw);
    return 0;
}

/* The host's side of a terminal, which can not be opened again, and has no call that does not wait. */
static int other_side_of_terminal(struct kind *kind) {
    if (terminal(kind)) return -1;
    int terminal = kind->descriptor;
    kind->descriptor = kind->other;
    kind->other = terminal;
    return 0;
}

static int full_terminal(struct kind *kind) { return terminal(kind) ? -1 : fill(kind->descriptor); }

static int full_side_of_terminal(struct kind *kind) {
    return other_side_of_terminal(kind) ? -1 : fill(kind->descriptor);
}

/* A named pipe, of which nobody has an end. */
static int lonely_fifo(struct kind *kind) {
    nothing(kind);
    unlink(path("f"));
    return mkfifo(path("f"), 0600) ? refuse(kind, "no named pipe") : 0;
}

static int fifo(struct kind *kind) {
    if (lonely_fifo(kind)) return -1;
    kind->other = open(path("f"), O_RDWR | O_CLOEXEC);
    return kind->place == OPENED_TO_WRITE ? fill(kind->other) : 0;
}

static int device(struct kind *kind, const char *name) {
    kind->other = -1;
    kind->descriptor = open(name, O_RDWR | O_CLOEXEC);
    return kind->descriptor < 0 ? refuse(kind, "no such device") : 0;
}

static int zeros(struct kind *kind) { return device(kind, "/dev/zero"); }
static int randoms(struct kind *kind) { return device(kind, "/dev/urandom"); }

static int sparse_file(struct kind *kind) {
    nothing(kind);
    unlink(path("f"));
    kind->other = open(path("f"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return ftruncate(kind->other, kind->call == GROW ? 0 : 4ll << 30);
}

/* The kernel's messages: a regular file whose reader waits. */
static int kernel_messages(struct kind *kind) {
    nothing(kind);
    kind->descriptor = open("/proc/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (kind->descriptor < 0) return refuse(kind, "the kernel's messages may not be read");
    char bytes[8192];
    while (read(kind->descriptor, bytes, sizeof bytes) > 0) {
    }
    fcntl(kind->descriptor, F_SETFL, 0);
    return 0;
}

static int file_for_a_lease(struct kind *kind) {
    if (sparse_file(kind)) return -1;
    close(kind->other);
    kind->other = open(path("f"), O_RDWR | O_CLOEXEC);
    if (fcntl(kind->other, F_SETLEASE, F_WRLCK)) return refuse(kind, "no lease");
    return 0;
}

/* Who opens the file waits until the lease is given up, which is when the next is taken. */
static void take_lease(struct kind *kind) {
    fcntl(kind->other, F_SETLEASE, F_UNLCK);
    expect_that("a lease", !fcntl(kind->other, F_SETLEASE, F_WRLCK));
}

/* ---- Others that use the same ----------------------------------------------------------------------- */

static void *steal_bytes(void *argument) {
    char byte;
    while (read(*(int *)argument, &byte, 1) >= 0) {
    }
    return NULL;
}

static void *steal_connections(void *argument) {
    for (int taken; (taken = accept(*(int *)argument, NULL, NULL)) >= 0;) close(taken);
    return NULL;
}

/* A thread that is there for good. */
static void start_thief(struct kind *kind, void *(*steal)(void *)) {
    pthread_t thread;
    pthread_create(&thread, NULL, steal, &kind->descriptor);
    pthread_detach(thread);
}

/* What `make` makes, and somebody who takes from it too. */
static int contest(struct kind *kind, int (*make)(struct kind *), void *(*steal)(void *)) {
    if (make(kind)) return -1;
    if (kind->descriptor < 0) kind->descriptor = open(path("f"), O_RDONLY | O_CLOEXEC);
    start_thief(kind, steal);
    return 0;
}

static int contested_pipe(struct kind *kind) { return contest(kind, pipe_to_read, steal_bytes); }
static int contested_terminal(struct kind *kind) { return contest(kind, other_side_of_terminal, steal_bytes); }
static int contested_fifo(struct kind *kind) { return contest(kind, fifo, steal_bytes); }
static int contested_listener(struct kind *kind) { return contest(kind, listener, steal_connections); }

enum { gifts = 3 };

static void give_bytes(struct kind *kind) {
    for (int index = 0; index < gifts; index++) expect_that("a byte", write(kind->other, "x", 1) == 1);
}

static void connect_to_it(struct kind *kind) {
    (void)kind;
    for (int index = 0; index < gifts; index++) {
        int caller = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        expect_that("a connection", !connect(caller, (struct sockaddr *)&address, sizeof address));
        close(caller);
    }
}

static struct kind kinds[] = {
    {"read-pipe", READ, STDIN, pipe_to_read, .sleeps = 1},
    {"read-socket", READ, STDIN, socket_pair, .sleeps = 1},
    {"read-terminal", READ, STDIN, terminal, .sleeps = 1},
    {"read-terminal-side", READ, STDIN, other_side_of_terminal, .sleeps = 1},
    {"read-fifo", READ, OPENED_TO_READ, fifo, .sleeps = 1},
    {"read-kernel-messages", READ, STDIN, kernel_messages, .sleeps = 1},
    {"read-zero", READ, STDIN, zeros, .sleeps = 0},
    {"read-random", READ, STDIN, randoms, .sleeps = 0},
    {"read-file", READ, OPENED_TO_READ, sparse_file, .sleeps = 0},
    {"read-contested-pipe", READ, STDIN, contested_pipe, .disturb = give_bytes},
    {"read-contested-terminal", READ, STDIN, contested_terminal, .disturb = give_bytes},
    {"read-contested-fifo", READ, OPENED_TO_READ, contested_fifo, .disturb = give_bytes},
    {"pread-kernel-messages", PREAD, STDIN, kernel_messages, .sleeps = 1},
    {"pread-zero", PREAD, STDIN, zeros, .sleeps = 0},
    {"pread-file", PREAD, OPENED_TO_READ, sparse_file, .sleeps = 0},
    {"write-pipe", WRITE, STDOUT, pipe_to_write, .sleeps = 1},
    {"write-socket", WRITE, STDOUT, full_socket, .sleeps = 1},
    /* A terminal moves what it holds by itself, and has room again. */
    {"write-terminal", WRITE, STDOUT, full_terminal, .sleeps = 0},
    {"write-terminal-side", WRITE, STDOUT, full_side_of_terminal, .sleeps = 0},
    {"write-fifo", WRITE, OPENED_TO_WRITE, fifo, .sleeps = 1},
    {"write-zero", WRITE, STDOUT, zeros, .sleeps = 0},
    {"write-nowhere", WRITE, NOWHERE, nothing, .sleeps = 0},
    {"pwrite-file", PWRITE, OPENED_TO_WRITE, sparse_file, .sleeps = 0},
    {"allocate", GROW, OPENED_TO_WRITE, sparse_file, .sleeps = 0},
    {"poll-read-pipe", POLL_READ, STDIN, pipe_to_read, .sleeps = 1},
    {"poll-read-socket", POLL_READ, STDIN, socket_pair, .sleeps = 1},
    {"poll-read-terminal", POLL_READ, STDIN, terminal, .sleeps = 1},
    {"poll-read-listener", POLL_READ, SOCKET, listener, .sleeps = 1},
    {"poll-read-fifo", POLL_READ, OPENED_TO_READ, fifo, .sleeps = 1},
    {"poll-write-pipe", POLL_WRITE, STDOUT, pipe_to_write, .sleeps = 1},
    {"poll-write-socket", POLL_WRITE, STDOUT, full_socket, .sleeps = 1},
    {"open-fifo-to-read", READ, OPENED_TO_READ, lonely_fifo, .sleeps = 1},
    {"open-leased-file", READ, OPENED_TO_READ, file_for_a_lease, .sleeps = 1, .prepare = take_lease},
    {"open-fifo-to-write", WRITE, OPENED_TO_WRITE, lonely_fifo, .sleeps = 1},
    {"accept", ACCEPT, SOCKET, listener, .sleeps = 1},
    {"accept-contested", ACCEPT, SOCKET, contested_listener, .disturb = connect_to_it},
    {"recv", RECV, SOCKET, socket_pair, .sleeps = 1},
    {"send", SEND, SOCKET, full_socket, .sleeps = 1},
    {"readdir", READDIR, DIRECTORY, nothing, .sleeps = 0},
    {"wait", WAIT, STDIN, nothing, .sleeps = 1},
    {"host", HOST, STDIN, nothing, .sleeps = 0},
};

/* ---- One process ------------------------------------------------------------------------------------ */

struct round {
    struct kind *kind;
    enum way way;
    int waits_for_sleep;
    wasi_threads_process_t *process;
    sem_t may_end;
    /* The threads that make their calls. */
    _Atomic int count;
    _Atomic pid_t threads[4];
};

static int is_asleep(pid_t thread) {
    char name[64], line[512];
    snprintf(name, sizeof name, "/proc/self/task/%d/stat", (int)thread);
    FILE *file = fopen(name, "r");
    if (!file) return 0;
    char *end = fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
    fclose(file);
    return end && (end[2] == 'S' || end[2] == 'D');
}

static void ready(struct round *round) {
    struct kind *kind = round->kind;
    for (int index = 0; kind->sleeps && round->waits_for_sleep && index < 2; index++)
        while (!is_asleep(round->threads[index])) sched_yield();
    if (kind->disturb) kind->disturb(kind);
    if (round->way == END) sem_post(&round->may_end);
    if (round->way == LIMIT) succeed("limit", wasi_threads_process_set_time_limit(round->process, 1));
}

/* A function of the host that lasts looks whether the process has ended. */
static void last(struct round *round) {
    wasi_threads_outcome_t outcome = WASI_THREADS_OUTCOME_ALIVE;
    while (outcome == WASI_THREADS_OUTCOME_ALIVE) {
        succeed("outcome", wasi_threads_process_outcome(round->process, &outcome, NULL, NULL));
        sched_yield();
    }
}

static wasi_threads_error_t *ask(void *env, wasi_threads_caller_t *caller, const wasi_threads_value_t *arguments,
                                 wasi_threads_value_t *results) {
    (void)caller;
    struct round *round = *(struct round **)env;
    enum place place = round->kind->place;
    int question = arguments[0].of.i32, answer = 0;
    switch (question) {
    case 0: answer = round->kind->call; break;
    case 1: answer = place < OPENED_TO_READ ? (int)place : 0; break;
    case 2: answer = round->way; break;
    case 3: answer = place == OPENED_TO_READ ? to_read : place == OPENED_TO_WRITE ? to_write : 0; break;
    case 4: ready(round); break;
    case 5: round->threads[round->count++] = (pid_t)syscall(SYS_gettid); break;
    case 6: last(round); break;
    default:
        printf("%s: errno %d\n", round->kind->name, question - 1000);
        failures++;
        usleep(1000000);
    }
    results[0] = (wasi_threads_value_t){.kind = WASI_THREADS_I32, .of.i32 = answer};
    return NULL;
}

static void *run_end(void *argument) {
    struct round *round = argument;
    sem_wait(&round->may_end);
    succeed("end", wasi_threads_process_end(round->process, "Enough."));
    return NULL;
}

static wasi_threads_module_t *module;
static wasi_threads_linker_t *linker;
static struct round *current;

static void end_once(struct kind *kind, enum way way, int waits_for_sleep, wasi_threads_wasi_config_t *config) {
    struct round round = {.kind = kind, .way = way, .waits_for_sleep = waits_for_sleep};
    pthread_t ender;
    uint32_t status = 0;
    sem_init(&round.may_end, 0, 0);
    current = &round;
    if (kind->prepare) kind->prepare(kind);
    alarm(60);
    succeed("process", wasi_threads_process_new(engine, module, linker, config, &round.process));
    if (way == END) pthread_create(&ender, NULL, run_end, &round);
    wasi_threads_error_t *error = wasi_threads_process_run(round.process, &status);
    switch (way) {
    case RETURN: succeed("return", error); break;
    case EXIT:
        succeed("exit", error);
        expect_that("the status", status == 3);
        break;
    case TRAP: expect("trap", error, WASI_THREADS_ERROR_TRAP); break;
    default: expect("end", error, WASI_THREADS_ERROR_ENDED);
    }
    if (way == END) pthread_join(ender, NULL);
    succeed("delete", wasi_threads_process_delete(round.process));
    alarm(0);
    sem_destroy(&round.may_end);
}

static wasi_threads_wasi_config_t *configure(struct kind *kind) {
    wasi_threads_wasi_config_t *config = wasi_threads_wasi_config_new();
    succeed("directory", wasi_threads_wasi_config_preopen_directory(
                             config, folder, "/", WASI_THREADS_WRITE_FILES | WASI_THREADS_CHANGE_DIRECTORIES));
    if (kind->place == STDIN && kind->descriptor >= 0)
        succeed("input",
                wasi_threads_wasi_config_set_stream_descriptor(config, WASI_THREADS_STDIN, kind->descriptor));
    if (kind->place == STDOUT)
        succeed("output",
                wasi_threads_wasi_config_set_stream_descriptor(config, WASI_THREADS_STDOUT, kind->descriptor));
    if (kind->place == SOCKET)
        succeed("socket", wasi_threads_wasi_config_add_socket(config, kind->descriptor));
    return config;
}

static void on_alarm(int number) {
    (void)number;
    static const char *names[] = {"return", "exit", "trap", "end", "limit"};
    printf("%s: does not end by %s\n", current->kind->name, names[current->way]);
    fflush(stdout);
    _exit(1);
}

/* Whether the caller's thread has the signal blocked that the library uses must not matter. */
static void block_all(int how) {
    sigset_t all;
    sigfillset(&all);
    sigdelset(&all, SIGALRM);
    sigdelset(&all, SIGIO);
    pthread_sigmask(how, &all, NULL);
}

static int is_empty(const sigset_t *pending) {
    for (int number = 1; number < 32; number++)
        if (sigismember(pending, number) == 1) return 0;
    return 1;
}

static void look_at(struct kind *kind, int count) {
    if (kind->make(kind)) {
        printf("left out: %s: %s\n", kind->name, kind->reason ? kind->reason : strerror(errno));
        return;
    }
    wasi_threads_wasi_config_t *config = configure(kind);
    struct holdings before = holdings();
    for (int way = 0; way < ways; way++)
        for (int index = 0; index < count; index++) {
            block_all(index % 4 < 2 ? SIG_BLOCK : SIG_UNBLOCK);
            end_once(kind, way, index % 2, config);
            /* Who takes connections may still hold one. */
            for (int tries = 0; holdings().descriptors > before.descriptors && tries < 1000; tries++) sched_yield();
            expect_holdings(kind->name, before);
            sigset_t pending;
            sigpending(&pending);
            expect_that(kind->name, is_empty(&pending));
        }
    wasi_threads_wasi_config_delete(config);
    unlink(path("f"));
}

int main(int count, char **arguments) {
    if (count < 4) return 2;
    guests = arguments[1];
    folder = arguments[2];
    signal(SIGALRM, on_alarm);
    /* A lease is asked for. */
    signal(SIGIO, SIG_IGN);
    wasi_threads_value_kind_t i32 = WASI_THREADS_I32;
    succeed("engine", wasi_threads_engine_new(NULL, &engine));
    module = load("blocked");
    succeed("linker", wasi_threads_linker_new(engine, &linker));
    succeed("define", wasi_threads_linker_define_with_caller(linker, "env", "ask", &i32, 1, &i32, 1, ask,
                                                             &current, NULL));
    for (size_t index = 0; index < sizeof kinds / sizeof *kinds; index++) {
        int is_asked_for = count == 4;
        for (int other = 4; other < count; other++)
            is_asked_for = is_asked_for || !strcmp(arguments[other], kinds[index].name);
        if (is_asked_for) look_at(&kinds[index], atoi(arguments[3]));
    }
    wasi_threads_linker_delete(linker);
    wasi_threads_module_delete(module);
    wasi_threads_engine_delete(engine);
    return failures != 0;
}
