// What a thread sleeps on: a word with bits that others set.
//
// Always true: the kernel is called only when a thread really sleeps, or when a sleeper is known.

import Platform
import Synchronization

/// A word of bits that a thread sleeps on until one of those it asks for is set.
///
/// No wake-up is lost: whoever posts sets bits and reads `sleeping` in one atomic step, and a sleeper
/// sets `sleeping` and reads the bits in one. One of the two steps is first. If it is the post, the
/// sleeper sees the bits and does not sleep; if it is the sleeper's, the post sees `sleeping` and wakes,
/// and a futex wait that starts after the post finds the word changed.
package struct WakeWord: @unchecked Sendable {
    // SENDABLE: the word is touched by atomic operations only; its owner frees it when no thread can
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
