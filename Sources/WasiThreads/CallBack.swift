// Calls that a host function makes back into the instance that called it.
//
// Always true: they run on the thread that is in the host function, above its frames; a trap in one ends the
// process like any other, so the caller's own code does not go on. An exception that leaves one is the host
// function's: to catch, or to throw on.

import CMachine
import NativeCalls
import Platform
import WasmModule
import WasmRuntime

extension Instance {
    /// Calls an exported function on behalf of a host function.
    func callBack(
        _ name: String, _ arguments: [Value], resultCount: Int, on thread: GuestThread
    ) throws(EmbedderError) -> [Value] {
        let callee = try exportedFunction(name)
        try check(arguments, resultCount: resultCount, of: callee, name)
        if let outcome = thread.group.outcome { throw EmbedderError(outcome) }
        do {
            return try thread.call(callee, arguments, of: self)
        } catch {
            throw ending(by: error, on: thread)
        }
    }

    /// What whoever called back is told of a call that did not return, which ends the process unless it was left by
    /// an exception.
    fileprivate func ending(by trap: Trap, on thread: GuestThread) -> EmbedderError {
        // Whoever called back may catch it: the guest that called stands as it was.
        if trap.reason == .uncaughtException { return EmbedderError(trap, thread: thread.id) }
        // The other two ways of leaving guest code have an outcome already.
        if trap.reason != .interrupted, trap.reason != .exited { thread.group.end(.trapped(trap, tid: thread.id)) }
        guard let outcome = thread.group.outcome else {
            preconditionFailure("guest code is left early only at an end")
        }
        return EmbedderError(outcome)
    }

    /// Refuses arguments that are not of the function's type, and too much or too little room for results.
    func check(
        _ arguments: [Value], resultCount: Int?, of callee: FunctionReference, _ name: String
    ) throws(EmbedderError) {
        let type = callee.type
        let given = arguments.map(\.type)
        let room = resultCount ?? type.results.count
        guard given == type.parameters.map(\.widest), room == type.results.count else {
            let words = given.map(\.description).joined(separator: " ")
            let message = "it was called with (\(words)) and room for \(counted(room, "result"))."
            throw EmbedderError(.type, "The export \(name) is func \(type); \(message)")
        }
        for case .funcref(let address) in arguments where address != 0 && functionIndex(of: address) == nil {
            throw EmbedderError(.misuse, "An argument of \(name) is a funcref of no function of the process.")
        }
        for (index, (argument, parameter)) in zip(arguments, type.parameters).enumerated()
        where !argument.isOf(parameter) {
            throw EmbedderError(narrowArgument: index, argument, parameter, of: name)
        }
    }
}

extension EmbedderError {
    /// For a reference of the right kind that is not of its parameter's type.
    init(narrowArgument index: Int, _ argument: Value, _ parameter: ValueType, of name: String) {
        let given = argument.isNull ? "null" : "a function of another type"
        self.init(.type, "The argument \(index) of \(name) is of the type \(parameter), and was given \(given).")
    }
}

// MARK: Function pointers that C keeps

extension Process {
    /// Calls a function of the guest that C has as a function pointer, from outside of the calls that were given it.
    /// `put` stores the arguments, and `take` takes the result; each may say why not.
    static func callBack(
        _ home: Callback.Home, _ instance: Instance, _ function: UnsafePointer<MachineFunction>, slots: Int,
        _ put: (UnsafeMutablePointer<MachineSlot>) -> HostFailure?,
        _ take: (UnsafeMutablePointer<MachineSlot>) -> HostFailure?
    ) throws(EmbedderError) {
        let process = unsafe try Handle.object(OpaquePointer(bitPattern: home.process), as: Process.self)
        var failure: HostFailure?
        if let attached = process.attached.withLock({ $0[home.thread] }) {
            unsafe try attached.call(function, slots: slots) { _, frame throws(EmbedderError) in
                failure = unsafe put(frame)
                if let failure { throw EmbedderError(.misuse, failure.message) }
            } take: { frame in
                failure = unsafe take(frame)
            }
        } else if let thread = process.group.currentThread(home.thread) {
            if let outcome = process.group.outcome { throw EmbedderError(outcome) }
            do throws(Trap) {
                unsafe try thread.run(function, slots: slots, of: instance, put, take, &failure)
            } catch {
                throw instance.ending(by: error, on: thread)
            }
        } else if home.thread == 0 {
            let failed = try process.enter(asBeginning: false) { thread throws(Trap) in
                unsafe try thread.run(function, slots: slots, of: instance, put, take, &failure)
            }
            if failed { throw EmbedderError(process.ending) }
        } else {
            let message = "The function pointer is that of thread \(home.thread), and only that thread may call it."
            throw EmbedderError(.misuse, message)
        }
        if let failure { throw EmbedderError(.misuse, failure.message) }
    }
}

extension GuestThread {
    fileprivate func run(
        _ function: UnsafePointer<MachineFunction>, slots: Int, of instance: Instance,
        _ put: (UnsafeMutablePointer<MachineSlot>) -> HostFailure?,
        _ take: (UnsafeMutablePointer<MachineSlot>) -> HostFailure?, _ failure: inout HostFailure?
    ) throws(Trap) {
        let frame = unsafe try frame(slots: slots)
        failure = unsafe put(frame)
        guard failure == nil else { return }
        unsafe try run(function, in: frame, slots: slots, of: instance)
        failure = unsafe take(frame)
    }
}
