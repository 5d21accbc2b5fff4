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

// MARK: What both do with their instance

extension Instance {
    fileprivate func readGlobal(
        _ name: UnsafePointer<CChar>?, into value: UnsafeMutablePointer<wasi_threads_value_t>?
    ) throws(EmbedderError) {
        let result = unsafe try required(value, "value")
        unsafe result.pointee = wasi_threads_value_t(try globalValue(unsafe try string(name, "name")))
    }

    fileprivate func writeGlobal(
        _ name: UnsafePointer<CChar>?, _ value: UnsafePointer<wasi_threads_value_t>?
    ) throws(EmbedderError) {
        try setGlobal(unsafe try string(name, "name"), to: unsafe try given(value))
    }

    fileprivate func readTableSize(
        _ name: UnsafePointer<CChar>?, into size: UnsafeMutablePointer<UInt64>?
    ) throws(EmbedderError) {
        let result = unsafe try required(size, "size")
        unsafe result.pointee = try tableSize(unsafe try string(name, "name"))
    }

    fileprivate func readElement(
        _ index: UInt64, ofTable name: UnsafePointer<CChar>?, into value: UnsafeMutablePointer<wasi_threads_value_t>?
    ) throws(EmbedderError) {
        let result = unsafe try required(value, "value")
        unsafe result.pointee = wasi_threads_value_t(try element(index, ofTable: unsafe try string(name, "name")))
    }

    fileprivate func writeElement(
        _ index: UInt64, ofTable name: UnsafePointer<CChar>?, _ value: UnsafePointer<wasi_threads_value_t>?
    ) throws(EmbedderError) {
        let name = unsafe try string(name, "name")
        try setElement(index, ofTable: name, to: unsafe try given(value))
    }
}

// MARK: Of a process

@c @implementation
public func wasi_threads_process_global(
    _ process: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ value: UnsafeMutablePointer<wasi_threads_value_t>?
) -> OpaquePointer? {
    unsafe usingMain(process) { instance throws(EmbedderError) in
        unsafe try instance.readGlobal(name, into: value)
    }
}

@c @implementation
public func wasi_threads_process_set_global(
    _ process: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ value: UnsafePointer<wasi_threads_value_t>?
) -> OpaquePointer? {
    unsafe usingMain(process) { instance throws(EmbedderError) in
        unsafe try instance.writeGlobal(name, value)
    }
}

@c @implementation
public func wasi_threads_process_table_size(
    _ process: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ size: UnsafeMutablePointer<UInt64>?
) -> OpaquePointer? {
    unsafe usingMain(process) { instance throws(EmbedderError) in
        unsafe try instance.readTableSize(name, into: size)
    }
}

@c @implementation
public func wasi_threads_process_table_element(
    _ process: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ index: UInt64,
    _ value: UnsafeMutablePointer<wasi_threads_value_t>?
) -> OpaquePointer? {
    unsafe usingMain(process) { instance throws(EmbedderError) in
        unsafe try instance.readElement(index, ofTable: name, into: value)
    }
}

@c @implementation
public func wasi_threads_process_set_table_element(
    _ process: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ index: UInt64,
    _ value: UnsafePointer<wasi_threads_value_t>?
) -> OpaquePointer? {
    unsafe usingMain(process) { instance throws(EmbedderError) in
        unsafe try instance.writeElement(index, ofTable: name, value)
    }
}

// MARK: Of a thread

@c @implementation
public func wasi_threads_thread_global(
    _ thread: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ value: UnsafeMutablePointer<wasi_threads_value_t>?
) -> OpaquePointer? {
    unsafe usingOwn(thread) { instance throws(EmbedderError) in
        unsafe try instance.readGlobal(name, into: value)
    }
}

@c @implementation
public func wasi_threads_thread_set_global(
    _ thread: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ value: UnsafePointer<wasi_threads_value_t>?
) -> OpaquePointer? {
    unsafe usingOwn(thread) { instance throws(EmbedderError) in
        unsafe try instance.writeGlobal(name, value)
    }
}

@c @implementation
public func wasi_threads_thread_table_size(
    _ thread: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ size: UnsafeMutablePointer<UInt64>?
) -> OpaquePointer? {
    unsafe usingOwn(thread) { instance throws(EmbedderError) in
        unsafe try instance.readTableSize(name, into: size)
    }
}

@c @implementation
public func wasi_threads_thread_table_element(
    _ thread: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ index: UInt64,
    _ value: UnsafeMutablePointer<wasi_threads_value_t>?
) -> OpaquePointer? {
    unsafe usingOwn(thread) { instance throws(EmbedderError) in
        unsafe try instance.readElement(index, ofTable: name, into: value)
    }
}

@c @implementation
public func wasi_threads_thread_set_table_element(
    _ thread: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ index: UInt64,
    _ value: UnsafePointer<wasi_threads_value_t>?
) -> OpaquePointer? {
    unsafe usingOwn(thread) { instance throws(EmbedderError) in
        unsafe try instance.writeElement(index, ofTable: name, value)
    }
}
