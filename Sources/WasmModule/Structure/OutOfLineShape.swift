// What instructions take and give that the runtime executes for all tiers.

/// Of an instruction whose operands are handed over in slots, and its immediates as a number of 32 bits and one
/// of 64.
package struct OutOfLineShape {
    package let operandCount: Int
    package let hasResult: Bool
    package let immediateCount: Int

    /// In one word of code.
    package var word: UInt16 { UInt16(operandCount) | UInt16(immediateCount) << 3 | (hasResult ? 1 : 0) << 5 }

    package init(word: UInt16) {
        operandCount = Int(word & 7)
        immediateCount = Int(word >> 3 & 3)
        hasResult = word >> 5 != 0
    }

    fileprivate init(_ operandCount: Int, hasResult: Bool, immediateCount: Int) {
        self.operandCount = operandCount
        self.hasResult = hasResult
        self.immediateCount = immediateCount
    }
}

extension Instruction {
    /// The immediates of such an instruction; where there is a memory argument, its memory and its offset.
    package var outOfLineImmediates: (first: UInt32, second: UInt64) {
        if case .synchronization = kind { return (first, constant) }
        return (first, UInt64(second))
    }
}

extension InstructionKind {
    /// nil for an instruction that every tier has code of its own for.
    package var outOfLine: OutOfLineShape? {
        switch self {
        case .memory(let memory): memory.outOfLine
        case .table(let table): table.outOfLine
        case .synchronization(let synchronization): synchronization.outOfLine
        case .reference(.refFunc): OutOfLineShape(0, hasResult: true, immediateCount: 1)
        case .control, .parametric, .variable, .constant, .reference, .load, .store, .numeric, .wide, .vector,
            .atomic: nil
        }
    }
}

extension MemoryInstruction {
    fileprivate var outOfLine: OutOfLineShape {
        switch self {
        case .memorySize: OutOfLineShape(0, hasResult: true, immediateCount: 1)
        case .memoryGrow: OutOfLineShape(1, hasResult: true, immediateCount: 1)
        case .memoryFill: OutOfLineShape(3, hasResult: false, immediateCount: 1)
        case .memoryCopy, .memoryInit: OutOfLineShape(3, hasResult: false, immediateCount: 2)
        case .dataDrop: OutOfLineShape(0, hasResult: false, immediateCount: 1)
        }
    }
}

extension TableInstruction {
    fileprivate var outOfLine: OutOfLineShape {
        switch self {
        case .elemDrop: OutOfLineShape(0, hasResult: false, immediateCount: 1)
        case .tableInit, .tableCopy: OutOfLineShape(3, hasResult: false, immediateCount: 2)
        case .tableFill: OutOfLineShape(3, hasResult: false, immediateCount: 1)
        case .tableGet: OutOfLineShape(1, hasResult: true, immediateCount: 1)
        case .tableSet: OutOfLineShape(2, hasResult: false, immediateCount: 1)
        case .tableSize: OutOfLineShape(0, hasResult: true, immediateCount: 1)
        case .tableGrow: OutOfLineShape(2, hasResult: true, immediateCount: 1)
        }
    }
}

extension SynchronizationInstruction {
    fileprivate var outOfLine: OutOfLineShape {
        switch self {
        case .memoryAtomicNotify: OutOfLineShape(2, hasResult: true, immediateCount: 2)
        case .memoryAtomicWait32, .memoryAtomicWait64: OutOfLineShape(3, hasResult: true, immediateCount: 2)
        case .atomicFence: OutOfLineShape(0, hasResult: false, immediateCount: 0)
        }
    }
}
