// A thread that `thread-spawn` or the embedder makes: an instance of its own that runs
// `wasi_thread_start`.
// https://github.com/WebAssembly/wasi-threads

import WasmModule
import WasmRuntime

final class ProcessThread: ThreadInstance {
    private static let startName = "wasi_thread_start"
    private static let startType = FunctionType(parameters: [.i32, .i32], results: [])

    private let instance: Instance
    private let start: FunctionReference

    /// A new instance of the module that `main` is one of, with the same imports.
    init(
        siblingOf main: Instance, imports: [External], limits: StoreLimits
    ) throws(ThreadRefusal) {
        // Looked for before anything is made: whether a thread can start is asked at each spawn.
        guard let export = main.module.export(named: Self.startName),
            main.module.type(of: export) == .function(Self.startType)
        else { throw .noThreadStart }
        do {
            instance = try Instance(main.code, imports: imports, limits: limits, parent: main)
        } catch {
            throw .noInstance(error.description)
        }
        start = instance.function(export.index)
    }

    func run(on thread: GuestThread, startArgument: UInt32) throws(Trap) {
        try thread.start(instance)
        _ = try thread.call(start, [.i32(thread.id), .i32(startArgument)], of: instance)
    }
}

extension GuestThread {
    /// Calls the start function of an instance, if it has one.
    func start(_ instance: Instance) throws(Trap) {
        do {
            unsafe try instance.runStart(on: stack.context)
        } catch {
            throw explained(error)
        }
    }

    /// Calls a function on behalf of an instance. The arguments are of its parameter types.
    func call(
        _ function: FunctionReference, _ arguments: [Value], of instance: Instance
    ) throws(Trap) -> [Value] {
        do {
            return unsafe try instance.call(function, arguments, on: stack.context)
        } catch {
            throw explained(error)
        }
    }

    /// The trap with what a host function said, where one caused it.
    private func explained(_ trap: Trap) -> Trap {
        var trap = trap
        if trap.reason == .hostError { trap.message = hostError }
        return trap
    }
}
