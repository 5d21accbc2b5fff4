// What instructions of x86-64 name: registers, memory, conditions, widths.
// https://www.intel.com/content/www/us/en/developer/articles/technical/intel-sdm.html, volume 2, chapter 2

/// A general-purpose register.
package enum GP: UInt8, CaseIterable, Sendable {
    case rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
}

/// A register for floating-point numbers.
package enum XMM: UInt8, CaseIterable, Sendable {
    case xmm0, xmm1, xmm2, xmm3, xmm4, xmm5, xmm6, xmm7, xmm8, xmm9, xmm10, xmm11, xmm12, xmm13, xmm14, xmm15
}

/// What a jump, a move or a byte may depend on. The raw value is in the opcode.
package enum Condition: UInt8, CaseIterable, Sendable {
    case overflow, noOverflow, below, aboveOrEqual, equal, notEqual, belowOrEqual, above
    case sign, noSign, parity, noParity, less, greaterOrEqual, lessOrEqual, greater

    package var inverted: Condition { Condition(rawValue: rawValue ^ 1)! }
}

/// How many bits of a register an instruction works on. 32 bits clear the upper ones of what is written.
package enum Width: Sendable { case bits32, bits64 }

/// Of floating-point numbers.
package enum Precision: Sendable { case single, double }

/// A place in memory.
package struct Address: Hashable, Sendable {
    package let base: GP
    /// Not `rsp`.
    package let index: GP?
    /// 1, 2, 4 or 8.
    package let scale: UInt8
    package let displacement: Int32

    package init(_ base: GP, _ displacement: Int = 0) {
        self.init(base, index: nil, displacement: displacement)
    }

    package init(_ base: GP, index: GP?, scale: UInt8 = 1, displacement: Int = 0) {
        self.base = base
        self.index = index
        self.scale = scale
        self.displacement = Int32(displacement)
    }
}

/// The last operand of most instructions.
package enum RM: Sendable {
    case register(UInt8)
    case memory(Address)

    package static func gp(_ register: GP) -> RM { .register(register.rawValue) }
    package static func xmm(_ register: XMM) -> RM { .register(register.rawValue) }
}
