// Code that is watched for data races: before its accesses it calls the race detector, which makes the atomic ones
// itself.
//
// Always true: nothing of it is in other code. What the detector is told of an access is in the memory, or traps.

import CLLVM
import CMachine
import WasmModule
import WasmRuntime

extension FunctionCompiler {
    func isWatched(_ memory: UInt32) -> Bool { unit.watching != nil && module.memories[Int(memory)].isShared }

    /// Tells of the accesses that an instruction is about to make; of atomic ones their helper does.
    mutating func watch(before instruction: Instruction, for watching: RaceWatching) {
        if isMadeByDetector(instruction, for: watching) { return }
        for access in watching.accesses(of: instruction, in: module, function: definedIndex) {
            let height = operands.count - 1 - access.depth
            let size: IRValue
            switch access.size {
            case .bytes(let bytes): size = ir.i64(UInt64(bytes))
            case .operand(let isWide):
                let operand = value(at: operands.count - 1)
                size = isWide ? operand : ir.zext(operand, ir.types.i64)
            }
            let flags = CompiledWatch.flags(reads: access.reads, isAtomic: access.isAtomic)
            callWatch(flags, access.memory, address(height, access.memory, access.offset), size)
        }
    }

    /// Tells where a call is that the host may take.
    mutating func watchCall() {
        guard unit.watching != nil else { return }
        callWatch(CompiledWatch.call, 0, ir.i64(0), ir.i64(0))
    }

    private mutating func callWatch(_ kind: UInt64, _ memory: UInt32, _ address: IRValue, _ size: IRValue) {
        let types = ir.types
        let type = ir.functionType(
            [types.pointer, types.pointer, types.i64, types.i64, types.i64, types.pointer], types.void)
        let descriptor = CompiledWatch.descriptor(kind: kind, memory: memory, offset: offset)
        _ = callHelper(
            MachineLayout.helperWatch, type,
            [context, instance, ir.i64(descriptor), address, size, ir.frameAddress()])
    }

    /// Where an access begins in its memory; the greatest number where that has no number.
    private mutating func address(_ height: Int, _ memory: UInt32, _ offset: UInt64) -> IRValue {
        let isWide = module.memories[Int(memory)].addressType == .i64
        let index = isWide ? value(at: height) : ir.zext(value(at: height), ir.types.i64)
        guard offset > 0 else { return index }
        let sum = ir.add(index, ir.i64(offset))
        return isWide ? ir.select(ir.icmp(LLVMIntULT, sum, index), ir.i64(.max), sum) : sum
    }

    // MARK: Atomic accesses

    private func isMadeByDetector(_ instruction: Instruction, for watching: RaceWatching) -> Bool {
        switch instruction.kind {
        case .atomic: isWatched(instruction.first)
        default: watching.countsAsAtomic(instruction, in: module, function: definedIndex)
        }
    }

    /// Has the detector make an atomic access, or a plain one that counts as one. False where it is not watched.
    mutating func compileByDetector(_ instruction: Instruction) -> Bool {
        guard let watching = unit.watching, isMadeByDetector(instruction, for: watching) else { return false }
        let signature = instruction.opcode.signature!
        let kind: AtomicKind
        let isPlain: Bool
        if case .atomic(let atomic) = instruction.kind {
            (kind, isPlain) = (atomic.kind, false)
        } else {
            (kind, isPlain) = (signature.resultCount > 0 ? .load : .store, true)
        }
        let first = operands.count - signature.operandCount
        let address = address(first, instruction.first, instruction.constant)
        let slots = resultSlots(2)
        for index in 1..<max(signature.operandCount, 1) {
            ir.storeSlot(value(at: first + index), slots, index - 1, operands[first + index].type)
        }
        drop(signature.operandCount)
        let types = ir.types
        let type = ir.functionType(
            [types.pointer, types.pointer, types.i64, types.i64, types.pointer, types.pointer], types.i32)
        let number = CompiledWatch.kind(kind, bytes: instruction.opcode.transferredBytes!, isPlain: isPlain)
        let descriptor = CompiledWatch.descriptor(kind: number, memory: instruction.first, offset: offset)
        _ = callHelper(
            MachineLayout.helperWatchedAtomic, type,
            [context, instance, ir.i64(descriptor), address, slots, ir.frameAddress()], mayTrap: true)
        if signature.resultCount > 0 {
            let result = control.type(at: first)
            push(ir.loadSlot(slots, 0, result), result)
        }
        return true
    }
}
