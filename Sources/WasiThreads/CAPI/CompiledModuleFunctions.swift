// wasi_threads_module_compile*, wasi_threads_module_new_compiled* and wasi_threads_bytes_delete.

import CWasiThreads
import Platform
import WasmModule

@c @implementation
public func wasi_threads_module_compile(
    _ module: OpaquePointer?, _ bytes: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?,
    _ length: UnsafeMutablePointer<Int>?
) -> OpaquePointer? {
    unsafe reportingWhole { () throws(EmbedderError) in
        let result = unsafe try required(bytes, "bytes")
        let count = unsafe try required(length, "length")
        let module = unsafe try Handle.object(module, as: LoadedModule.self)
        let compiled = try CompiledModule(compiling: module)
        guard let buffer = unsafe HostHeap.allocate(compiled.byteCount) else {
            let message = "The system has no memory for \(counted(compiled.byteCount, "byte")) of compiled module."
            throw EmbedderError(.system, message)
        }
        unsafe compiled.copy(to: UnsafeMutableRawBufferPointer(start: buffer, count: compiled.byteCount))
        unsafe result.pointee = unsafe buffer.assumingMemoryBound(to: UInt8.self)
        unsafe count.pointee = compiled.byteCount
    }
}

@c @implementation
public func wasi_threads_bytes_delete(_ bytes: UnsafeMutablePointer<UInt8>?) {
    unsafe HostHeap.free(bytes)
}

@c @implementation
public func wasi_threads_module_compile_to_file(
    _ module: OpaquePointer?, _ path: UnsafePointer<CChar>?
) -> OpaquePointer? {
    unsafe reportingWhole { () throws(EmbedderError) in
        let path = unsafe try hostPath(path, "path")
        let module = unsafe try Handle.object(module, as: LoadedModule.self)
        try CompiledModule(compiling: module).write(to: path)
    }
}

@c @implementation
public func wasi_threads_module_new_compiled(
    _ engine: OpaquePointer?, _ bytes: UnsafePointer<UInt8>?, _ length: Int,
    _ module: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
    unsafe making(module, for: engine) { engine throws(EmbedderError) in
        unsafe try engine.loadCompiled(UnsafeRawBufferPointer(try array(bytes, length, "bytes")))
    }
}

@c @implementation
public func wasi_threads_module_new_compiled_from_file(
    _ engine: OpaquePointer?, _ path: UnsafePointer<CChar>?, _ module: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
    unsafe making(module, for: engine) { engine throws(EmbedderError) in
        try engine.loadCompiled(file: unsafe try hostPath(path, "path"))
    }
}
