// wasi_threads_caller_*.

import CMachine
import CWasiThreads
import Synchronization
import WasmRuntime

/// The caller behind a pointer that a host function was given.
private func caller(_ pointer: OpaquePointer?) throws(EmbedderError) -> Caller {
    guard let pointer = unsafe pointer else { throw EmbedderError(.misuse, "The caller is NULL.") }
    let caller = unsafe UnsafePointer<Caller>(pointer)
    guard unsafe caller.pointee.mark == Caller.mark else {
        throw EmbedderError(.misuse, "The caller is used after its host function returned.")
    }
    return unsafe caller.pointee
}

private func thread(_ caller: Caller) throws(EmbedderError) -> GuestThread {
    guard let thread = unsafe GuestThread.current(caller.context) else {
        preconditionFailure("guest code of the embedder's runs on a thread of a process")
    }
    return thread
}

@c @implementation
public func wasi_threads_caller_thread(
    _ caller: OpaquePointer?, _ thread: UnsafeMutablePointer<UInt32>?
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        let result = unsafe try required(thread, "thread")
        unsafe result.pointee = unsafe try WasiThreads.thread(try WasiThreads.caller(caller)).id
    }
}

@c @implementation
public func wasi_threads_caller_process(
    _ caller: OpaquePointer?, _ process: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        let result = unsafe try required(process, "process")
        let group = unsafe try thread(try WasiThreads.caller(caller)).group
        let handle = group.embedderWord.load(ordering: .acquiring)
        unsafe result.pointee = unsafe OpaquePointer(bitPattern: handle)
    }
}

@c @implementation
public func wasi_threads_caller_memory(
    _ caller: OpaquePointer?, _ base: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?,
    _ length: UnsafeMutablePointer<UInt64>?
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        let base = unsafe try required(base, "base")
        let length = unsafe try required(length, "length")
        guard let memory = unsafe try WasiThreads.caller(caller).instance.pointee.memory0 else {
            throw EmbedderError(.export, "The calling instance has no memory.")
        }
        unsafe base.pointee = unsafe memory.pointee.base
        unsafe length.pointee = unsafe memory.length
    }
}
