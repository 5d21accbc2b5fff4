// Atomic accesses, wait and notify.
//
// Guest memory is seen as Swift `Atomic`s here, all with sequentially consistent order, as the threads
// proposal asks. Always true at an access: the address is aligned to its size, and inside the memory.
// https://webassembly.github.io/threads/core/exec/instructions.html#memory-instructions

import CMachine
import Synchronization
import WasmModule
import WasmRuntime

/// The word that ends an atomic access: the width's base-2 logarithm.
struct AtomicAccess {
    let width: UInt16

    init(word: UInt16) { width = word }
    init(bytes: UInt8) { width = UInt16(bytes.trailingZeroBitCount) }

    var word: UInt16 { width }
}

func executeAtomic(
    _ instruction: AtomicInstruction, _ pc: Words, frame: Frame, memory: UnsafeMutablePointer<MachineMemory>?
) -> OutOfLineOutcome {
    do throws(TrapReason) {
        switch instruction.kind {
        case .load:
            let access = AtomicAccess(word: pc[6])
            let address = try memory.atomicAddress(frame[i32: pc[3]], pc[u32: 4], width: access.width)
            frame[pc[1]] = load(address, width: access.width)
            return OutOfLineOutcome(7)
        case .store:
            let access = AtomicAccess(word: pc[7])
            let address = try memory.atomicAddress(frame[i32: pc[3]], pc[u32: 5], width: access.width)
            store(frame[pc[4]], address, width: access.width)
            return OutOfLineOutcome(8)
        case .modification(let modification):
            let access = AtomicAccess(word: pc[7])
            let address = try memory.atomicAddress(frame[i32: pc[3]], pc[u32: 5], width: access.width)
            frame[pc[1]] = modify(address, modification, frame[pc[4]], width: access.width)
            return OutOfLineOutcome(8)
        case .exchange:
            let access = AtomicAccess(word: pc[8])
            let address = try memory.atomicAddress(frame[i32: pc[3]], pc[u32: 6], width: access.width)
            frame[pc[1]] = exchange(
                address, width: access.width, expected: frame[pc[4]], desired: frame[pc[5]])
            return OutOfLineOutcome(9)
        }
    } catch {
        return OutOfLineOutcome(0, error)
    }
}

func execute(
    _ instruction: SynchronizationInstruction, _ pc: Words, frame: Frame,
    instance: UnsafeMutablePointer<MachineInstance>, context: UnsafeMutablePointer<MachineContext>
) -> OutOfLineOutcome {
    do throws(TrapReason) {
        switch instruction {
        case .memoryAtomicNotify:
            let address = try instance.pointee.memory0.atomicAddress(frame[i32: pc[3]], pc[u32: 5], width: 2)
            frame[i32: pc[1]] = ParkingLot.notify(address: address, count: frame[i32: pc[4]])
            return OutOfLineOutcome(7)
        case .memoryAtomicWait32:
            frame[i32: pc[1]] = try wait(is32: true, pc, frame: frame, instance: instance, context: context)
            return OutOfLineOutcome(8)
        case .memoryAtomicWait64:
            frame[i32: pc[1]] = try wait(is32: false, pc, frame: frame, instance: instance, context: context)
            return OutOfLineOutcome(8)
        case .atomicFence:
            atomicMemoryFence(ordering: .sequentiallyConsistent)
            return OutOfLineOutcome(3)
        }
    } catch {
        return OutOfLineOutcome(0, error)
    }
}

private func wait(
    is32: Bool, _ pc: Words, frame: Frame, instance: UnsafeMutablePointer<MachineInstance>,
    context: UnsafeMutablePointer<MachineContext>
) throws(TrapReason) -> UInt32 {
    let address = try instance.pointee.memory0
        .atomicAddress(frame[i32: pc[3]], pc[u32: 6], width: is32 ? 2 : 3)
    // SAFETY: the caller runs the instance, so it is alive.
    let isShared = Unmanaged<Instance>.fromOpaque(instance.pointee.object)
        ._withUnsafeGuaranteedRef { $0.memories[0].isShared }
    guard isShared else { throw .expectedSharedMemory }
    context.atomicWaitOffset.pointee.store(
        UInt64(frame[i32: pc[3]]) + UInt64(pc[u32: 6]), ordering: .relaxed)
    guard context.moves(to: Place.waiting) else { throw .interrupted }
    defer { context.place = Place.guest }
    let result = GuestThread.withCurrent(context) { thread in
        is32
            ? ParkingLot.wait32(
                address: address, expected: frame[i32: pc[4]], timeout: frame[s64: pc[5]], thread: thread)
            : ParkingLot.wait64(
                address: address, expected: frame[pc[4]], timeout: frame[s64: pc[5]], thread: thread)
    }
    guard result != .interrupted else { throw .interrupted }
    return result.rawValue
}

