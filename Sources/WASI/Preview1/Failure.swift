// How a function of WASI ends when it does not succeed.

import Platform
import WasmRuntime

package enum Failure: Error, Sendable {
    /// The guest gets an error number and goes on.
    case errno(Errno)
    /// The calling thread leaves guest code.
    case trap(TrapReason)

    /// Turns an error of the host into the guest's.
    @inline(__always)
    static func guarding<Value>(_ call: () throws(SystemError) -> Value) throws(Failure) -> Value {
        do { return try call() } catch { throw .errno(Errno(error)) }
    }
}
