// Instructions on integers and memory.

/// Of two operands, the first of which gets the result. The raw value is in the opcode.
package enum Arithmetic: UInt8, CaseIterable, Sendable {
    case add = 0, or = 1, and = 4, sub = 5, xor = 6, compare = 7
}

/// The raw value is in the opcode.
package enum Shift: UInt8, CaseIterable, Sendable {
    case rotateLeft = 0, rotateRight = 1, left = 4, right = 5, arithmeticRight = 7
}

/// A load of fewer bits than the register has.
package enum NarrowLoad: Sendable {
    case unsigned8, unsigned16, signed8, signed16, signed32
}

/// How many bytes of memory are accessed.
package enum Size: UInt8, Sendable {
    case byte = 1, word = 2, double = 4, quad = 8
}

extension Assembler {
    // MARK: Moves

    package mutating func move(_ target: GP, _ source: GP, _ width: Width = .bits64) {
        encode(wide: width == .bits64, 0x8B, reg: target.rawValue, .gp(source))
    }

    package mutating func load(_ target: GP, _ address: Address, _ width: Width = .bits64) {
        encode(wide: width == .bits64, 0x8B, reg: target.rawValue, .memory(address))
    }

    package mutating func store(_ source: GP, _ address: Address, _ size: Size = .quad) {
        let opcode: UInt32 = size == .byte ? 0x88 : 0x89
        encode(
            prefix: size == .word ? 0x66 : 0, wide: size == .quad, opcode, reg: source.rawValue, .memory(address),
            isByte: size == .byte)
    }

    /// Of 64 bits, with the sign of the 32.
    package mutating func store(immediate: Int32, _ address: Address, _ size: Size) {
        encode(
            prefix: size == .word ? 0x66 : 0, wide: size == .quad, size == .byte ? 0xC6 : 0xC7, reg: 0,
            .memory(address))
        switch size {
        case .byte: put(UInt8(truncatingIfNeeded: immediate))
        case .word: put(Int16(truncatingIfNeeded: immediate), as: Int16.self)
        case .double, .quad: put(immediate, as: Int32.self)
        }
    }

    /// Leaves the flags as they are.
    package mutating func move(_ target: GP, immediate: UInt64) {
        reserve()
        let high: UInt8 = target.rawValue >> 3
        if immediate <= UInt64(UInt32.max) {
            if high != 0 { put(0x41) }
            put(0xB8 | target.rawValue & 7)
            put(UInt32(immediate), as: UInt32.self)
        } else if let signed = Int32(exactly: Int64(bitPattern: immediate)) {
            encode(wide: true, 0xC7, reg: 0, .gp(target))
            put(signed, as: Int32.self)
        } else {
            put(0x48 | high)
            put(0xB8 | target.rawValue & 7)
            put(immediate, as: UInt64.self)
        }
    }

    /// Loads or extends the low bits.
    package mutating func extend(_ target: GP, _ source: RM, _ kind: NarrowLoad, _ width: Width) {
        let (opcode, isByte): (UInt32, Bool) = switch kind {
        case .unsigned8: (0x0FB6, true)
        case .unsigned16: (0x0FB7, false)
        case .signed8: (0x0FBE, true)
        case .signed16: (0x0FBF, false)
        case .signed32: (0x63, false)
        }
        encode(wide: width == .bits64, opcode, reg: target.rawValue, source, isByteRM: isByte)
    }

    package mutating func loadAddress(_ target: GP, _ address: Address, _ width: Width = .bits64) {
        encode(wide: width == .bits64, 0x8D, reg: target.rawValue, .memory(address))
    }

    /// Of what stands at a label.
    package mutating func loadAddress(_ target: GP, of label: CodeLabel) {
        reserve()
        put(0x48 | (target.rawValue & 8) >> 1)
        put(0x8D)
        put((target.rawValue & 7) << 3 | 5)
        putDistance(to: label)
    }

    package mutating func push(_ register: GP) {
        reserve()
        if register.rawValue >= 8 { put(0x41) }
        put(0x50 | register.rawValue & 7)
    }

    package mutating func pop(_ register: GP) {
        reserve()
        if register.rawValue >= 8 { put(0x41) }
        put(0x58 | register.rawValue & 7)
    }

    // MARK: Arithmetic

    package mutating func compute(_ operation: Arithmetic, _ target: GP, _ source: RM, _ width: Width) {
        encode(wide: width == .bits64, UInt32(operation.rawValue << 3 | 3), reg: target.rawValue, source)
    }

    package mutating func compute(_ operation: Arithmetic, _ target: RM, immediate: Int32, _ width: Width) {
        let isShort = Int8(exactly: immediate) != nil
        encode(wide: width == .bits64, isShort ? 0x83 : 0x81, reg: operation.rawValue, target)
        if isShort { put(UInt8(truncatingIfNeeded: immediate)) } else { put(immediate, as: Int32.self) }
    }

