// What went wrong in a call of the embedder, in the terms of the C ABI.
//
// Always true: `message` is one or more whole sentences that name what is involved.

import Platform
import WasmModule
import WasmRuntime

package struct EmbedderError: Error, Sendable {
    /// The raw values are those of `wasi_threads_error_kind_t`.
    package enum Kind: UInt32, CaseIterable, Sendable {
        case misuse = 1
        case busy
        case file
        case malformed
        case invalid
        case unsupported
        case limit
        case link
        case export
        case type
        case system
        case trap
        case exited
        case ended
        case host
        case compiler
        case incompatible
        case deadlock
    }

    package var kind: Kind
    package var message: String
    package var trap: Trap?
    /// The TID of the thread that trapped.
    package var thread: UInt32 = 0
    /// What `proc_exit` was given.
    package var exitStatus: UInt32 = 0
    /// Where in the binary a module is refused.
    package var moduleOffset: Int = 0
    /// The threads of a deadlock.
    package var waiters: [Deadlock.Waiter] = []
    /// A sentence about those that are not told.
    package var waitersLeftOut: String?

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}

extension EmbedderError {
    init(_ error: ModuleError) {
        let kind: Kind =
            switch error.kind {
            case .malformed: .malformed
            case .invalid: .invalid
            case .unsupported, .switchedOff: .unsupported
            case .limit: .limit
            }
        self.init(kind, error.description)
        moduleOffset = error.offset
    }

    /// A trap of the thread with the TID `thread`; 0 is the one that the embedder called on.
    init(_ trap: Trap, thread: UInt32) {
        let place = thread == 0 ? "The main thread" : "Thread \(thread)"
        let name = trap.threadName.map { " (\(shown($0)))" } ?? ""
        let overflow = trap.stackOverflow.map { " \($0.description)" } ?? ""
        self.init(.trap, "\(place)\(name) trapped: \(trap.description).\(overflow)")
        self.trap = trap
        self.thread = thread
    }

    /// The guest's `proc_exit` where a result was asked for.
    init(exitStatus: UInt32) {
        self.init(.exited, "The program called proc_exit with the status \(exitStatus).")
        self.exitStatus = exitStatus
    }
}
