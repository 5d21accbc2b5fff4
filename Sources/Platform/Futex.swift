// Sleeping on a word of memory until another thread wakes whoever sleeps on it.
// https://man7.org/linux/man-pages/man2/futex.2.html

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

package enum Futex {
    /// Sleeps while the word is `expected`. Returns false when the deadline has passed.
    package static func wait(
        _ word: UnsafeMutablePointer<Atomic<UInt32>>, _ expected: UInt32, until deadline: Deadline?
    ) -> Bool {
        let raw = UnsafeMutableRawPointer(word).assumingMemoryBound(to: UInt32.self)
        guard var deadline else { return machine_futex_wait(raw, expected, nil) != -ETIMEDOUT }
        return machine_futex_wait(raw, expected, &deadline.time) != -ETIMEDOUT
    }

    /// Uses the address only: the word itself may be gone.
    package static func wake(_ word: UnsafeMutablePointer<Atomic<UInt32>>, _ count: Int32) {
        _ = machine_futex_wake(UnsafeMutableRawPointer(word).assumingMemoryBound(to: UInt32.self), count)
    }
}
