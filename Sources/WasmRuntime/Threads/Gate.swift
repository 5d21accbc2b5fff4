// Whether an attached host thread is inside its process, and whether it may go in.
//
// Always true: only the thread itself goes in and out, or a host thread that takes its place; once the gate is
// closed nobody goes in again. So whoever closes the gate of a thread that is outside owns from then on what
// the thread used inside.

import Synchronization

package struct Gate: ~Copyable {
    // A thread attaches itself, which is work inside.
    private let word = Atomic<UInt32>(Self.inside)

    private static let inside: UInt32 = 1
    private static let closed: UInt32 = 2
    private static let forsaken: UInt32 = 4

    init() {}

    /// False where the gate is closed.
    package func enter() -> Bool {
        word.compareExchange(expected: 0, desired: Self.inside, ordering: .acquiring).exchanged
    }

    /// False where the gate was closed meanwhile: the group then waits for the thread to depart.
    package func leave() -> Bool {
        word.compareExchange(expected: Self.inside, desired: 0, ordering: .releasing).exchanged
    }

    /// After `leave` was refused, when the thread has departed.
    package func forsake() { word.bitwiseOr(Self.forsaken, ordering: .releasing) }

    /// Whether nobody is inside a closed gate, nor will be.
    package var isForsaken: Bool {
        let word = word.load(ordering: .acquiring)
        return word & Self.forsaken != 0 || word & (Self.closed | Self.inside) == Self.closed
    }

    /// Whether the thread was outside.
    func close() -> Bool {
        word.bitwiseOr(Self.closed, ordering: .acquiringAndReleasing).oldValue & Self.inside == 0
    }

    var isInside: Bool { word.load(ordering: .relaxed) & Self.inside != 0 }
}
