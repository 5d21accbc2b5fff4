// wasi_threads_host_thread_*: what a host says of the thread that calls.

import CMachine
import CWasiThreads

/// What is kept of a stack for functions of the host is half of it; less is no room for them.
private let leastStackBytes = 64 << 10

@c @implementation
public func wasi_threads_host_thread_set_stack(
    _ lowest: UnsafeRawPointer?, _ length: Int
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        guard length != 0 else { return machine_stack_declare(0, 0) }
        guard length >= leastStackBytes else {
            throw EmbedderError(.limit, "A stack of \(length) bytes is too short: it has at least \(leastStackBytes).")
        }
        let low = UInt(bitPattern: lowest)
        guard low != 0, !low.addingReportingOverflow(UInt(length)).overflow else {
            throw EmbedderError(.misuse, "No stack of \(length) bytes lies at the address that was given.")
        }
        machine_stack_declare(low, length)
    }
}

@c @implementation
public func wasi_threads_host_thread_keep_signals(_ keeps: Bool) {
    machine_native_keep_signals(keeps)
}
