// Bytes whose number a guest or a file chooses, in memory that the system may refuse: an array of Swift's would end
// the host then.
//
// Always true: what is added reads as zero, and a refusal changes nothing. Few bytes come from `malloc`; more are a
// mapping of their own, which grows without a copy and shrinks at once. What is held beside the bytes is at most an
// eighth of them, or a page.
// https://man7.org/linux/man-pages/man2/mremap.2.html

import CMachine
import Glibc

package struct HostBytes: ~Copyable, @unchecked Sendable {
    // SENDABLE: whoever has it owns the memory.
    package private(set) var count = 0
    private var base: UnsafeMutableRawPointer?
    /// Of a mapping, the bytes from `count` on are zero.
    private var capacity = 0

    /// The most that come from `malloc`.
    private static let mostSmallBytes = 64 << 10

    package init() {}

    deinit { Self.free(base, capacity) }

    package var bytes: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(start: base, count: count) }

    /// Makes it `newCount` bytes long; false where the system refuses the memory.
    package mutating func resize(to newCount: Int) -> Bool {
        if newCount > capacity {
            let (generous, overflow) = newCount.addingReportingOverflow(newCount / 8)
            guard !overflow, reallocate(Self.capacity(for: generous)) || reallocate(Self.capacity(for: newCount))
            else { return false }
        }
        if newCount > count {
            if !isMapped { memset(base! + count, 0, newCount - count) }
        } else if newCount < count {
            let fitting = Self.capacity(for: newCount)
            if fitting < capacity - capacity / 8 { _ = reallocate(fitting, keeping: newCount) }
            if isMapped { memset(base! + newCount, 0, min(count, capacity) - newCount) }
        }
        count = newCount
        return true
    }

    /// Adds bytes at the end; false where the system refuses the memory.
    package mutating func append(_ part: UnsafeRawBufferPointer) -> Bool {
        guard let source = part.baseAddress, !part.isEmpty else { return true }
        let start = count
        guard resize(to: start + part.count) else { return false }
        memcpy(base! + start, source, part.count)
        return true
    }

    /// Takes away the first bytes, which are there.
    package mutating func removeFirst(_ removed: Int) {
        guard removed > 0 else { return }
        memmove(base!, base! + removed, count - removed)
        _ = resize(to: count - removed)
    }

    private var isMapped: Bool { capacity > Self.mostSmallBytes }

    private static func capacity(for count: Int) -> Int {
        if count > mostSmallBytes { return count > Int.max / 2 ? .max / 2 : Mapping.roundedToPages(count) }
        return (count + 15) & ~15
    }

    /// Gives it room for exactly `wanted` bytes, of which the first `kept` matter.
    private mutating func reallocate(_ wanted: Int, keeping kept: Int? = nil) -> Bool {
        if wanted == capacity { return true }
        guard let moved = moved(wanted, keeping: kept ?? count) else {
            guard wanted == 0 else { return false }
            (base, capacity) = (nil, 0)
            return true
        }
        base = moved
        let former = capacity
        capacity = wanted
        // A guest that takes memory leaves the host some.
        guard wanted > former, isMapped, !Mapping.hasMargin else { return true }
        _ = reallocate(former)
        return false
    }

    /// The bytes in other memory, if that is to be had; the former memory is gone then.
    private func moved(_ wanted: Int, keeping kept: Int) -> UnsafeMutableRawPointer? {
        let becomesMapped = wanted > Self.mostSmallBytes
        if wanted == 0 {
            Self.free(base, capacity)
            return nil
        }
        if becomesMapped, isMapped { return machine_remap(base, capacity, wanted) }
        if !becomesMapped, !isMapped { return realloc(base, wanted) }
        guard let memory = becomesMapped ? Mapping.allocate(wanted) : malloc(wanted) else { return nil }
        if let base { memcpy(memory, base, kept) }
        Self.free(base, capacity)
        return memory
    }

    private static func free(_ base: UnsafeMutableRawPointer?, _ capacity: Int) {
        guard let base else { return }
        if capacity > mostSmallBytes { Mapping.release(base, capacity) } else { Glibc.free(base) }
    }
}
