// What one thread of a recorded process has done: how long it computed, waited and was in the host, and where.
//
// Always true: only the thread itself uses its record, until it hands it to the recorder at its end. Nothing here is
// made for a process that nobody records.

import Platform

/// How often something happened, and how long it took together.
package struct RecordedCost: Sendable {
    package var count: UInt64 = 0
    package var nanoseconds: UInt64 = 0

    mutating func add(_ nanoseconds: UInt64) {
        count += 1
        self.nanoseconds += nanoseconds
    }

    mutating func add(_ other: RecordedCost) {
        count += other.count
        nanoseconds += other.nanoseconds
    }
}

/// What times of threads add up to.
package struct RecordedTimes: Sendable {
    /// From their beginnings to their ends.
    package var alive: UInt64 = 0
    package var waiting: UInt64 = 0
    /// With what a call back took.
    package var inHost: UInt64 = 0
    package var paused: UInt64 = 0

    /// In the guest, or waiting for a processor.
    package var running: UInt64 { alive &- min(alive, waiting + inHost + paused) }

    mutating func add(_ other: RecordedTimes) {
        alive += other.alive
        waiting += other.waiting
        inHost += other.inHost
        paused += other.paused
    }
}

package final class ThreadRecord: @unchecked Sendable {
    // SENDABLE: as said above, one thread at a time.
    let id: UInt32
    let origin: ThreadOrigin
    private let recorder: Recorder
    private(set) var times = RecordedTimes()
    /// By the index of the import.
    private(set) var calls: [RecordedCost]
    /// By address.
    private(set) var waits: [UInt64: RecordedCost] = [:]
    private var beginning: UInt64 = 0
    /// How many calls of the host are inside of each other.
    private var depth = 0
    private var events: [TraceEvent] = []

    /// More addresses than a report names; those that come later are not told apart.
    private static let maximumAddresses = 1024
    /// How many events are kept before they are written.
    private static let eventCapacity = 256

    init(_ id: UInt32, _ origin: ThreadOrigin, of recorder: Recorder) {
        self.id = id
        self.origin = origin
        self.recorder = recorder
        calls = Array(repeating: RecordedCost(), count: recorder.functionNames.count)
        if recorder.isTracing { events.reserveCapacity(Self.eventCapacity) }
    }

    /// For a thread that could not be started.
    func withdraw() { recorder.withdraw() }

    package var now: UInt64 { HostClock.monotonic.now }

    func begin() {
        beginning = now
        if origin == .spawned { add(.begun, beginning, 0, UInt64(id)) }
    }

    /// Hands everything over. Once, as the last thing.
    func end() {
        let end = now
        times.alive = end - beginning
        add(.life, beginning, end, UInt64(id))
        recorder.take(self, events)
        events = []
    }

    package func beginCall() -> UInt64 {
        depth += 1
        return now
    }

    package func endCall(_ function: Int, since start: UInt64) {
        let end = now
        depth -= 1
        calls[function].add(end - start)
        // What is inside of another is in its time.
        if depth == 0 { times.inHost += end - start }
        add(.call, start, end, UInt64(function))
    }

    func endWait(at address: UInt64, since start: UInt64) {
        let end = now
        if waits[address] != nil || waits.count < Self.maximumAddresses {
            waits[address, default: RecordedCost()].add(end - start)
        }
        if depth == 0 { times.waiting += end - start }
        add(.wait, start, end, address)
    }

    func endPause(since start: UInt64) {
        let end = now
        if depth == 0 { times.paused += end - start }
        add(.pause, start, end, 0)
    }

    package func noteSpawn(of id: UInt32, at start: UInt64) { add(.spawn, start, 0, UInt64(id)) }
    func noteMemory(bytes: UInt64) { add(.memory, now, 0, bytes) }

    private func add(_ kind: TraceEvent.Kind, _ start: UInt64, _ end: UInt64, _ argument: UInt64) {
        guard recorder.isTracing else { return }
        events.append(TraceEvent(kind: kind, start: start, end: end, argument: argument))
        guard events.count == Self.eventCapacity else { return }
        recorder.write(events, of: id)
        events.removeAll(keepingCapacity: true)
    }
}
