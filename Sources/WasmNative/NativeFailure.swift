// Why there is no compiled code.

import Platform
import WasmCompiler
import WasmModule

package enum NativeFailure: Error, Sendable {
    /// LLVM is not there, or not one that can be used.
    case unavailable(LLVM.Unavailable)
    /// LLVM refused the functions.
    case refused(CompilationError)
    /// What LLVM made cannot be used.
    case unusable(ObjectError)
    /// LLVM stopped for good, or no thread can be made for it.
    case gaveUp
    /// The process was forked while its parent compiled.
    case cutOff
    /// Somebody has said that it is to end.
    case cancelled
}

extension NativeFailure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unavailable(let reason): reason.description
        case .refused(.refused(let message)): "LLVM refuses the module: \(message)"
        case .refused(.frameTooLarge(let symbol, let bytes)): "the frame of \(symbol) takes \(counted(bytes, "byte"))"
        case .refused(.blockTooLong(let symbol)): "a block of \(symbol) is too long"
        case .unusable(let error): "the object that LLVM made cannot be used: \(error.description)"
        case .cutOff: "this process was forked while its parent was in LLVM, which may hold locks there for ever"
        case .cancelled: "it was cancelled"
        case .gaveUp: "LLVM has stopped for good, or has no thread to run on"
        }
    }
}
