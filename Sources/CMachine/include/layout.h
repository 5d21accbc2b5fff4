// The one definition of the memory layout that running WebAssembly code touches.
//
// The interpreter reads these structures field by field, and compiled code will take its offsets from
// here. Always true: a structure is made and freed by exactly one Swift object (named at each), and a
// field that more than one thread touches says so; Swift reaches those as `Atomic`.
#pragma once

#include <stdint.h>

/// One operand, local or global: the bit pattern in the low bytes. A v128 takes two.
/// References: the address of a `MachineFunction`, or what the host gave for an externref; 0 is null.
typedef uint64_t MachineSlot;

/// A code word of the interpreter.
typedef uint16_t MachineWord;

/// A linear memory. Owned by `MemoryInstance`.
typedef struct MachineMemory {
    /// Never changes while the memory lives.
    uint8_t *base;
    /// In bytes. Atomic: grows while other threads look; never shrinks.
    uint64_t byteLength;
} MachineMemory;

/// A table. Owned by `TableInstance`; used by the one thread whose instance it belongs to.
typedef struct MachineTable {
    MachineSlot *elements;
    uint64_t count;
} MachineTable;

struct MachineContext;
struct MachineInstance;

/// How a function of the host is called: arguments stand in `frame` from slot 0 on, and results are put
/// there. `caller` is the instance that called. Returns 0, or a raw `TrapReason`.
typedef uint32_t (*MachineHostEntry)(struct MachineContext *context, struct MachineInstance *caller,
                                     const void *hostContext, MachineSlot *frame);

/// What all instances of one function share. Owned by `ModuleCode`, or by `HostFunction`.
typedef struct MachineCode {
    /// The interpreter's words; before the first call, those that translate the function.
    /// NULL for a host function. Atomic: set once more, when the function is translated.
    const MachineWord *body;
    /// NULL for a function in WebAssembly.
    MachineHostEntry hostEntry;
    const void *hostContext;
    /// The `ModuleCode` that owns this, unretained. NULL for a host function.
    const void *module;
    /// The number of its function type in the engine: equal exactly when the types are.
    uint32_t typeNumber;
    /// The index among the functions that the module defines.
    uint32_t definedIndex;
    uint32_t parameterSlots;
    uint32_t resultSlots;
    /// What `body` points into before the function is translated: a header and one instruction.
    MachineWord stub[8];
} MachineCode;

/// A function instance: what a funcref points to. Owned by `Instance`, or by `HostFunction`.
typedef struct MachineFunction {
    const MachineCode *code;
    /// NULL for a host function.
    struct MachineInstance *instance;
} MachineFunction;

/// An instance. Owned by `Instance`. The pointed-to arrays have the module's index spaces, imports first.
typedef struct MachineInstance {
    /// Memory 0, or NULL.
    MachineMemory *memory0;
    /// The functions that the module defines, in one block: index less `importedFunctionCount`.
    MachineFunction *ownFunctions;
    const MachineFunction **importedFunctions;
    /// The globals that the module defines, in one block.
    MachineSlot *ownGlobals;
    MachineSlot **globals;
    MachineTable **tables;
    MachineMemory **memories;
    uint32_t importedFunctionCount;
    /// The `Instance`, unretained.
    const void *object;
} MachineInstance;

/// The state of one thread that runs guest code. Lies at the low end of its value stack; owned by
/// `ValueStack`.
typedef struct MachineContext {
    /// The address that no frame may reach beyond. Atomic: an interrupt from any thread sets it to 0,
    /// so that the check at calls and at taken branches sees it.
    uintptr_t stackLimit;
    /// What `stackLimit` is without an interrupt.
    uintptr_t stackEnd;
    /// The first slot behind this structure.
    MachineSlot *stackBase;
    /// Where the next call into the guest puts its frame: behind the frames that are live.
    MachineSlot *stackTop;
    /// Where a trap happened, for the frames of its error: the words and the frame.
    const MachineWord *trapBody;
    MachineSlot *trapFrame;
    MachineInstance *trapInstance;
    /// The `GuestThread`, unretained; NULL outside of a process.
    const void *thread;
    /// How many calls into guest code are nested on this host stack through host functions.
    uint32_t depth;
    /// Where the thread is: a `Place`, or the address of the `MachineCode` of the host function that it has
    /// called. Atomic: written by the thread alone, read by those who watch it.
    uintptr_t place;
    /// The address in memory that it waits at, while its place says that it waits. Atomic like `place`.
    uint64_t waitOffset;
} MachineContext;