extension UnsafeMutablePointer<MachineMemory>? {
    /// Where an atomic access lies. An address that is out of bounds and unaligned is out of bounds.
    fileprivate func atomicAddress(
        _ base: UInt32, _ offset: UInt32, width: UInt16
    ) throws(TrapReason) -> UnsafeMutableRawPointer {
        guard let address = at(base, offset, 1 << UInt64(width)) else { throw .memoryOutOfBounds }
        guard UInt(bitPattern: address) & (1 << UInt(width) - 1) == 0 else { throw .unalignedAtomic }
        return address
    }
}

extension UnsafeMutableRawPointer {
    /// SAFETY: `Atomic<T>` has the layout of `T`, and the address is aligned for it.
    fileprivate func atomic<T: AtomicRepresentable>(_ type: T.Type) -> UnsafeMutablePointer<Atomic<T>> {
        assumingMemoryBound(to: Atomic<T>.self)
    }
}

private func load(_ address: UnsafeMutableRawPointer, width: UInt16) -> UInt64 {
    switch width {
    case 0: UInt64(address.atomic(UInt8.self).pointee.load(ordering: .sequentiallyConsistent))
    case 1: UInt64(address.atomic(UInt16.self).pointee.load(ordering: .sequentiallyConsistent))
    case 2: UInt64(address.atomic(UInt32.self).pointee.load(ordering: .sequentiallyConsistent))
    default: address.atomic(UInt64.self).pointee.load(ordering: .sequentiallyConsistent)
    }
}

private func store(_ value: UInt64, _ address: UnsafeMutableRawPointer, width: UInt16) {
    switch width {
    case 0:
        address.atomic(UInt8.self).pointee
            .store(UInt8(truncatingIfNeeded: value), ordering: .sequentiallyConsistent)
    case 1:
        address.atomic(UInt16.self).pointee
            .store(UInt16(truncatingIfNeeded: value), ordering: .sequentiallyConsistent)
    case 2:
        address.atomic(UInt32.self).pointee
            .store(UInt32(truncatingIfNeeded: value), ordering: .sequentiallyConsistent)
    default:
        address.atomic(UInt64.self).pointee.store(value, ordering: .sequentiallyConsistent)
    }
}

private func modify(
    _ address: UnsafeMutableRawPointer, _ kind: AtomicModification, _ operand: UInt64, width: UInt16
) -> UInt64 {
    switch width {
    case 0: UInt64(address.atomic(UInt8.self).modify(kind, UInt8(truncatingIfNeeded: operand)))
    case 1: UInt64(address.atomic(UInt16.self).modify(kind, UInt16(truncatingIfNeeded: operand)))
    case 2: UInt64(address.atomic(UInt32.self).modify(kind, UInt32(truncatingIfNeeded: operand)))
    default: address.atomic(UInt64.self).modify(kind, operand)
    }
}

private func exchange(
    _ address: UnsafeMutableRawPointer, width: UInt16, expected: UInt64, desired: UInt64
) -> UInt64 {
    switch width {
    case 0: UInt64(address.atomic(UInt8.self).exchange(expected, UInt8(truncatingIfNeeded: desired)))
    case 1: UInt64(address.atomic(UInt16.self).exchange(expected, UInt16(truncatingIfNeeded: desired)))
    case 2: UInt64(address.atomic(UInt32.self).exchange(expected, UInt32(truncatingIfNeeded: desired)))
    default: address.atomic(UInt64.self).exchange(expected, desired)
    }
}
