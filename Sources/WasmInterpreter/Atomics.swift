// Atomic accesses.
//
// Guest memory is seen as Swift `Atomic`s here, all with sequentially consistent order, as the threads
// proposal asks. Always true at an access: the address is aligned to its size, and inside the memory.
// https://webassembly.github.io/threads/core/exec/instructions.html#memory-instructions

import CMachine
import Synchronization
import WasmModule
import WasmRuntime

/// The word that says what an atomic access does: the width's base-2 logarithm, and above it the kind.
struct AtomicAccess {
    let word: UInt16

    init(word: UInt16) { self.word = word }

    init(_ kind: AtomicKind, bytes: UInt8, isPlain: Bool = false) {
        let number: UInt8 = switch kind {
        case .load: Self.load
        case .store: Self.store
        case .exchange: Self.exchange
        case .modification(let modification): Self.firstModification + modification.rawValue
        }
        word = UInt16(number) << 2 | UInt16(bytes.trailingZeroBitCount) | (isPlain ? Self.plain : 0)
    }

    static let load: UInt8 = 0
    static let store: UInt8 = 1
    static let exchange: UInt8 = 2
    private static let firstModification: UInt8 = 3
    private static let plain: UInt16 = 1 << 15

    var width: UInt16 { word & 3 }
    /// Whether it is one of a watched function that only counts as atomic.
    var isPlain: Bool { word & Self.plain != 0 }
    var operandCount: Int {
        switch number {
        case Self.load: 1
        case Self.exchange: 3
        default: 2
        }
    }

    /// A value as wide as the access.
    func narrow(_ value: UInt64) -> UInt64 { value & (UInt64.max >> (64 - (8 << UInt64(width)))) }

    var number: UInt8 { UInt8(truncatingIfNeeded: (word & ~Self.plain) >> 2) }
    var modification: AtomicModification {
        // SAFETY: the numbers after the first are those of `AtomicModification`, whose tags are its raw values.
        unsafeBitCast(number &- Self.firstModification, to: AtomicModification.self)
    }
}

/// The words of an access are `atomic`, the slot of the result, the `AtomicAccess`, its operands, its place and its
/// offset.
@inline(never)
func executeAtomic(
    _ pc: Words, frame: Frame, instance: UnsafeMutablePointer<MachineInstance>
) -> OutOfLineOutcome {
    let access = AtomicAccess(word: pc[2])
    do throws(TrapReason) {
        switch access.number {
        case AtomicAccess.load:
            let address = try instance.atomicAddress(pc, frame, operands: 1, width: access.width)
            frame[pc[1]] = load(address, width: access.width)
            return OutOfLineOutcome(4 + MemoryPlace.words)
        case AtomicAccess.store:
            let address = try instance.atomicAddress(pc, frame, operands: 2, width: access.width)
            store(frame[pc[4]], address, width: access.width)
            return OutOfLineOutcome(5 + MemoryPlace.words)
        case AtomicAccess.exchange:
            let address = try instance.atomicAddress(pc, frame, operands: 3, width: access.width)
            frame[pc[1]] = exchange(
                address, width: access.width, expected: frame[pc[4]], desired: frame[pc[5]])
            return OutOfLineOutcome(6 + MemoryPlace.words)
        default:
            let address = try instance.atomicAddress(pc, frame, operands: 2, width: access.width)
            frame[pc[1]] = modify(address, access.modification, frame[pc[4]], width: access.width)
            return OutOfLineOutcome(5 + MemoryPlace.words)
        }
    } catch {
        return OutOfLineOutcome(0, error)
    }
}

extension UnsafeMutablePointer<MachineInstance> {
    /// Where an atomic access lies. An address that is out of bounds and unaligned is out of bounds.
    @inline(__always)
    fileprivate func atomicAddress(
        _ pc: Words, _ frame: Frame, operands: Int, width: UInt16
    ) throws(TrapReason) -> UnsafeMutableRawPointer {
        guard let address = at(pc[3], of: frame, pc + 3 + operands, 1 << UInt64(width)) else {
            throw .memoryOutOfBounds
        }
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
