// A value that one thread at a time reaches, behind a lock in one word.
//
// Always true: the kernel is called only when a thread really sleeps, or when a sleeper is known.

import Platform
import Synchronization

/// A lock in one word of memory, for critical sections of a few instructions. Not fair: a lock that hands
/// itself to the longest sleeper costs a context switch at each use once there is one.
struct FutexLock: @unchecked Sendable {
    // SENDABLE: the word is touched by atomic operations only, and its owner never frees it while used.
    private let word: UnsafeMutablePointer<Atomic<UInt32>>

    private static let free: UInt32 = 0
    private static let held: UInt32 = 1
    /// Held, and somebody may sleep.
    private static let contended: UInt32 = 2

    init(_ word: UnsafeMutablePointer<Atomic<UInt32>>) { self.word = word }

    private static let looksBeforeSleep = 50

    @inline(__always)
    func lock() {
        if !tryLock() { lockSlowly() }
    }

    @inline(__always)
    private func tryLock() -> Bool {
        word.pointee.compareExchange(
            expected: Self.free, desired: Self.held, successOrdering: .acquiring, failureOrdering: .relaxed
        ).exchanged
    }

    @inline(__always)
    func unlock() {
        if word.pointee.exchange(Self.free, ordering: .releasing) == Self.contended {
            Futex.wake(word, 1)
        }
    }

    /// Looks again for a while before it sleeps. The lock is free in an instant unless its holder has
    /// lost the processor, and a wake-up is dear where thousands sleep: the kernel keeps few queues for a
    /// process and searches one from the oldest sleeper on.
    @inline(never)
    private func lockSlowly() {
        for _ in 0..<Self.looksBeforeSleep {
            if word.pointee.load(ordering: .relaxed) == Self.free, tryLock() { return }
            yieldProcessor()
        }
        while word.pointee.exchange(Self.contended, ordering: .acquiring) != Self.free {
            _ = Futex.wait(word, Self.contended, until: nil)
        }
    }
}

/// A value behind a `FutexLock`. ThreadSanitizer follows it, as it does not the `Mutex` of Synchronization.
package final class Guarded<Value>: @unchecked Sendable {
    // SENDABLE: the value is reached only with the lock held.
    private let word = UnsafeMutablePointer<Atomic<UInt32>>.allocate(capacity: 1)
    /// In memory that the compiler knows nothing about: it may take a property of an object that does not
    /// escape for unchanged by other threads, and keep it in a register from one hold to the next.
    private let value = UnsafeMutablePointer<Value>.allocate(capacity: 1)

    package init(_ value: Value) {
        word.initialize(to: Atomic(0))
        self.value.initialize(to: value)
    }

    deinit {
        value.deinitialize(count: 1)
        value.deallocate()
        word.deallocate()
    }

    package func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let lock = FutexLock(word)
        lock.lock()
        defer { lock.unlock() }
        return try body(&value.pointee)
    }
}
