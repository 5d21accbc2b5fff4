// A thread that `thread-spawn` or the embedder makes: an instance of its own that runs
// `wasi_thread_start`.
// https://github.com/WebAssembly/wasi-threads

import CMachine
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
        try thread.running { context throws(Trap) in
            try instance.runStart(on: context)
            _ = try instance.call(start, [.i32(thread.id), .i32(startArgument)], on: context)
        }
    }
}

extension GuestThread {
    /// Runs guest code on this thread; a trap out of a host function gets that function's message.
    func running<Result>(
        _ body: (UnsafeMutablePointer<MachineContext>) throws(Trap) -> Result
    ) throws(Trap) -> Result {
        do {
            return unsafe try body(stack.context)
        } catch {
            var trap = error
            if trap.reason == .hostError { trap.message = hostError }
            throw trap
        }
    }
}
