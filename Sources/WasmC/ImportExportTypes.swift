// wasm_importtype_* and wasm_exporttype_*.

import CWasmAPI
import WasmModule

/// What a module imports or exports. Immutable.
private final class NamedType {
    /// What C borrows: the module's name, which an export leaves empty, and the name.
    let names: UnsafeMutablePointer<wasm_name_t>
    let type: ExternTypeObject

    /// Takes over the names.
    init(_ module: wasm_name_t, _ name: wasm_name_t, _ type: ExternTypeObject) {
        names = .allocate(capacity: 2)
        names.initialize(to: module)
        (names + 1).initialize(to: name)
        self.type = type
    }

    deinit {
        wasm_byte_vec_delete(names)
        wasm_byte_vec_delete(names + 1)
        names.deallocate()
    }
}

/// The pointer for what a module imports or exports; C owns it.
func namedType(_ module: String, _ name: String, _ type: ExternalType) -> OpaquePointer {
    var names = (wasm_name_t(), wasm_name_t())
    withUnsafeMutablePointer(to: &names.0) { $0.fill(module.utf8) }
    withUnsafeMutablePointer(to: &names.1) { $0.fill(name.utf8) }
    return owned(NamedType(names.0, names.1, ExternTypeObject.make(type)))
}

/// Takes over names and type from C. Where something is NULL, frees the rest.
private func take(
    _ module: UnsafeMutablePointer<wasm_name_t>?, _ name: UnsafeMutablePointer<wasm_name_t>?,
    _ type: OpaquePointer?
) -> OpaquePointer? {
    defer { release(type) }
    guard let module, let name, let type = ExternTypeObject.at(type) else {
        wasm_byte_vec_delete(module)
        wasm_byte_vec_delete(name)
        return nil
    }
    return owned(NamedType(module.pointee.take(), name.pointee.take(), type))
}

private func namedType(_ pointer: OpaquePointer?) -> NamedType? { object(pointer, as: NamedType.self) }

// MARK: Imports

@c @implementation
public func wasm_importtype_new(
    _ module: UnsafeMutablePointer<wasm_name_t>?, _ name: UnsafeMutablePointer<wasm_name_t>?,
    _ type: OpaquePointer?
) -> OpaquePointer? {
    take(module, name, type)
}

@c @implementation
public func wasm_importtype_delete(_ type: OpaquePointer?) { release(type) }

@c @implementation
public func wasm_importtype_copy(_ type: OpaquePointer?) -> OpaquePointer? { retain(type) }

@c @implementation
public func wasm_importtype_module(_ type: OpaquePointer?) -> UnsafePointer<wasm_name_t>? {
    namedType(type).map { UnsafePointer($0.names) }
}

@c @implementation
public func wasm_importtype_name(_ type: OpaquePointer?) -> UnsafePointer<wasm_name_t>? {
    namedType(type).map { UnsafePointer($0.names + 1) }
}

@c @implementation
public func wasm_importtype_type(_ type: OpaquePointer?) -> OpaquePointer? {
    namedType(type).map { OpaquePointer(Unmanaged.passUnretained($0.type).toOpaque()) }
}

// MARK: Exports

@c @implementation
public func wasm_exporttype_new(
    _ name: UnsafeMutablePointer<wasm_name_t>?, _ type: OpaquePointer?
) -> OpaquePointer? {
    var noModule = wasm_name_t()
    return take(&noModule, name, type)
}

@c @implementation
public func wasm_exporttype_delete(_ type: OpaquePointer?) { release(type) }

@c @implementation
public func wasm_exporttype_copy(_ type: OpaquePointer?) -> OpaquePointer? { retain(type) }

@c @implementation
public func wasm_exporttype_name(_ type: OpaquePointer?) -> UnsafePointer<wasm_name_t>? {
    wasm_importtype_name(type)
}

@c @implementation
public func wasm_exporttype_type(_ type: OpaquePointer?) -> OpaquePointer? { wasm_importtype_type(type) }
