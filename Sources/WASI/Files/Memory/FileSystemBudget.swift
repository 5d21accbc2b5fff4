// How much a file system in memory may take.
//
// Always true: what is held is what was reserved, and at most an eighth of it more, which is how far ahead of
// their use the memory of files and of directories grows.

import Platform
import Synchronization
import WasmRuntime

final class FileSystemBudget: Sendable {
    /// What a file, a directory or a link takes beside what it holds.
    static let nodeCost = 256
    /// What a name takes beside its bytes.
    static let nameCost = 256

    private let limit: Int
    private let used = Atomic(0)
    /// How much was reserved since the system was asked whether it has memory.
    private let unasked = Atomic(0)

    /// Less than the margin that the system is asked for.
    private static let mostUnasked = 256 << 10

    init(limit: Int) { self.limit = limit }

    /// Fails with `nospc` where there is no room for so many bytes more.
    func reserve(_ count: Int) throws(Failure) {
        let total = used.wrappingAdd(count, ordering: .relaxed).newValue
        if total > limit {
            release(count)
            throw .errno(.nospc)
        }
    }

    /// The same for a name or a node, whose small objects end the host where the system has no memory for them.
    func reserveObject(_ count: Int) throws(Failure) {
        try reserve(count)
        guard unasked.wrappingAdd(count, ordering: .relaxed).newValue > Self.mostUnasked else { return }
        guard Mapping.hasMargin else {
            release(count)
            throw .errno(.nospc)
        }
        unasked.store(0, ordering: .relaxed)
    }

    func release(_ count: Int) { used.wrappingSubtract(count, ordering: .relaxed) }

    /// How many bytes are free. Another thread may take them.
    var room: Int { max(limit - used.load(ordering: .relaxed), 0) }
}
