// A linear memory: address space that is reserved once and made usable page by page.
//
// Always true: the base never moves, the length never shrinks, and all bytes below the length can be
// read and written. Shared memories rely on it: other threads access them while one grows.
// https://webassembly.github.io/spec/core/exec/runtime.html#memory-instances

import CMachine
import Platform
import Synchronization
import WasmModule

package final class MemoryInstance: @unchecked Sendable {
    // SENDABLE: the length is atomic and written under `growing`; the other fields do not change.
    package let machine: UnsafeMutablePointer<MachineMemory>
    /// The type it was made with.
    private let declared: MemoryType
    /// No growth goes beyond this: the least of the type's maximum, the embedder's limit and what could be
    /// reserved.
    private let maximumPages: UInt64
    private let reservedBytes: Int
    private let growing = Mutex(())
    private let budget: StoreBudget?
    /// What an embedder ties to it; goes with it. For the thread that made it.
    package var attachment: AnyObject?

    package init(type: MemoryType, limits: StoreLimits) throws(InstantiationError) {
        guard type.limits.minimum <= limits.memoryPages else {
            let minimum = type.limits.minimum
            throw .limit("a memory begins with \(minimum) pages and may have \(limits.memoryPages)")
        }
        declared = type
        budget = limits.memoryBudget
        let wanted = min(type.limits.maximum ?? MemoryType.maximumPages32, limits.memoryPages)
        let reservation = try Self.reserve(type, wantedPages: wanted)
        reservedBytes = reservation.count
        maximumPages = min(wanted, UInt64(reservation.count) / MemoryType.pageSize)
        machine = .allocate(capacity: 1)
        let base = reservation.baseAddress!.assumingMemoryBound(to: UInt8.self)
        machine.initialize(to: MachineMemory(base: base, byteLength: 0))
        guard grow(by: type.limits.minimum) != nil else {
            if let budget, !budget.hasRoom(type.limits.minimum * MemoryType.pageSize) {
                throw .limit("the memories of a process may have \(budget.amount) bytes together")
            }
            throw .outOfMemory("a memory of \(type.limits.minimum) pages")
        }
    }

    deinit {
        budget?.give(byteLength)
        Mapping.release(machine.pointee.base, reservedBytes)
        machine.deallocate()
    }

    /// All that a 32-bit index and a 32-bit offset can reach, and what an access there can touch.
    private static let guardedBytes = (8 << 30) + (64 << 10)

    /// Whether no access can leave the reservation, so that it needs no check.
    package var isGuarded: Bool { reservedBytes >= Self.guardedBytes }

    /// All that a 32-bit index and a 32-bit offset can reach, or, where the host refuses so much, less.
    private static func reserve(
        _ type: MemoryType, wantedPages: UInt64
    ) throws(InstantiationError) -> UnsafeMutableRawBufferPointer {
        let least = Int(max(type.limits.minimum, 1) * MemoryType.pageSize)
        var candidates = [guardedBytes, Int(max(wantedPages, 1) * MemoryType.pageSize)]
        if type.limits.maximum == nil { candidates += [1 << 30, 256 << 20, 64 << 20, least] }
        for bytes in candidates where bytes >= least {
            if let base = Mapping.reserve(bytes) {
                return UnsafeMutableRawBufferPointer(start: base, count: bytes)
            }
        }
        throw .outOfMemory("a memory of \(type.limits.minimum) pages")
    }

    /// The type as it is now: the minimum is the present size.
    package var type: MemoryType {
        MemoryType(
            limits: Limits(minimum: pages, maximum: declared.limits.maximum), isShared: declared.isShared,
            addressType: declared.addressType)
    }

    package var isShared: Bool { declared.isShared }
    package var byteLength: UInt64 { machine.length }
    package var pages: UInt64 { byteLength / MemoryType.pageSize }

    /// All of it as it is now.
    package var bytes: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: machine.pointee.base, count: Int(byteLength))
    }

    /// memory.grow: the size before, in pages, or nil where it cannot grow so far.
    package func grow(by delta: UInt64) -> UInt64? {
        growing.withLock { _ in
            let old = pages
            guard delta <= maximumPages - old else { return nil }
            let start = Int(old * MemoryType.pageSize)
            let byteCount = Int(delta * MemoryType.pageSize)
            if byteCount > 0 {
                let base = UnsafeMutableRawPointer(machine.pointee.base!)
                guard budget?.take(UInt64(byteCount)) != false else { return nil }
                guard (try? Mapping.commit(base + start, byteCount)) != nil else {
                    budget?.give(UInt64(byteCount))
                    return nil
                }
                machine.length = UInt64(start + byteCount)
            }
            return old
        }
    }
}
