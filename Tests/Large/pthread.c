#include "pthread.h"

#include <errno.h>
#include <stdlib.h>

enum { STACK_BYTES = 1 << 20 };

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*function)(void *), void *argument) {
    (void)attributes;
    *thread = calloc(1, sizeof **thread);
    if (!*thread) return EAGAIN;
    int error = guest_spawn(*thread, function, argument, STACK_BYTES);
    if (error) free(*thread);
    return error;
}

int pthread_join(pthread_t thread, void **result) {
    void *value = guest_join(thread);
    if (result) *result = value;
    free(thread);
    return 0;
}

int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes) {
    (void)attributes;
    mutex->state = 0;
    return 0;
}

int pthread_mutex_destroy(pthread_mutex_t *mutex) {
    (void)mutex;
    return 0;
}

int pthread_mutex_lock(pthread_mutex_t *mutex) {
    guest_lock(mutex);
    return 0;
}

int pthread_mutex_unlock(pthread_mutex_t *mutex) {
    guest_unlock(mutex);
    return 0;
}

int pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes) {
    (void)attributes;
    condition->signals = 0;
    return 0;
}

int pthread_cond_destroy(pthread_cond_t *condition) {
    (void)condition;
    return 0;
}

static int wake(pthread_cond_t *condition, uint32_t count) {
    atomic_fetch_add(&condition->signals, 1);
    guest_wake(&condition->signals, count);
    return 0;
}

int pthread_cond_signal(pthread_cond_t *condition) { return wake(condition, 1); }

int pthread_cond_broadcast(pthread_cond_t *condition) { return wake(condition, UINT32_MAX); }

static int wait(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t nanoseconds) {
    int32_t seen = condition->signals;
    guest_unlock(mutex);
    int outcome = guest_wait(&condition->signals, seen, nanoseconds);
    guest_lock(mutex);
    return outcome == 2 ? ETIMEDOUT : 0;
}

int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex) { return wait(condition, mutex, -1); }

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *deadline) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t left = (int64_t)(deadline->tv_sec - now.tv_sec) * 1000000000 + deadline->tv_nsec - now.tv_nsec;
    return wait(condition, mutex, left < 0 ? 0 : left);
}

int pthread_once(pthread_once_t *once, void (*function)(void)) {
    static guest_mutex all;
    guest_lock(&all);
    if (!once->state) function();
    once->state = 1;
    guest_unlock(&all);
    return 0;
}
