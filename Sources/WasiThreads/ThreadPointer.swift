// An exported function of an attached thread as a C function pointer.
//
// Always true: a call on the thread's own host thread runs the function; any other returns zero. What went
// wrong is kept by the thread, since C has no way to be told.

import CMachine
import NativeCalls
import WasmModule
import WasmRuntime

@safe
final class ThreadPointer: @unchecked Sendable {
    // SENDABLE: nothing changes after the initialiser but `closure`, which is set there.
    private let name: String
    private let machine: UnsafePointer<MachineFunction>
    private let slots: Int
    /// The slots of the parameters that are references to functions.
    private let functions: [Int]
    /// SAFETY: it owns this object.
    private let thread: Unmanaged<AttachedThread>
    private var closure: NativeClosure?

    private let callee: ThreadFunction

    /// `thread` owns it.
    init(_ callee: ThreadFunction, of thread: AttachedThread) throws(EmbedderError) {
        name = callee.name
        self.callee = callee
        unsafe machine = callee.machine
        slots = callee.slots
        let layout = SlotLayout(callee.parameters)
        functions = callee.parameters.indices.filter { callee.parameters[$0].widest == .funcref }.map { layout[$0] }
        unsafe self.thread = Unmanaged.passUnretained(thread)
        do {
            let context = unsafe Unmanaged.passUnretained(self).toOpaque()
            closure = unsafe try NativeClosure(callee.type, context: context) { context, arguments in
                // SAFETY: C calls while the thread is attached, and that owns the closure's context.
                unsafe Unmanaged<ThreadPointer>.fromOpaque(context)._withUnsafeGuaranteedRef { pointer in
                    unsafe pointer.call(arguments.assumingMemoryBound(to: NativeArguments.self))
                }
            }
        } catch {
            switch error {
            case .severalResults:
                let reason = "and C returns one value at most."
                throw EmbedderError(.type, "The export \(callee.name) is func \(callee.type), \(reason)")
            case .unsupportedType(let type):
                let reason = "and C has no type for \(type)."
                throw EmbedderError(.type, "The export \(callee.name) is func \(callee.type), \(reason)")
            case .noMemory:
                throw EmbedderError(.system, "The host has no memory for the code of a function pointer.")
            }
        }
    }

    var function: UnsafeRawPointer { unsafe closure.unsafelyUnwrapped.function }

    private func call(_ arguments: UnsafePointer<NativeArguments>) -> MachineSlot {
        unsafe thread._withUnsafeGuaranteedRef { thread in
            var result: MachineSlot = 0
            do throws(EmbedderError) {
                unsafe try thread.call(machine, slots: slots) { instance, frame throws(EmbedderError) in
                    unsafe arguments.pointee.copy(to: frame)
                    if !functions.isEmpty { unsafe try check(frame, instance) }
                    if callee.isNarrow { unsafe try callee.checkNarrow(frame) }
                } take: { frame in
                    unsafe result = frame[0]
                }
            } catch {
                thread.keep(error)
            }
            return result
        }
    }

    /// Refuses references to functions that are none of the thread's.
    private func check(
        _ frame: UnsafeMutablePointer<MachineSlot>, _ instance: Instance
    ) throws(EmbedderError) {
        for slot in functions {
            let address = unsafe UInt(frame[slot])
            guard address == 0 || instance.functionIndex(of: address) != nil else {
                let message = "An argument of \(name) is a funcref of no function of the thread."
                throw EmbedderError(.misuse, message)
            }
        }
    }
}
