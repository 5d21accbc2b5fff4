// Who may still wake a thread of a group.
//
// Always true: the count is of all that may notify, or may come to do so: the threads of the group that are not in
// a wait without a time limit, spawns under way, the embedder while it is in no call, each memory of the group's
// that others reach, and a pause. Whoever is counted takes itself out last of all, and a waiter is counted
// again by whoever notifies it, who is counted meanwhile. So once the count is 0 it stays so, but for what the
// embedder begins anew; and nobody polls: the one that makes it 0 looks (`ThreadGroup.lookForDeadlock`).

import CMachine
import Platform
import Synchronization

package final class Wakers: Sendable {
    /// The embedder, who has begun nothing.
    private let count = Atomic<Int>(1)

    package func add() { count.add(1, ordering: .sequentiallyConsistent) }

    /// After which the caller looks for a deadlock.
    package func remove() { count.subtract(1, ordering: .sequentiallyConsistent) }

    var areNone: Bool { count.load(ordering: .sequentiallyConsistent) == 0 }
}

/// While it lives, the embedder can notify threads of a group, since it holds a memory of theirs.
package final class OutsideWaker: @unchecked Sendable {
    // SENDABLE: nothing changes after the initialiser but by the end of the group.
    private let wakers: Wakers
    /// Only where somebody looks for deadlocks: an object with weak references is slower to hold.
    private weak var group: ThreadGroup?

    package init(of group: ThreadGroup) {
        wakers = group.wakers
        self.group = group.detectsDeadlocks.load(ordering: .relaxed) ? group : nil
        wakers.add()
    }

    deinit {
        wakers.remove()
        group?.lookForDeadlock()
    }
}

/// The wait without a time limit that a thread is in. Written under the lock of the address's shard of the parking
/// lot, where the thread is in a queue exactly while there is an address.
struct EndlessWait: ~Copyable {
    /// On the host; 0 for none.
    let address = Atomic<UInt>(0)
    private let expected = Atomic<UInt64>(0)
    private let byteCount = Atomic<Int>(0)
    private let since = Atomic<UInt64>(0)

    /// What is seen of it. Words before are read where the memory has them, one after where it
    /// is in the same page of the host's, so that it is there.
    struct Sight {
        let offset: UInt64
        let byteCount: Int
        let expected: UInt64
        let value: UInt64
        let nanoseconds: UInt64
        /// The two words before the one that is waited at, and the one after.
        let wordsBefore: (UInt32, UInt32)?
        let wordAfter: UInt32?
    }

    func begin(at address: UInt, _ byteCount: Int, expected: UInt64) {
        self.expected.store(expected, ordering: .relaxed)
        self.byteCount.store(byteCount, ordering: .relaxed)
        since.store(HostClock.coarseMonotonicTime, ordering: .relaxed)
        self.address.store(address, ordering: .relaxed)
    }

    func end() { address.store(0, ordering: .relaxed) }

    /// Under the lock, while there is an address: it is `offset` in the thread's memory.
    func sight(offset: UInt64) -> Sight {
        // SAFETY: the thread is in a queue, and does not leave it while the lock is held; so its memory is there.
        let place = UnsafeMutableRawPointer(bitPattern: address.load(ordering: .relaxed))!
        let bytes = byteCount.load(ordering: .relaxed)
        let isWide = bytes == 8
        let page = UInt(Mapping.pageBytes)
        let now = HostClock.coarseMonotonicTime
        return Sight(
            offset: offset, byteCount: bytes, expected: expected.load(ordering: .relaxed),
            value: isWide ? Self.wideWord(place) : UInt64(Self.word(place)),
            nanoseconds: now - min(now, since.load(ordering: .relaxed)),
            wordsBefore: isWide || offset < 8
                ? nil : (Self.word(place - 8), Self.word(place - 4)),
            wordAfter: isWide || UInt(bitPattern: place) % page + 8 > page ? nil : Self.word(place + 4))
    }

    private static func word(_ place: UnsafeMutableRawPointer) -> UInt32 {
        place.assumingMemoryBound(to: Atomic<UInt32>.self).pointee.load(ordering: .relaxed)
    }

    private static func wideWord(_ place: UnsafeMutableRawPointer) -> UInt64 {
        place.assumingMemoryBound(to: Atomic<UInt64>.self).pointee.load(ordering: .relaxed)
    }
}

extension GuestThread {
    /// What is in a queue of the parking lot without a time limit. Under the lock of the shard.
    func beginEndlessWait(at address: UInt, _ byteCount: Int, expected: UInt64) {
        endlessWait.begin(at: address, byteCount, expected: expected)
        wakers?.remove()
    }

    func endEndlessWait() {
        endlessWait.end()
        wakers?.add()
    }
}
