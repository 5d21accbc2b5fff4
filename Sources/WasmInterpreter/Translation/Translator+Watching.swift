// What is put before the operations of code that is watched for data races.
//
// Always true: nothing is put into other code; an operand that is looked at stays where it was, or goes to its own
// slot.

import CMachine
import WasmModule
import WasmRuntime

extension Translator {
    /// Whether accesses to a memory are watched: those of one thread cannot race.
    func isWatched(_ memory: UInt32) -> Bool {
        moduleCode.watch != nil && module.memories[Int(memory)].isShared
    }

    /// Whether a plain access counts as an atomic one.
    func countsAsAtomic(_ instruction: Instruction) -> Bool {
        moduleCode.watch?.countsAsAtomic(instruction, in: module, function: definedIndex) ?? false
    }

    /// Tells of the accesses that an instruction is about to make.
    mutating func watch(before instruction: Instruction, for watching: RaceWatching) {
        for access in watching.accesses(of: instruction, in: module, function: definedIndex) {
            let address = operandSlot(depth: access.depth)
            switch access.size {
            case .bytes(let bytes):
                emit(.watch, RaceWatch(bytes: bytes, reads: access.reads, isAtomic: access.isAtomic).word, address, 0)
            case .operand(let isWide):
                let size = operandSlot(depth: 0)
                emit(.watch, RaceWatch(reads: access.reads, isSizeWide: isWide).word, address, size)
            }
            words.append(MemoryPlace(index: access.memory, module.memories[Int(access.memory)]).word)
            append(imm64: access.offset)
        }
    }

    /// A slot that has an operand, which stays where it is on the stack.
    private mutating func operandSlot(depth: Int) -> MachineWord {
        let height = operands.count - 1 - depth
        if case .slot(let slot) = operands[height] { return slot }
        spill(height)
        return slot(height)
    }

    /// Tells where a call is that the host may take.
    mutating func watchCall() {
        if moduleCode.watch != nil { emit(.watchCall) }
    }
}
