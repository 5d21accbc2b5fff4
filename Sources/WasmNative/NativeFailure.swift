// Why there is no compiled code, and who waits to learn it.

import WasmCompiler
import WasmRuntime

package enum NativeFailure: Error, Sendable {
    /// LLVM is not there, or not one that can be used.
    case unavailable(LLVM.Unavailable)
    /// LLVM refused the functions.
    case refused(CompilationError)
    /// What LLVM made cannot be used.
    case unusable(ObjectError)
    /// LLVM stopped for good, or the compiler was closed.
    case gaveUp
}

extension NativeFailure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unavailable(let reason): reason.description
        case .refused(.refused(let message)): "LLVM refuses the module: \(message)"
        case .refused(.frameTooLarge(let symbol, let bytes)): "the frame of \(symbol) takes \(bytes) bytes"
        case .unusable(let error): "the object that LLVM made cannot be used: \(error.description)"
        case .gaveUp: "LLVM has stopped for good"
        }
    }
}

/// The end of a compilation that someone waits for.
final class Completion: Sendable {
    private let word = WakeWord.allocate()
    private let failure = Guarded<NativeFailure?>(nil)
    private static let isFinished: UInt32 = 1

    deinit { word.deallocate() }

    func finish(_ failure: NativeFailure?) {
        self.failure.withLock { $0 = failure }
        word.post(Self.isFinished)
    }

    func wait() throws(NativeFailure) {
        _ = word.wait(for: Self.isFinished)
        if let failure = failure.withLock({ $0 }) { throw failure }
    }
}
