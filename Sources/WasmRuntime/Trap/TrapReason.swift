// Why a call into the guest ended early. The raw values travel through `MachineHostEntry` and compiled
// code, where 0 means that nothing happened.
// https://webassembly.github.io/spec/core/exec/runtime.html#results

package enum TrapReason: UInt32, Error, CaseIterable, Sendable {
    case unreachable = 1
    case memoryOutOfBounds
    case tableOutOfBounds
    case uninitializedElement
    case indirectCallTypeMismatch
    case integerDivideByZero
    case integerOverflow
    case invalidConversionToInteger
    case callStackExhausted
    case unalignedAtomic
    case expectedSharedMemory
    /// A function could not be translated for want of memory or because it exceeds a tier's limit.
    case translationFailed
    /// A host function reported an error; `GuestThread.hostError` has its message.
    case hostError
    /// Not traps of the program, but the two other ways in which its thread leaves guest code:
    /// its group is ending, and its own `proc_exit`.
    case interrupted
    case exited
    /// `throw_ref` of null.
    case nullExceptionReference
    /// An exception that nothing in the call catches; `thrownException` of the context is it.
    case uncaughtException
    /// `ref.as_non_null` of null, and `call_ref` of it.
    case nullReference, nullFunctionReference
}

extension TrapReason {
    /// Whether it is a failure, and not just the way out of guest code.
    package var isTrap: Bool { self != .interrupted && self != .exited }
}

extension TrapReason: CustomStringConvertible {
    /// The words of the specification's own tests, where they have some.
    package var description: String {
        switch self {
        case .unreachable: "unreachable"
        case .memoryOutOfBounds: "out of bounds memory access"
        case .tableOutOfBounds: "out of bounds table access"
        case .uninitializedElement: "uninitialized element"
        case .indirectCallTypeMismatch: "indirect call type mismatch"
        case .integerDivideByZero: "integer divide by zero"
        case .integerOverflow: "integer overflow"
        case .invalidConversionToInteger: "invalid conversion to integer"
        case .callStackExhausted: "call stack exhausted"
        case .unalignedAtomic: "unaligned atomic"
        case .expectedSharedMemory: "expected shared memory"
        case .translationFailed: "function exceeds a limit of the interpreter"
        case .hostError: "host function failed"
        case .nullExceptionReference: "null exception reference"
        case .nullReference: "null reference"
        case .nullFunctionReference: "null function reference"
        case .uncaughtException: "uncaught exception"
        case .interrupted: "interrupted"
        case .exited: "exited"
        }
    }
}
