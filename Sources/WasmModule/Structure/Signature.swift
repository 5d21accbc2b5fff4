// What an instruction pops and pushes, where that does not depend on its context.

package struct Signature: Hashable, Sendable {
    /// A type in a signature.
    package enum Letter: UInt8, Sendable {
        case i32, i64, f32, f64, v128
        /// The address type of the memory that the instruction names.
        case address
    }

    package private(set) var operandCount = 0
    package private(set) var resultCount = 0
    /// Four bits for each letter, operands first, so that a signature allocates nothing.
    private var letters: UInt64 = 0

    /// The operands, the first pushed first.
    package var operands: [Letter] { (0..<operandCount).map { self[$0] } }
    package var results: [Letter] { (operandCount..<operandCount + resultCount).map { self[$0] } }

    /// The operands, then the results.
    subscript(index: Int) -> Letter { Letter(rawValue: UInt8(letters >> (4 * index) & 0xF))! }
}

extension Signature: ExpressibleByStringLiteral {
    /// `operands>results`, one letter a value: `i` i32, `I` i64, `f` f32, `F` f64, `v` v128, `a` the address
    /// type of the memory.
    package init(stringLiteral text: StaticString) {
        var isAfterArrow = false
        for index in 0..<text.utf8CodeUnitCount {
            // SAFETY: the index is within the literal.
            let byte = unsafe text.utf8Start[index]
            let letter: Letter
            switch byte {
            case UInt8(ascii: ">"):
                isAfterArrow = true
                continue
            case UInt8(ascii: "i"): letter = .i32
            case UInt8(ascii: "I"): letter = .i64
            case UInt8(ascii: "f"): letter = .f32
            case UInt8(ascii: "F"): letter = .f64
            case UInt8(ascii: "v"): letter = .v128
            case UInt8(ascii: "a"): letter = .address
            default: preconditionFailure("a signature has the letters iIfFva> only")
            }
            letters |= UInt64(letter.rawValue) << (4 * (operandCount + resultCount))
            if isAfterArrow { resultCount += 1 } else { operandCount += 1 }
        }
    }
}
