/* What the large guests use of pthreads, over the overlay of the other guests: Debian's wasi-libc has no threads. */
#pragma once

#include <stddef.h>
#include <time.h>

#include "threads.h"

typedef guest_thread *pthread_t;
typedef guest_mutex pthread_mutex_t;
typedef struct {
    /* Counts signals, so that one between a waiter's unlock and its wait is not lost. */
    _Atomic int32_t signals;
} pthread_cond_t;
typedef pthread_mutex_t pthread_once_t;
typedef int pthread_attr_t;
typedef int pthread_mutexattr_t;
typedef int pthread_condattr_t;

#define PTHREAD_MUTEX_INITIALIZER {0}
#define PTHREAD_ONCE_INIT {0}

int pthread_create(pthread_t *thread, const pthread_attr_t *, void *(*function)(void *), void *argument);
int pthread_join(pthread_t thread, void **result);

int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *);
int pthread_mutex_destroy(pthread_mutex_t *mutex);
int pthread_mutex_lock(pthread_mutex_t *mutex);
int pthread_mutex_unlock(pthread_mutex_t *mutex);

int pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *);
int pthread_cond_destroy(pthread_cond_t *condition);
int pthread_cond_signal(pthread_cond_t *condition);
int pthread_cond_broadcast(pthread_cond_t *condition);
int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
/* Until a time of CLOCK_REALTIME. */
int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *deadline);

int pthread_once(pthread_once_t *once, void (*function)(void));
