// Instructions on floating-point numbers: one in each register.

/// Of two operands, the first of which gets the result. The raw value is in the opcode.
package enum FloatArithmetic: UInt8, CaseIterable, Sendable {
    case add = 0x58, multiply = 0x59, subtract = 0x5C, minimum = 0x5D, divide = 0x5E, maximum = 0x5F
    /// Of the second operand.
    case squareRoot = 0x51
}

/// On all bits of a register. The raw value is in the opcode.
package enum FloatLogic: UInt8, CaseIterable, Sendable { case and = 0x54, andNot = 0x55, or = 0x56, xor = 0x57 }

/// The raw value is in the instruction.
package enum Rounding: UInt8, CaseIterable, Sendable { case nearest = 0, down = 1, up = 2, towardZero = 3 }

extension Precision {
    fileprivate var scalarPrefix: UInt8 { self == .single ? 0xF3 : 0xF2 }
}

extension Assembler {
    package mutating func move(_ target: XMM, _ source: XMM) {
        encode(wide: false, 0x0F28, reg: target.rawValue, .xmm(source))
    }

    package mutating func load(_ target: XMM, _ address: Address, _ precision: Precision) {
        encode(prefix: precision.scalarPrefix, wide: false, 0x0F10, reg: target.rawValue, .memory(address))
    }

    package mutating func store(_ source: XMM, _ address: Address, _ precision: Precision) {
        encode(prefix: precision.scalarPrefix, wide: false, 0x0F11, reg: source.rawValue, .memory(address))
    }

    /// The bits of an integer.
    package mutating func move(_ target: XMM, bits source: GP, _ precision: Precision) {
        encode(prefix: 0x66, wide: precision == .double, 0x0F6E, reg: target.rawValue, .gp(source))
    }

    package mutating func move(_ target: GP, bits source: XMM, _ precision: Precision) {
        encode(prefix: 0x66, wide: precision == .double, 0x0F7E, reg: source.rawValue, .gp(target))
    }

    package mutating func compute(_ operation: FloatArithmetic, _ target: XMM, _ source: RM, _ precision: Precision) {
        encode(
            prefix: precision.scalarPrefix, wide: false, 0x0F00 | UInt32(operation.rawValue), reg: target.rawValue,
            source)
    }

    package mutating func compute(_ operation: FloatLogic, _ target: XMM, _ source: XMM) {
        encode(wide: false, 0x0F00 | UInt32(operation.rawValue), reg: target.rawValue, .xmm(source))
    }

    /// Without a flag for what was lost.
    package mutating func round(_ target: XMM, _ source: RM, _ rounding: Rounding, _ precision: Precision) {
        let opcode: UInt32 = precision == .single ? 0x0F3A0A : 0x0F3A0B
        encode(prefix: 0x66, wide: false, opcode, reg: target.rawValue, source)
        put(8 | rounding.rawValue)
    }

    /// Unordered: the flag of parity.
    package mutating func compare(_ first: XMM, _ second: RM, _ precision: Precision) {
        encode(prefix: precision == .double ? 0x66 : 0, wide: false, 0x0F2E, reg: first.rawValue, second)
    }

    // MARK: Conversions

    package mutating func convert(_ target: XMM, _ source: GP, _ width: Width, _ precision: Precision) {
        encode(
            prefix: precision.scalarPrefix, wide: width == .bits64, 0x0F2A, reg: target.rawValue, .gp(source))
    }

    /// Towards zero; the least integer where it does not fit.
    package mutating func truncate(_ target: GP, _ source: XMM, _ width: Width, _ precision: Precision) {
        encode(
            prefix: precision.scalarPrefix, wide: width == .bits64, 0x0F2C, reg: target.rawValue, .xmm(source))
    }

    /// To the other precision.
    package mutating func convert(_ target: XMM, _ source: RM, from precision: Precision) {
        encode(prefix: precision.scalarPrefix, wide: false, 0x0F5A, reg: target.rawValue, source)
    }
}
