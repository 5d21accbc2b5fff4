// Host threads and wake descriptors: what Swift's view of the C library leaves out.
#define _GNU_SOURCE
#include "threads.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

int machine_thread_create(pthread_t *thread, void *stack, size_t stackBytes, void *(*entry)(void *),
                          void *argument) {
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (error != 0) return -error;
    sigset_t all;
    sigfillset(&all);
    error = pthread_attr_setstack(&attributes, stack, stackBytes);
    if (error == 0) error = pthread_attr_setsigmask_np(&attributes, &all);
    if (error == 0) error = pthread_create(thread, &attributes, entry, argument);
    pthread_attr_destroy(&attributes);
    return -error;
}

int machine_thread_create_detached(size_t stackBytes, void *(*entry)(void *), void *argument) {
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (error != 0) return -error;
    sigset_t all;
    sigfillset(&all);
    pthread_t thread;
    error = pthread_attr_setstacksize(&attributes, stackBytes);
    if (error == 0) error = pthread_attr_setguardsize(&attributes, 64 << 10);
    if (error == 0) error = pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (error == 0) error = pthread_attr_setsigmask_np(&attributes, &all);
    if (error == 0) error = pthread_create(&thread, &attributes, entry, argument);
    pthread_attr_destroy(&attributes);
    return -error;
}

uint64_t machine_thread_number(void) {
    static _Atomic uint64_t last;
    static _Thread_local uint64_t number;
    if (number == 0) number = atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
    return number;
}

enum { name_bytes = 16 };

// Cut before a code point that does not fit.
static size_t cut(const char *text, size_t room) {
    size_t length = strnlen(text, room + 1);
    if (length <= room) return length;
    length = room;
    while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80) length--;
    return length;
}

void machine_thread_set_name(pthread_t thread, const char *name) {
    char text[name_bytes] = {0};
    memcpy(text, name, cut(name, name_bytes - 1));
    pthread_setname_np(thread, text);
}

void machine_thread_set_numbered_name(const char *prefix, uint32_t number) {
    char suffix[12];
    int length = snprintf(suffix, sizeof suffix, "-%" PRIu32, number);
    char text[name_bytes] = {0};
    size_t used = cut(prefix, name_bytes - 1 - (size_t)length);
    memcpy(text, prefix, used);
    memcpy(text + used, suffix, (size_t)length);
    pthread_setname_np(pthread_self(), text);
}

int machine_thread_is_first(void) { return getpid() == gettid(); }

// What C++ compilers call for objects of a thread. Weak: there may be a C library without it.
extern int __cxa_thread_atexit_impl(void (*function)(void *), void *argument, void *library)
    __attribute__((weak));
extern void *__dso_handle;

void machine_at_thread_end(void (*function)(void *), void *argument) {
    if (__cxa_thread_atexit_impl) __cxa_thread_atexit_impl(function, argument, &__dso_handle);
}

int machine_cancellation_disable(void) {
    int before;
    return pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before) == 0 ? before : PTHREAD_CANCEL_DISABLE;
}

void machine_cancellation_restore(int before) {
    int disabled;
    pthread_setcancelstate(before, &disabled);
}

void **machine_thread_word(void) {
    static _Thread_local void *word;
    return &word;
}

int machine_eventfd(void) {
    int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return descriptor < 0 ? -errno : descriptor;
}
