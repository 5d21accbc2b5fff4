// The operands of a function while a tier walks over it: where each has slots of its own, and which are spilled.
//
// Always true: operands below `spilled` are in their own slots. An operand's own slots come after those of the
// operands below it, as many as its type takes; they are counted from `firstSlot` on.
//
// Public, since what is generic is only specialized in other modules where it is: a body that is `@inlinable package`
// stays in its module, and each push would ask the runtime for the type of the stack.

public struct OperandStack<Operand> {
    @usableFromInline var operands: [Operand] = []
    /// The first slot of each operand, and one more: where the next operand's begin. What stands above is of
    /// operands that are gone, and still asked for by what takes their place.
    @usableFromInline var starts: [Int]
    /// How many operands from the bottom on are spilled.
    @usableFromInline var spilled = 0
    /// Where the slots end, of all operands that there ever were.
    @usableFromInline var greatestEnd: Int

    @inlinable
    public init(firstSlot: Int) {
        starts = [firstSlot]
        greatestEnd = firstSlot
    }

    @inlinable public var count: Int { operands.count }
    @inlinable public var isEmpty: Bool { operands.isEmpty }
    @inlinable public var last: Operand? { operands.last }
    /// Where the slots end that operands have had so far.
    @inlinable public var slotsEnd: Int { greatestEnd }
    /// The operands that a label has to spill.
    @inlinable public var unspilled: Range<Int> { spilled..<operands.count }

    /// By height.
    @inlinable
    public subscript(height: Int) -> Operand {
        get { operands[height] }
        set { operands[height] = newValue }
    }

    /// The first slot of the operand at a height; or of the next operand.
    @inlinable
    public func slot(_ height: Int) -> Int { starts[height] }

    /// How many slots the operand at a height has.
    @inlinable
    public func slots(at height: Int) -> Int { starts[height + 1] - starts[height] }

    /// Pushes an operand that takes so many slots.
    @inlinable
    public mutating func push(_ operand: Operand, slots: Int) {
        reserve(slots: slots)
        operands.append(operand)
    }

    /// Keeps slots for an operand that is not there yet.
    @inlinable
    public mutating func reserve(slots: Int) {
        let height = operands.count
        let end = starts[height] + slots
        if starts.count == height + 1 { starts.append(end) } else { starts[height + 1] = end }
        if end > greatestEnd { greatestEnd = end }
    }

    @inlinable
    public mutating func pop() -> Operand {
        let operand = operands.removeLast()
        if spilled > operands.count { spilled = operands.count }
        return operand
    }

    /// Says that all operands are in their own slots.
    @inlinable
    public mutating func markSpilled() { spilled = operands.count }
}
