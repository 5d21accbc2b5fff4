// A linear memory: address space that is reserved once and made usable page by page.
//
// Always true: the base never moves, the length never shrinks, and all bytes below the length can be
// read and written. Shared memories rely on it: other threads access them while one grows. Nothing can be touched
// between the host's page with the last byte and the end of the reservation.
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
    /// No growth goes beyond this, in pages of the type: the least of the type's maximum, the embedder's limit and
    /// what could be reserved.
    private let maximumPages: UInt64
    private let reservedBytes: Int
    private let growing = Mutex(())
    private let budget: StoreBudget?
    /// What an embedder ties to it; goes with it. For the thread that made it.
    package var attachment: AnyObject?

    package init(type: MemoryType, limits: StoreLimits) throws(InstantiationError) {
        // The limit is in pages of the usual size; here it counts those of the type.
        let mostPages = limits.memoryPages << UInt64(MemoryType.usualPageShift - type.pageShift)
        guard type.limits.minimum <= mostPages else {
            let minimum = type.limits.minimum
            throw .limit("a memory begins with \(counted(minimum, "page")) and may have \(mostPages)")
        }
        declared = type
        budget = limits.memoryBudget
        let wanted = min(type.limits.maximum ?? type.reachablePages, mostPages, type.reachablePages)
        let reservation = try Self.reserve(type, wantedPages: wanted)
        reservedBytes = reservation.count
        let guardBytes = UInt64(type.isGuardable ? 0 : Self.tailBytes)
        maximumPages = min(wanted, (UInt64(reservation.count) - guardBytes) >> UInt64(type.pageShift))
        machine = .allocate(capacity: 1)
        let base = reservation.baseAddress!.assumingMemoryBound(to: UInt8.self)
        machine.initialize(
            to: MachineMemory(
                base: base, byteLength: 0, pageShift: type.pageShift, isWide: type.addressType == .i64 ? 1 : 0,
                isShared: type.isShared ? 1 : 0))
        guard grow(by: type.limits.minimum) != nil else {
            if let budget, !budget.hasRoom(type.limits.minimum << UInt64(type.pageShift)) {
                throw .limit("the memories of a process may have \(counted(budget.amount, "byte")) together")
            }
            throw .outOfMemory("a memory of \(counted(type.limits.minimum, "page"))")
        }
    }

    deinit {
        budget?.give(byteLength)
        Mapping.release(machine.pointee.base, reservedBytes)
        machine.deallocate()
    }

    /// All that a 32-bit index and a 32-bit offset can reach, and what an access there can touch.
    private static let guardedBytes = (8 << 30) + (64 << 10)

    /// What lies after the most that a memory can have where that says nothing about an access: compiled code that
    /// has found an address inside touches as many bytes after it at most without another look.
    package static let tailBytes = 32 << 20

    /// Whether no access can leave the reservation, so that it needs no check; where all are checked, as far as
    /// `tailBytes` says.
    package var isGuarded: Bool { !declared.isGuardable || reservedBytes >= Self.guardedBytes }

    /// All that a 32-bit index and a 32-bit offset can reach, or, where the host refuses so much, less. Where
    /// accesses are checked, what the memory may become.
    private static func reserve(
        _ type: MemoryType, wantedPages: UInt64
    ) throws(InstantiationError) -> UnsafeMutableRawBufferPointer {
        let tail = type.isGuardable ? 0 : tailBytes
        let least = Int(max(type.limits.minimum, 1) << UInt64(type.pageShift)) + tail
        let wanted = Int(max(wantedPages, 1) << UInt64(type.pageShift)) + tail
        let fewer = [1 << 30, 256 << 20, 64 << 20, least]
        var candidates = type.isGuardable ? [guardedBytes, wanted] : [wanted]
        if type.limits.maximum == nil {
            candidates += type.isGuardable ? fewer : ([1 << 40, 1 << 36, 1 << 33] + fewer).filter { $0 < wanted }
        }
        for bytes in candidates where bytes >= least {
            if let base = Mapping.reserve(bytes) {
                return UnsafeMutableRawBufferPointer(start: base, count: bytes)
            }
        }
        throw .outOfMemory("a memory of \(counted(type.limits.minimum, "page"))")
    }

    /// The type as it is now: the minimum is the present size.
    package var type: MemoryType {
        MemoryType(
            limits: Limits(minimum: pages, maximum: declared.limits.maximum), isShared: declared.isShared,
            addressType: declared.addressType, pageShift: declared.pageShift)
    }

    /// How large it can become.
    package var reachableBytes: UInt64 { maximumPages << UInt64(declared.pageShift) }

    package var isShared: Bool { declared.isShared }
    package var byteLength: UInt64 { machine.length }
    package var pages: UInt64 { byteLength >> UInt64(declared.pageShift) }
    package var pageSize: UInt64 { declared.pageSize }
    package var addressType: AddressType { declared.addressType }

    /// All of it as it is now.
    package var bytes: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: machine.pointee.base, count: Int(byteLength))
    }

    /// memory.grow: the size before, in pages, or nil where it cannot grow so far.
    package func grow(by delta: UInt64) -> UInt64? {
        growing.withLock { _ in
            let old = pages
            guard delta <= maximumPages - old else { return nil }
            let start = Int(old << UInt64(declared.pageShift))
            let byteCount = Int(delta << UInt64(declared.pageShift))
            if byteCount > 0 {
                let base = UnsafeMutableRawPointer(machine.pointee.base!)
                guard budget?.take(UInt64(byteCount)) != false else { return nil }
                // What is smaller than the host's pages shares one with what is there already.
                let usable = Mapping.roundedToPages(start)
                let added = max(start + byteCount - usable, 0)
                guard (try? Mapping.commit(base + usable, added)) != nil else {
                    budget?.give(UInt64(byteCount))
                    return nil
                }
                machine.length = UInt64(start + byteCount)
            }
            return old
        }
    }
}
