// wasi_threads_linker_*.

import CWasiThreads
import WasmModule
import WasmRuntime

@c @implementation
public func wasi_threads_linker_new(
    _ engine: OpaquePointer?, _ linker: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        let result = unsafe try required(linker, "linker")
        let engine = unsafe try Handle.object(engine, as: Engine.self)
        unsafe result.pointee = unsafe Handle.make(Linker(engine: engine))
    }
}

@c @implementation
public func wasi_threads_linker_delete(_ linker: OpaquePointer?) {
    _ = unsafe Handle.remove(linker, as: Linker.self)
}

@c @implementation
public func wasi_threads_linker_define(
    _ linker: OpaquePointer?, _ module: UnsafePointer<CChar>?, _ name: UnsafePointer<CChar>?,
    _ parameters: UnsafePointer<wasi_threads_value_kind_t>?, _ parameterCount: Int,
    _ results: UnsafePointer<wasi_threads_value_kind_t>?, _ resultCount: Int,
    _ function: wasi_threads_host_function_t?, _ environment: UnsafeMutableRawPointer?,
    _ finalizer: wasi_threads_finalizer_t?
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        guard let function else { throw EmbedderError(.misuse, "The argument function is NULL.") }
        let linker = unsafe try Handle.object(linker, as: Linker.self)
        let name = ImportName(module: unsafe try string(module, "module"), name: unsafe try string(name, "name"))
        let type = FunctionType(
            parameters: unsafe try valueTypes(parameters, parameterCount, "parameters"),
            results: unsafe try valueTypes(results, resultCount, "results"))
        try linker.define(name) {
            unsafe HostCallback(type, .plain(function), environment, finalizer).hostFunction(linker.engine)
        }
    }
}

@c @implementation
public func wasi_threads_linker_define_with_caller(
    _ linker: OpaquePointer?, _ module: UnsafePointer<CChar>?, _ name: UnsafePointer<CChar>?,
    _ parameters: UnsafePointer<wasi_threads_value_kind_t>?, _ parameterCount: Int,
    _ results: UnsafePointer<wasi_threads_value_kind_t>?, _ resultCount: Int,
    _ function: wasi_threads_caller_function_t?, _ environment: UnsafeMutableRawPointer?,
    _ finalizer: wasi_threads_finalizer_t?
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        guard let function else { throw EmbedderError(.misuse, "The argument function is NULL.") }
        let linker = unsafe try Handle.object(linker, as: Linker.self)
        let name = ImportName(module: unsafe try string(module, "module"), name: unsafe try string(name, "name"))
        let type = FunctionType(
            parameters: unsafe try valueTypes(parameters, parameterCount, "parameters"),
            results: unsafe try valueTypes(results, resultCount, "results"))
        try linker.define(name) {
            unsafe HostCallback(type, .withCaller(function), environment, finalizer).hostFunction(linker.engine)
        }
    }
}