    package mutating func test(_ first: GP, _ second: GP, _ width: Width) {
        encode(wide: width == .bits64, 0x85, reg: second.rawValue, .gp(first))
    }

    package mutating func test(_ first: GP, immediate: Int32, _ width: Width) {
        encode(wide: width == .bits64, 0xF7, reg: 0, .gp(first))
        put(immediate, as: Int32.self)
    }

    package mutating func multiply(_ target: GP, _ source: RM, _ width: Width) {
        encode(wide: width == .bits64, 0x0FAF, reg: target.rawValue, source)
    }

    package mutating func multiply(_ target: GP, _ source: RM, immediate: Int32, _ width: Width) {
        let isShort = Int8(exactly: immediate) != nil
        encode(wide: width == .bits64, isShort ? 0x6B : 0x69, reg: target.rawValue, source)
        if isShort { put(UInt8(truncatingIfNeeded: immediate)) } else { put(immediate, as: Int32.self) }
    }

    package mutating func negate(_ register: GP, _ width: Width) {
        encode(wide: width == .bits64, 0xF7, reg: 3, .gp(register))
    }

    /// Divides `rdx:rax`; the quotient is in `rax`, the remainder in `rdx`.
    package mutating func divide(by divisor: GP, isSigned: Bool, _ width: Width) {
        encode(wide: width == .bits64, 0xF7, reg: isSigned ? 7 : 6, .gp(divisor))
    }

    /// Fills `rdx` with the sign of `rax`.
    package mutating func extendSign(_ width: Width) {
        reserve()
        if width == .bits64 { put(0x48) }
        put(0x99)
    }

    /// By as many bits as `rcx` says.
    package mutating func shift(_ operation: Shift, _ target: GP, _ width: Width) {
        encode(wide: width == .bits64, 0xD3, reg: operation.rawValue, .gp(target))
    }

    package mutating func shift(_ operation: Shift, _ target: GP, by count: UInt8, _ width: Width) {
        encode(wide: width == .bits64, 0xC1, reg: operation.rawValue, .gp(target))
        put(count)
    }

    /// The number of the lowest bit that is set, or of the highest; the flag of zero where there is none.
    package mutating func scan(_ target: GP, _ source: RM, fromHighest: Bool, _ width: Width) {
        encode(wide: width == .bits64, fromHighest ? 0x0FBD : 0x0FBC, reg: target.rawValue, source)
    }

    package mutating func countBits(_ target: GP, _ source: RM, _ width: Width) {
        encode(prefix: 0xF3, wide: width == .bits64, 0x0FB8, reg: target.rawValue, source)
    }

    // MARK: Conditions

    package mutating func set(_ condition: Condition, _ target: GP) {
        encode(wide: false, 0x0F90 | UInt32(condition.rawValue), reg: 0, .gp(target), isByteRM: true)
    }

    package mutating func move(if condition: Condition, _ target: GP, _ source: RM, _ width: Width) {
        encode(wide: width == .bits64, 0x0F40 | UInt32(condition.rawValue), reg: target.rawValue, source)
    }

    // MARK: Control

    package mutating func call(_ target: RM) { encode(wide: false, 0xFF, reg: 2, target) }
    package mutating func jump(_ target: RM) { encode(wide: false, 0xFF, reg: 4, target) }

    package mutating func ret() {
        reserve()
        put(0xC3)
    }

    package mutating func leave() {
        reserve()
        put(0xC9)
    }

    /// For what is never reached.
    package mutating func undefined() {
        reserve()
        put(0x0F)
        put(0x0B)
    }

    // MARK: Atomics

    private mutating func lock() {
        reserve()
        put(0xF0)
    }

    private mutating func encodeSized(_ opcode: UInt32, reg: GP, _ address: Address, _ size: Size) {
        // The prefix of 16 bits comes before the one that widens.
        encode(
            prefix: size == .word ? 0x66 : 0, wide: size == .quad, size == .byte ? opcode : opcode | 1,
            reg: reg.rawValue, .memory(address), isByte: size == .byte)
    }

    /// Locks by itself.
    package mutating func exchange(_ register: GP, _ address: Address, _ size: Size) {
        encodeSized(0x86, reg: register, address, size)
    }

    package mutating func lockedExchangeAdd(_ register: GP, _ address: Address, _ size: Size) {
        lock()
        encodeSized(0x0FC0, reg: register, address, size)
    }

    /// Compares with `rax`, which gets what was there.
    package mutating func lockedCompareExchange(_ register: GP, _ address: Address, _ size: Size) {
        lock()
        encodeSized(0x0FB0, reg: register, address, size)
    }

    package mutating func fence() {
        reserve()
        put(0x0F)
        put(0xAE)
        put(0xF0)
    }
}
