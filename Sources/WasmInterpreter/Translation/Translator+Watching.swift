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

    /// Whether a plain access counts as an atomic one, since the function is one of a library's that means it so.
    func countsAsAtomic(_ instruction: Instruction) -> Bool {
        guard let watch = moduleCode.watch, watch.atomicFunctions.contains(definedIndex) else { return false }
        switch instruction.kind {
        case .load(.i32Load), .load(.i64Load), .store(.i32Store), .store(.i64Store): return isWatched(instruction.first)
        default: return false
        }
    }

    /// Tells of the accesses that an instruction is about to make.
    mutating func watch(before instruction: Instruction) {
        switch instruction.kind {
        case .load: watchAccess(instruction, reads: true, isAtomic: countsAsAtomic(instruction))
        case .store: watchAccess(instruction, reads: false, isAtomic: countsAsAtomic(instruction))
        case .vector: watchAccess(instruction, reads: instruction.opcode.signature!.resultCount > 0, isAtomic: false)
        case .atomic(let atomic): watchAccess(instruction, reads: atomic.kind == .load, isAtomic: true)
        case .synchronization(.memoryAtomicWait32), .synchronization(.memoryAtomicWait64):
            watchAccess(instruction, reads: true, isAtomic: true)
        case .memory(.memoryFill): watchRange(in: instruction.first, reads: false, depth: 2)
        case .memory(.memoryInit): watchRange(in: instruction.second, reads: false, depth: 2, countsInWords: true)
        case .memory(.memoryCopy):
            let isWide = module.memories[Int(instruction.first)].addressType == .i64
                && module.memories[Int(instruction.second)].addressType == .i64
            watchRange(in: instruction.second, reads: true, depth: 1, countsInWords: !isWide)
            watchRange(in: instruction.first, reads: false, depth: 2, countsInWords: !isWide)
        default: break
        }
    }

    private mutating func watchAccess(_ instruction: Instruction, reads: Bool, isAtomic: Bool) {
        let bytes: UInt8
        switch instruction.opcode.immediates {
        case .access(let count), .accessLane(let count), .atomic(let count): bytes = count
        default: return
        }
        guard isWatched(instruction.first) else { return }
        // The address is the lowest of the operands.
        let address = operandSlot(depth: instruction.opcode.signature!.operandCount - 1)
        emit(.watch, RaceWatch(bytes: bytes, reads: reads, isAtomic: isAtomic).word, address, 0)
        appendWatchedPlace(instruction.first, offset: instruction.constant)
    }

    /// A range whose address is so many operands below its size, which is the last. `countsInWords` is whether the size
    /// has 32 bits, whatever the addresses have.
    private mutating func watchRange(in memory: UInt32, reads: Bool, depth: Int, countsInWords: Bool = false) {
        guard isWatched(memory) else { return }
        let isWide = !countsInWords && module.memories[Int(memory)].addressType == .i64
        let (address, size) = (operandSlot(depth: depth), operandSlot(depth: 0))
        emit(.watch, RaceWatch(reads: reads, isSizeWide: isWide).word, address, size)
        appendWatchedPlace(memory, offset: 0)
    }

    private mutating func appendWatchedPlace(_ memory: UInt32, offset: UInt64) {
        words.append(MemoryPlace(index: memory, module.memories[Int(memory)]).word)
        append(imm64: offset)
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
