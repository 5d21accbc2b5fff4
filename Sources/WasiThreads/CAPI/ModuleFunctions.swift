// wasi_threads_module_*.

import CWasiThreads
import WasmModule

/// The bytes that C code gave as a module, copied.
private func binary(
    _ bytes: UnsafePointer<UInt8>?, _ length: Int
) throws(EmbedderError) -> ModuleBinary {
    unsafe try moduleBinary(UnsafeRawBufferPointer(try array(bytes, length, "bytes")))
}

/// What every function that makes a module does.
func making(
    _ module: UnsafeMutablePointer<OpaquePointer?>?, for engine: OpaquePointer?,
    _ load: (Engine) throws(EmbedderError) -> LoadedModule
) -> OpaquePointer? {
    unsafe reportingWhole { () throws(EmbedderError) in
        let result = unsafe try required(module, "module")
        let engine = unsafe try Handle.object(engine, as: Engine.self)
        unsafe result.pointee = unsafe Handle.make(try load(engine))
    }
}

@c @implementation
public func wasi_threads_module_new(
    _ engine: OpaquePointer?, _ bytes: UnsafePointer<UInt8>?, _ length: Int,
    _ module: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
    unsafe making(module, for: engine) { engine throws(EmbedderError) in
        try engine.load(unsafe try binary(bytes, length))
    }
}

@c @implementation
public func wasi_threads_module_new_from_file(
    _ engine: OpaquePointer?, _ path: UnsafePointer<CChar>?, _ module: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
    unsafe making(module, for: engine) { engine throws(EmbedderError) in
        try engine.load(file: unsafe try hostPath(path, "path"))
    }
}

@c @implementation
public func wasi_threads_module_validate(
    _ engine: OpaquePointer?, _ bytes: UnsafePointer<UInt8>?, _ length: Int
) -> OpaquePointer? {
    unsafe reportingWhole { () throws(EmbedderError) in
        let engine = unsafe try Handle.object(engine, as: Engine.self)
        _ = try Engine.validate(unsafe try binary(bytes, length), refusing: engine.refusedFeatures)
    }
}

@c @implementation
public func wasi_threads_module_delete(_ module: OpaquePointer?) {
    _ = unsafe Handle.remove(module, as: LoadedModule.self)
}

@c @implementation
public func wasi_threads_module_imports(
    _ module: OpaquePointer?,
    _ imports: UnsafeMutablePointer<UnsafePointer<UnsafePointer<wasi_threads_external_t>?>?>?,
    _ count: UnsafeMutablePointer<Int>?
) -> OpaquePointer? {
    unsafe reportingWhole { () throws(EmbedderError) in
        let list = unsafe try required(imports, "imports")
        let length = unsafe try required(count, "count")
        let descriptions = unsafe try Handle.object(module, as: LoadedModule.self).descriptions
        unsafe list.pointee = unsafe descriptions.imports
        unsafe length.pointee = descriptions.importCount
    }
}

@c @implementation
public func wasi_threads_module_exports(
    _ module: OpaquePointer?,
    _ exports: UnsafeMutablePointer<UnsafePointer<UnsafePointer<wasi_threads_external_t>?>?>?,
    _ count: UnsafeMutablePointer<Int>?
) -> OpaquePointer? {
    unsafe reportingWhole { () throws(EmbedderError) in
        let list = unsafe try required(exports, "exports")
        let length = unsafe try required(count, "count")
        let descriptions = unsafe try Handle.object(module, as: LoadedModule.self).descriptions
        unsafe list.pointee = unsafe descriptions.exports
        unsafe length.pointee = descriptions.exportCount
    }
}
