// wasm_module_* and wasm_shared_module_*.

import CWasmAPI
import CWasmFamilies
import WasiThreads
import WasmModule

/// A module outside of stores. Immutable, and any thread may use it.
final class SharedModule: Sendable {
    let loaded: LoadedModule
    /// Whether others can get at functions of an instance, or hand functions to it, other than by importing
    /// or exporting just them: what holds such an instance cannot be told from outside.
    let handsOnFunctions: Bool

    init(_ loaded: LoadedModule) {
        self.loaded = loaded
        let module = loaded.module
        handsOnFunctions =
            module.imports.contains { $0.type.carriesFunctions }
            || module.exports.contains { module.type(of: $0).carriesFunctions }
    }
}

extension ExternalType {
    /// Whether funcrefs pass through something of this type.
    fileprivate var carriesFunctions: Bool {
        switch self {
        case .function(let type): (type.parameters + type.results).contains { $0.refersToFunctions }
        case .global(let type): type.value.refersToFunctions
        case .table(let type): type.element.refersToFunctions
        case .memory, .tag: false
        }
    }
}

extension ValueType {
    fileprivate var refersToFunctions: Bool { isReference && widest != .externref }
}

final class ModuleReference: Reference, KindOfReference {
    static let kind = Int(WASM_C_MODULE)

    let shared: SharedModule

    init(_ shared: SharedModule, _ store: Store) {
        self.shared = shared
        super.init(Self.kind, store)
    }

}

extension Module {
    /// Whether the interface has kinds for all that it may meet of the module: none for exceptions.
    fileprivate var isWithinInterface: Bool {
        guard features.contains(.exceptionHandling) else { return true }
        let values = types.flatMap { type in
            switch type { case .function(let type): type.parameters + type.results }
        }
        let held = globalTypes.map(\.value) + tables.map(\.element)
        guard !(values + held).contains(where: \.isException) else { return false }
        return importedTagCount == 0 && !exports.contains { $0.kind == .tag }
    }
}

extension Store {
    /// The module of a binary, with a hold for C; nil where it is none.
    fileprivate func load(_ bytes: UnsafeRawBufferPointer) -> OpaquePointer? {
        guard let binary = ModuleBinary(copying: bytes), let loaded = try? engine.load(binary),
            loaded.module.isWithinInterface
        else { return nil }
        return ModuleReference(SharedModule(loaded), self).owned
    }
}

@c @implementation
public func wasm_module_new(
    _ store: OpaquePointer?, _ binary: UnsafePointer<wasm_byte_vec_t>?
) -> OpaquePointer? {
    guard let store = object(store, as: Store.self), let binary else { return nil }
    return store.load(binary.pointee.bytes)
}

@c @implementation
public func wasm_module_validate(
    _ store: OpaquePointer?, _ binary: UnsafePointer<wasm_byte_vec_t>?
) -> Bool {
    guard store != nil, let binary else { return false }
    guard let copy = ModuleBinary(copying: binary.pointee.bytes) else { return false }
    return (try? Engine.validate(copy)) != nil
}

@c @implementation
public func wasm_module_imports(
    _ module: OpaquePointer?, _ out: UnsafeMutablePointer<wasm_importtype_vec_t>?
) {
    guard let out else { return }
    let imports = reference(module, as: ModuleReference.self)?.shared.loaded.module.imports ?? []
    wasm_importtype_vec_new_uninitialized(out, imports.count)
    for (index, entry) in imports.prefix(out.pointee.size).enumerated() {
        out.pointee.data[index] = namedType(entry.module, entry.name, entry.type)
    }
}

@c @implementation
public func wasm_module_exports(
    _ module: OpaquePointer?, _ out: UnsafeMutablePointer<wasm_exporttype_vec_t>?
) {
    guard let out else { return }
    guard let module = reference(module, as: ModuleReference.self)?.shared.loaded.module else {
        return wasm_exporttype_vec_new_empty(out)
    }
    wasm_exporttype_vec_new_uninitialized(out, module.exports.count)
    for (index, entry) in module.exports.prefix(out.pointee.size).enumerated() {
        out.pointee.data[index] = namedType("", entry.name, module.type(of: entry))
    }
}

// MARK: Sharing

@c @implementation
public func wasm_module_share(_ module: OpaquePointer?) -> OpaquePointer? {
    reference(module, as: ModuleReference.self).map { owned($0.shared) }
}

@c @implementation
public func wasm_module_obtain(_ store: OpaquePointer?, _ shared: OpaquePointer?) -> OpaquePointer? {
    guard let store = object(store, as: Store.self), let shared = object(shared, as: SharedModule.self),
        shared.loaded.engine === store.engine
    else { return nil }
    return ModuleReference(shared, store).owned
}

@c @implementation
public func wasm_shared_module_delete(_ module: OpaquePointer?) { release(module) }

// MARK: Serialization

@c @implementation
public func wasm_module_serialize(_ module: OpaquePointer?, _ out: UnsafeMutablePointer<wasm_byte_vec_t>?) {
    guard let out else { return }
    guard let module = reference(module, as: ModuleReference.self) else {
        return wasm_byte_vec_new_empty(out)
    }
    out.fill(SerializedModule.bytes(of: module.shared.loaded.module.binary.bytes))
}

@c @implementation
public func wasm_module_deserialize(
    _ store: OpaquePointer?, _ bytes: UnsafePointer<wasm_byte_vec_t>?
) -> OpaquePointer? {
    guard let store = object(store, as: Store.self), let bytes,
        let binary = SerializedModule.binary(in: bytes.pointee.bytes)
    else { return nil }
    return store.load(binary)
}
