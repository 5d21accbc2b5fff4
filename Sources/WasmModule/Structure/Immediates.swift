// What stands after an opcode in the binary format, as the table of instructions names it.
// https://webassembly.github.io/spec/core/binary/instructions.html

/// The kinds of immediate arguments.
package enum Immediates: Hashable, Sendable {
    case none
    case block, label, labels
    case function, typeIndex, typeAndTable
    case tag
    /// The type of a block, then the clauses of a `try_table`.
    case catches
    case local, global, table, element
    case elementAndTable, twoTables
    case valueTypes, heapType
    case i32, i64, f32, f64
    /// A memory argument; how many bytes the access takes, which bounds the alignment.
    case access(UInt8)
    /// The same for an atomic access, where the alignment must be exactly that.
    case atomic(UInt8)
    case memoryIndex, dataAndMemory, data, twoMemories
    /// The 16 bytes of a vector.
    case v128
    /// The number of a lane, below this.
    case lane(UInt8)
    /// A memory argument as above, then the number of a lane of as many bytes as the access takes.
    case accessLane(UInt8)
    /// The numbers of 16 lanes, of two vectors.
    case shuffle
    /// A byte that is zero.
    case zero
}
