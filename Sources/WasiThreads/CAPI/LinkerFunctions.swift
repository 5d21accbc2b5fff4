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

/// What both ways to define an import take, but for the function.
@unsafe
private struct Definition {
    let linker: OpaquePointer?
    let module: UnsafePointer<CChar>?
    let name: UnsafePointer<CChar>?
    let parameters: (UnsafePointer<wasi_threads_value_kind_t>?, Int)
    let results: (UnsafePointer<wasi_threads_value_kind_t>?, Int)
    let environment: UnsafeMutableRawPointer?
    let finalizer: wasi_threads_finalizer_t?

    func define(_ function: HostCallback.Function?) -> OpaquePointer? {
        unsafe reporting { () throws(EmbedderError) in
            guard let function = unsafe function else {
                throw EmbedderError(.misuse, "The argument function is NULL.")
            }
            let linker = unsafe try Handle.object(linker, as: Linker.self)
            let name = ImportName(
                module: unsafe try string(module, "module"), name: unsafe try string(name, "name"))
            let type = FunctionType(
                parameters: unsafe try valueTypes(parameters.0, parameters.1, "parameters"),
                results: unsafe try valueTypes(results.0, results.1, "results"))
            try linker.define(name) {
                unsafe HostCallback(type, function, environment, finalizer).hostFunction()
            }
        }
    }
}

@c @implementation
public func wasi_threads_linker_define(
    _ linker: OpaquePointer?, _ module: UnsafePointer<CChar>?, _ name: UnsafePointer<CChar>?,
    _ parameters: UnsafePointer<wasi_threads_value_kind_t>?, _ parameterCount: Int,
    _ results: UnsafePointer<wasi_threads_value_kind_t>?, _ resultCount: Int,
    _ function: wasi_threads_host_function_t?, _ environment: UnsafeMutableRawPointer?,
    _ finalizer: wasi_threads_finalizer_t?
) -> OpaquePointer? {
    unsafe Definition(
        linker: linker, module: module, name: name, parameters: (parameters, parameterCount),
        results: (results, resultCount), environment: environment, finalizer: finalizer
    ).define(function.map { unsafe .plain($0) })
}

@c @implementation
public func wasi_threads_linker_define_with_caller(
    _ linker: OpaquePointer?, _ module: UnsafePointer<CChar>?, _ name: UnsafePointer<CChar>?,
    _ parameters: UnsafePointer<wasi_threads_value_kind_t>?, _ parameterCount: Int,
    _ results: UnsafePointer<wasi_threads_value_kind_t>?, _ resultCount: Int,
    _ function: wasi_threads_caller_function_t?, _ environment: UnsafeMutableRawPointer?,
    _ finalizer: wasi_threads_finalizer_t?
) -> OpaquePointer? {
    unsafe Definition(
        linker: linker, module: module, name: name, parameters: (parameters, parameterCount),
        results: (results, resultCount), environment: environment, finalizer: finalizer
    ).define(function.map { unsafe .withCaller($0) })
}
