// wasi_threads_memory_* and wasi_threads_linker_define_memory.

import CWasiThreads
import WasmModule
import WasmRuntime

/// Runs `body` with the memory behind `pointer`.
private func using(
    _ pointer: OpaquePointer?, _ body: (Memory) throws(EmbedderError) -> Void
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        try body(unsafe try Handle.object(pointer, as: Memory.self))
    }
}

@c @implementation
public func wasi_threads_memory_new(
    _ engine: OpaquePointer?, _ minimumPages: UInt64, _ maximumPages: UInt64,
    _ memory: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        let result = unsafe try required(memory, "memory")
        let engine = unsafe try Handle.object(engine, as: Engine.self)
        let made = try Memory(engine: engine, minimumPages: minimumPages, maximumPages: maximumPages)
        unsafe result.pointee = unsafe Handle.make(made)
    }
}

@c @implementation
public func wasi_threads_memory_new_typed(
    _ engine: OpaquePointer?, _ minimumPages: UInt64, _ maximumPages: UInt64, _ pageSize: UInt64, _ is64: Bool,
    _ memory: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        let result = unsafe try required(memory, "memory")
        let engine = unsafe try Handle.object(engine, as: Engine.self)
        let made = try Memory(
            engine: engine, minimumPages: minimumPages, maximumPages: maximumPages, pageSize: pageSize,
            addressType: is64 ? .i64 : .i32)
        unsafe result.pointee = unsafe Handle.make(made)
    }
}

@c @implementation
public func wasi_threads_memory_delete(_ memory: OpaquePointer?) {
    _ = unsafe Handle.remove(memory, as: Memory.self)
}

@c @implementation
public func wasi_threads_linker_define_memory(
    _ linker: OpaquePointer?, _ module: UnsafePointer<CChar>?, _ name: UnsafePointer<CChar>?,
    _ memory: OpaquePointer?
) -> OpaquePointer? {
    unsafe using(memory) { memory throws(EmbedderError) in
        let linker = unsafe try Handle.object(linker, as: Linker.self)
        let name = ImportName(
            module: unsafe try string(module, "module"), name: unsafe try string(name, "name"))
        try linker.define(name, memory)
    }
}

@c @implementation
public func wasi_threads_memory_data(
    _ memory: OpaquePointer?, _ base: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?,
    _ length: UnsafeMutablePointer<UInt64>?
) -> OpaquePointer? {
    unsafe using(memory) { memory throws(EmbedderError) in
        let base = unsafe try required(base, "base")
        let length = unsafe try required(length, "length")
        unsafe base.pointee = unsafe memory.instance.machine.pointee.base
        unsafe length.pointee = memory.instance.byteLength
    }
}

@c @implementation
public func wasi_threads_memory_grow(
    _ memory: OpaquePointer?, _ pages: UInt64, _ previous: UnsafeMutablePointer<UInt64>?
) -> OpaquePointer? {
    unsafe using(memory) { memory throws(EmbedderError) in
        let before = try memory.grow(by: pages)
        unsafe previous?.pointee = before
    }
}

@c @implementation
public func wasi_threads_memory_read(
    _ memory: OpaquePointer?, _ offset: UInt64, _ buffer: UnsafeMutableRawPointer?, _ length: Int
) -> OpaquePointer? {
    unsafe using(memory) { memory throws(EmbedderError) in
        let buffer = unsafe try room(buffer, length)
        unsafe try memory.read(at: offset, into: buffer)
    }
}

@c @implementation
public func wasi_threads_memory_write(
    _ memory: OpaquePointer?, _ offset: UInt64, _ buffer: UnsafeRawPointer?, _ length: Int
) -> OpaquePointer? {
    unsafe using(memory) { memory throws(EmbedderError) in
        let buffer = unsafe try room(UnsafeMutableRawPointer(mutating: buffer), length)
        unsafe try memory.write(at: offset, from: UnsafeRawBufferPointer(buffer))
    }
}

@c @implementation
public func wasi_threads_memory_read_string(
    _ memory: OpaquePointer?, _ offset: UInt64, _ buffer: UnsafeMutablePointer<CChar>?, _ capacity: Int,
    _ length: UnsafeMutablePointer<Int>?
) -> OpaquePointer? {
    unsafe using(memory) { memory throws(EmbedderError) in
        let buffer = unsafe try room(UnsafeMutableRawPointer(buffer), capacity)
        let count = unsafe try memory.readString(at: offset, into: buffer)
        unsafe length?.pointee = count
    }
}

@c @implementation
public func wasi_threads_memory_notify(
    _ memory: OpaquePointer?, _ offset: UInt64, _ count: UInt32, _ woken: UnsafeMutablePointer<UInt32>?
) -> OpaquePointer? {
    unsafe using(memory) { memory throws(EmbedderError) in
        let number = try memory.notify(at: offset, count: count)
        unsafe woken?.pointee = number
    }
}

@c @implementation
public func wasi_threads_memory_wait32(
    _ memory: OpaquePointer?, _ offset: UInt64, _ expected: UInt32, _ nanoseconds: Int64,
    _ result: UnsafeMutablePointer<wasi_threads_wait_result_t>?
) -> OpaquePointer? {
    unsafe using(memory) { memory throws(EmbedderError) in
        let result = unsafe try required(result, "result")
        let outcome = try memory.wait(at: offset, expected: expected, timeout: nanoseconds)
        unsafe result.pointee = wasi_threads_wait_result_t(rawValue: outcome.rawValue)
    }
}

/// The memory of C code behind a pointer and a size, which is NULL for an empty one only.
private func room(
    _ start: UnsafeMutableRawPointer?, _ count: Int
) throws(EmbedderError) -> UnsafeMutableRawBufferPointer {
    guard count >= 0, unsafe start != nil || count == 0 else {
        throw EmbedderError(.misuse, "The argument buffer is NULL or its size is too large.")
    }
    return unsafe UnsafeMutableRawBufferPointer(start: start, count: count)
}
