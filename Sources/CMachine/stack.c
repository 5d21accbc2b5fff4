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

static uintptr_t high(const MachineHostStack *stack) { return stack->end + stack->byteCount; }

static void set(uintptr_t low, uintptr_t top, size_t room, bool isForeign) {
    uintptr_t end = top - low > room ? low + room : top;
    machine_host_stack = (MachineHostStack){.end = end, .byteCount = top - end, .isForeign = isForeign};
}

void machine_stack_find(uintptr_t here) {
    enum { default_room = 128 << 10, foreign_room = 48 << 10 };
    if (here - declared.low < declared.byteCount) {
        size_t room = smaller(declared.byteCount / 2, default_room);
        return set(declared.low, declared.low + declared.byteCount, room, false);
    }
    if (own.high == 0) find_own();
    if (here - own.low < own.high - own.low) {
        size_t room = smaller((own.high - own.low) / 2, default_room);
        return set(own_low(here, room), own.high, room, false);
    }
    // What is nested in the call that begins here finds less and less of it.
    const MachineHostStack *stack = &machine_host_stack;
    if (stack->isForeign && here - (stack->end - foreign_room) < stack->byteCount + foreign_room) return;
    set(here - machine_foreign_stack_bytes, here + 1, foreign_room, true);
}

void machine_stack_declare(uintptr_t low, size_t byteCount) {
    declared.low = low;
    declared.byteCount = byteCount;
    machine_host_stack = (MachineHostStack){0};
}

bool machine_stack_enter(MachineContext *context, MachineStackMark *mark) {
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    mark->stack = machine_host_stack;
    mark->nativeLimit = context->nativeLimit;
    mark->nativeFloor = context->nativeFloor;
    if (!machine_stack_has_room(here)) machine_stack_find(here);
    if (!machine_stack_has_room(here)) {
        machine_host_stack = mark->stack;
        return false;
    }
    machine_stack_bound(context, here);
    // All calls that are nested on one stack share what compiled code may use of it.
    bool isNested = context->depth > 1 && here > mark->nativeFloor && high(&machine_host_stack) == high(&mark->stack);
    if (isNested) {
        uintptr_t end = machine_host_stack.end;
        context->nativeFloor = mark->nativeFloor;
        context->nativeLimit = end > mark->nativeFloor ? end : mark->nativeFloor;
    }
    return true;
}

void machine_stack_leave(MachineContext *context, const MachineStackMark *mark) {
    // What was found meanwhile of the same stack still holds.
    bool isSame = high(&machine_host_stack) == high(&mark->stack), wasKnown = mark->stack.byteCount != 0;
    if (machine_host_stack.isForeign || (wasKnown && !isSame)) machine_host_stack = mark->stack;
    context->nativeLimit = mark->nativeLimit;
    context->nativeFloor = mark->nativeFloor;
}

bool machine_stack_deepen(MachineContext *context) {
    uintptr_t before = context->nativeLimit;
    machine_stack_find((uintptr_t)__builtin_frame_address(0));
    uintptr_t end = machine_host_stack.end;
    context->nativeLimit = end > context->nativeFloor ? end : context->nativeFloor;
    return context->nativeLimit < before;
}
