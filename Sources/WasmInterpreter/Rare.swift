// The operations that are not worth a place in the loop: sizes, bulk operations, tables and references.
// Each returns how many words it takes, and the raw reason where it trapped.

import CMachine
import WasmModule
import WasmRuntime

struct RareOutcome {
    var reason: UInt32 = 0
    var length: Int

    init(_ length: Int, _ trap: TrapReason? = nil) {
        self.length = length
        reason = trap?.rawValue ?? 0
    }
}

/// Runs the operation at `pc`, one of those that the loop does not know.
@inline(never)
func executeRare(
    _ pc: Words, frame: Frame, instance: UnsafeMutablePointer<MachineInstance>,
    context: UnsafeMutablePointer<MachineContext>
) -> RareOutcome {
    let operation = pc.operation
    if operation.rawValue >= Operation.atomicLoad.rawValue {
        return executeAtomic(operation, pc, frame: frame, instance: instance, context: context)
    }
    // SAFETY: the caller runs the instance, so it is alive; nothing is retained on the way.
    return Unmanaged<Instance>.fromOpaque(instance.pointee.object)._withUnsafeGuaranteedRef { object in
        operation.rawValue >= Operation.tableInit.rawValue
            ? executeTable(operation, pc, frame: frame, instance: object)
            : executeMemory(operation, pc, frame: frame, instance: object, context: context)
    }
}

private func executeMemory(
    _ operation: Operation, _ pc: Words, frame: Frame, instance: Instance,
    context: UnsafeMutablePointer<MachineContext>
) -> RareOutcome {
    switch operation {
    case .memorySize:
        frame[i32: pc[1]] = UInt32(instance.memories[0].pages)
        return RareOutcome(2)
    case .memoryGrow:
        let old = instance.memories[0].grow(by: UInt64(frame[i32: pc[2]]))
        frame[i32: pc[1]] = old.map { UInt32($0) } ?? .max
        return RareOutcome(3)
    case .memoryInit:
        let trap = instance.initializeMemory(
            0, at: UInt64(frame[i32: pc[1]]), from: UInt64(frame[i32: pc[2]]), segment: Int(pc[u32: 4]),
            count: UInt64(frame[i32: pc[3]]))
        return RareOutcome(6, trap)
    case .memoryCopy:
        let trap = instance.memories[0].machine.copy(
            to: UInt64(frame[i32: pc[1]]), from: UInt64(frame[i32: pc[2]]), count: UInt64(frame[i32: pc[3]]),
            context: context)
        return RareOutcome(4, trap)
    case .memoryFill:
        let trap = instance.memories[0].machine.fill(
            at: UInt64(frame[i32: pc[1]]), with: UInt8(truncatingIfNeeded: frame[i32: pc[2]]),
            count: UInt64(frame[i32: pc[3]]), context: context)
        return RareOutcome(4, trap)
    case .dataDrop:
        instance.dropData(Int(pc[u32: 1]))
        return RareOutcome(3)
    case .elemDrop:
        instance.dropElements(Int(pc[u32: 1]))
        return RareOutcome(3)
    case .refFunc:
        frame[pc[1]] = UInt64(UInt(bitPattern: instance.function(pc[u32: 2]).machine))
        return RareOutcome(4)
    default:
        preconditionFailure("\(operation) is no operation of this file")
    }
}

private func executeTable(
    _ operation: Operation, _ pc: Words, frame: Frame, instance: Instance
) -> RareOutcome {
    switch operation {
    case .tableInit:
        let trap = instance.initializeTable(
            Int(pc[u32: 6]), at: UInt64(frame[i32: pc[1]]), from: UInt64(frame[i32: pc[2]]),
            segment: Int(pc[u32: 4]), count: UInt64(frame[i32: pc[3]]))
        return RareOutcome(8, trap)
    case .tableCopy:
        let trap = instance.table(Int(pc[u32: 4])).copy(
            to: UInt64(frame[i32: pc[1]]), from: UInt64(frame[i32: pc[2]]),
            of: instance.table(Int(pc[u32: 6])), count: UInt64(frame[i32: pc[3]]))
        return RareOutcome(8, trap)
    case .tableGet:
        guard let value = instance.table(Int(pc[u32: 3]))[UInt64(frame[i32: pc[2]])] else {
            return RareOutcome(5, .tableOutOfBounds)
        }
        frame[pc[1]] = value
        return RareOutcome(5)
    case .tableSet:
        let trap = instance.table(Int(pc[u32: 3])).set(UInt64(frame[i32: pc[1]]), to: frame[pc[2]])
        return RareOutcome(5, trap)
    case .tableSize:
        frame[i32: pc[1]] = UInt32(instance.table(Int(pc[u32: 2])).count)
        return RareOutcome(4)
    case .tableGrow:
        let old = instance.table(Int(pc[u32: 4])).grow(by: UInt64(frame[i32: pc[3]]), with: frame[pc[2]])
        frame[i32: pc[1]] = old.map { UInt32($0) } ?? .max
        return RareOutcome(6)
    case .tableFill:
        let trap = instance.table(Int(pc[u32: 4])).fill(
            at: UInt64(frame[i32: pc[1]]), with: frame[pc[2]], count: UInt64(frame[i32: pc[3]]))
        return RareOutcome(6, trap)
    default:
        preconditionFailure("\(operation) is no operation of this file")
    }
}
