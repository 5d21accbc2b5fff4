// wasm_valtype_*.
//
// There is one object for each of the six kinds: an address in a block that is never freed. So nothing is
// allocated, and to delete one does nothing.

import CWasmAPI
import WasmModule

/// One byte for each number that a kind may have.
// SAFETY: made once; nobody reads or writes behind the addresses.
nonisolated(unsafe) private let kinds = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)

extension ValueType {
    /// The pointer that stands for it.
    var pointer: OpaquePointer { OpaquePointer(kinds + Int(kind)) }

    /// nil for NULL, and for a pointer to something else.
    init?(pointer: OpaquePointer?) {
        guard let pointer else { return nil }
        self.init(distance: UInt(bitPattern: pointer) &- UInt(bitPattern: kinds))
    }

    private init?(distance: UInt) {
        guard let kind = wasm_valkind_t(exactly: distance) else { return nil }
        self.init(kind: kind)
    }
}

@c @implementation
public func wasm_valtype_new(_ kind: wasm_valkind_t) -> OpaquePointer? {
    kind == ValueType.kindWithoutValues ? nil : ValueType(kind: kind)?.pointer
}

@c @implementation
public func wasm_valtype_kind(_ type: OpaquePointer?) -> wasm_valkind_t {
    ValueType(pointer: type)?.kind ?? 0
}

@c @implementation
public func wasm_valtype_copy(_ type: OpaquePointer?) -> OpaquePointer? { type }

@c @implementation
public func wasm_valtype_delete(_: OpaquePointer?) {}
