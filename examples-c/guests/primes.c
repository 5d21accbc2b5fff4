/* Counts primes on several threads. The guest of `make run`.
 *
 * Freestanding: no C library, only what wasi-threads and WASI give. It shows all that a threaded guest
 * consists of: an import that spawns, an export that a new thread enters by, a stack for each thread,
 * and atomics, wait and notify on the shared memory.
 *
 * primes.wasm is built from this file by `scripts/guests`, and a test compares the two.
 * https://github.com/WebAssembly/wasi-threads */
#include <stdint.h>

#define THREADS 4
#define LIMIT 200000
#define CHUNK 1000
#define STACK_BYTES 4096

#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))

IMPORT("wasi", "thread-spawn") int32_t thread_spawn(void *start_arg);
IMPORT("wasi_snapshot_preview1", "proc_exit") _Noreturn void proc_exit(uint32_t status);

struct iovec {
    const void *bytes;
    uint32_t length;
};
IMPORT("wasi_snapshot_preview1", "fd_write")
uint16_t fd_write(int32_t fd, const struct iovec *buffers, uint32_t count, uint32_t *written);

/* What a thread is started with. The entry below finds `stack` at offset 0. */
struct worker {
    char *stack;
    uint32_t primes;
};

static char stacks[THREADS][STACK_BYTES] __attribute__((aligned(16)));
static struct worker workers[THREADS];
static _Atomic uint32_t next_chunk;
static _Atomic uint32_t total;
static _Atomic int32_t running;

/* Every thread is a new instance, and an instance starts with the first thread's stack pointer: the entry
 * gives it the stack of its own before any C code runs. */
__asm__(".globaltype __stack_pointer, i32\n"
        ".functype work (i32, i32) -> ()\n"
        ".globl wasi_thread_start\n"
        ".export_name wasi_thread_start, wasi_thread_start\n"
        ".type wasi_thread_start,@function\n"
        "wasi_thread_start:\n"
        "  .functype wasi_thread_start (i32, i32) -> ()\n"
        "  local.get 1\n"
        "  i32.load 0\n"
        "  global.set __stack_pointer\n"
        "  local.get 0\n"
        "  local.get 1\n"
        "  call work\n"
        "  end_function\n");

static int is_prime(uint32_t number) {
    for (uint32_t divisor = 2; divisor * divisor <= number; divisor++)
        if (number % divisor == 0) return 0;
    return number >= 2;
}

/* Takes chunks until none is left; the last worker to finish wakes the main thread. */
__attribute__((used)) void work(int32_t tid, struct worker *self) {
    (void)tid;
    for (;;) {
        uint32_t first = __c11_atomic_fetch_add(&next_chunk, CHUNK, __ATOMIC_RELAXED);
        if (first >= LIMIT) break;
        for (uint32_t number = first; number < first + CHUNK; number++) self->primes += is_prime(number);
    }
    __c11_atomic_fetch_add(&total, self->primes, __ATOMIC_RELAXED);
    if (__c11_atomic_fetch_sub(&running, 1, __ATOMIC_RELEASE) == 1)
        __builtin_wasm_memory_atomic_notify((int *)&running, 1);
}

/* Text is put together before it is written, so that one call writes one line. */
struct line {
    char text[80];
    uint32_t length;
};

static void put(struct line *line, const char *words) {
    while (*words) line->text[line->length++] = *words++;
}

static void put_number(struct line *line, uint32_t number) {
    char digits[10];
    uint32_t count = 0;
    do digits[count++] = (char)('0' + number % 10);
    while (number /= 10);
    while (count) line->text[line->length++] = digits[--count];
}

static void print(struct line *line) {
    struct iovec buffer = {line->text, line->length};
    uint32_t written;
    fd_write(1, &buffer, 1, &written);
    line->length = 0;
}

void _start(void) {
    struct line line = {.length = 0};
    running = THREADS;
    for (int index = 0; index < THREADS; index++) {
        workers[index].stack = stacks[index] + STACK_BYTES;
        if (thread_spawn(&workers[index]) < 0) {
            put(&line, "no thread could be spawned\n");
            print(&line);
            proc_exit(1);
        }
    }
    for (int32_t left; (left = running) != 0;) __builtin_wasm_memory_atomic_wait32((int *)&running, left, -1);
    for (int index = 0; index < THREADS; index++) {
        put(&line, "thread ");
        put_number(&line, (uint32_t)index + 1);
        put(&line, " found ");
        put_number(&line, workers[index].primes);
        put(&line, "\n");
        print(&line);
    }
    put(&line, "primes below ");
    put_number(&line, LIMIT);
    put(&line, ": ");
    put_number(&line, total);
    put(&line, "\n");
    print(&line);
}
