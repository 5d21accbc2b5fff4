// A typed value as it crosses from the host to the guest and back.

import CMachine
import WasmModule

package enum Value: Hashable, Sendable {
    case i32(UInt32)
    case i64(UInt64)
    /// Bit patterns, so that a NaN keeps its payload.
    case f32(UInt32)
    case f64(UInt64)
    /// The address of a `MachineFunction`, or 0.
    case funcref(UInt)
    /// What the host gave; 0 is null.
    case externref(UInt)
    /// The address of a `GuestException`, or 0.
    case exnref(UInt)
    /// The low half, then the high one.
    case v128(SIMD2<UInt64>)

    /// The value that begins in the first of `slots`.
    package init(_ slots: UnsafePointer<MachineSlot>, type: ValueType) {
        let slot = slots.pointee
        switch type.widest {
        case .i32: self = .i32(UInt32(truncatingIfNeeded: slot))
        case .i64: self = .i64(slot)
        case .f32: self = .f32(UInt32(truncatingIfNeeded: slot))
        case .f64: self = .f64(slot)
        case .funcref: self = .funcref(UInt(slot))
        case .externref: self = .externref(UInt(slot))
        case .exnref: self = .exnref(UInt(slot))
        case .v128: self = .v128(SIMD2(slot, slots[1]))
        default: preconditionFailure("no supported module has a value of type \(type)")
        }
    }

    /// Puts it into as many of `slots` as its type takes.
    package func store(in slots: UnsafeMutablePointer<MachineSlot>) {
        switch self {
        case .i32(let bits), .f32(let bits): slots.pointee = UInt64(bits)
        case .i64(let bits), .f64(let bits): slots.pointee = bits
        case .funcref(let bits), .externref(let bits), .exnref(let bits): slots.pointee = UInt64(bits)
        case .v128(let halves): (slots.pointee, slots[1]) = (halves[0], halves[1])
        }
    }

    /// The widest type that it is of.
    package var type: ValueType {
        switch self {
        case .i32: .i32
        case .i64: .i64
        case .f32: .f32
        case .f64: .f64
        case .funcref: .funcref
        case .externref: .externref
        case .exnref: .exnref
        case .v128: .v128
        }
    }
}

extension Value {
    /// Whether it is a reference to nothing.
    package var isNull: Bool {
        switch self {
        case .funcref(let address), .externref(let address), .exnref(let address): address == 0
        case .i32, .i64, .f32, .f64, .v128: false
        }
    }

    /// Whether it is of a type, which may be narrower than what its representation says. A reference to a function
    /// must be one of a function that lives.
    package func isOf(_ wanted: ValueType) -> Bool {
        guard type == wanted.widest else { return false }
        switch self {
        case .i32, .i64, .f32, .f64, .v128: return true
        case .externref(let address), .exnref(let address): return address != 0 || wanted.isNullable
        case .funcref(let address):
            guard let function = UnsafePointer<MachineFunction>(bitPattern: address) else { return wanted.isNullable }
            guard case .concrete(let number)? = wanted.heapType else { return true }
            return function.pointee.code.pointee.typeNumber == number
        }
    }

    /// For messages: a number as it is, and of a reference what it is.
    package var text: String {
        switch self {
        case .i32(let bits): "\(Int32(bitPattern: bits))"
        case .i64(let bits): "\(Int64(bitPattern: bits))"
        case .f32(let bits): "\(Float(bitPattern: bits))"
        case .f64(let bits): "\(Double(bitPattern: bits))"
        case .funcref(let address): address == 0 ? "null" : "a function"
        case .externref(let address): address == 0 ? "null" : "a reference of the host"
        case .exnref(let address): address == 0 ? "null" : "an exception"
        case .v128(let halves): "0x" + Self.hexadecimal(halves[1]) + Self.hexadecimal(halves[0])
        }
    }

    private static func hexadecimal(_ half: UInt64) -> String {
        let digits = String(half, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
