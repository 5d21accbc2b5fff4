// The waiters of one shard of the parking lot: a first-in first-out ring for each address.
//
// Always true: the waiters of an address form a circle, oldest first; the oldest is its head, and the
// heads of the shard form a list. So the cost of an operation depends on how many addresses share the
// shard, never on how many threads wait at them. Nothing is allocated: a waiter lies on the stack of
// the thread that waits.

import Synchronization

/// A thread that waits at an address. Guarded by the lock of the address's shard, but for `word`.
struct Waiter {
    typealias Pointer = UnsafeMutablePointer<Waiter>

    let address: UInt
    /// What the thread sleeps on.
    let word: WakeWord
    /// The word of a thread that brings none.
    private var wordBits: UInt32 = 0
    /// The circle of the address. For a waiter that a notify has taken out, `next` is the next one taken.
    var next: Pointer?
    var previous: Pointer?
    /// The list of heads; for a head only.
    var nextHead: Pointer?
    var previousHead: Pointer?
    var isHead = false
    var isQueued = false
    /// The thread, where it waits without a time limit and its group looks for deadlocks.
    var endless: Unmanaged<GuestThread>?

    init(address: UInt, word: WakeWord) {
        self.address = address
        self.word = word
    }

    /// The word inside a waiter, initialised or not: zero bits are a word that nobody has posted to.
    static func ownWord(of waiter: Pointer) -> WakeWord {
        let word = UnsafeMutableRawPointer(waiter) + MemoryLayout<Waiter>.offset(of: \.wordBits)!
        return WakeWord(word.assumingMemoryBound(to: Atomic<UInt32>.self))
    }
}

struct WaiterQueues {
    private var heads: Waiter.Pointer?

    /// The waiter that has waited longest at an address.
    func oldest(at address: UInt) -> Waiter.Pointer? {
        var head = heads
        while let candidate = head, candidate.pointee.address != address {
            head = candidate.pointee.nextHead
        }
        return head
    }

    mutating func append(_ waiter: Waiter.Pointer) {
        waiter.pointee.isQueued = true
        guard let head = oldest(at: waiter.pointee.address) else {
            waiter.pointee.next = waiter
            waiter.pointee.previous = waiter
            insertHead(waiter, before: heads, after: nil)
            return
        }
        let youngest = head.pointee.previous!
        waiter.pointee.next = head
        waiter.pointee.previous = youngest
        youngest.pointee.next = waiter
        head.pointee.previous = waiter
    }

    mutating func remove(_ waiter: Waiter.Pointer) {
        let next = waiter.pointee.next!
        let previous = waiter.pointee.previous!
        previous.pointee.next = next
        next.pointee.previous = previous
        if waiter.pointee.isHead {
            removeHead(waiter)
            if next != waiter {
                insertHead(next, before: waiter.pointee.nextHead, after: waiter.pointee.previousHead)
            }
        }
        waiter.pointee.isQueued = false
    }

    private mutating func insertHead(
        _ head: Waiter.Pointer, before next: Waiter.Pointer?, after previous: Waiter.Pointer?
    ) {
        head.pointee.isHead = true
        head.pointee.nextHead = next
        head.pointee.previousHead = previous
        next?.pointee.previousHead = head
        if let previous { previous.pointee.nextHead = head } else { heads = head }
    }

    private mutating func removeHead(_ head: Waiter.Pointer) {
        let next = head.pointee.nextHead
        let previous = head.pointee.previousHead
        head.pointee.isHead = false
        next?.pointee.previousHead = previous
        if let previous { previous.pointee.nextHead = next } else { heads = next }
    }
}
