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

/// Addresses of a stack from which guest code may be entered: from `end`, below which functions of the host and
/// handlers of signals find their room, up to where the stack begins.
typedef struct MachineHostStack {
    uintptr_t end;
    size_t byteCount;
    /// Whether it is not the thread's own, and nobody has said where it ends.
    bool isForeign;
} MachineHostStack;

/// The one that this thread was on when it was last looked at.
extern _Thread_local MachineHostStack machine_host_stack __attribute__((tls_model("initial-exec")));

/// What an entry replaces that is nested in another one, or on another stack.
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

static inline bool machine_stack_has_room(uintptr_t here) {
    return here - machine_host_stack.end < machine_host_stack.byteCount;
}

/// Works out what compiled code may use of the host's stack in a call that begins at `here`.
static inline void machine_stack_bound(MachineContext *context, uintptr_t here) {
    size_t budget = context->stackEnd - (uintptr_t)context;
    uintptr_t floor = here > budget ? here - budget : 0, end = machine_host_stack.end;
    context->nativeFloor = floor;
    context->nativeLimit = end > floor ? end : floor;
    context->areSignalsLetIn = 0;
}

/// Begins a call into guest code that is nested in no other one on this context, where the stack is the one that
/// was found last. False, and nothing has begun, where `machine_stack_enter` has to look.
static inline bool machine_stack_begin(MachineContext *context) {
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    if (context->depth != 1 || !machine_stack_has_room(here)) return false;
    machine_stack_bound(context, here);
    return true;
}

/// Begins any call into guest code; `context->depth` counts it already. False, and nothing has begun, where too
/// little of the stack is left. `machine_stack_leave` ends it.
bool machine_stack_enter(MachineContext *context, MachineStackMark *mark);
void machine_stack_leave(MachineContext *context, const MachineStackMark *mark);

/// Whether compiled code has any use of being entered here. Below, it would find that out by itself, or its
/// caller would have no way to go on.
static inline bool machine_stack_has_native_room(const MachineContext *context) {
    enum { least = 4096 };
    return (uintptr_t)__builtin_frame_address(0) >= context->nativeLimit + least;
}

/// Looks again how far the stack goes. Whether compiled code may use more of it than before.
bool machine_stack_deepen(MachineContext *context);
