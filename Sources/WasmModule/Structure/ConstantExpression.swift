// Constant expressions: the values of globals, offsets and elements.
//
// Always true: an expression has an instruction at least, and evaluating it leaves one value.
// https://webassembly.github.io/spec/core/valid/instructions.html#constant-expressions

package struct ConstantExpression: Sendable {
    package enum Instruction: Hashable, Sendable {
        case i32(Int32)
        case i64(Int64)
        /// The bit patterns, so that a NaN keeps its payload.
        case f32(UInt32)
        case f64(UInt64)
        case refNull(HeapType)
        case refFunc(UInt32)
        case globalGet(UInt32)
        /// In memory of its own, since few expressions have one and many are kept.
        indirect case v128(SIMD2<UInt64>)
        case i32Add, i32Sub, i32Mul, i64Add, i64Sub, i64Mul
    }

    /// The instructions, in the order of evaluation on a stack. The first one stands inline: nearly all
    /// expressions have no other, and a segment of millions of them should not allocate as many arrays.
    package struct Instructions: RandomAccessCollection, Sendable {
        private let head: Instruction
        private let tail: [Instruction]

        init(_ head: Instruction, _ tail: [Instruction]) {
            self.head = head
            self.tail = tail
        }

        package var startIndex: Int { 0 }
        package var endIndex: Int { tail.count + 1 }
        package subscript(position: Int) -> Instruction { position == 0 ? head : tail[position - 1] }
    }

    package let instructions: Instructions

    init(_ head: Instruction, then tail: [Instruction] = []) { instructions = Instructions(head, tail) }
}
