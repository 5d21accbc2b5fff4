// Threads that are inside of LLVM, and how they stop for good.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Notes that this thread is about to open or to enter LLVM, for `owner`. Returns 0 or a negative errno:
/// ECANCELED when the process has begun to exit, EAGAIN when there are too many such threads.
int machine_compiler_begin(const void *owner);

/// Notes that this thread only runs LLVM from here on, whose code is at `text`. After
/// `machine_native_guard`.
void machine_compiler_enter(uintptr_t text, size_t length);

/// Notes that this thread has left LLVM.
void machine_compiler_end(void);

/// The owner of this thread; NULL where it is not in LLVM.
const void *machine_compiler_owner(void);

/// Has this thread, which must not return to LLVM, sleep for ever.
_Noreturn void machine_compiler_park(void);

/// Waits until all threads that are in LLVM have left it or are stopped in the middle of it, and lets none in
/// any more. For the exit of the process, which takes LLVM apart.
void machine_compilers_stop(void);

/// For the handler of a signal: whether it is one that `machine_compilers_stop` sends to this thread. Does not
/// return where the thread stops. `address` is what it was about to run.
bool machine_compiler_is_asked(uintptr_t address);
