// The instructions that are not worth a place in the loop, and that the runtime executes: sizes, bulk operations,
// tables, references, wait and notify.
//
// Their words are `outOfLine`, the slot of the result, the instruction, its shape, its operands, its immediates: one of
// two words, and one of four.

import CMachine
import WasmModule
import WasmRuntime

extension OutOfLineShape {
    fileprivate var immediateWords: Int { immediateCount > 1 ? 6 : 2 * immediateCount }
}

struct OutOfLineOutcome {
    var reason: UInt32 = 0
    var length: Int

    init(_ length: Int, _ trap: TrapReason? = nil) {
        self.length = length
        reason = trap?.rawValue ?? 0
    }
}

/// Has the runtime execute the instruction at `pc`: takes the operands from their slots, and puts the result into
/// its own.
@inline(never)
func executeOutOfLine(
    _ pc: Words, frame: Frame, instance: UnsafeMutablePointer<MachineInstance>,
    context: UnsafeMutablePointer<MachineContext>
) -> OutOfLineOutcome {
    let shape = OutOfLineShape(word: pc[3])
    let immediates = pc + 4 + shape.operandCount
    var outcome = OutOfLineOutcome(4 + shape.operandCount + shape.immediateWords)
    var operands: (MachineSlot, MachineSlot, MachineSlot) = (0, 0, 0)
    withUnsafeMutablePointer(to: &operands) { operands in
        let slots = UnsafeMutableRawPointer(operands).assumingMemoryBound(to: MachineSlot.self)
        for index in 0..<shape.operandCount { slots[index] = frame[pc[4 + index]] }
        outcome.reason = OutOfLine(instance: instance, context: context, slots: slots).execute(
            pc.instruction, shape.immediateCount > 0 ? immediates[u32: 0] : 0,
            shape.immediateCount > 1 ? immediates[u64: 2] : 0)
        if shape.hasResult, outcome.reason == 0 { frame[pc[1]] = slots[0] }
    }
    return outcome
}
