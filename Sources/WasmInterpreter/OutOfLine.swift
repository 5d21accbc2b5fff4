// The instructions that are not worth a place in the loop: sizes, bulk operations, tables, references, wait and
// notify, which the runtime executes, and atomic accesses, which are in a file of their own.
//
// Their words are `outOfLine`, the slot of the result, the instruction, its operands, its immediates.

import CMachine
import WasmModule
import WasmRuntime

struct OutOfLineOutcome {
    var reason: UInt32 = 0
    var length: Int

    init(_ length: Int, _ trap: TrapReason? = nil) {
        self.length = length
        reason = trap?.rawValue ?? 0
    }
}

/// Runs the instruction at `pc`, one of those that the loop does not know.
@inline(never)
func executeOutOfLine(
    _ pc: Words, frame: Frame, instance: UnsafeMutablePointer<MachineInstance>,
    context: UnsafeMutablePointer<MachineContext>
) -> OutOfLineOutcome {
    let instruction = pc.instruction
    if case .atomic(let atomic) = instruction {
        return executeAtomic(atomic, pc, frame: frame, memory: instance.pointee.memory0)
    }
    if instruction == .reference(.refFunc) {
        // SAFETY: the caller runs the instance, so it is alive; nothing is retained on the way.
        Unmanaged<Instance>.fromOpaque(instance.pointee.object)._withUnsafeGuaranteedRef { object in
            frame[pc[1]] = UInt64(UInt(bitPattern: object.function(pc[u32: 3]).machine))
        }
        return OutOfLineOutcome(5)
    }
    guard let shape = instruction.outOfLine else {
        preconditionFailure("the translator makes other operations of \(instruction)")
    }
    return executeByRuntime(instruction, shape, pc, frame: frame, instance: instance, context: context)
}

/// Takes the operands from their slots, and puts the result into its own.
private func executeByRuntime(
    _ instruction: InstructionKind, _ shape: OutOfLineShape, _ pc: Words, frame: Frame,
    instance: UnsafeMutablePointer<MachineInstance>, context: UnsafeMutablePointer<MachineContext>
) -> OutOfLineOutcome {
    let immediates = 3 + shape.operandCount
    var outcome = OutOfLineOutcome(immediates + 2 * shape.immediateCount)
    var operands: (MachineSlot, MachineSlot, MachineSlot) = (0, 0, 0)
    withUnsafeMutablePointer(to: &operands) { operands in
        let slots = UnsafeMutableRawPointer(operands).assumingMemoryBound(to: MachineSlot.self)
        for index in 0..<shape.operandCount { slots[index] = frame[pc[3 + index]] }
        outcome.reason = OutOfLine(instance: instance, context: context, slots: slots).execute(
            instruction, shape.immediateCount > 0 ? pc[u32: immediates] : 0,
            shape.immediateCount > 1 ? pc[u32: immediates + 2] : 0)
        if shape.hasResult, outcome.reason == 0 { frame[pc[1]] = slots[0] }
    }
    return outcome
}
