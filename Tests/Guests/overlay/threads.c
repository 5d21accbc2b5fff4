#include "threads.h"

#include <errno.h>
#include <stdlib.h>

/* https://www.akkadia.org/drepper/futex.pdf, "Mutex, Take 2". */
void guest_lock(guest_mutex *mutex) {
    int32_t state = 0;
    if (atomic_compare_exchange_strong(&mutex->state, &state, 1)) return;
    if (state != 2) state = atomic_exchange(&mutex->state, 2);
    while (state != 0) {
        guest_wait(&mutex->state, 2, -1);
        state = atomic_exchange(&mutex->state, 2);
    }
}

void guest_unlock(guest_mutex *mutex) {
    if (atomic_exchange(&mutex->state, 0) == 2) guest_wake(&mutex->state, 1);
}

/* ---- Allocation, by one thread at a time: the linker sends each call of `malloc` here. ---- */

void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
void __real_free(void *);

static guest_mutex allocation;

void *__wrap_malloc(size_t size) {
    guest_lock(&allocation);
    void *block = __real_malloc(size);
    guest_unlock(&allocation);
    return block;
}

void *__wrap_calloc(size_t count, size_t size) {
    guest_lock(&allocation);
    void *block = __real_calloc(count, size);
    guest_unlock(&allocation);
    return block;
}

void *__wrap_realloc(void *old, size_t size) {
    guest_lock(&allocation);
    void *block = __real_realloc(old, size);
    guest_unlock(&allocation);
    return block;
}

void __wrap_free(void *block) {
    guest_lock(&allocation);
    __real_free(block);
    guest_unlock(&allocation);
}

/* ---- Threads ---- */

static uintptr_t align_up(uintptr_t address, size_t alignment) {
    return (address + alignment - 1) & ~(uintptr_t)(alignment - 1);
}

_Static_assert(offsetof(guest_thread, stack_top) == 0 && offsetof(guest_thread, tls) == 4
                   && offsetof(guest_thread, is_done) == 28, "threads.S has these offsets");

/* Called by wasi_thread_start in threads.S, once the thread has its stack and its thread-local variables. */
void guest_thread_main(int32_t tid, guest_thread *thread) {
    thread->tid = tid;
    thread->result = thread->function(thread->argument);
}

int guest_spawn(guest_thread *thread, void *(*function)(void *), void *argument, size_t stack_bytes) {
    size_t tls_alignment = __builtin_wasm_tls_align() > 16 ? __builtin_wasm_tls_align() : 16;
    size_t stack_size = align_up(stack_bytes, 16);
    char *block = malloc(stack_size + __builtin_wasm_tls_size() + tls_alignment + 16);
    if (!block) return ENOMEM;
    thread->allocation = block;
    thread->stack_top = (void *)(align_up((uintptr_t)block, 16) + stack_size);
    thread->tls = (void *)align_up((uintptr_t)thread->stack_top, tls_alignment);
    thread->function = function;
    thread->argument = argument;
    atomic_store(&thread->is_done, 0);
    int32_t tid = wasi_thread_spawn(thread);
    if (tid > 0) return 0;
    free(block);
    return -tid;
}

void *guest_join(guest_thread *thread) {
    while (!atomic_load(&thread->is_done)) guest_wait(&thread->is_done, 0, -1);
    free(thread->allocation);
    return thread->result;
}
