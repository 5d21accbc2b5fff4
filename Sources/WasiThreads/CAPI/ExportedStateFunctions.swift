// wasi_threads_process_* and wasi_threads_thread_* of exported globals and tables.

import CWasiThreads
import WasmRuntime

/// Runs `body` with the main instance of a process.
private func usingMain(
    _ process: OpaquePointer?, _ body: (Instance) throws(EmbedderError) -> Void
) -> OpaquePointer? {
    unsafe reportingWhole { () throws(EmbedderError) in
        try (unsafe try Handle.object(process, as: Process.self)).withMain(body)
    }
}

/// The same with the instance of an attached thread.
private func usingOwn(
    _ thread: OpaquePointer?, _ body: (Instance) throws(EmbedderError) -> Void
) -> OpaquePointer? {
    unsafe reportingWhole { () throws(EmbedderError) in
        try (unsafe try Handle.object(thread, as: AttachedThread.self)).withInstance(body)
    }
}

/// The value that an embedder gives.
private func given(_ value: UnsafePointer<wasi_threads_value_t>?) throws(EmbedderError) -> Value {
    guard let value = unsafe value else { throw EmbedderError(.misuse, "The argument value is NULL.") }
    guard let given = unsafe value.pointee.value else {
        throw EmbedderError(.misuse, "The argument value has a kind that stands for none.")
    }
    return given
}

// MARK: Of a process

@c @implementation
public func wasi_threads_process_global(
    _ process: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ value: UnsafeMutablePointer<wasi_threads_value_t>?
) -> OpaquePointer? {
    unsafe usingMain(process) { instance throws(EmbedderError) in
        let result = unsafe try required(value, "value")
        unsafe result.pointee = wasi_threads_value_t(try instance.globalValue(unsafe try string(name, "name")))
    }
}

@c @implementation
public func wasi_threads_process_set_global(
    _ process: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ value: UnsafePointer<wasi_threads_value_t>?
) -> OpaquePointer? {
    unsafe usingMain(process) { instance throws(EmbedderError) in
        try instance.setGlobal(unsafe try string(name, "name"), to: unsafe try given(value))
    }
}

@c @implementation
public func wasi_threads_process_table_size(
    _ process: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ size: UnsafeMutablePointer<UInt64>?
) -> OpaquePointer? {
    unsafe usingMain(process) { instance throws(EmbedderError) in
        let result = unsafe try required(size, "size")
        unsafe result.pointee = try instance.tableSize(unsafe try string(name, "name"))
    }
}

@c @implementation
public func wasi_threads_process_table_element(
    _ process: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ index: UInt64,
    _ value: UnsafeMutablePointer<wasi_threads_value_t>?
) -> OpaquePointer? {
    unsafe usingMain(process) { instance throws(EmbedderError) in
        let result = unsafe try required(value, "value")
        let element = try instance.element(index, ofTable: unsafe try string(name, "name"))
        unsafe result.pointee = wasi_threads_value_t(element)
    }
}

@c @implementation
public func wasi_threads_process_set_table_element(
    _ process: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ index: UInt64,
    _ value: UnsafePointer<wasi_threads_value_t>?
) -> OpaquePointer? {
    unsafe usingMain(process) { instance throws(EmbedderError) in
        let name = unsafe try string(name, "name")
        try instance.setElement(index, ofTable: name, to: unsafe try given(value))
    }
}

// MARK: Of a thread

@c @implementation
public func wasi_threads_thread_global(
    _ thread: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ value: UnsafeMutablePointer<wasi_threads_value_t>?
) -> OpaquePointer? {
    unsafe usingOwn(thread) { instance throws(EmbedderError) in
        let result = unsafe try required(value, "value")
        unsafe result.pointee = wasi_threads_value_t(try instance.globalValue(unsafe try string(name, "name")))
    }
}

@c @implementation
public func wasi_threads_thread_set_global(
    _ thread: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ value: UnsafePointer<wasi_threads_value_t>?
) -> OpaquePointer? {
    unsafe usingOwn(thread) { instance throws(EmbedderError) in
        try instance.setGlobal(unsafe try string(name, "name"), to: unsafe try given(value))
    }
}

@c @implementation
public func wasi_threads_thread_table_size(
    _ thread: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ size: UnsafeMutablePointer<UInt64>?
) -> OpaquePointer? {
    unsafe usingOwn(thread) { instance throws(EmbedderError) in
        let result = unsafe try required(size, "size")
        unsafe result.pointee = try instance.tableSize(unsafe try string(name, "name"))
    }
}

@c @implementation
public func wasi_threads_thread_table_element(
    _ thread: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ index: UInt64,
    _ value: UnsafeMutablePointer<wasi_threads_value_t>?
) -> OpaquePointer? {
    unsafe usingOwn(thread) { instance throws(EmbedderError) in
        let result = unsafe try required(value, "value")
        let element = try instance.element(index, ofTable: unsafe try string(name, "name"))
        unsafe result.pointee = wasi_threads_value_t(element)
    }
}

@c @implementation
public func wasi_threads_thread_set_table_element(
    _ thread: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ index: UInt64,
    _ value: UnsafePointer<wasi_threads_value_t>?
) -> OpaquePointer? {
    unsafe usingOwn(thread) { instance throws(EmbedderError) in
        let name = unsafe try string(name, "name")
        try instance.setElement(index, ofTable: name, to: unsafe try given(value))
    }
}
