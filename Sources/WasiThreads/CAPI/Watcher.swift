// C functions that are told of what happens in a process.

import CWasiThreads

/// A C function with its environment, for as long as the process uses it.
@safe
final class Watcher<Function>: @unchecked Sendable {
    // SENDABLE: nothing changes once the process has it; the C side answers for what `environment` is.
    let function: Function
    let environment: UnsafeMutableRawPointer?
    /// The process, as its embedder holds it. It outlives its threads.
    let process: OpaquePointer?
    /// Set once the watcher is taken: where it is refused, nobody is told.
    var finalizer: wasi_threads_finalizer_t?

    init(
        _ function: Function?, _ environment: UnsafeMutableRawPointer?, _ process: OpaquePointer?
    ) throws(EmbedderError) {
        guard let function else { throw EmbedderError(.misuse, "The argument watcher is NULL.") }
        self.function = function
        unsafe self.environment = environment
        unsafe self.process = process
    }

    deinit { unsafe finalizer?(environment) }
}
