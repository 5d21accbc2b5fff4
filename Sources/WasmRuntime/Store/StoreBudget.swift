// How many bytes the memories of one process may have together, or how many elements its tables.
//
// Always true: what is used is what the memories or tables made with it have, until they are freed.

import Synchronization

package final class StoreBudget: Sendable {
    private let used = Atomic<UInt64>(0)
    private let limit: Atomic<UInt64>

    package init(limit: UInt64 = .max) { self.limit = Atomic(limit) }

    /// Sets the limit; false, and nothing is changed, where more is in use already.
    package func setLimit(_ amount: UInt64) -> Bool {
        let before = limit.exchange(amount, ordering: .sequentiallyConsistent)
        if used.load(ordering: .sequentiallyConsistent) <= amount { return true }
        limit.store(before, ordering: .sequentiallyConsistent)
        return false
    }

    package var amount: UInt64 { limit.load(ordering: .relaxed) }

    func take(_ amount: UInt64) -> Bool {
        let total = used.add(amount, ordering: .sequentiallyConsistent).newValue
        if total <= limit.load(ordering: .sequentiallyConsistent) { return true }
        give(amount)
        return false
    }

    func hasRoom(_ amount: UInt64) -> Bool {
        let (total, overflow) = used.load(ordering: .relaxed).addingReportingOverflow(amount)
        return !overflow && total <= limit.load(ordering: .relaxed)
    }

    func give(_ amount: UInt64) { used.subtract(amount, ordering: .sequentiallyConsistent) }
}
