// Instructions that tiers do not make code of: bulk memory, tables, wait and notify. One body for all tiers.
//
// Always true: a switch here names all instructions of its family.
// https://webassembly.github.io/spec/core/exec/instructions.html

import CMachine
import Synchronization
import WasmModule

/// What such an instruction works on: its operands stand in `slots`, in the order in which they were pushed, and
/// its result is left in slot 0.
package struct OutOfLine {
    private let machine: UnsafeMutablePointer<MachineInstance>
    private let context: UnsafeMutablePointer<MachineContext>
    private let slots: UnsafeMutablePointer<MachineSlot>

    package init(
        instance: UnsafeMutablePointer<MachineInstance>, context: UnsafeMutablePointer<MachineContext>,
        slots: UnsafeMutablePointer<MachineSlot>
    ) {
        machine = instance
        self.context = context
        self.slots = slots
    }

    /// Returns 0 or a raw `TrapReason`. The immediates are those of `Instruction`; where there is a memory
    /// argument, its offset.
    package func execute(_ instruction: InstructionKind, _ first: UInt32, _ second: UInt32) -> UInt32 {
        // SAFETY: the caller runs the instance, so it is alive; nothing is retained on the way.
        let reason = Unmanaged<Instance>.fromOpaque(machine.pointee.object)._withUnsafeGuaranteedRef { instance in
            switch instruction {
            case .synchronization(let synchronization):
                return execute(synchronization, instance, offset: first)
            case .memory(let memory): return execute(memory, instance, segment: first)
            case .table(let table): return execute(table, instance, first, second)
            case .control, .parametric, .variable, .constant, .reference, .load, .store, .numeric, .atomic:
                preconditionFailure("every tier has code of its own for \(instruction)")
            }
        }
        return reason?.rawValue ?? 0
    }

    private func i32(_ index: Int) -> UInt64 { slots[index] & 0xFFFF_FFFF }

    private func execute(_ instruction: MemoryInstruction, _ instance: Instance, segment: UInt32) -> TrapReason? {
        switch instruction {
        case .memorySize: slots[0] = instance.memories[0].pages
        case .memoryGrow:
            slots[0] = instance.memories[0].grow(by: i32(0)) ?? UInt64(UInt32.max)
            return nil
        case .memoryInit:
            return instance.initializeMemory(
                0, at: i32(0), from: i32(1), segment: Int(segment), count: i32(2))
        case .memoryCopy:
            return instance.memories[0].machine.copy(
                to: i32(0), from: i32(1), count: i32(2), context: context)
        case .memoryFill:
            return instance.memories[0].machine.fill(
                at: i32(0), with: UInt8(truncatingIfNeeded: slots[1]), count: i32(2),
                context: context)
        case .dataDrop: instance.dropData(Int(segment))
        }
        return nil
    }

    private func execute(
        _ instruction: TableInstruction, _ instance: Instance, _ first: UInt32, _ second: UInt32
    ) -> TrapReason? {
        switch instruction {
        case .elemDrop: instance.dropElements(Int(first))
        case .tableInit:
            return instance.initializeTable(
                Int(second), at: i32(0), from: i32(1), segment: Int(first), count: i32(2))
        case .tableCopy:
            return instance.table(Int(first)).copy(
                to: i32(0), from: i32(1), of: instance.table(Int(second)), count: i32(2))
        case .tableGet:
            guard let value = instance.table(Int(first))[i32(0)] else { return .tableOutOfBounds }
            slots[0] = value
            return nil
        case .tableSet: return instance.table(Int(first)).set(i32(0), to: slots[1])
        case .tableSize: slots[0] = instance.table(Int(first)).count
        case .tableGrow:
            slots[0] = instance.table(Int(first)).grow(by: i32(1), with: slots[0]) ?? UInt64(UInt32.max)
        case .tableFill:
            return instance.table(Int(first)).fill(at: i32(0), with: slots[1], count: i32(2))
        }
        return nil
    }

    private func execute(
        _ instruction: SynchronizationInstruction, _ instance: Instance, offset: UInt32
    ) -> TrapReason? {
        let bytes: UInt64
        switch instruction {
        case .memoryAtomicNotify, .memoryAtomicWait32: bytes = 4
        case .memoryAtomicWait64: bytes = 8
        // The one that needs no memory.
        case .atomicFence:
            atomicMemoryFence(ordering: .sequentiallyConsistent)
            return nil
        }
        let memory = instance.memories[0]
        let place = i32(0) + UInt64(offset)
        guard place + bytes <= memory.byteLength else { return .memoryOutOfBounds }
        guard place % bytes == 0 else { return .unalignedAtomic }
        let address = UnsafeMutableRawPointer(memory.machine.pointee.base.unsafelyUnwrapped) + Int(place)
        if instruction == .memoryAtomicNotify {
            let count = UInt32(truncatingIfNeeded: slots[1])
            slots[0] = UInt64(ParkingLot.notify(address: address, count: count))
            return nil
        }
        guard memory.isShared else { return .expectedSharedMemory }
        context.atomicWaitOffset.pointee.store(place, ordering: .relaxed)
        guard context.moves(to: Place.waiting) else { return .interrupted }
        defer { context.place = Place.guest }
        let timeout = Int64(bitPattern: slots[2])
        let result = GuestThread.withCurrent(context) { thread in
            instruction == .memoryAtomicWait32
                ? ParkingLot.wait32(
                    address: address, expected: UInt32(truncatingIfNeeded: slots[1]), timeout: timeout,
                    thread: thread)
                : ParkingLot.wait64(address: address, expected: slots[1], timeout: timeout, thread: thread)
        }
        guard result != .interrupted else { return .interrupted }
        slots[0] = UInt64(result.rawValue)
        return nil
    }
}
