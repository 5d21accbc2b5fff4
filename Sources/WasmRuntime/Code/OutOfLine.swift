// Instructions that tiers do not make code of: bulk memory, tables, wait and notify. One body for all tiers.
//
// Always true: a switch here names all instructions of its family.
// https://webassembly.github.io/spec/core/exec/instructions.html

import CMachine
import CRaces
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

    /// Returns 0 or a raw `TrapReason`. The immediates are those of `Instruction.outOfLineImmediates`.
    package func execute(_ instruction: InstructionKind, _ first: UInt32, _ second: UInt64) -> UInt32 {
        let reason: TrapReason? = switch instruction {
        case .synchronization(let synchronization): execute(synchronization, memory: first, offset: second)
        case .memory(let memory): execute(memory, first, UInt32(truncatingIfNeeded: second))
        case .table(let table): execute(table, first, UInt32(truncatingIfNeeded: second))
        case .reference(.refFunc):
            withInstance { slots[0] = UInt64(UInt(bitPattern: $0.function(first).machine)); return nil }
        case .control(.throw):
            withInstance {
                context.throw($0.tags[Int(first)], slots)
                return .uncaughtException
            }
        case .control, .parametric, .variable, .constant, .reference, .load, .store, .numeric, .wide, .vector,
            .atomic:
            preconditionFailure("every tier has code of its own for \(instruction)")
        }
        return reason?.rawValue ?? 0
    }

    private func i32(_ index: Int) -> UInt64 { slots[index] & 0xFFFF_FFFF }

    /// An operand that is an address, or a number of addresses.
    private func address(_ index: Int, _ isWide: Bool) -> UInt64 { isWide ? slots[index] : i32(index) }

    /// Leaves what growing gives: the size before, or -1.
    private func give(_ size: UInt64?, _ isWide: Bool) { slots[0] = size ?? (isWide ? .max : UInt64(UInt32.max)) }

    @inline(__always)
    private func withInstance(_ body: (Instance) -> TrapReason?) -> TrapReason? {
        // SAFETY: the caller runs the instance, so it is alive; nothing is retained on the way.
        Unmanaged<Instance>.fromOpaque(machine.pointee.object)._withUnsafeGuaranteedRef(body)
    }

    /// Validation lets instructions on memories into modules with these.
    private func memory(_ index: UInt32) -> UnsafeMutablePointer<MachineMemory> {
        machine.pointee.memories[Int(index)].unsafelyUnwrapped
    }

    private func execute(_ instruction: MemoryInstruction, _ first: UInt32, _ second: UInt32) -> TrapReason? {
        switch instruction {
        case .memorySize:
            let memory = memory(first)
            order(at: Self.lengthAddress, of: memory, first, acquires: true)
            slots[0] = memory.length >> UInt64(memory.pointee.pageShift)
            return nil
        case .memoryGrow:
            let isWide = memory(first).isWide
            order(at: Self.lengthAddress, of: memory(first), first, acquires: true, releases: true)
            return withInstance { instance in
                let memory = instance.memories[Int(first)]
                give(memory.grow(by: address(0, isWide)), isWide)
                GuestThread.withCurrent(context) { $0?.record?.noteMemory(bytes: memory.byteLength) }
                return nil
            }
        case .memoryInit:
            let place = address(0, memory(second).isWide)
            return withInstance {
                $0.initializeMemory(Int(second), at: place, from: i32(1), segment: Int(first), count: i32(2))
            }
        case .memoryCopy:
            let (target, source) = (memory(first), memory(second))
            return target.copy(
                to: address(0, target.isWide), from: address(1, source.isWide), of: source,
                count: address(2, target.isWide && source.isWide), context: context)
        case .memoryFill:
            let memory = memory(first)
            return memory.fill(
                at: address(0, memory.isWide), with: UInt8(truncatingIfNeeded: slots[1]),
                count: address(2, memory.isWide), context: context)
        case .dataDrop:
            return withInstance {
                $0.dropData(Int(first))
                return nil
            }
        }
    }

    /// What is ordered by the length of a memory, has an address that none of its bytes has.
    private static let lengthAddress: UInt64 = 1 << 46

    /// Has the race detector order the thread with others, where there is one.
    @inline(__always)
    private func order(
        at place: UInt64, of memory: UnsafeMutablePointer<MachineMemory>, _ index: UInt32, isQueue: Bool = false,
        acquires: Bool = false, releases: Bool = false
    ) {
        guard let race = context.race, let sync = race_sync_begin(race, index, memory, place, isQueue) else { return }
        if acquires { race_acquire(race, sync) }
        if releases { race_release_besides(race, sync) }
        race_sync_end(race, sync)
    }

    private func table(_ index: UInt32) -> UnsafeMutablePointer<MachineTable> {
        machine.pointee.tables[Int(index)].unsafelyUnwrapped
    }

    private func execute(_ instruction: TableInstruction, _ first: UInt32, _ second: UInt32) -> TrapReason? {
        switch instruction {
        case .tableGet:
            let table = table(first)
            let index = address(0, table.isWide)
            guard index < table.pointee.count else { return .tableOutOfBounds }
            slots[0] = table.pointee.elements[Int(index)]
            return nil
        case .tableSet:
            let table = table(first)
            let index = address(0, table.isWide)
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
                Int(second), at: address(0, table(second).isWide), from: i32(1), segment: Int(first),
                count: i32(2))
        case .tableCopy:
            let (target, source) = (table(first).isWide, table(second).isWide)
            return instance.table(Int(first)).copy(
                to: address(0, target), from: address(1, source), of: instance.table(Int(second)),
                count: address(2, target && source))
        case .tableGrow:
            let isWide = table(first).isWide
            give(instance.table(Int(first)).grow(by: address(1, isWide), with: slots[0]), isWide)
        case .tableFill:
            let isWide = table(first).isWide
            return instance.table(Int(first)).fill(
                at: address(0, isWide), with: slots[1], count: address(2, isWide))
        }
        return nil
    }

    private func execute(
        _ instruction: SynchronizationInstruction, memory index: UInt32, offset: UInt64
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
        let memory = memory(index)
        let (place, isBeyond) = address(0, memory.isWide).addingReportingOverflow(offset)
        let length = memory.length
        guard !isBeyond, place <= length, bytes <= length - place else { return .memoryOutOfBounds }
        guard place % bytes == 0 else { return .unalignedAtomic }
        let address = UnsafeMutableRawPointer(memory.pointee.base.unsafelyUnwrapped) + Int(place)
        if instruction == .memoryAtomicNotify {
            let count = UInt32(truncatingIfNeeded: slots[1])
            order(at: place, of: memory, index, isQueue: true, releases: true)
            slots[0] = UInt64(ParkingLot.notify(address: address, count: count))
            return nil
        }
        guard memory.pointee.isShared != 0 else { return .expectedSharedMemory }
        context.atomicWaitOffset.pointee.store(place, ordering: .relaxed)
        guard context.transition(to: ThreadState.waiting) else { return .interrupted }
        defer { context.threadState = ThreadState.guest }
        let timeout = Int64(bitPattern: slots[2])
        let result = GuestThread.withCurrent(context) { thread in
            let start = thread?.record?.now
            defer { if let start { thread?.record?.endWait(at: place, since: start) } }
            return instruction == .memoryAtomicWait32
                ? ParkingLot.wait32(
                    address: address, expected: UInt32(truncatingIfNeeded: slots[1]), timeout: timeout,
                    thread: thread)
                : ParkingLot.wait64(address: address, expected: slots[1], timeout: timeout, thread: thread)
        }
        guard result != .interrupted else { return .interrupted }
        // It has read the word, whatever came of that.
        order(at: place, of: memory, index, acquires: true)
        if result == .ok { order(at: place, of: memory, index, isQueue: true, acquires: true) }
        slots[0] = UInt64(result.rawValue)
        return nil
    }
}
