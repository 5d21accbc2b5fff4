// Who belongs to a group and how far its end is. Guarded by the group's lock, all of it.
//
// Always true: a thread that is counted here is one that `finish` waits for.

import Platform

/// Words that host threads sleep on until the members change.
typealias Watchers = [WakeWord]

struct Members {
    /// Those of the group: who joins it is among them.
    let wakers: Wakers
    var outcome: Outcome?
    /// The threads that were spawned, by TID.
    private(set) var living: [UInt32: GuestThread] = [:]
    /// Host threads of the embedder's, each for one call.
    var callers: [GuestThread] = []
    /// Those that are attached, by TID.
    private(set) var attached: [UInt32: GuestThread] = [:]
    /// Spawns under way: places that count against the limit.
    private var reserved = 0
    /// Workers without a guest thread, and those whose thread is about to be gone.
    var idle: [Worker] = []
    private(set) var leaving: [Worker] = []
    var ids = ThreadIDs()
    /// Whether the thread that ended the group is still at waking the others.
    var isWaking = false
    /// By TID: what the embedder calls threads, 0 those of its calls.
    var names: [UInt32: String] = [:]
    /// Is told of threads that begin and end.
    var watcher: (@Sendable (ThreadEvent) -> Void)?
    /// The processor time of threads that are gone.
    private(set) var spentTime: Int64 = 0
    private var countsTime = false
    /// How many threads the embedder lets this process have, beside the limit of its engine.
    var threadLimit = Int.max
    /// Of a group that has failed, where somebody has asked.
    var remains: Remains?
    /// How many pauses are not taken back, and the threads that sleep for them.
    var pauses = 0
    /// Whether no thread runs guest code for them. One that seems to is about to stop.
    var areAllStopped = false
    var stopped: [GuestThread] = []
    /// The descriptor that is readable once the group ends.
    var wakeDescriptor: WakeDescriptor?
    var watchdog: Watchdog?
    var finishing = Finishing.notBegun
    /// Of the host threads that are gone, once the group is finished.
    var spentStacks: [ThreadStack] = []
    private var watchers: Watchers = []

    init(wakers: Wakers) { self.wakers = wakers }

    enum Finishing {
        case notBegun, begun, done
    }

    /// No spawned thread lives, and none is on the way.
    var hasNoThreads: Bool { living.isEmpty && reserved == 0 }

    /// One host thread of the embedder's is in a call, and no other thread lives or is on the way.
    var isOneCall: Bool { hasNoThreads && callers.count == 1 && attached.isEmpty }

    /// Nobody runs guest code, and nobody can begin to once there is an outcome.
    var isQuiet: Bool { hasNoThreads && callers.isEmpty && attached.isEmpty && !isWaking }

    /// All whom the end interrupts.
    var everyThread: [GuestThread] { callers + attached.values + living.values }

    /// Whether the caller runs on one of the threads.
    var includeCurrentThread: Bool {
        callers.contains(where: \.isCurrent) || attached.values.contains(where: \.isCurrent)
            || living.values.contains(where: \.isCurrent)
    }

    mutating func reserve(limit: Int) throws(ThreadRefusal) {
        guard outcome == nil else { throw .ending }
        // Every living thread needs a TID of its own, whatever the limit says.
        let limit = min(limit, threadLimit, Int(ThreadIDs.upperBound) - 1)
        guard living.count + attached.count + reserved < limit else { throw .limitReached(limit) }
        reserved += 1
        wakers.add()
    }

    mutating func giveUpReservation() -> Watchers {
        reserved -= 1
        wakers.remove()
        return takeWatchers()
    }

    /// Turns a reservation into a thread.
    mutating func admit(to group: ThreadGroup, _ worker: Worker) -> GuestThread {
        reserved -= 1
        let id = nextID()
        let thread = member(id, group, .worker(worker))
        living[id] = thread
        return thread
    }

    /// The same for the calling host thread.
    mutating func admitAttached(to group: ThreadGroup, on stack: ThreadStack) -> GuestThread {
        reserved -= 1
        let id = nextID()
        let thread = member(id, group, .attached(HostThread.number, kernelID: HostThread.kernelID, stack: stack))
        attached[id] = thread
        return thread
    }

    /// The same for one call.
    mutating func admitCaller(to group: ThreadGroup, on stack: ThreadStack) -> GuestThread {
        let thread = member(0, group, .caller(HostThread.current, stack: stack))
        thread.clock.identify()
        // The first is the embedder, who is counted.
        if !callers.isEmpty { wakers.add() }
        callers.append(thread)
        return thread
    }

    private func member(_ id: UInt32, _ group: ThreadGroup, _ host: GuestThread.Host) -> GuestThread {
        let thread = GuestThread(id: id, group: group, host: host)
        if pauses > 0 { thread.stack.interrupt() }
        if countsTime { thread.clock.isCounting.store(true, ordering: .relaxed) }
        return thread
    }

    private mutating func nextID() -> UInt32 {
        ids.next { living[$0] != nil || attached[$0] != nil }
    }

    mutating func removeAttached(_ thread: GuestThread) {
        attached[thread.id] = nil
        wakers.remove()
        forget(thread)
    }

    mutating func removeCaller(_ thread: GuestThread) {
        callers.removeAll { $0 === thread }
        if !callers.isEmpty { wakers.remove() }
        spentTime += thread.clock.time
        remains?.take(thread)
    }

    private mutating func forget(_ thread: GuestThread) {
        spentTime += thread.clock.time
        remains?.take(thread)
        if !names.isEmpty { names[thread.id] = nil }
    }

    func name(of id: UInt32) -> String? { names.isEmpty ? nil : names[id] }

    /// An outcome with the name of the thread that trapped.
    func named(_ outcome: Outcome) -> Outcome {
        guard case .trapped(var trap, let tid) = outcome else { return outcome }
        trap.threadName = name(of: tid)
        return .trapped(trap, tid: tid)
    }

    /// Whether no thread was spawned or attached, and nobody is inside a call.
    var hasHadNone: Bool { !ids.hasIssued(1) && callers.isEmpty }

    /// From now on the time of threads is added up.
    mutating func countTime() {
        countsTime = true
        for thread in everyThread { thread.clock.isCounting.store(true, ordering: .relaxed) }
        for thread in callers { thread.clock.beginLate() }
    }

    /// Turns a thread that could not be started back into a reservation.
    mutating func withdraw(_ thread: GuestThread) {
        living[thread.id] = nil
        thread.record?.withdraw()
        reserved += 1
    }

    /// Whether the worker stays, the workers that it is to join, and who is to be woken.
    mutating func retire(
        _ thread: GuestThread, of worker: Worker, idleLimit: Int
    ) -> (stays: Bool, left: [Worker], Watchers) {
        living[thread.id] = nil
        wakers.remove()
        forget(thread)
        worker.rename(nil)
        let watchers = hasNoThreads ? takeWatchers() : []
        if outcome == nil, idle.count < idleLimit {
            idle.append(worker)
            return (true, [], watchers)
        }
        guard outcome == nil else {
            // `finish` joins them all, and frees their stacks together.
            leaving.append(worker)
            return (false, [], watchers)
        }
        let left = leaving
        leaving = [worker]
        return (false, left, watchers)
    }

    /// All workers of a quiet group, for the one that finishes it.
    mutating func takeWorkers() -> (idle: [Worker], leaving: [Worker]) {
        defer {
            idle = []
            leaving = []
        }
        return (idle, leaving)
    }

    mutating func watch(_ word: WakeWord) { watchers.append(word) }

    mutating func takeWatchers() -> Watchers {
        defer { watchers = [] }
        return watchers
    }
}
