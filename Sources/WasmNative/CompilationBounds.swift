// What bounds a compilation that somebody waits for.
//
// Where time or memory is up, what is compiled by then is used, and the rest stays with the interpreter.

import Platform
import Synchronization

package struct CompilationBounds: Sendable {
    /// When whoever waits goes on; nil is never.
    package var deadline: Deadline?
    /// About how much memory LLVM may take at once, in bytes.
    package var memory: UInt64
    /// By which another thread ends it.
    package var cancellation: Cancellation?

    package init(deadline: Deadline? = nil, memory: UInt64 = .max, cancellation: Cancellation? = nil) {
        self.deadline = deadline
        self.memory = memory
        self.cancellation = cancellation
    }
}

/// Somebody's word that something is to end, for the thread that does it. Once said, it stays.
package final class Cancellation: Sendable {
    private struct State {
        var isCancelled = false
        var action: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    package init() {}

    package var isCancelled: Bool { state.withLock(\.isCancelled) }

    package func cancel() {
        let action = state.withLock { state in
            state.isCancelled = true
            return state.action
        }
        action?()
    }

    /// Calls `body`; `action` is called on the thread that cancels meanwhile, or at once where that was before.
    func during<Failure: Error>(
        _ body: () throws(Failure) -> Void, call action: @escaping @Sendable () -> Void
    ) throws(Failure) {
        let isCancelled = state.withLock { state in
            state.action = action
            return state.isCancelled
        }
        defer { state.withLock { $0.action = nil } }
        if isCancelled { action() }
        try body()
    }
}
