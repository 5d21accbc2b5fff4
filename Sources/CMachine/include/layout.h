// The one definition of the memory layout that running WebAssembly code touches.
//
// The interpreter reads these structures field by field, and compiled code will take its offsets from
// here. Always true: a structure is made and freed by exactly one Swift object (named at each), and a
// field that more than one thread touches says so; Swift reaches those as `Atomic`.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// One operand, local or global: the bit pattern in the low bytes. A v128 takes two, of which the first has the
/// low half; it is aligned as a slot. How many a type takes, and where values lie, is `SlotLayout`'s to say.
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
    /// The base-2 logarithm of the size of a page. Never changes, as what follows.
    uint8_t pageShift;
    /// Whether its addresses have 64 bits, and not 32.
    uint8_t isWide;
    uint8_t isShared;
} MachineMemory;

/// A table. Owned by `TableInstance`; used by the one thread whose instance it belongs to.
typedef struct MachineTable {
    MachineSlot *elements;
    uint64_t count;
    /// Whether its indices have 64 bits, and not 32.
    uint8_t isWide;
} MachineTable;

struct MachineContext;
struct MachineInstance;
struct MachineRegisters;
struct MachineFunction;

/// How a function of the host is called: arguments stand in `frame` from slot 0 on, and results are put
/// there. `caller` is the instance that called. Returns 0, or a raw `TrapReason`.
typedef uint32_t (*MachineHostEntry)(struct MachineContext *context, struct MachineInstance *caller,
                                     const void *hostContext, MachineSlot *frame);

/// Compiled code of a function, as compiled code calls it: the static-chain register has the
/// `MachineFunction` that is called, a register that every function keeps has the context; then come the
/// instance and the parameters; one result is returned, several are put where one more parameter points to,
/// as slots.
typedef const void *MachineNativeCode;

/// Calls `code` with the arguments that stand in `frame`, and leaves its results there. Returns 0 or a raw
/// `TrapReason`; a trap in `code` does not return here.
typedef uint32_t (*MachineNativeEntry)(struct MachineContext *context, struct MachineInstance *instance,
                                       MachineSlot *frame, MachineNativeCode code);

/// Goes on with a call of the interpreter's whose locals and operands stand in `frame`, to its end, from the
/// head of the loop with the number `loop` on, and leaves the results from slot 0 on. Returns as
/// `MachineNativeEntry`, or `MACHINE_TOO_DEEP`.
typedef uint32_t (*MachineOSREntry)(struct MachineContext *context, struct MachineInstance *instance,
                                     MachineSlot *frame, uint32_t loop);

/// What an entry into compiled code returns where too little of the host's stack is left, and nothing has
/// happened: no `TrapReason`.
#define MACHINE_TOO_DEEP UINT32_MAX

/// What it returns where the function that was entered, or one that was called in place of it, calls another in place
/// of itself that the portable tier goes on with: `tailCallee` and `tailArguments` of the context; no `TrapReason`.
#define MACHINE_TAIL_CALL (UINT32_MAX - 1)

/// What compiled code calls for everything that is out of line. One for the whole library.
typedef struct MachineHelpers {
    /// Ends the guest code on this stack up to the innermost entry. `offset` is that of the instruction.
    void (*trap)(struct MachineContext *context, uint32_t reason, uint32_t offset);
    /// Says why the thread was interrupted: 0 where it may go on, otherwise the reason to leave.
    uint32_t (*poll)(struct MachineContext *context);
    /// Calls a function that is not compiled, or is not of `caller`'s instance.
    uint32_t (*call)(struct MachineContext *context, struct MachineInstance *caller,
                     const struct MachineFunction *function, MachineSlot *frame);
    /// The same for a compiled function that finds too little of the host's stack left for its frame.
    uint32_t (*callDeep)(struct MachineContext *context, struct MachineInstance *caller,
                         const struct MachineFunction *function, MachineSlot *frame);
    /// Calls a function in place of the one that runs, with the arguments in `slots`: where `outerFrame`, the one below
    /// that of the function, is that of its entry, by leaving with what this returns, `MACHINE_TAIL_CALL`, and
    /// otherwise as `call`.
    uint32_t (*tailCall)(struct MachineContext *context, struct MachineInstance *caller,
                         const struct MachineFunction *function, MachineSlot *slots, const void *outerFrame);
    /// Executes an instruction by its opcode, with the operands in `slots` and the result in slot 0.
    uint32_t (*execute)(struct MachineContext *context, struct MachineInstance *instance, uint32_t opcode,
                        uint32_t first, uint64_t second, MachineSlot *slots);
    /// Finds who catches what is thrown among the frames of compiled code from `registers` on, up to the entry.
    /// Where anyone does, `registers` are those to go on with. For `trap`.
    bool (*unwind)(struct MachineContext *context, struct MachineRegisters *registers);
    /// Ends the way of what is thrown: its values go to `slots`, which is NULL for who takes none. Returns the
    /// reference to it where that is to be kept, for a slot below the context's `stackTop`.
    MachineSlot (*catchException)(struct MachineContext *context, MachineSlot *slots, bool isKept);
    /// Throws what a slot refers to. Returns the reason to leave with.
    uint32_t (*throwReference)(struct MachineContext *context, MachineSlot reference);
    /// Before a global or a table of an instance refers to an exception.
    void (*keepException)(struct MachineInstance *instance, MachineSlot reference);
} MachineHelpers;

