/* Threads for C guests over a C library that has none: Debian's wasi-libc is built for one thread.
 *
 * wasi-sdk's `wasm32-wasip1-threads` has real pthreads; this is what the tests can rely on with packages of
 * a distribution only. A thread has a stack and thread-local variables of its own; `malloc` and the like
 * are made safe with the linker's --wrap. Nothing else of the C library may run in two threads at once. */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* The assembly in threads.S finds the first two by their offset. */
typedef struct guest_thread {
    void *stack_top;
    void *tls;
    void *(*function)(void *);
    void *argument;
    void *result;
    void *allocation;
    int32_t tid;
    _Atomic int32_t is_done;
} guest_thread;

typedef struct {
    /* 0 free, 1 taken, 2 taken and perhaps waited for. */
    _Atomic int32_t state;
} guest_mutex;

__attribute__((import_module("wasi"), import_name("thread-spawn")))
int32_t wasi_thread_spawn(void *start_arg);

/* Waits while `*word` is `expected`; at most `nanoseconds`, for ever where negative. 0 woken, 1 another
 * value, 2 too late. */
static inline int guest_wait(_Atomic int32_t *word, int32_t expected, int64_t nanoseconds) {
    return __builtin_wasm_memory_atomic_wait32((int32_t *)word, expected, nanoseconds);
}

static inline uint32_t guest_wake(_Atomic int32_t *word, uint32_t count) {
    return __builtin_wasm_memory_atomic_notify((int32_t *)word, count);
}

void guest_lock(guest_mutex *mutex);
void guest_unlock(guest_mutex *mutex);

/* Starts a thread that runs `function(argument)`. Returns 0, or a positive error number. `thread` has to
 * live until it is joined. */
int guest_spawn(guest_thread *thread, void *(*function)(void *), void *argument, size_t stack_bytes);

/* Waits for a thread's end, frees its stack and returns its result. */
void *guest_join(guest_thread *thread);
