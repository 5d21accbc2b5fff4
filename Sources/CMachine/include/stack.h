// The host's stack that a thread runs on: how much of it guest code may use.
//
// What always holds: nothing is taken for granted from one entry to the next. A host may switch to another
// stack between two calls, or lower the limit of the first thread's; so each entry compares where it is with
// what was found last, which costs no system call as long as it fits.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layout.h"

/// Addresses of a stack, from `low` on, as far as they are known to be usable.
typedef struct MachineHostStack {
    uintptr_t low;
    size_t byteCount;
    /// What is left at the low end for functions of the host and for handlers of signals.
    size_t room;
    /// Whether it is not the thread's own, and nobody has said where it ends.
    bool isForeign;
} MachineHostStack;

/// The one that this thread was on when it was last looked at.
extern _Thread_local MachineHostStack machine_host_stack __attribute__((tls_model("initial-exec")));

/// What an entry into guest code replaces, for its end.
typedef struct MachineStackMark {
    MachineHostStack stack;
    uintptr_t nativeLimit;
    uintptr_t nativeFloor;
} MachineStackMark;

/// How much is taken to be left of a stack that nothing is known of.
enum { machine_foreign_stack_bytes = 64 << 10 };

/// Finds out about the stack that `here` is on, and how far it goes by now.
void machine_stack_find(uintptr_t here);

/// Says where the stack is that this thread runs on from now on, in place of its own. With a size of 0 that
/// is over.
void machine_stack_declare(uintptr_t low, size_t byteCount);

static inline uintptr_t machine_stack_high(const MachineHostStack *stack) {
    return stack->low + stack->byteCount;
}

static inline bool machine_stack_has_room(uintptr_t here) {
    uintptr_t used = here - machine_host_stack.low;
    return used < machine_host_stack.byteCount && used >= machine_host_stack.room;
}

/// Begins a call into guest code: works out what compiled code may use of the host's stack. `context->depth`
/// is that of the call. False, and nothing has begun, where too little is left.
static inline bool machine_stack_enter(MachineContext *context, MachineStackMark *mark) {
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    mark->stack = machine_host_stack;
    mark->nativeLimit = context->nativeLimit;
    mark->nativeFloor = context->nativeFloor;
    if (!machine_stack_has_room(here)) {
        machine_stack_find(here);
        if (!machine_stack_has_room(here)) {
            machine_host_stack = mark->stack;
            return false;
        }
    }
    // All calls that are nested on one stack share what guest code may use of it.
    bool isNested = context->depth > 1 && here > mark->nativeFloor
        && machine_stack_high(&machine_host_stack) == machine_stack_high(&mark->stack);
    size_t budget = context->stackEnd - (uintptr_t)context->stackBase;
    if (!isNested) context->nativeFloor = here > budget ? here - budget : 0;
    uintptr_t end = machine_host_stack.low + machine_host_stack.room;
    context->nativeLimit = end > context->nativeFloor ? end : context->nativeFloor;
    context->areSignalsLetIn = 0;
    return true;
}

static inline void machine_stack_leave(MachineContext *context, const MachineStackMark *mark) {
    // What was found meanwhile of the same stack still holds.
    bool isSame = machine_stack_high(&machine_host_stack) == machine_stack_high(&mark->stack);
    bool wasKnown = mark->stack.byteCount != 0;
    if (machine_host_stack.isForeign || (wasKnown && !isSame)) machine_host_stack = mark->stack;
    context->nativeLimit = mark->nativeLimit;
    context->nativeFloor = mark->nativeFloor;
}

/// Whether compiled code has any use of being entered here. Below, it would find that out by itself, or its
/// caller would have no way to go on.
static inline bool machine_stack_has_native_room(const MachineContext *context) {
    enum { least = 4096 };
    return (uintptr_t)__builtin_frame_address(0) >= context->nativeLimit + least;
}

/// Looks again how far the stack goes. Whether compiled code may use more of it than before.
bool machine_stack_deepen(MachineContext *context);
