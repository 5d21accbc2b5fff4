// Atomic accesses, wait and notify.
//
// Guest memory is seen as Swift `Atomic`s here, all with sequentially consistent order, as the threads
// proposal asks. Always true at an access: the address is aligned to its size, and inside the memory.
// https://webassembly.github.io/threads/core/exec/instructions.html#memory-instructions

import CMachine
import Synchronization
import WasmRuntime

enum AtomicKind: UInt16 {
    case add, sub, and, or, xor, xchg
}

/// The word behind an atomic operation: the width's base-2 logarithm, and of `atomicRmw` the kind.
struct AtomicAccess {
    let word: UInt16

    init(width: UInt8, kind: AtomicKind = .add) { word = kind.rawValue << 2 | UInt16(width) }
    init(word: UInt16) { self.word = word }

    var width: UInt16 { word & 3 }
    var kind: AtomicKind { AtomicKind(rawValue: word >> 2)! }
}

@inline(never)
func executeAtomic(
    _ operation: Operation, _ pc: Words, frame: Frame, instance: UnsafeMutablePointer<MachineInstance>,
    context: UnsafeMutablePointer<MachineContext>
) -> RareOutcome {
    do throws(TrapReason) {
        let memory = instance.pointee.memory0
        switch operation {
        case .atomicLoad:
            let access = AtomicAccess(word: pc[5])
            let address = try memory.atomicAddress(frame[i32: pc[2]], pc[u32: 3], width: access.width)
            frame[pc[1]] = load(address, width: access.width)
            return RareOutcome(6)
        case .atomicStore:
            let access = AtomicAccess(word: pc[5])
            let address = try memory.atomicAddress(frame[i32: pc[1]], pc[u32: 3], width: access.width)
            store(frame[pc[2]], address, width: access.width)
            return RareOutcome(6)
        case .atomicRmw:
            let access = AtomicAccess(word: pc[6])
            let address = try memory.atomicAddress(frame[i32: pc[2]], pc[u32: 4], width: access.width)
            frame[pc[1]] = modify(address, access, frame[pc[3]])
            return RareOutcome(7)
        case .atomicCmpxchg:
            let access = AtomicAccess(word: pc[7])
            let address = try memory.atomicAddress(frame[i32: pc[2]], pc[u32: 5], width: access.width)
            frame[pc[1]] = exchange(
                address, width: access.width, expected: frame[pc[3]], desired: frame[pc[4]])
            return RareOutcome(8)
        case .atomicNotify:
            let address = try memory.atomicAddress(frame[i32: pc[2]], pc[u32: 4], width: 2)
            frame[i32: pc[1]] = ParkingLot.notify(address: address, count: frame[i32: pc[3]])
            return RareOutcome(6)
        case .atomicWait32, .atomicWait64:
            frame[i32: pc[1]] = try wait(operation, pc, frame: frame, instance: instance, context: context)
            return RareOutcome(7)
        case .atomicFence:
            atomicMemoryFence(ordering: .sequentiallyConsistent)
            return RareOutcome(1)
        default:
            preconditionFailure("\(operation) is no operation of this file")
        }
    } catch {
        return RareOutcome(0, error)
    }
}

private func wait(
    _ operation: Operation, _ pc: Words, frame: Frame, instance: UnsafeMutablePointer<MachineInstance>,
    context: UnsafeMutablePointer<MachineContext>
) throws(TrapReason) -> UInt32 {
    let is32 = operation == .atomicWait32
    let address = try instance.pointee.memory0
        .atomicAddress(frame[i32: pc[2]], pc[u32: 5], width: is32 ? 2 : 3)
    // SAFETY: the caller runs the instance, so it is alive.
    let isShared = Unmanaged<Instance>.fromOpaque(instance.pointee.object)
        ._withUnsafeGuaranteedRef { $0.memories[0].isShared }
    guard isShared else { throw .expectedSharedMemory }
    context.atomicWaitOffset.pointee.store(
        UInt64(frame[i32: pc[2]]) + UInt64(pc[u32: 5]), ordering: .relaxed)
    guard context.moves(to: Place.waiting) else { throw .interrupted }
    defer { context.place = Place.guest }
    let result = GuestThread.withCurrent(context) { thread in
        is32
            ? ParkingLot.wait32(
                address: address, expected: frame[i32: pc[3]], timeout: frame[s64: pc[4]], thread: thread)
            : ParkingLot.wait64(
                address: address, expected: frame[pc[3]], timeout: frame[s64: pc[4]], thread: thread)
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

private func modify(_ address: UnsafeMutableRawPointer, _ access: AtomicAccess, _ operand: UInt64) -> UInt64 {
    switch access.width {
    case 0: UInt64(address.atomic(UInt8.self).modify(access.kind, UInt8(truncatingIfNeeded: operand)))
    case 1: UInt64(address.atomic(UInt16.self).modify(access.kind, UInt16(truncatingIfNeeded: operand)))
    case 2: UInt64(address.atomic(UInt32.self).modify(access.kind, UInt32(truncatingIfNeeded: operand)))
    default: address.atomic(UInt64.self).modify(access.kind, operand)
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
