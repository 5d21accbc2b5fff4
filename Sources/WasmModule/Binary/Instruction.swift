// A decoded instruction, flat, so that reading one allocates nothing.
// https://webassembly.github.io/spec/core/binary/instructions.html

package struct Instruction: Sendable {
    package var opcode: Opcode
    /// The opcode as a member of its family.
    package var kind: InstructionKind
    /// The byte offset of the opcode in the binary.
    package var offset: Int
    /// The index that the instruction names: of a local, global, function, table, label, element or data
    /// segment, of the type of `call_indirect`, of the memory of a memory instruction, of the destination
    /// of a copy. For a typed `select` and `ref.null` the word of the type, for a block see `blockForm`.
    package var first: UInt32 = 0
    /// A second index: of the table of `call_indirect` and `table.init`, of the memory of `memory.init`,
    /// of the source of a copy. Of a memory argument the flags, of a typed `select` the number of types.
    package var second: UInt32 = 0
    /// The bits of a constant, those of an i32 zero-extended, or the offset of a memory argument.
    package var constant: UInt64 = 0
    /// The high half of a vector, of which `constant` has the low one, or of the lanes of a shuffle; the number
    /// of a lane.
    package var high: UInt64 = 0

    /// The exponent of the alignment that a memory argument promises.
    var alignment: UInt32 { second & ~Self.namesMemory }
    /// The flag of a memory argument that names its memory.
    static let namesMemory: UInt32 = 64

    /// How the type of a block is given. https://webassembly.github.io/spec/core/syntax/instructions.html
    enum BlockForm: UInt32 {
        case empty
        /// One result; `first` is the word of its type.
        case result
        /// `first` is a type index.
        case typeIndex
    }

    /// The form of the type of a block, which `second` holds.
    var blockForm: BlockForm { BlockForm(rawValue: second)! }
}
