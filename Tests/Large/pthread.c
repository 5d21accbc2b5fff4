#include "pthread.h"

#include <errno.h>
#include <stdlib.h>

#include "threads.h"

enum { STACK_BYTES = 1 << 20, KEYS = 8 };

struct thread {
    guest_thread guest;
    void *(*function)(void *);
    void *argument;
};

static struct thread first;
static _Thread_local struct thread *self;

static _Atomic unsigned keys;
static void (*destroyers[KEYS])(void *);
static _Thread_local void *values[KEYS];

pthread_t pthread_self(void) { return (pthread_t)(self ? self : &first); }

int pthread_equal(pthread_t one, pthread_t other) { return one == other; }

static void *start(void *given) {
    self = given;
    void *result = self->function(self->argument);
    for (unsigned key = 0; key < keys; key++) {
        if (values[key] && destroyers[key]) destroyers[key](values[key]);
    }
    return result;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*function)(void *), void *argument) {
    (void)attributes;
    struct thread *made = calloc(1, sizeof *made);
    if (!made) return EAGAIN;
    made->function = function;
    made->argument = argument;
    *thread = (pthread_t)made;
    int error = guest_spawn(&made->guest, start, made, STACK_BYTES);
    if (error) free(made);
    return error;
}

int pthread_join(pthread_t thread, void **result) {
    struct thread *joined = (struct thread *)thread;
    void *value = guest_join(&joined->guest);
    if (result) *result = value;
    free(joined);
    return 0;
}

int pthread_detach(pthread_t thread) {
    (void)thread;
    return ENOTSUP;
}

int pthread_attr_init(pthread_attr_t *attributes) {
    *attributes = (pthread_attr_t){0};
    return 0;
}

int pthread_attr_destroy(pthread_attr_t *attributes) {
    (void)attributes;
    return 0;
}

int pthread_attr_setdetachstate(pthread_attr_t *attributes, int state) {
    (void)attributes;
    return state == PTHREAD_CREATE_JOINABLE ? 0 : ENOTSUP;
}

/* ---- Mutexes ---- */

struct mutex {
    guest_mutex lock;
    _Atomic pthread_t owner;
    int kind, depth;
};
_Static_assert(sizeof(struct mutex) <= sizeof(pthread_mutex_t), "a mutex has room");

static struct mutex *mutex_of(pthread_mutex_t *mutex) { return (struct mutex *)mutex; }

int pthread_mutexattr_init(pthread_mutexattr_t *attributes) {
    attributes->__attr = PTHREAD_MUTEX_NORMAL;
    return 0;
}

int pthread_mutexattr_destroy(pthread_mutexattr_t *attributes) {
    (void)attributes;
    return 0;
}

int pthread_mutexattr_settype(pthread_mutexattr_t *attributes, int kind) {
    attributes->__attr = kind;
    return 0;
}

int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes) {
    *mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    if (attributes) mutex_of(mutex)->kind = attributes->__attr;
    return 0;
}

int pthread_mutex_destroy(pthread_mutex_t *mutex) {
    (void)mutex;
    return 0;
}

/* Whether this thread has locked a recursive mutex already; then it has once more. */
static int locks_again(struct mutex *mutex) {
    if (mutex->kind != PTHREAD_MUTEX_RECURSIVE || mutex->owner != pthread_self()) return 0;
    return ++mutex->depth;
}

static int locked(struct mutex *mutex) {
    mutex->owner = pthread_self();
    return 0;
}

int pthread_mutex_lock(pthread_mutex_t *given) {
    struct mutex *mutex = mutex_of(given);
    if (locks_again(mutex)) return 0;
    guest_lock(&mutex->lock);
    return locked(mutex);
}

int pthread_mutex_trylock(pthread_mutex_t *given) {
    struct mutex *mutex = mutex_of(given);
    if (locks_again(mutex)) return 0;
    int32_t state = 0;
    return atomic_compare_exchange_strong(&mutex->lock.state, &state, 1) ? locked(mutex) : EBUSY;
}

int pthread_mutex_unlock(pthread_mutex_t *given) {
    struct mutex *mutex = mutex_of(given);
    if (mutex->depth) {
        mutex->depth--;
        return 0;
    }
    mutex->owner = 0;
    guest_unlock(&mutex->lock);
    return 0;
}

/* ---- Conditions ---- */

/* Counts signals, so that one between a waiter's unlock and its wait is not lost. */
static _Atomic int32_t *signals_of(pthread_cond_t *condition) { return (_Atomic int32_t *)condition; }

int pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes) {
    (void)attributes;
    *condition = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
    return 0;
}

int pthread_cond_destroy(pthread_cond_t *condition) {
    (void)condition;
    return 0;
}

static int wake(pthread_cond_t *condition, uint32_t count) {
    atomic_fetch_add(signals_of(condition), 1);
    guest_wake(signals_of(condition), count);
    return 0;
}

int pthread_cond_signal(pthread_cond_t *condition) { return wake(condition, 1); }

int pthread_cond_broadcast(pthread_cond_t *condition) { return wake(condition, UINT32_MAX); }

static int wait(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t nanoseconds) {
    int32_t seen = *signals_of(condition);
    pthread_mutex_unlock(mutex);
    int outcome = guest_wait(signals_of(condition), seen, nanoseconds);
    pthread_mutex_lock(mutex);
    return outcome == 2 ? ETIMEDOUT : 0;
}

int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex) { return wait(condition, mutex, -1); }

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *deadline) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t left = (int64_t)(deadline->tv_sec - now.tv_sec) * 1000000000 + deadline->tv_nsec - now.tv_nsec;
    return wait(condition, mutex, left < 0 ? 0 : left);
}

/* ---- Once, and variables by key ---- */

int pthread_once(pthread_once_t *once, void (*function)(void)) {
    static guest_mutex all;
    guest_lock(&all);
    if (!*once) function();
    *once = 1;
    guest_unlock(&all);
    return 0;
}

int pthread_key_create(pthread_key_t *key, void (*destroy)(void *)) {
    unsigned made = atomic_fetch_add(&keys, 1);
    if (made >= KEYS) return EAGAIN;
    destroyers[made] = destroy;
    *key = made;
    return 0;
}

void *pthread_getspecific(pthread_key_t key) { return values[key]; }

int pthread_setspecific(pthread_key_t key, const void *value) {
    values[key] = (void *)value;
    return 0;
}
