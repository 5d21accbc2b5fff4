// A lock that the end of a process lets no thread wait for.

import Synchronization
import WasmRuntime

@safe
final class InterruptibleLock: @unchecked Sendable {
    // SENDABLE: the word is atomic, and allocated and freed with this object.
    private let word: UnsafeMutablePointer<Atomic<UInt32>>

    private static let free: UInt32 = 0
    private static let held: UInt32 = 1
    /// Held, and somebody may wait for it.
    private static let contended: UInt32 = 2

    init() {
        unsafe word = .allocate(capacity: 1)
        unsafe word.initialize(to: Atomic(Self.free))
    }

    deinit {
        unsafe word.deinitialize(count: 1)
        unsafe word.deallocate()
    }

    /// Runs `body` while no other thread is in here. Fails when the group of `thread` ends meanwhile.
    func withLock<Value>(
        on thread: CallingThread, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try lock(on: thread)
        defer { unlock() }
        return try body()
    }

    private func lock(on thread: CallingThread) throws(Failure) {
        let first = unsafe word.pointee.compareExchange(
            expected: Self.free, desired: Self.held, ordering: .acquiring)
        if first.exchanged { return }
        while unsafe word.pointee.exchange(Self.contended, ordering: .acquiring) != Self.free {
            let result = unsafe ParkingLot.wait32(
                address: word, expected: Self.contended, timeout: -1, thread: thread.guest)
            if result == .interrupted { throw .trap(.interrupted) }
        }
    }

    private func unlock() {
        if unsafe word.pointee.exchange(Self.free, ordering: .releasing) == Self.contended {
            _ = unsafe ParkingLot.notify(address: word, count: 1)
        }
    }
}
