// What a function of the host says in place of its results: an error, or an exception that it throws.

import CMachine

package struct HostFailure: Sendable {
    /// For whoever catches nothing.
    package let message: String
    package let exception: GuestException?

    package init(_ message: String, exception: GuestException? = nil) {
        self.message = message
        self.exception = exception
    }

    /// Has the thread that runs on a context leave with it: returns the raw `TrapReason`.
    package func raise(on context: UnsafeMutablePointer<MachineContext>) -> UInt32 {
        if let exception {
            context.throw(exception)
            return TrapReason.uncaughtException.rawValue
        }
        GuestThread.current(context)?.hostError = message
        return TrapReason.hostError.rawValue
    }
}
