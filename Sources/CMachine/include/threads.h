// Host threads and wake descriptors: what Swift's view of the C library leaves out.
#pragma once

#include <pthread.h>
#include <stddef.h>
#include <sys/types.h>
#include <stdint.h>

/// pthread_create on the given stack, with every signal blocked in the new thread before its first
/// instruction. Returns 0 or a negative errno.
int machine_thread_create(pthread_t *thread, void *stack, size_t stackBytes, void *(*entry)(void *),
                          void *argument);

/// Starts a thread that nobody waits for, on a stack of its own of `stackBytes` bytes, with all signals
/// blocked. Returns 0 or a negative errno.
int machine_thread_create_detached(size_t stackBytes, void *(*entry)(void *), void *argument);

/// A number of the calling thread that no other thread of the program has, before or after. Never 0.
uint64_t machine_thread_number(void);

/// pthread_setname_np, with as much of the name as the kernel has room for.
void machine_thread_set_name(pthread_t thread, const char *name);

/// Names this thread `prefix-number`, the prefix cut to what there is room for. Allocates nothing.
void machine_thread_set_numbered_name(const char *prefix, uint32_t number);

/// Whether the calling thread is the one that the process began with.
int machine_thread_is_first(void);

/// Has `function` called when the calling thread ends. Where the first thread calls exit, that is before what
/// was registered with atexit.
void machine_at_thread_end(void (*function)(void *), void *argument);

/// Has the calling thread not be cancelled (pthread_cancel) until `machine_cancellation_restore` gets what this
/// returned. A cancellation that is asked for meanwhile waits.
int machine_cancellation_disable(void);
void machine_cancellation_restore(int before);

/// A word of the calling thread's, NULL at first.
void **machine_thread_word(void);

/// eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK). Returns a descriptor or a negative errno.
int machine_eventfd(void);
