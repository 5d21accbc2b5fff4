// What a host function is given to find its caller by: a variable of the call.
//
// Always true: it is used on the thread of the call, and its mark goes when the host function returns.

import CMachine
import WasmRuntime

package struct Caller {
    /// "wtcaller", until the host function returns.
    package static let mark: UInt64 = 0x7265_6C6C_6163_7477

    package var mark = Caller.mark
    package let context: UnsafeMutablePointer<MachineContext>
    package let instance: UnsafeMutablePointer<MachineInstance>
    /// What the function was defined with.
    package let environment: UnsafeMutableRawPointer?
    /// What errno was after the call, and where the guest wants to have it, where it asks.
    var errno: (code: CInt, place: UnsafeMutableRawPointer)?
    /// What the host function says went wrong; the thread traps with it when the function returns.
    package var failure: HostFailure?

    package init(
        context: UnsafeMutablePointer<MachineContext>, instance: UnsafeMutablePointer<MachineInstance>,
        environment: UnsafeMutableRawPointer?
    ) {
        self.context = context
        self.instance = instance
        self.environment = environment
    }
}
