// Stacks that no thread uses, kept so that the next thread costs no `mmap` and no page fault.
//
// Always true: it holds at most `capacity` mappings, and no memory that a deep call has touched.

import Platform

/// One for all processes of an engine.
package final class StackCache: Sendable {
    private let capacity: Int
    private let stacks = Guarded<[ThreadStack]>([])

    package init(capacity: Int = 64) {
        self.capacity = capacity
    }

    deinit {
        ThreadStack.release(stacks.withLock { $0 })
    }

    func take(_ sizes: ThreadStack.Sizes) throws(SystemError) -> ThreadStack {
        let kept = stacks.withLock { stacks in
            stacks.lastIndex { $0.sizes == sizes }.map { stacks.remove(at: $0) }
        }
        if let kept { return kept }
        return try ThreadStack(sizes)
    }

    /// What only calls of the host's own threads were on has a host stack that nothing touched, and needs a
    /// system call less.
    func give(_ unused: [ThreadStack], hadThreads: Bool = true) {
        let room = stacks.withLock { capacity - $0.count }
        let kept = unused.suffix(max(room, 0))
        // Before they are back in the cache, where another thread may take them.
        kept.forEach { $0.trim(hostStackToo: hadThreads) }
        let excess = stacks.withLock { stacks in
            let fitting = kept.prefix(max(capacity - stacks.count, 0))
            stacks += fitting
            return kept.dropFirst(fitting.count)
        }
        ThreadStack.release(unused.dropLast(kept.count) + excess)
    }

    /// How many stacks wait in it.
    package var count: Int { stacks.withLock { $0.count } }
}