/// What all instances of one function share. Owned by `ModuleCode`, or by `HostFunction`.
typedef struct MachineCode {
    /// The interpreter's words; before the first call, those that translate the function.
    /// NULL for a host function. Atomic: set once more, when the function is translated.
    const MachineWord *body;
    /// The same where `body` enters compiled code: what a call goes on in for which that has no room. Atomic.
    const MachineWord *portable;
    /// NULL for a function in WebAssembly.
    MachineHostEntry hostEntry;
    const void *hostContext;
    /// A C function that takes the parameters as they are, as int32_t, int64_t, float and double, and returns
    /// the result, of which there is one at most; NULL where there is none such. Does what `hostEntry` does.
    const void *hostFunction;
    /// The `ModuleCode` that owns this, unretained. NULL for a host function.
    const void *module;
    /// The number of its function type in the engine: equal exactly when the types are.
    uint32_t typeNumber;
    /// Compiled code; NULL where there is none yet. Atomic: set once for each tier that compiles.
    MachineNativeCode native;
    /// What calls `native`, and any code that takes its place, from a frame. Set before `native`.
    MachineNativeEntry nativeEntry;
    /// How many calls are left until the function is worth compiling; 0 when it is or was. Atomic.
    uint32_t callsLeft;
    /// Whether `native` is or was being made. Atomic.
    uint32_t isRequested;
    /// Whether the next field is or was being made. Atomic.
    uint32_t isOSREntryRequested;
    /// What goes on at any loop of the function in compiled code; NULL where there is none. Atomic: set once.
    MachineOSREntry osrEntry;
    /// The index among the functions that the module defines.
    uint32_t definedIndex;
    uint32_t parameterSlots;
    uint32_t resultSlots;
    /// What `body` points into before the function is translated: a header and one instruction.
    MachineWord stub[8];
    /// What `body` points into when the function is compiled: a header and one instruction.
    MachineWord nativeStub[8];
} MachineCode;

/// A loop of a function. Owned by the tier that counts in it.
typedef struct MachineLoop {
    MachineCode *code;
    /// Counted in the order of the binary.
    uint32_t index;
    /// How many back edges are left until someone looks at the loop; 0 or less where it is time. Atomic.
    int32_t backEdgesLeft;
    /// Of the function: where its locals end, and how many slots its frame has.
    uint32_t localsEnd;
    uint32_t frameSlots;
} MachineLoop;

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
    /// Its base, which never moves: compiled code takes it with one load.
    uint8_t *memory0Base;
    /// The functions that the module defines, in one block: index less `importedFunctionCount`.
    MachineFunction *ownFunctions;
    const MachineFunction **importedFunctions;
    /// The globals that the module defines, in one block.
    MachineSlot *ownGlobals;
    MachineSlot **globals;
    MachineTable **tables;
    MachineMemory **memories;
    /// The `TagInstance` of each tag, unretained.
    const void **tags;
    /// The numbers of the module's types in the engine, by type index. Owned by `ModuleCode`.
    const uint32_t *typeNumbers;
    uint32_t importedFunctionCount;
    /// The `Instance`, unretained.
    const void *object;
} MachineInstance;

/// How many addresses of compiled code are kept when it traps.
#define MACHINE_TRACE_LENGTH 64

/// The state of one thread that runs guest code. Lies at the low end of its value stack; owned by
/// `ValueStack`.
typedef struct MachineContext {
    /// The address that no frame may reach beyond. Atomic: an interrupt from any thread sets it to 0,
    /// so that the check at calls and at taken branches sees it.
    uintptr_t stackLimit;
    /// What `stackLimit` is without an interrupt.
    uintptr_t stackEnd;
    /// The first slot after this structure.
    MachineSlot *stackBase;
    /// Where the next call into the guest puts its frame: after the frames that are live.
    MachineSlot *stackTop;
    /// What an entry that returns `MACHINE_TAIL_CALL` has left to be called, and its arguments.
    const struct MachineFunction *tailCallee;
    MachineSlot *tailArguments;
    /// Where a trap happened, for the frames of its error: the words and the frame.
    const MachineWord *trapBody;
    MachineSlot *trapFrame;
    MachineInstance *trapInstance;
    /// The address that the host's stack may not go below in compiled code.
    uintptr_t nativeLimit;
    /// What `nativeLimit` is where the host's stack has no end before: as far from the entry as the value
    /// stack is long.
    uintptr_t nativeFloor;
    /// Whether, since the last entry from the host, the signals that compiled code needs were let in.
    uint32_t areSignalsLetIn;
    /// The `jmp_buf` of the innermost entry into compiled code.
    void *unwindTarget;
    /// Where compiled code was when it trapped last: the addresses that were active, the innermost first.
    uintptr_t trace[MACHINE_TRACE_LENGTH];
    uint32_t traceCount;
    /// The offset in the module of the innermost instruction, where it is known; otherwise 0.
    uint32_t traceOffset;
    /// Frames of a trap that compiled code passes on: an `InnerFrames`, retained, or NULL.
    void *innerFrames;
    /// The exceptions of this thread: an `ExceptionStore`, retained, or NULL.
    void *exceptions;
    /// What compiled code calls.
    const MachineHelpers *helpers;
    /// The `GuestThread`, unretained; NULL outside of a process.
    const void *thread;
    /// How many calls into guest code are nested on this host stack through host functions.
    uint32_t depth;
    /// What the thread does: a `ThreadState`, or the address of the `MachineCode` of the host function that it has
    /// called. Atomic: written by the thread only, read by those who watch it.
    uintptr_t threadState;
    /// Where it waits, an address in the memory that it waits in, while its state says that it waits. Atomic like
    /// that.
    uint64_t waitOffset;
    /// Not 0 once its group ends. Atomic: set from any thread, and read before each system call that can wait.
    uint32_t mustEnd;
    /// Whether the thread makes system calls that can wait. Atomic: set by the thread only.
    uint32_t waits;
    /// Its `RaceThread`, where its process looks for data races; otherwise NULL.
    void *race;
} MachineContext;
