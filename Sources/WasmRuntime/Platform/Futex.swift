// What threads sleep on: a word with bits that others set, and a lock.
//
// Always true: the kernel is called only when a thread really sleeps, or when a sleeper is known.

import CMachine
import Glibc
import Synchronization

/// An instant of CLOCK_MONOTONIC.
package struct Deadline: Sendable {
    fileprivate var time: timespec

    /// `nanoseconds` from now; nil, which is never, for a negative number. An instant too far to be
    /// told saturates.
    package init?(after nanoseconds: Int64) {
        guard nanoseconds >= 0 else { return nil }
        time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        // No overflow: the clock counts from boot, and Int64.max ns are fewer than 2^34 seconds.
        time.tv_sec += Int(nanoseconds / 1_000_000_000)
        time.tv_nsec += Int(nanoseconds % 1_000_000_000)
        if time.tv_nsec >= 1_000_000_000 {
            time.tv_sec += 1
            time.tv_nsec -= 1_000_000_000
        }
    }

    package var hasPassed: Bool { Deadline(after: 0).map { self <= $0 } ?? false }
}

extension Deadline: Comparable {
    package static func < (left: Deadline, right: Deadline) -> Bool {
        (left.time.tv_sec, left.time.tv_nsec) < (right.time.tv_sec, right.time.tv_nsec)
    }

    package static func == (left: Deadline, right: Deadline) -> Bool { !(left < right) && !(right < left) }
}

private enum Futex {
    /// Sleeps while the word is `expected`. Returns false when the deadline has passed.
    static func wait(
        _ word: UnsafeMutablePointer<Atomic<UInt32>>, _ expected: UInt32, until deadline: Deadline?
    ) -> Bool {
        let raw = UnsafeMutableRawPointer(word).assumingMemoryBound(to: UInt32.self)
        guard var deadline else { return machine_futex_wait(raw, expected, nil) != -ETIMEDOUT }
        return machine_futex_wait(raw, expected, &deadline.time) != -ETIMEDOUT
    }

    /// Uses the address alone: the word itself may be gone.
    static func wake(_ word: UnsafeMutablePointer<Atomic<UInt32>>, _ count: Int32) {
        _ = machine_futex_wake(UnsafeMutableRawPointer(word).assumingMemoryBound(to: UInt32.self), count)
    }
}

/// A word of bits that a thread sleeps on until one of those it asks for is set.
///
/// No wake-up is lost: whoever posts sets bits and reads `sleeping` in one atomic step, and a sleeper
/// sets `sleeping` and reads the bits in one. One of the two steps is first. If it is the post, the
/// sleeper sees the bits and does not sleep; if it is the sleeper's, the post sees `sleeping` and wakes,
/// and a futex wait that starts after the post finds the word changed.
package struct WakeWord: @unchecked Sendable {
    // SENDABLE: the word is touched by atomic operations alone; its owner frees it when no thread can
    // post to it any more.
    private let word: UnsafeMutablePointer<Atomic<UInt32>>
    private static let sleeping: UInt32 = 1 << 31

    package static func allocate() -> WakeWord {
        let word = UnsafeMutablePointer<Atomic<UInt32>>.allocate(capacity: 1)
        word.initialize(to: Atomic(0))
        return WakeWord(word)
    }

    package func deallocate() { word.deallocate() }

    init(_ word: UnsafeMutablePointer<Atomic<UInt32>>) { self.word = word }

    /// Sets bits and wakes the one thread that sleeps on this word. The word may be freed as soon as the
    /// sleeper sees them: it is not touched after the bits are set.
    package func post(_ bits: UInt32) {
        // To ask for more than one would make the kernel search the rest of a queue that is shared with
        // all sleepers of the process.
        post(bits, sleepers: 1)
    }

    /// The same for a word that many may sleep on.
    package func postToAll(_ bits: UInt32) {
        post(bits, sleepers: .max)
    }

    private func post(_ bits: UInt32, sleepers: Int32) {
        let before = word.pointee.bitwiseOr(bits, ordering: .acquiringAndReleasing).oldValue
        if before & Self.sleeping != 0 { Futex.wake(word, sleepers) }
    }

    /// Returns the bits when one of `bits` is set, or 0 when the deadline has passed.
    package func wait(for bits: UInt32, until deadline: Deadline? = nil) -> UInt32 {
        var seen = word.pointee.load(ordering: .acquiring)
        while seen & bits == 0 {
            if seen & Self.sleeping == 0 {
                seen = word.pointee.bitwiseOr(Self.sleeping, ordering: .acquiringAndReleasing).newValue
                if seen & bits != 0 { break }
            }
            let inTime = Futex.wait(word, seen, until: deadline)
            seen = word.pointee.load(ordering: .acquiring)
            if !inTime { return seen & bits == 0 ? 0 : seen & ~Self.sleeping }
        }
        return seen & ~Self.sleeping
    }

    /// Whether one of `bits` is set.
    package func has(_ bits: UInt32) -> Bool { word.pointee.load(ordering: .acquiring) & bits != 0 }

    /// Takes bits back, for the next time. For the one thread that sleeps on this word.
    package func clear(_ bits: UInt32) {
        word.pointee.bitwiseAnd(~(bits | Self.sleeping), ordering: .relaxed)
    }
}

/// A lock in one word of memory, for critical sections of a few instructions. Not fair: a lock that hands
/// itself to the longest sleeper costs a context switch at each use once there is one.
struct FutexLock: @unchecked Sendable {
    // SENDABLE: the word is touched by atomic operations alone, and its owner never frees it while used.
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
            sched_yield()
        }
        while word.pointee.exchange(Self.contended, ordering: .acquiring) != Self.free {
            _ = Futex.wait(word, Self.contended, until: nil)
        }
    }
}

/// A value behind a `FutexLock`. ThreadSanitizer follows it, as it does not the `Mutex` of Synchronization.
package final class Guarded<Value>: @unchecked Sendable {
    // SENDABLE: the value is reached with the lock held alone.
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
