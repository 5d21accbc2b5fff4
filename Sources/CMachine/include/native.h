// Entering compiled code, and the ways out of it that are no return: traps, faults and interrupts.
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "layout.h"

/// Makes `base` to `base + length` the addresses where compiled code may be, and installs the handlers of
/// the signals that arrive there. Code calls `helpers`. Once, before any compiled code runs. Returns 0 or a
/// negative errno.
int machine_native_install(void *base, size_t length, const MachineHelpers *helpers);

/// Calls `code` by way of `entry`. Returns 0, the reason of the trap that ended it, or `MACHINE_TOO_DEEP`.
uint32_t machine_native_enter(MachineContext *context, MachineInstance *instance, MachineSlot *frame,
                              MachineNativeEntry entry, MachineNativeCode code);

/// Goes on with a call at a loop of a function that has an `osrEntry`. Returns as `machine_native_enter`.
uint32_t machine_native_enter_loop(MachineContext *context, MachineInstance *instance, MachineSlot *frame,
                                   const MachineLoop *loop);

/// Says whether this thread sees to it that the signals which compiled code needs are never blocked while it
/// enters guest code. Otherwise each call from outside that comes to compiled code lets them in.
void machine_native_keep_signals(bool keeps);

/// What a function of the host that calls guests by function pointers does with the signals meanwhile.
typedef enum MachineHeldSignals {
    MACHINE_SIGNALS_NOT_HELD,
    /// They stay as they are from one such call to the next.
    MACHINE_SIGNALS_HELD,
    /// And the first such call has let them in.
    MACHINE_SIGNALS_LET_IN,
} MachineHeldSignals;

/// Says so for the calling thread, and returns what was said before.
MachineHeldSignals machine_native_hold_signals(MachineHeldSignals state);

/// The calling thread is one of ours: nobody but functions of the host, which leave the mask as they find it,
/// gets at its signals. They are let in when it first comes to compiled code.
void machine_native_note_own_thread(void);

/// `TrapReason.memoryOutOfBounds`, the reason of a fault.
extern const uint32_t machine_reason_memory_out_of_bounds;

/// `TrapReason.uncaughtException`, the reason that code of the same entry may catch.
extern const uint32_t machine_reason_uncaught_exception;

/// Leaves compiled code for the innermost entry, which returns `reason`; an exception goes to whoever catches it
/// before. Called by compiled code.
void machine_native_trap(MachineContext *context, uint32_t reason, uint32_t offset);

/// Whether a frame of compiled code is the one that was entered, and returns to what is not compiled.
bool machine_native_is_entry(const void *frame);

/// Whether compiled code lies at an address.
bool machine_native_is_code(uintptr_t address);

/// Whether any thread can be in compiled code.
bool machine_native_is_installed(void);

/// Has this thread call `parks`, which must not return, on `stack` when it faults from now on, where the
/// process would have ended. After `machine_native_install`. NULL for both ends it. Returns 0 or a negative
/// errno.
int machine_native_guard(void *stack, size_t length, void (*parks)(void));

/// Lets this thread read a file that is mapped at `base`, even where it becomes shorter: then there are
/// zeros. After `machine_native_install`. With a length of 0, no file any more.
void machine_native_watch(void *base, size_t length);

/// Whether no part of the file was missing so far.
bool machine_native_watched_is_whole(void);
