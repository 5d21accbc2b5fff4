// The instructions that are not worth a place in the loop: sizes, bulk operations, tables and references;
// atomic ones are in a file of their own.
//
// Their words are `outOfLine`, the slot of the result, the instruction, its operands, its immediates. Each body
// returns how many words that is, and the raw reason where it trapped. Always true: a switch here names all
// instructions of its family.

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
    switch pc.instruction {
    case .atomic(let atomic):
        return executeAtomic(atomic, pc, frame: frame, memory: instance.pointee.memory0)
    case .synchronization(let synchronization):
        return execute(synchronization, pc, frame: frame, instance: instance, context: context)
    case .memory(let memory):
        return withObject(of: instance) { execute(memory, pc, frame: frame, instance: $0, context: context) }
    case .table(let table):
        return withObject(of: instance) { execute(table, pc, frame: frame, instance: $0) }
    case .reference(.refFunc):
        return withObject(of: instance) { object in
            frame[pc[1]] = UInt64(UInt(bitPattern: object.function(pc[u32: 3]).machine))
            return OutOfLineOutcome(5)
        }
    case .control, .parametric, .variable, .constant, .reference, .load, .store, .numeric:
        preconditionFailure("the translator makes other operations of them")
    }
}

@inline(__always)
private func withObject(
    of instance: UnsafeMutablePointer<MachineInstance>, _ body: (Instance) -> OutOfLineOutcome
) -> OutOfLineOutcome {
    // SAFETY: the caller runs the instance, so it is alive; nothing is retained on the way.
    Unmanaged<Instance>.fromOpaque(instance.pointee.object)._withUnsafeGuaranteedRef(body)
}

private func execute(
    _ instruction: MemoryInstruction, _ pc: Words, frame: Frame, instance: Instance,
    context: UnsafeMutablePointer<MachineContext>
) -> OutOfLineOutcome {
    switch instruction {
    case .memorySize:
        frame[i32: pc[1]] = UInt32(instance.memories[0].pages)
        return OutOfLineOutcome(3)
    case .memoryGrow:
        let old = instance.memories[0].grow(by: UInt64(frame[i32: pc[3]]))
        frame[i32: pc[1]] = old.map { UInt32($0) } ?? .max
        return OutOfLineOutcome(4)
    case .memoryInit:
        let trap = instance.initializeMemory(
            0, at: UInt64(frame[i32: pc[3]]), from: UInt64(frame[i32: pc[4]]), segment: Int(pc[u32: 6]),
            count: UInt64(frame[i32: pc[5]]))
        return OutOfLineOutcome(8, trap)
    case .memoryCopy:
        let trap = instance.memories[0].machine.copy(
            to: UInt64(frame[i32: pc[3]]), from: UInt64(frame[i32: pc[4]]), count: UInt64(frame[i32: pc[5]]),
            context: context)
        return OutOfLineOutcome(6, trap)
    case .memoryFill:
        let trap = instance.memories[0].machine.fill(
            at: UInt64(frame[i32: pc[3]]), with: UInt8(truncatingIfNeeded: frame[i32: pc[4]]),
            count: UInt64(frame[i32: pc[5]]), context: context)
        return OutOfLineOutcome(6, trap)
    case .dataDrop:
        instance.dropData(Int(pc[u32: 3]))
        return OutOfLineOutcome(5)
    }
}

private func execute(
    _ instruction: TableInstruction, _ pc: Words, frame: Frame, instance: Instance
) -> OutOfLineOutcome {
    switch instruction {
    case .elemDrop:
        instance.dropElements(Int(pc[u32: 3]))
        return OutOfLineOutcome(5)
    case .tableInit:
        let trap = instance.initializeTable(
            Int(pc[u32: 8]), at: UInt64(frame[i32: pc[3]]), from: UInt64(frame[i32: pc[4]]),
            segment: Int(pc[u32: 6]), count: UInt64(frame[i32: pc[5]]))
        return OutOfLineOutcome(10, trap)
    case .tableCopy:
        let trap = instance.table(Int(pc[u32: 6])).copy(
            to: UInt64(frame[i32: pc[3]]), from: UInt64(frame[i32: pc[4]]),
            of: instance.table(Int(pc[u32: 8])), count: UInt64(frame[i32: pc[5]]))
        return OutOfLineOutcome(10, trap)
    case .tableGet:
        guard let value = instance.table(Int(pc[u32: 4]))[UInt64(frame[i32: pc[3]])] else {
            return OutOfLineOutcome(6, .tableOutOfBounds)
        }
        frame[pc[1]] = value
        return OutOfLineOutcome(6)
    case .tableSet:
        let trap = instance.table(Int(pc[u32: 5])).set(UInt64(frame[i32: pc[3]]), to: frame[pc[4]])
        return OutOfLineOutcome(7, trap)
    case .tableSize:
        frame[i32: pc[1]] = UInt32(instance.table(Int(pc[u32: 3])).count)
        return OutOfLineOutcome(5)
    case .tableGrow:
        let old = instance.table(Int(pc[u32: 5])).grow(by: UInt64(frame[i32: pc[4]]), with: frame[pc[3]])
        frame[i32: pc[1]] = old.map { UInt32($0) } ?? .max
        return OutOfLineOutcome(7)
    case .tableFill:
        let trap = instance.table(Int(pc[u32: 6])).fill(
            at: UInt64(frame[i32: pc[3]]), with: frame[pc[4]], count: UInt64(frame[i32: pc[5]]))
        return OutOfLineOutcome(8, trap)
    }
}
