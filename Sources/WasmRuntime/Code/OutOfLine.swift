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
        let reason: TrapReason? = switch instruction {
        case .synchronization(let synchronization): execute(synchronization, offset: first)
        case .memory(let memory): execute(memory, segment: first)
        case .table(let table): execute(table, first, second)
        case .reference(.refFunc):
            withInstance { slots[0] = UInt64(UInt(bitPattern: $0.function(first).machine)); return nil }
        case .control(.throw):
            withInstance {
                context.throw($0.tags[Int(first)], slots)
                return .uncaughtException
            }
        case .control, .parametric, .variable, .constant, .reference, .load, .store, .numeric, .vector, .atomic:
            preconditionFailure("every tier has code of its own for \(instruction)")
        }
        return reason?.rawValue ?? 0
    }

    private func i32(_ index: Int) -> UInt64 { slots[index] & 0xFFFF_FFFF }

    @inline(__always)
    private func withInstance(_ body: (Instance) -> TrapReason?) -> TrapReason? {
        // SAFETY: the caller runs the instance, so it is alive; nothing is retained on the way.
        Unmanaged<Instance>.fromOpaque(machine.pointee.object)._withUnsafeGuaranteedRef(body)
    }

    /// Validation lets instructions on memories into modules with one.
    private var memory: UnsafeMutablePointer<MachineMemory> { machine.pointee.memory0.unsafelyUnwrapped }

    private func execute(_ instruction: MemoryInstruction, segment: UInt32) -> TrapReason? {
        switch instruction {
        case .memorySize:
            slots[0] = memory.length / MemoryType.pageSize
            return nil
        case .memoryGrow:
            return withInstance { instance in
                slots[0] = instance.memories[0].grow(by: i32(0)) ?? UInt64(UInt32.max)
                return nil
            }
        case .memoryInit:
            return withInstance {
                $0.initializeMemory(0, at: i32(0), from: i32(1), segment: Int(segment), count: i32(2))
            }
        case .memoryCopy: return memory.copy(to: i32(0), from: i32(1), count: i32(2), context: context)
        case .memoryFill:
            return memory.fill(
                at: i32(0), with: UInt8(truncatingIfNeeded: slots[1]), count: i32(2), context: context)
        case .dataDrop:
            return withInstance {
                $0.dropData(Int(segment))
                return nil
            }
        }
    }

    private func table(_ index: UInt32) -> UnsafeMutablePointer<MachineTable> {
        machine.pointee.tables[Int(index)].unsafelyUnwrapped
    }

    private func execute(_ instruction: TableInstruction, _ first: UInt32, _ second: UInt32) -> TrapReason? {
        switch instruction {
        case .tableGet:
            let (table, index) = (table(first), i32(0))
            guard index < table.pointee.count else { return .tableOutOfBounds }
            slots[0] = table.pointee.elements[Int(index)]
            return nil
        case .tableSet:
            let (table, index) = (table(first), i32(0))
            guard index < table.pointee.count else { return .tableOutOfBounds }
            table.pointee.elements[Int(index)] = slots[1]
            return nil
        case .tableSize:
            slots[0] = table(first).pointee.count
            return nil
        case .elemDrop, .tableInit, .tableCopy, .tableGrow, .tableFill:
            return withInstance { execute(instruction, $0, first, second) }
        }
    }

    /// Those that take time.
    private func execute(
        _ instruction: TableInstruction, _ instance: Instance, _ first: UInt32, _ second: UInt32
    ) -> TrapReason? {
        switch instruction {
        case .tableGet, .tableSet, .tableSize: preconditionFailure("\(instruction) needs no instance")
        case .elemDrop: instance.dropElements(Int(first))
        case .tableInit:
            return instance.initializeTable(
                Int(second), at: i32(0), from: i32(1), segment: Int(first), count: i32(2))
        case .tableCopy:
            return instance.table(Int(first)).copy(
                to: i32(0), from: i32(1), of: instance.table(Int(second)), count: i32(2))
        case .tableGrow:
            slots[0] = instance.table(Int(first)).grow(by: i32(1), with: slots[0]) ?? UInt64(UInt32.max)
        case .tableFill:
            return instance.table(Int(first)).fill(at: i32(0), with: slots[1], count: i32(2))
        }
        return nil
    }

    private func execute(_ instruction: SynchronizationInstruction, offset: UInt32) -> TrapReason? {
        let bytes: UInt64
        switch instruction {
        case .memoryAtomicNotify, .memoryAtomicWait32: bytes = 4
        case .memoryAtomicWait64: bytes = 8
        // The one that needs no memory.
        case .atomicFence:
            atomicMemoryFence(ordering: .sequentiallyConsistent)
            return nil
        }
        let place = i32(0) + UInt64(offset)
        guard place + bytes <= memory.length else { return .memoryOutOfBounds }
        guard place % bytes == 0 else { return .unalignedAtomic }
        let address = UnsafeMutableRawPointer(memory.pointee.base.unsafelyUnwrapped) + Int(place)
        if instruction == .memoryAtomicNotify {
            let count = UInt32(truncatingIfNeeded: slots[1])
            slots[0] = UInt64(ParkingLot.notify(address: address, count: count))
            return nil
        }
        let isUnshared = withInstance { $0.memories[0].isShared ? nil : .expectedSharedMemory }
        if let isUnshared { return isUnshared }
        context.atomicWaitOffset.pointee.store(place, ordering: .relaxed)
        guard context.transition(to: ThreadState.waiting) else { return .interrupted }
        defer { context.threadState = ThreadState.guest }
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
