// An exported function of an attached thread as a C function pointer.
//
// Always true: a call on the thread's own host thread runs the function; any other returns zero. What went
// wrong is kept by the thread, since C has no way to be told.

import CMachine
import NativeCalls
import WasmModule
import WasmRuntime

final class ThreadPointer: NativeClosureBody, @unchecked Sendable {
    // SENDABLE: nothing changes after the initialiser but `closure`, which is set there.
    private let callee: ThreadFunction
    private unowned(unsafe) let thread: AttachedThread
    private let hasFunctions: Bool
    private var closure: NativeClosure?

    /// `thread` owns it.
    init(_ callee: ThreadFunction, of thread: AttachedThread) throws(EmbedderError) {
        self.callee = callee
        unsafe self.thread = thread
        hasFunctions = callee.parameters.contains(.funcref)
        do {
            closure = try NativeClosure(callee.type, body: self)
        } catch {
            switch error {
            case .severalResults:
                let message = "The export \(callee.name) is func \(callee.type), and C returns one value at most."
                throw EmbedderError(.type, message)
            case .unsupportedType(let type):
                let message = "The export \(callee.name) is func \(callee.type), and C has no type for \(type)."
                throw EmbedderError(.type, message)
            case .noMemory:
                throw EmbedderError(.system, "The host has no memory left for the code of a function pointer.")
            }
        }
    }

    var function: UnsafeRawPointer { unsafe closure.unsafelyUnwrapped.function }

    func call(_ arguments: NativeArguments) -> MachineSlot {
        var result: MachineSlot = 0
        // SAFETY: the thread owns this object.
        let thread = unsafe self.thread
        do throws(EmbedderError) {
            unsafe try thread.call({ _ throws(EmbedderError) in callee }) {
                _, instance, frame throws(EmbedderError) in
                unsafe arguments.copy(to: frame)
                if hasFunctions { unsafe try check(frame, instance) }
            } take: { _, frame in
                unsafe result = frame[0]
            }
        } catch {
            thread.keep(error)
        }
        return result
    }

    /// Refuses references to functions that are none of the thread's.
    private func check(
        _ frame: UnsafeMutablePointer<MachineSlot>, _ instance: Instance
    ) throws(EmbedderError) {
        for (index, type) in callee.parameters.enumerated() where type == .funcref {
            let address = unsafe UInt(frame[index])
            guard address == 0 || instance.functionIndex(of: address) != nil else {
                let message = "An argument of \(callee.name) is a funcref of no function of the thread."
                throw EmbedderError(.misuse, message)
            }
        }
    }
}
