// How much a file system in memory may take.

import Synchronization

final class MemoryBudget: Sendable {
    /// What a file, a directory or a link takes beside its name and what it holds.
    static let nodeCost = 256

    private let limit: Int
    private let used = Atomic(0)

    init(limit: Int) { self.limit = limit }

    /// Fails with `nospc` where there is no room for so many bytes more.
    func reserve(_ count: Int) throws(Failure) {
        let total = used.wrappingAdd(count, ordering: .relaxed).newValue
        if total > limit {
            release(count)
            throw .errno(.nospc)
        }
    }

    func release(_ count: Int) { used.wrappingSubtract(count, ordering: .relaxed) }

    /// How many bytes are free. Another thread may take them.
    var room: Int { max(limit - used.load(ordering: .relaxed), 0) }
}
