// Which accesses to shared memories an instruction makes: what all tiers tell the race detector before they make them.

import WasmModule

/// An access that an instruction is about to make.
package struct WatchedAccess {
    package enum Size {
        case bytes(UInt8)
        /// As many as the topmost operand says, which has 64 bits or 32.
        case operand(isWide: Bool)
    }

    package let memory: UInt32
    package let offset: UInt64
    /// How many operands are above the one with the address.
    package let depth: Int
    package let size: Size
    package let reads: Bool
    package let isAtomic: Bool
}

extension RaceWatching {
    /// Whether a plain access counts as an atomic one, since the function is one of a library's that means it so.
    package func countsAsAtomic(_ instruction: Instruction, in module: Module, function definedIndex: Int) -> Bool {
        guard atomicFunctions.contains(definedIndex) else { return false }
        switch instruction.kind {
        case .load(.i32Load), .load(.i64Load), .store(.i32Store), .store(.i64Store):
            return module.memories[Int(instruction.first)].isShared
        default: return false
        }
    }

    /// Those that an instruction makes, in memories that threads share.
    package func accesses(
        of instruction: Instruction, in module: Module, function definedIndex: Int
    ) -> [WatchedAccess] {
        let accesses: [WatchedAccess]
        switch instruction.kind {
        case .memory(let memory): accesses = Self.ranges(memory, instruction, in: module)
        case .load, .store, .vector, .atomic, .synchronization:
            var isAtomic = countsAsAtomic(instruction, in: module, function: definedIndex)
            if case .atomic = instruction.opcode.immediates { isAtomic = true }
            accesses = Self.access(instruction, isAtomic: isAtomic).map { [$0] } ?? []
        default: return []
        }
        return accesses.filter { module.memories[Int($0.memory)].isShared }
    }

    private static func access(_ instruction: Instruction, isAtomic: Bool) -> WatchedAccess? {
        let bytes: UInt8
        switch instruction.opcode.immediates {
        case .access(let count), .accessLane(let count), .atomic(let count): bytes = count
        default: return nil
        }
        guard let signature = instruction.opcode.signature else { return nil }
        let reads: Bool
        switch instruction.kind {
        case .atomic(let atomic): reads = atomic.kind == .load
        // It does not touch the word.
        case .synchronization(.memoryAtomicNotify): return nil
        case .synchronization: reads = true
        default: reads = signature.resultCount > 0
        }
        // The address is the lowest of the operands.
        return WatchedAccess(
            memory: instruction.first, offset: instruction.constant, depth: signature.operandCount - 1,
            size: .bytes(bytes), reads: reads, isAtomic: isAtomic)
    }

    private static func ranges(
        _ memory: MemoryInstruction, _ instruction: Instruction, in module: Module
    ) -> [WatchedAccess] {
        func isWide(_ index: UInt32) -> Bool { module.memories[Int(index)].addressType == .i64 }
        func range(_ index: UInt32, depth: Int, reads: Bool, isSizeWide: Bool) -> WatchedAccess {
            WatchedAccess(
                memory: index, offset: 0, depth: depth, size: .operand(isWide: isSizeWide), reads: reads,
                isAtomic: false)
        }
        let (first, second) = (instruction.first, instruction.second)
        switch memory {
        case .memoryFill: return [range(first, depth: 2, reads: false, isSizeWide: isWide(first))]
        case .memoryInit: return [range(second, depth: 2, reads: false, isSizeWide: false)]
        case .memoryCopy:
            let isSizeWide = isWide(first) && isWide(second)
            return [
                range(second, depth: 1, reads: true, isSizeWide: isSizeWide),
                range(first, depth: 2, reads: false, isSizeWide: isSizeWide),
            ]
        case .memorySize, .memoryGrow, .dataDrop: return []
        }
    }
}
