// What is told of a process whose threads all wait for ever.
//
// Always true: what was waited at is read once, while the threads wait; each thread adds its own frames on its way out.
// So the report grows until all that it tells of have left, which none of them has to be waited for longer than a
// moment, since each was in a wait.

import CMachine
import Platform
import Synchronization

package final class Deadlock: Sendable {
    /// A thread that waits.
    package struct Waiter: Sendable {
        package let id: UInt32
        package let origin: ThreadOrigin
        package let name: String?
        /// In the memory of its instance.
        package let offset: UInt64
        /// 4 or 8.
        package let byteCount: Int
        /// The value for whose change it waits, and the one that is there.
        package let expected: UInt64
        package let value: UInt64
        /// How long it has waited, to a few milliseconds.
        package let nanoseconds: UInt64
        /// What it waits for, where that is recognised.
        package fileprivate(set) var object: WaitedObject?
        /// The innermost first; those of the host function's caller where it calls back are not among them.
        package fileprivate(set) var frames: [Trap.Frame] = []
    }

    /// How many threads are told, those with the least TIDs.
    package static let maximumWaiters = 64
    private static let longestWait: Int64 = 1_000_000_000

    private struct State {
        var waiters: [Waiter] = []
        var sights: [EndlessWait.Sight] = []
        /// The threads that have not told their frames, with their places in `waiters`.
        var asked: [ObjectIdentifier: Int] = [:]
    }

    /// Of the process, told or not.
    package let threadIDs: Set<UInt32>
    package let threadCount: Int
    private let state: Guarded<State>
    private let told = WakeWord.allocate()
    private static let all: UInt32 = 1

    /// Under the lock of the group. Nil where one of the threads does not wait any more, since the embedder has
    /// woken it.
    init?(_ threads: [GuestThread], names: (UInt32) -> String?) {
        threadCount = threads.count
        threadIDs = Set(threads.map(\.id))
        var state = State()
        for thread in threads.sorted(by: { $0.id < $1.id }).prefix(Self.maximumWaiters) {
            guard let sight = ParkingLot.endlessWait(of: thread) else {
                told.deallocate()
                return nil
            }
            state.asked[ObjectIdentifier(thread)] = state.waiters.count
            state.sights.append(sight)
            state.waiters.append(Waiter(thread, sight, name: names(thread.id)))
        }
        self.state = Guarded(state)
    }

    deinit { told.deallocate() }

    /// Whether the frames of a thread are asked for.
    func asks(_ thread: GuestThread) -> Bool {
        state.withLock { $0.asked[ObjectIdentifier(thread)] != nil }
    }

    /// What a thread tells when it leaves the innermost call.
    func add(_ frames: [Trap.Frame], of thread: GuestThread) {
        let isLast = state.withLock { state in
            guard let index = state.asked.removeValue(forKey: ObjectIdentifier(thread)) else { return false }
            state.waiters[index].frames = frames
            state.waiters[index].object = WaitedObject(frames, state.sights[index], threadIDs: threadIDs)
            return state.asked.isEmpty
        }
        if isLast { told.postToAll(Self.all) }
    }

    /// What is told, once all have told it.
    package func waitForWaiters() -> [Waiter] {
        // One that the embedder has woken after all may be anywhere.
        _ = told.wait(for: Self.all, until: Deadline(after: Self.longestWait))
        return state.withLock { $0.waiters }
    }
}

extension Deadlock.Waiter {
    fileprivate init(_ thread: GuestThread, _ sight: EndlessWait.Sight, name: String?) {
        id = thread.id
        origin = thread.origin
        self.name = name
        offset = sight.offset
        byteCount = sight.byteCount
        expected = sight.expected
        value = sight.value
        nanoseconds = sight.nanoseconds
    }
}

extension ThreadGroup {
    /// From now on the group ends when all its threads wait for ever. Before it has had any; false where it has.
    package func detectDeadlocks() -> Bool {
        members.withLock { members in
            guard members.hasHadNone, members.outcome == nil else { return false }
            detectsDeadlocks.store(true, ordering: .relaxed)
            return true
        }
    }

    /// Ends the group where nobody is left who may wake a thread. After each change that may have made it so.
    package func lookForDeadlock() {
        guard wakers.areNone, detectsDeadlocks.load(ordering: .relaxed) else { return }
        end { members in
            // A caller is counted as the embedder is otherwise: there is a thread.
            guard wakers.areNone, let deadlock = Deadlock(members.everyThread, names: members.name(of:)) else {
                return nil
            }
            isDeadlocked.store(true, ordering: .releasing)
            return .deadlocked(deadlock)
        }
    }

    /// What became of the group, for a thread that leaves since it ends.
    private var deadlock: Deadlock? {
        guard isDeadlocked.load(ordering: .acquiring), case .deadlocked(let deadlock) = outcome else { return nil }
        return deadlock
    }

    /// The report that a thread of the group has to tell its frames to, if any.
    func deadlock(asking thread: GuestThread) -> Deadlock? {
        guard let deadlock, deadlock.asks(thread) else { return nil }
        return deadlock
    }
}

extension UnsafeMutablePointer<MachineContext> {
    /// The report that asks for the frames of the thread, which leaves since its group ends.
    var deadlock: Deadlock? {
        GuestThread.withCurrent(self) { thread in thread?.group.deadlock(asking: thread!) }
    }

    /// Tells the report, if one asks.
    func tellDeadlock(_ frames: [Trap.Frame]) {
        guard let deadlock else { return }
        GuestThread.withCurrent(self) { thread in deadlock.add(frames, of: thread!) }
    }

    /// Whether somebody will look at the frames of a call that ended early.
    func mustTellFrames(of reason: TrapReason) -> Bool {
        reason.isTrap || reason == .interrupted && deadlock != nil
    }
}
