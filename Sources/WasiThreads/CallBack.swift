// Calls that a host function makes back into the instance that called it.
//
// Always true: they run on the thread that is in the host function, above its frames; a trap in one ends the
// process like any other, so the caller's own code does not go on. An exception that leaves one is the host
// function's: to catch, or to throw on.

import CMachine
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
            // Whoever called back may catch it: the guest that called stands as it was.
            if error.reason == .uncaughtException { throw EmbedderError(error, thread: thread.id) }
            // The other two ways of leaving guest code have an outcome already.
            if error.reason != .interrupted, error.reason != .exited {
                thread.group.end(.trapped(error, tid: thread.id))
            }
        }
        guard let outcome = thread.group.outcome else {
            preconditionFailure("guest code is left early only at an end")
        }
        throw EmbedderError(outcome)
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
