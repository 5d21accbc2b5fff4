// Whether an attached host thread is inside its process, and whether it may go in.
//
// Always true: only the thread itself goes in and out; once the gate is closed it does not go in again. So
// whoever closes the gate of a thread that is outside owns from then on what the thread used inside.

import Synchronization

package struct Gate: ~Copyable {
    // A thread attaches itself, which is work inside.
    private let word = Atomic<UInt32>(Self.inside)

    private static let inside: UInt32 = 1
    private static let closed: UInt32 = 2

    init() {}

    /// False where the gate is closed.
    package func enter() -> Bool {
        word.compareExchange(expected: 0, desired: Self.inside, ordering: .acquiring).exchanged
    }

    /// False where the gate was closed meanwhile: the group then waits for the thread to depart.
    package func leave() -> Bool {
        word.compareExchange(expected: Self.inside, desired: 0, ordering: .releasing).exchanged
    }

    /// Whether the thread was outside.
    func close() -> Bool {
        word.bitwiseOr(Self.closed, ordering: .acquiringAndReleasing).oldValue & Self.inside == 0
    }

    var isInside: Bool { word.load(ordering: .relaxed) & Self.inside != 0 }
}
