// Scalars on their way between a guest and the host, as bits of a 64-bit word.

import CMachine

extension CScalar {
    /// A value in a frame or in a guest's memory, as the host has it: integers narrow as C converts them and
    /// then fill the word with their sign or with zeros.
    @inline(__always)
    func hostBits(_ bits: UInt64) -> UInt64 {
        switch self {
        case .bool: UInt32(truncatingIfNeeded: bits) != 0 ? 1 : 0
        case .char: Self.charIsSigned ? Self.int8.hostBits(bits) : Self.uint8.hostBits(bits)
        case .int8: UInt64(bitPattern: Int64(Int8(truncatingIfNeeded: bits)))
        case .uint8: bits & 0xFF
        case .int16: UInt64(bitPattern: Int64(Int16(truncatingIfNeeded: bits)))
        case .uint16: bits & 0xFFFF
        case .int32, .difference: UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: bits)))
        case .uint32, .size, .float: bits & 0xFFFF_FFFF
        case .int64, .uint64, .long, .unsignedLong, .double: bits
        }
    }

    /// What a host function returned, as a frame holds it; nil where a size of the host is none of a guest.
    @inline(__always)
    func slot(_ bits: UInt64) -> MachineSlot? {
        switch self {
        case .bool: bits & 0xFF != 0 ? 1 : 0
        case .char, .int8, .uint8, .int16, .uint16, .int32: hostBits(bits) & 0xFFFF_FFFF
        case .uint32, .float: bits & 0xFFFF_FFFF
        case .int64, .uint64, .long, .unsignedLong, .double: bits
        case .size: UInt32(exactly: bits).map(UInt64.init)
        case .difference: Int32(exactly: Int64(bitPattern: bits)).map { UInt64(UInt32(bitPattern: $0)) }
        }
    }

    @inline(__always)
    func checkedSlot(_ bits: UInt64) throws(CallFailure) -> MachineSlot {
        guard let slot = slot(bits) else { throw CallFailure(reason: .result(bits)) }
        return slot
    }

    /// The scalar that converts like this one where it is a member of a structure: of 4 bytes there, `long`
    /// is what a difference is.
    var asMember: CScalar {
        switch self {
        case .long: .difference
        case .unsignedLong: .size
        default: self
        }
    }

    static var charIsSigned: Bool { CChar.min < 0 }
}

extension UnsafeRawPointer {
    /// The `size` bytes here as a number.
    @inline(__always)
    func bits(size: Int) -> UInt64 {
        switch size {
        case 1: UInt64(load(as: UInt8.self))
        case 2: UInt64(loadUnaligned(as: UInt16.self))
        case 4: UInt64(loadUnaligned(as: UInt32.self))
        default: loadUnaligned(as: UInt64.self)
        }
    }
}

extension UnsafeMutableRawPointer {
    @inline(__always)
    func store(_ bits: UInt64, size: Int) {
        switch size {
        case 1: storeBytes(of: UInt8(truncatingIfNeeded: bits), as: UInt8.self)
        case 2: storeBytes(of: UInt16(truncatingIfNeeded: bits), as: UInt16.self)
        case 4: storeBytes(of: UInt32(truncatingIfNeeded: bits), as: UInt32.self)
        default: storeBytes(of: bits, as: UInt64.self)
        }
    }
}
