// How many bytes the memories of one process may have together.
//
// Always true: what is used is what the memories made with it have, until they are freed.

import Synchronization

package final class MemoryBudget: Sendable {
    private let used = Atomic<UInt64>(0)
    private let limit = Atomic<UInt64>(.max)

    package init() {}

    /// Sets the limit; false, and nothing is changed, where more is in use already.
    package func setLimit(_ bytes: UInt64) -> Bool {
        let before = limit.exchange(bytes, ordering: .sequentiallyConsistent)
        if used.load(ordering: .sequentiallyConsistent) <= bytes { return true }
        limit.store(before, ordering: .sequentiallyConsistent)
        return false
    }

    package var bytes: UInt64 { limit.load(ordering: .relaxed) }

    func take(_ bytes: UInt64) -> Bool {
        let total = used.add(bytes, ordering: .sequentiallyConsistent).newValue
        if total <= limit.load(ordering: .sequentiallyConsistent) { return true }
        give(bytes)
        return false
    }

    func hasRoom(_ bytes: UInt64) -> Bool {
        let (total, overflow) = used.load(ordering: .relaxed).addingReportingOverflow(bytes)
        return !overflow && total <= limit.load(ordering: .relaxed)
    }

    func give(_ bytes: UInt64) { used.subtract(bytes, ordering: .sequentiallyConsistent) }
}
