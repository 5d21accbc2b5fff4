// wasm_val_*, and values on their way between C and the slots of a guest.
//
// A funcref's slot is the address of a `MachineFunction`, an externref's that of a `Reference` which the
// store keeps. Both are read only while the store has not ended.

import CMachine
import CWasmAPI
import WasmModule
import WasmRuntime

extension ValueType {
    /// nil where the number stands for no kind.
    init?(kind: wasm_valkind_t) {
        switch UInt32(kind) {
        case WASM_I32.rawValue: self = .i32
        case WASM_I64.rawValue: self = .i64
        case WASM_F32.rawValue: self = .f32
        case WASM_F64.rawValue: self = .f64
        case WASM_EXTERNREF.rawValue: self = .externref
        case WASM_FUNCREF.rawValue: self = .funcref
        case UInt32(ValueType.kindWithoutValues): self = .v128
        default: return nil
        }
    }

    static let kindWithoutValues: wasm_valkind_t = 4

    var kind: wasm_valkind_t {
        switch widest {
        case .i32: wasm_valkind_t(WASM_I32.rawValue)
        case .i64: wasm_valkind_t(WASM_I64.rawValue)
        case .f32: wasm_valkind_t(WASM_F32.rawValue)
        case .f64: wasm_valkind_t(WASM_F64.rawValue)
        case .externref: wasm_valkind_t(WASM_EXTERNREF.rawValue)
        case .funcref: wasm_valkind_t(WASM_FUNCREF.rawValue)
        // A v128, of which wasm.h has no values: what has one cannot be called, made, read or written.
        default: ValueType.kindWithoutValues
        }
    }
}

extension ValueType {
    /// Whether its kind stands for more than it does.
    var isNarrow: Bool { self != widest }
}

extension MachineSlot {
    /// The slot of a value of a type's kind; nil where the value is not of the type.
    func narrowed(to type: ValueType) -> MachineSlot? {
        guard type.isNarrow else { return self }
        return withUnsafePointer(to: self) { Value($0, type: type).isOf(type) } ? self : nil
    }
}

extension wasm_valkind_t {
    @inline(__always)
    fileprivate var isReference: Bool { self >= UInt8(truncatingIfNeeded: WASM_EXTERNREF.rawValue) }
    @inline(__always)
    fileprivate var isExternref: Bool { self == UInt8(truncatingIfNeeded: WASM_EXTERNREF.rawValue) }
}

extension wasm_val_t {
    @inline(__always)
    var isReference: Bool { kind.isReference }

    /// The slot of a value of the kind `wanted`; nil where this is none. A reference counts as what its
    /// object is, since WASM_REF_VAL says externref of all.
    @inline(__always)
    func slot(as wanted: wasm_valkind_t, in store: Store) -> MachineSlot? {
        if isReference {
            guard wanted.isReference else { return nil }
            return store.slot(of: of.ref, as: wanted)
        }
        guard kind == wanted, wanted != ValueType.kindWithoutValues else { return nil }
        // The kinds of 64 bits are odd.
        return kind & 1 == 0 ? UInt64(UInt32(bitPattern: of.i32)) : UInt64(bitPattern: of.i64)
    }

    /// The value in a slot, whose reference C owns.
    @inline(__always)
    init(_ slot: MachineSlot, _ kind: wasm_valkind_t, in store: Store) {
        self.init()
        self.kind = kind
        if isReference {
            of.ref = store.reference(slot, kind)
        } else {
            of.i64 = Int64(bitPattern: slot)
        }
    }
}

extension Store {
    /// The slot of a reference of a kind, which the store keeps from now on; nil where this is none.
    @inline(never)
    func slot(of pointer: OpaquePointer?, as kind: wasm_valkind_t) -> MachineSlot? {
        guard let reference = Reference.at(pointer) else { return 0 }
        guard !hasEnded, reference.store === self || reference.store == nil else { return nil }
        if kind.isExternref { return UInt64(UInt(bitPattern: keep(reference).address)) }
        guard let function = (reference as? FuncReference)?.function else { return nil }
        keep(function.owner.object)
        return UInt64(UInt(bitPattern: function.machine))
    }

    /// What a slot refers to, with a hold for C; nil for null.
    @inline(never)
    func reference(_ slot: MachineSlot, _ kind: wasm_valkind_t) -> OpaquePointer? {
        guard slot != 0, !hasEnded else { return nil }
        if kind.isExternref { return retain(OpaquePointer(bitPattern: UInt(slot))) }
        let machine = UnsafePointer<MachineFunction>(bitPattern: UInt(slot)).unsafelyUnwrapped
        return FuncReference(FunctionReference(machine), self).owned
    }
}

extension FunctionReference {
    /// The function that a funcref stands for.
    init(_ machine: UnsafePointer<MachineFunction>) {
        // SAFETY: the store keeps the owner of every function that a slot can hold.
        if let instance = machine.pointee.instance {
            let owner = Unmanaged<Instance>.fromOpaque(instance.pointee.object).takeUnretainedValue()
            let defined = machine.pointee.code.pointee.definedIndex
            self = owner.function(UInt32(owner.module.importedFunctionCount) + defined)
        } else {
            self = HostCall.function(of: machine.pointee.code)
        }
    }
}

@c @implementation
public func wasm_val_delete(_ value: UnsafeMutablePointer<wasm_val_t>?) {
    guard let value, value.pointee.isReference else { return }
    release(value.pointee.of.ref)
    value.pointee.of.ref = nil
}

@c @implementation
public func wasm_val_copy(_ out: UnsafeMutablePointer<wasm_val_t>?, _ from: UnsafePointer<wasm_val_t>?) {
    guard let out, let from else { return }
    let value = from.pointee
    if value.isReference { _ = retain(value.of.ref) }
    out.pointee = value
}
