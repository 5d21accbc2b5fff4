// wasi_threads_caller_*.

import CMachine
import CWasiThreads
import NativeCalls
import Synchronization
import WasmRuntime

/// Where the caller is that a host function was given.
private func place(of pointer: OpaquePointer?) throws(EmbedderError) -> UnsafeMutablePointer<Caller> {
    guard let pointer = unsafe pointer else { throw EmbedderError(.misuse, "The caller is NULL.") }
    let caller = unsafe UnsafeMutablePointer<Caller>(pointer)
    guard unsafe caller.pointee.mark == Caller.mark else {
        throw EmbedderError(.misuse, "The caller is used after its host function returned.")
    }
    return unsafe caller
}

private func caller(_ pointer: OpaquePointer?) throws(EmbedderError) -> Caller {
    unsafe try place(of: pointer).pointee
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
        let thread = unsafe try thread(try WasiThreads.caller(caller))
        unsafe result.pointee = unsafe OpaquePointer(bitPattern: thread.embedderWord)
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

@c @implementation
public func wasi_threads_caller_environment(
    _ caller: OpaquePointer?, _ env: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        let result = unsafe try required(env, "env")
        unsafe result.pointee = unsafe try WasiThreads.caller(caller).environment
    }
}

@c @implementation
public func wasi_threads_caller_fail(_ caller: OpaquePointer?, _ error: OpaquePointer?) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        let place = unsafe try place(of: caller)
        guard let object = unsafe Handle.remove(error, as: ErrorObject.self) else {
            throw EmbedderError(.misuse, "The argument error is no error of this library.")
        }
        if unsafe place.pointee.failure == nil { unsafe place.pointee.failure = HostFailure(object.error) }
    }
}

@c @implementation
public func wasi_threads_caller_call(
    _ caller: OpaquePointer?, _ name: UnsafePointer<CChar>?,
    _ arguments: UnsafePointer<wasi_threads_value_t>?, _ argumentCount: Int,
    _ results: UnsafeMutablePointer<wasi_threads_value_t>?, _ resultCount: Int
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        let caller = unsafe try WasiThreads.caller(caller)
        let name = unsafe try string(name, "name")
        _ = unsafe try valueArray(UnsafePointer(results), resultCount, "results")
        let values = unsafe try values(arguments, argumentCount, of: name)
        let thread = try thread(caller)
        // SAFETY: the instance runs, so it lives.
        let instance = unsafe Unmanaged<Instance>.fromOpaque(caller.instance.pointee.object)
            .takeUnretainedValue()
        let given = try instance.callBack(name, values, resultCount: resultCount, on: thread)
        for (index, value) in given.enumerated() { unsafe results![index] = wasi_threads_value_t(value) }
    }
}
