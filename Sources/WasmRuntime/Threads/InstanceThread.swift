// How an instance runs as a thread of its own.
// https://github.com/WebAssembly/wasi-threads (wasi_thread_start)

import WasmModule

/// The instance that a spawn makes, with the function that the new thread runs.
package final class InstanceThread: ThreadInstance {
    private let instance: Instance
    private let threadStart: FunctionReference

    private static let threadStartType = FunctionType(parameters: [.i32, .i32], results: [])

    /// Instantiates a module for a new thread; refuses one without `wasi_thread_start`.
    package init(_ makeInstance: () throws(InstantiationError) -> Instance) throws(ThreadRefusal) {
        do {
            instance = try makeInstance()
        } catch {
            throw .noInstance("\(error)")
        }
        guard case .function(let function) = instance.export("wasi_thread_start"),
            function.type == Self.threadStartType
        else { throw .noThreadStart }
        threadStart = function
    }

    package func run(on thread: GuestThread, startArgument: UInt32) throws(Trap) {
        try instance.initialize()
        try thread.start(instance)
        _ = try thread.call(threadStart, [.i32(thread.id), .i32(startArgument)], of: instance)
    }
}
