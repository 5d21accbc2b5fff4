// What stands behind an opcode in the binary format, and what an instruction pops and pushes.

/// The kinds of immediate arguments, as the opcode table names them.
package enum Immediates: Hashable, Sendable {
    case none
    case block, label, labels
    case function, typeAndTable
    case local, global, table, element
    case elementAndTable, twoTables
    case valueTypes, heapType
    case i32, i64, f32, f64
    /// A memory argument; the base-2 logarithm of the access's size, which bounds the alignment.
    case memory(UInt8)
    /// The same for an atomic access, where the alignment must be exactly that.
    case atomic(UInt8)
    case memoryIndex, dataAndMemory, data, twoMemories
    case fence
}

/// Operands and results of an instruction whose types do not depend on its context.
package struct Signature: Hashable, Sendable {
    /// A letter of a signature.
    package enum Letter: UInt8, Sendable {
        case i32, i64, f32, f64
        /// The address type of the memory that the instruction names.
        case address
    }

    /// The operands, the first pushed first.
    package private(set) var operands: [Letter] = []
    package private(set) var result: Letter?
    /// Whether the validator has a rule of its own for the instruction.
    package private(set) var isSpecial = false

    init(_ text: StaticString) {
        var behindArrow = false
        for scalar in text.description.unicodeScalars {
            let letter: Letter
            switch scalar {
            case "*": isSpecial = true; continue
            case ">": behindArrow = true; continue
            case "i": letter = .i32
            case "I": letter = .i64
            case "f": letter = .f32
            case "F": letter = .f64
            case "a": letter = .address
            default: preconditionFailure("a signature has the letters iIfFa>*, not \(scalar)")
            }
            if behindArrow { result = letter } else { operands.append(letter) }
        }
    }
}
