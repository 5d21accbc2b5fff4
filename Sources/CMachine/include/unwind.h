// Leaving frames of compiled code for the one that catches an exception.
//
// Always true: only frames of compiled code are left, which own nothing, and whose frame pointers link them.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// How many registers a call leaves as they were, beside the frame's and the stack's pointers.
#if defined(__x86_64__)
#define MACHINE_KEPT_REGISTERS 5
#else
#define MACHINE_KEPT_REGISTERS 18
#endif

/// What a frame of compiled code goes on with.
typedef struct MachineRegisters {
    /// In the order of `machine_unwind_register`.
    uint64_t kept[MACHINE_KEPT_REGISTERS];
    uint64_t frame;
    uint64_t stack;
    uint64_t address;
    /// What code that catches finds in the first register of results.
    uint64_t exception;
} MachineRegisters;

/// Where a function keeps the caller's value of a register.
typedef struct MachineKeptRegister {
    uint32_t index;
    /// In bytes, from where the stack stood before the call.
    int32_t offset;
} MachineKeptRegister;

/// The index of a register among those that are kept, by its number in DWARF; negative where it is none.
int32_t machine_unwind_register(uint64_t number);

/// The number in DWARF of the frame pointer.
extern const uint64_t machine_unwind_frame_register;

/// Leaves the frame at hand for its caller's, as a return would. `kept` says what it has of that.
void machine_unwind_step(MachineRegisters *registers, const MachineKeptRegister *_Nullable kept, int64_t count);

/// Goes on with these registers. They may lie in a frame that is left.
_Noreturn void machine_unwind_resume(const MachineRegisters *registers);
