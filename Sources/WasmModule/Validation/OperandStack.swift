// The operands of a function while a tier walks over it: where each has slots of its own, and which are spilled.
//
// Always true: operands below `spilled` are in their own slots. An operand's own slots come after those of the
// operands below it, as many as its type takes; they are counted from `firstSlot` on.

package struct OperandStack<Operand> {
    @usableFromInline var operands: [Operand] = []
    /// The first slot of each operand, and one more: where the next operand's begin. What stands above is of
    /// operands that are gone, and still asked for by what takes their place.
    @usableFromInline var starts: [Int]
    /// How many operands from the bottom on are spilled.
    @usableFromInline var spilled = 0
    /// Where the slots end, of all operands that there ever were.
    @usableFromInline var greatestEnd: Int

    @inlinable
    package init(firstSlot: Int) {
        starts = [firstSlot]
        greatestEnd = firstSlot
    }

    @inlinable package var count: Int { operands.count }
    @inlinable package var isEmpty: Bool { operands.isEmpty }
    @inlinable package var last: Operand? { operands.last }
    /// Where the slots end that operands have had so far.
    @inlinable package var slotsEnd: Int { greatestEnd }
    /// The operands that a label has to spill.
    @inlinable package var unspilled: Range<Int> { spilled..<operands.count }

    /// By height.
    @inlinable
    package subscript(height: Int) -> Operand {
        get { operands[height] }
        set { operands[height] = newValue }
    }

    /// The first slot of the operand at a height; or of the next operand.
    @inlinable
    package func slot(_ height: Int) -> Int { starts[height] }

    /// How many slots the operand at a height has.
    @inlinable
    package func slots(at height: Int) -> Int { starts[height + 1] - starts[height] }

    /// Pushes an operand that takes so many slots.
    @inlinable
    package mutating func push(_ operand: Operand, slots: Int) {
        reserve(slots: slots)
        operands.append(operand)
    }

    /// Keeps slots for an operand that is not there yet.
    @inlinable
    package mutating func reserve(slots: Int) {
        let height = operands.count
        let end = starts[height] + slots
        if starts.count == height + 1 { starts.append(end) } else { starts[height + 1] = end }
        if end > greatestEnd { greatestEnd = end }
    }

    @inlinable
    package mutating func pop() -> Operand {
        let operand = operands.removeLast()
        if spilled > operands.count { spilled = operands.count }
        return operand
    }

    /// Says that all operands are in their own slots.
    @inlinable
    package mutating func markSpilled() { spilled = operands.count }
}
