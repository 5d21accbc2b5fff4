// wasm_table_*.

import CMachine
import CWasmAPI
import CWasmFamilies
import WasiThreads
import WasmModule
import WasmRuntime

final class TableReference: Reference, KindOfReference {
    static let kind = Int(WASM_C_TABLE)

    let table: TableInstance

    init(_ table: TableInstance, _ store: Store) {
        self.table = table
        super.init(Self.kind, store)
    }

    override var identity: UInt { UInt(bitPattern: table.machine) }
    override var holder: any HostInfoHolder { table }

    /// The slot of an element that C gave; nil where it is none of the table's type.
    fileprivate func slot(_ element: OpaquePointer?) -> MachineSlot? {
        let type = table.type.element
        return store.unsafelyUnwrapped.slot(of: element, as: type.kind)?.narrowed(to: type)
    }
}

@c @implementation
public func wasm_table_new(
    _ store: OpaquePointer?, _ type: OpaquePointer?, _ initial: OpaquePointer?
) -> OpaquePointer? {
    guard let store = object(store, as: Store.self), case .table(let type)? = ExternTypeObject.at(type)?.type,
        let slot = store.slot(of: initial, as: type.element.kind),
        type.limits.minimum <= type.limits.maximum ?? .max,
        let table = try? TableInstance(type: type, limits: store.limits)
    else { return nil }
    _ = table.fill(at: 0, with: slot, count: table.count)
    return TableReference(table, store).owned
}

@c @implementation
public func wasm_table_type(_ table: OpaquePointer?) -> OpaquePointer? {
    reference(table, as: TableReference.self).map { owned(ExternTypeObject.make(.table($0.table.type))) }
}

@c @implementation
public func wasm_table_get(_ table: OpaquePointer?, _ index: wasm_table_size_t) -> OpaquePointer? {
    guard let reference = reference(table, as: TableReference.self), let slot = reference.table[UInt64(index)]
    else { return nil }
    return reference.store.unsafelyUnwrapped.reference(slot, reference.table.type.element.kind)
}

@c @implementation
public func wasm_table_set(
    _ table: OpaquePointer?, _ index: wasm_table_size_t, _ element: OpaquePointer?
) -> Bool {
    guard let reference = reference(table, as: TableReference.self), UInt64(index) < reference.table.count,
        let slot = reference.slot(element)
    else { return false }
    return reference.table.set(UInt64(index), to: slot) == nil
}

@c @implementation
public func wasm_table_size(_ table: OpaquePointer?) -> wasm_table_size_t {
    reference(table, as: TableReference.self).map { wasm_table_size_t(clamping: $0.table.count) } ?? 0
}

@c @implementation
public func wasm_table_grow(
    _ table: OpaquePointer?, _ delta: wasm_table_size_t, _ initial: OpaquePointer?
) -> Bool {
    guard let reference = reference(table, as: TableReference.self), let slot = reference.slot(initial) else {
        return false
    }
    return reference.table.grow(by: UInt64(delta), with: slot) != nil
}
