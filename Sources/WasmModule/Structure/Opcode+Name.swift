// What an opcode is called, and what follows from its facts.

extension Opcode {
    /// The name in the text format.
    package var name: String { Opcode.names[Int(rawValue)] }

    /// The prefix, 0 where there is none, and the number.
    package var encoding: (prefix: UInt8, number: UInt32) {
        let encoding = Opcode.encodings[Int(rawValue)]
        return (UInt8(encoding >> 16), encoding & 0xFFFF)
    }

    /// How many bytes of a memory it reads or writes, at an address among its operands; nil where it does not.
    package var transferredBytes: UInt8? {
        switch immediates {
        case .access(let bytes), .atomic(let bytes): bytes
        default: nil
        }
    }
}
