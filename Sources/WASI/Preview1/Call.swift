// One call of a WASI function by a guest: its arguments, its memory, its thread.
//
// Always true: a call that does not wait takes no lock that it does not need, and neither allocates nor
// counts references on its way in and out.

import CMachine
import WasmModule
import WasmRuntime

@safe
struct Call {
    // SAFETY: the interpreter keeps all three alive and unmoved while the call lasts, and the frame has a
    // slot for each parameter, by its index, and at least one where there is a result.
    private let context: UnsafeMutablePointer<MachineContext>
    private let caller: UnsafeMutablePointer<MachineInstance>
    private let frame: UnsafeMutablePointer<MachineSlot>

    @inline(__always)
    init(
        _ context: UnsafeMutablePointer<MachineContext>, _ caller: UnsafeMutablePointer<MachineInstance>,
        _ frame: UnsafeMutablePointer<MachineSlot>
    ) {
        unsafe self.context = context
        unsafe self.caller = caller
        unsafe self.frame = frame
    }

    @inline(__always)
    func u32(_ index: Int) -> UInt32 { unsafe UInt32(truncatingIfNeeded: frame[index]) }

    @inline(__always)
    func u64(_ index: Int) -> UInt64 { unsafe frame[index] }

    /// The memory that pointers among the arguments mean: memory 0 of the caller. A module that has none
    /// breaks the rules of its own interface, and so traps instead of getting an error number.
    var memory: GuestMemory {
        @inline(__always)
        get throws(Failure) {
            guard let memory = unsafe caller.pointee.memory0 else { throw missingMemory() }
            return unsafe GuestMemory(memory, context)
        }
    }

    @inline(never)
    private func missingMemory() -> Failure {
        thread.guest?.hostError = "The module calls a function of WASI that needs a memory, and has none."
        return .trap(.hostError)
    }

    var thread: CallingThread {
        @inline(__always)
        get { unsafe CallingThread(context) }
    }
}

/// The thread that makes a call. A call that does not wait has no need to look it up.
@safe
struct CallingThread {
    // SAFETY: as for a call.
    let context: UnsafeMutablePointer<MachineContext>

    @inline(__always)
    fileprivate init(_ context: UnsafeMutablePointer<MachineContext>) { unsafe self.context = context }

    /// Nil when an instance runs outside of a process.
    var guest: GuestThread? { unsafe GuestThread.current(context) }
}

/// What every entry of preview 1 does: finds the context, runs `function`, and puts its error number
/// where the result goes.
@inline(__always)
func dispatch(
    _ context: UnsafeMutablePointer<MachineContext>?, _ caller: UnsafeMutablePointer<MachineInstance>?,
    _ hostContext: UnsafeRawPointer?, _ frame: UnsafeMutablePointer<MachineSlot>?,
    _ function: (WASIContext, Call) throws(Failure) -> Void
) -> UInt32 {
    // SAFETY: the `HostFunction` that was called holds the context.
    unsafe Unmanaged<WASIContext>.fromOpaque(hostContext!)._withUnsafeGuaranteedRef { wasi in
        do throws(Failure) {
            try function(wasi, unsafe Call(context!, caller!, frame!))
            unsafe frame![0] = MachineSlot(Errno.success.rawValue)
            return 0
        } catch {
            switch error {
            case .errno(let errno):
                unsafe frame![0] = MachineSlot(errno.rawValue)
                return 0
            case .trap(let reason):
                return reason.rawValue
            }
        }
    }
}
