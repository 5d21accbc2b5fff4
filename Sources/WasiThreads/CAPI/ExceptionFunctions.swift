// wasi_threads_tag_*, wasi_threads_exception_*, and how errors carry exceptions.

import CWasiThreads
import Platform
import WasmModule
import WasmRuntime

@c @implementation
public func wasi_threads_tag_new(
    _ engine: OpaquePointer?, _ name: UnsafePointer<CChar>?,
    _ parameters: UnsafePointer<wasi_threads_value_kind_t>?, _ parameterCount: Int,
    _ tag: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        let result = unsafe try required(tag, "tag")
        let engine = unsafe try Handle.object(engine, as: Engine.self)
        let types = unsafe try valueTypes(parameters, parameterCount, "parameters")
        let made = Tag(engine: engine, parameters: types, name: unsafe try string(name, "name"))
        unsafe result.pointee = unsafe Handle.make(made)
    }
}

@c @implementation
public func wasi_threads_tag_delete(_ tag: OpaquePointer?) {
    _ = unsafe Handle.remove(tag, as: Tag.self)
}

private func parameters(of tag: OpaquePointer?) -> [ValueType] {
    unsafe (try? Handle.object(tag, as: Tag.self))?.instance.type.parameters ?? []
}

@c @implementation
public func wasi_threads_tag_parameter_count(_ tag: OpaquePointer?) -> Int { unsafe parameters(of: tag).count }

@c @implementation
public func wasi_threads_tag_parameter(_ tag: OpaquePointer?, _ index: Int) -> wasi_threads_value_kind_t {
    let types = unsafe parameters(of: tag)
    return types.indices.contains(index) ? wasi_threads_value_kind_t(types[index]) : WASI_THREADS_I32
}

@c @implementation
public func wasi_threads_linker_define_tag(
    _ linker: OpaquePointer?, _ module: UnsafePointer<CChar>?, _ name: UnsafePointer<CChar>?,
    _ tag: OpaquePointer?
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        let tag = unsafe try Handle.object(tag, as: Tag.self)
        let linker = unsafe try Handle.object(linker, as: Linker.self)
        let name = ImportName(
            module: unsafe try string(module, "module"), name: unsafe try string(name, "name"))
        try linker.define(name, tag)
    }
}

@c @implementation
public func wasi_threads_process_tag(
    _ process: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ tag: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        let result = unsafe try required(tag, "tag")
        let process = unsafe try Handle.object(process, as: Process.self)
        let found = try process.tag(exportedAs: unsafe try string(name, "name"))
        unsafe result.pointee = unsafe Handle.make(found)
    }
}

@c @implementation
public func wasi_threads_exception_new(
    _ tag: OpaquePointer?, _ values: UnsafePointer<wasi_threads_value_t>?, _ count: Int,
    _ exception: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        let result = unsafe try required(exception, "exception")
        let tag = unsafe try Handle.object(tag, as: Tag.self)
        let given = unsafe try WasiThreads.values(values, count, of: "the exception")
        unsafe result.pointee = unsafe Handle.make(try ExceptionObject(tag, given))
    }
}

@c @implementation
public func wasi_threads_exception_delete(_ exception: OpaquePointer?) {
    _ = unsafe Handle.remove(exception, as: ExceptionObject.self)
}

private func object(_ pointer: OpaquePointer?) throws(EmbedderError) -> GuestException {
    unsafe try Handle.object(pointer, as: ExceptionObject.self).exception
}

@c @implementation
public func wasi_threads_exception_is(_ exception: OpaquePointer?, _ tag: OpaquePointer?) -> Bool {
    guard let tag = unsafe try? Handle.object(tag, as: Tag.self) else { return false }
    return unsafe (try? object(exception))?.tag === tag.instance
}

@c @implementation
public func wasi_threads_exception_value_count(_ exception: OpaquePointer?) -> Int {
    unsafe (try? object(exception))?.tag.type.parameters.count ?? 0
}

@c @implementation
public func wasi_threads_exception_values(
    _ exception: OpaquePointer?, _ values: UnsafeMutablePointer<wasi_threads_value_t>?, _ count: Int
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        _ = unsafe try valueArray(UnsafePointer(values), count, "values")
        let carried = unsafe try object(exception).values
        guard carried.count == count else {
            let room = counted(count, "value")
            throw EmbedderError(.type, "The exception carries \(counted(carried.count, "value")), not \(room).")
        }
        for (index, value) in carried.enumerated() { unsafe values![index] = wasi_threads_value_t(value) }
    }
}

@c @implementation
public func wasi_threads_error_exception(
    _ error: OpaquePointer?, _ exception: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        let result = unsafe try required(exception, "exception")
        let carried = unsafe try Handle.object(error, as: ErrorObject.self).error.exception
        unsafe result.pointee = unsafe carried.map { unsafe Handle.make(ExceptionObject($0)) }
    }
}

@c @implementation
public func wasi_threads_error_from_exception(_ exception: OpaquePointer?) -> OpaquePointer? {
    do throws(EmbedderError) {
        return unsafe Handle.make(ErrorObject(EmbedderError(throwing: unsafe try object(exception))))
    } catch {
        return unsafe Handle.make(ErrorObject(error))
    }
}
