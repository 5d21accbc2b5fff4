// wasm_global_*.

import CWasmAPI
import CWasmFamilies
import WasmModule
import WasmRuntime

final class GlobalReference: Reference, KindOfReference {
    static let kind = Int(WASM_C_GLOBAL)

    let global: GlobalInstance

    init(_ global: GlobalInstance, _ store: Store) {
        self.global = global
        super.init(Self.kind, store)
    }

    override var identity: UInt { UInt(bitPattern: global.cell) }
    override var holder: any HostInfoHolder { global.owner ?? global }
}

@c @implementation
public func wasm_global_new(
    _ store: OpaquePointer?, _ type: OpaquePointer?, _ value: UnsafePointer<wasm_val_t>?
) -> OpaquePointer? {
    guard let store = object(store, as: Store.self),
        case .global(let type)? = ExternTypeObject.at(type)?.type,
        let slot = value?.pointee.slot(as: type.value.kind, in: store)
    else { return nil }
    let value = withUnsafePointer(to: slot) { Value($0, type: type.value) }
    return GlobalReference(GlobalInstance(type: type, value: value), store).owned
}

@c @implementation
public func wasm_global_type(_ global: OpaquePointer?) -> OpaquePointer? {
    reference(global, as: GlobalReference.self).map { owned(ExternTypeObject.make(.global($0.global.type))) }
}

@c @implementation
public func wasm_global_get(_ global: OpaquePointer?, _ out: UnsafeMutablePointer<wasm_val_t>?) {
    guard let out else { return }
    guard let reference = reference(global, as: GlobalReference.self), let store = reference.store else {
        out.pointee = wasm_val_t()
        return
    }
    let global = reference.global
    guard global.type.value != .v128 else {
        out.pointee = wasm_val_t()
        out.pointee.kind = ValueType.kindWithoutValues
        return
    }
    out.pointee = wasm_val_t(global.cell.pointee, global.type.value.kind, in: store)
}

@c @implementation
public func wasm_global_set(_ global: OpaquePointer?, _ value: UnsafePointer<wasm_val_t>?) {
    guard let reference = reference(global, as: GlobalReference.self), let store = reference.store,
        reference.global.type.isMutable,
        let slot = value?.pointee.slot(as: reference.global.type.value.kind, in: store)?
            .narrowed(to: reference.global.type.value)
    else { return }
    reference.global.cell.pointee = slot
}
