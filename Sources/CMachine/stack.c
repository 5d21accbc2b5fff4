// Finding the host's stack, and how far it goes.
#define _GNU_SOURCE
#include "stack.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

_Thread_local MachineHostStack machine_host_stack __attribute__((tls_model("initial-exec")));

/// The stack that the thread was made with. `high` is 1 where the system does not tell.
static _Thread_local struct {
    uintptr_t low, high;
    bool grows;
} own __attribute__((tls_model("initial-exec")));

/// What the host has said of the stack that it switched to.
static _Thread_local struct {
    uintptr_t low;
    size_t byteCount;
} declared __attribute__((tls_model("initial-exec")));

static size_t smaller(size_t first, size_t second) { return first < second ? first : second; }

static void find_own(void) {
    pthread_attr_t attributes;
    void *low = NULL;
    size_t size = 0;
    own.high = 1;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return;
    if (pthread_attr_getstack(&attributes, &low, &size) == 0 && size != 0) {
        own.low = (uintptr_t)low;
        own.high = own.low + size;
        own.grows = getpid() == gettid();
    }
    pthread_attr_destroy(&attributes);
}

/// How far down the thread's own stack goes. That of the first thread grows up to a limit that the host may
/// change at any time; it is looked at when some more of the stack comes into use.
static uintptr_t own_low(uintptr_t here, size_t room) {
    enum { window = 256 << 10 };
    if (!own.grows) return own.low;
    struct rlimit limit;
    uintptr_t low = own.low;
    if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur < own.high - low) low = own.high - limit.rlim_cur;
    if (here <= low) return here;
    return here - low > room + window ? here - room - window : low;
}

void machine_stack_find(uintptr_t here) {
    enum { usual_room = 128 << 10, foreign_room = 48 << 10 };
    MachineHostStack *stack = &machine_host_stack;
    bool isWithin = here - stack->low < stack->byteCount;
    if (here - declared.low < declared.byteCount) {
        stack->low = declared.low;
        stack->byteCount = declared.byteCount;
        stack->room = smaller(declared.byteCount / 2, usual_room);
        stack->isForeign = false;
        return;
    }
    if (own.high == 0) find_own();
    if (here - own.low < own.high - own.low) {
        stack->room = smaller((own.high - own.low) / 2, usual_room);
        stack->low = own_low(here, stack->room);
        stack->byteCount = own.high - stack->low;
        stack->isForeign = false;
        return;
    }
    // What is nested in the call that begins here finds less and less of it.
    if (isWithin && stack->isForeign) return;
    stack->isForeign = true;
    stack->room = foreign_room;
    stack->low = here - machine_foreign_stack_bytes;
    stack->byteCount = machine_foreign_stack_bytes + 1;
}

void machine_stack_declare(uintptr_t low, size_t byteCount) {
    declared.low = low;
    declared.byteCount = byteCount;
    machine_host_stack = (MachineHostStack){0};
}

bool machine_stack_deepen(MachineContext *context) {
    uintptr_t before = context->nativeLimit;
    machine_stack_find((uintptr_t)__builtin_frame_address(0));
    uintptr_t end = machine_host_stack.low + machine_host_stack.room;
    context->nativeLimit = end > context->nativeFloor ? end : context->nativeFloor;
    return context->nativeLimit < before;
}
