// What the threads of a process did with their time, for a page of figures or a timeline in a file.
//
// Only of a process for which somebody has asked; where nobody has, threads have no record, and functions of the
// host are called as they are. Always true: nothing is written after the first failure, which is kept.

import CMachine
import Platform
import Synchronization
import WasmModule

package final class Recorder: Sendable {
    private struct State {
        var times = RecordedTimes()
        var calls: [RecordedCost]
        var waits: [UInt64: RecordedCost] = [:]
        var made = 0
        var alive = 0
        var mostAlive = 0
        /// Of the timeline: the threads that were, up to a bound.
        var threads: [UInt32] = []
        var failure: SystemError?
        var isFinished = false
    }

    /// How many threads get a name in the timeline, and how many addresses are told apart.
    private static let maximumThreads = 100_000
    private static let maximumAddresses = 100_000

    /// Of the module's imports, as "module.name".
    package let functionNames: [String]
    private let format: TraceFormat
    private let trace: HostDescriptor?
    private let state: Guarded<State>
    let beginning = HostClock.monotonic.now

    /// A timeline goes to `trace`, which stays open.
    package init(functionNames: [String], trace: HostDescriptor?) {
        self.functionNames = functionNames
        self.trace = trace
        format = TraceFormat(beginning: beginning, functionNames: functionNames)
        state = Guarded(State(calls: Array(repeating: RecordedCost(), count: functionNames.count)))
        state.withLock { state in put(TraceFormat.head, &state) }
    }

    package var isTracing: Bool { trace != nil }

    func makeRecord(_ id: UInt32, _ origin: ThreadOrigin) -> ThreadRecord {
        if origin != .call {
            state.withLock { state in
                state.made += 1
                state.alive += 1
                state.mostAlive = max(state.mostAlive, state.alive)
            }
        }
        return ThreadRecord(id, origin, of: self)
    }

    /// For a thread that could not be started.
    func withdraw() {
        state.withLock { state in
            state.made -= 1
            state.alive -= 1
        }
    }

    /// From a thread at its end.
    func take(_ record: ThreadRecord, _ events: [TraceEvent]) {
        let lines = isTracing ? format.lines(events, of: record.id) : []
        state.withLock { state in
            if record.origin != .call { state.alive -= 1 }
            state.times.add(record.times)
            for (index, cost) in record.calls.enumerated() { state.calls[index].add(cost) }
            for (address, cost) in record.waits
            where state.waits[address] != nil || state.waits.count < Self.maximumAddresses {
                state.waits[address, default: RecordedCost()].add(cost)
            }
            if state.threads.count < Self.maximumThreads { state.threads.append(record.id) }
            put(lines, &state)
        }
    }

    func write(_ events: [TraceEvent], of thread: UInt32) {
        let lines = format.lines(events, of: thread)
        state.withLock { state in put(lines, &state) }
    }

    private func put(_ bytes: [UInt8], _ state: inout State) {
        guard let trace, state.failure == nil, !state.isFinished, !bytes.isEmpty else { return }
        do throws(SystemError) {
            try bytes.withBytes { bytes throws(SystemError) in try trace.write(all: bytes) }
        } catch {
            state.failure = error
        }
    }

    /// Writes the end of the timeline, once. When all threads are gone.
    package func finish(_ code: ModuleCode, process: String) throws(SystemError) {
        let compilations = code.compilations.filter { $0.end >= beginning }
        let failure = state.withLock { state in
            let threads = Set(state.threads).sorted().map { (id: $0, name: String?.none) }
            put(format.tail(compilations, threads: threads, process: process), &state)
            state.isFinished = true
            return state.failure
        }
        if let failure { throw failure }
    }
}

/// What a process did up to now, as far as its threads are gone.
package struct RecordedFigures: Sendable {
    package struct Cost: Sendable {
        package let name: String
        package let address: UInt64
        package let cost: RecordedCost
    }

    /// Since the process was made.
    package let nanoseconds: UInt64
    /// Those that were spawned or attached.
    package let threadsMade: Int
    package let mostAlive: Int
    package let times: RecordedTimes
    /// Those that took longest, the longest first.
    package let calls: [Cost]
    package let waits: [Cost]

    package static let maximumCosts = 10
}

extension Recorder {
    package var figures: RecordedFigures {
        let elapsed = HostClock.monotonic.now - beginning
        return state.withLock { state in
            let calls = state.calls.enumerated().filter { $0.element.count > 0 }.map {
                RecordedFigures.Cost(name: functionNames[$0.offset], address: 0, cost: $0.element)
            }
            let waits = state.waits.map { RecordedFigures.Cost(name: "", address: $0.key, cost: $0.value) }
            return RecordedFigures(
                nanoseconds: elapsed, threadsMade: state.made, mostAlive: state.mostAlive, times: state.times,
                calls: Self.greatest(calls), waits: Self.greatest(waits))
        }
    }

    private static func greatest(_ costs: [RecordedFigures.Cost]) -> [RecordedFigures.Cost] {
        Array(
            costs.sorted { ($0.cost.nanoseconds, $1.address) > ($1.cost.nanoseconds, $0.address) }
                .prefix(RecordedFigures.maximumCosts))
    }
}

// MARK: Functions of the host

/// What calls a function of the host and notes how long that took.
private final class RecordedFunction: Sendable {
    let function: FunctionReference
    let index: Int

    init(_ function: FunctionReference, _ index: Int) {
        self.function = function
        self.index = index
    }
}

extension FunctionReference {
    /// This function of the host, as the import with an index of a recorded process calls it.
    package func recorded(as index: Int) -> External {
        guard case .host(let host) = owner else { return .function(self) }
        return HostFunction(
            type: type, entry: recordingEntry, context: RecordedFunction(self, index),
            declaration: host.declaration
        ).external
    }
}

private let recordingEntry: MachineHostEntry = { context, caller, recorded, frame in
    // SAFETY: the instance that calls holds its imports, and so the object.
    Unmanaged<RecordedFunction>.fromOpaque(recorded!)._withUnsafeGuaranteedRef { recorded in
        let code = recorded.function.machine.pointee.code.unsafelyUnwrapped
        let entry = code.pointee.hostEntry.unsafelyUnwrapped
        let record = GuestThread.withCurrent(context!) { $0?.record }
        let start = record?.beginCall()
        let reason = entry(context, caller, code.pointee.hostContext, frame)
        if let record, let start { record.endCall(recorded.index, since: start) }
        return reason
    }
}
