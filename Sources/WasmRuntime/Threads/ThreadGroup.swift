// The threads of one process.
// https://github.com/WebAssembly/wasi-threads
//
// Always true: a thread is in `living`, `callers` or `attached` while it can run guest code; the first
// outcome decides, and nothing joins the group after it; no lock is held while an instance is made, while
// guest code runs or while a thread is woken.

import Synchronization

package final class ThreadGroup: Sendable {
    /// Makes the instance of a new thread, on the thread that spawns.
    package typealias MakeInstance = @Sendable () throws(ThreadRefusal) -> any ThreadInstance

    package let name: String
    package let limits: ThreadLimits
    let stacks: StackCache
    let stackSizes: ThreadStack.Sizes
    /// By which the embedder finds its own object when a thread of the group calls it; not used here.
    package let embedderWord = Atomic<UInt>(0)
    private let makeInstance: MakeInstance
    /// What notes how threads spend their time; nil where nobody has asked.
    package let recorder: Recorder?
    let members: Guarded<Members>
    package let wakers = Wakers()
    /// Where data races are looked for.
    package let races: RaceDetection?
    /// Whether the group ends when all its threads wait for ever. Does not change once there is one.
    let detectsDeadlocks = Atomic<Bool>(false)
    /// Whether it has ended so, to be read without the lock.
    let isDeadlocked = Atomic<Bool>(false)
    /// Whether what is left of the threads is kept where the group fails. Does not change once there is one.
    let keepsRemains = Atomic<Bool>(false)
    /// Whether there is an outcome, to be read without the lock.
    let hasOutcome = Atomic<Bool>(false)
    /// Whether the group lives on when its only thread leaves `_start` by a success.
    package let outlivesStart = Atomic<Bool>(false)
    /// Whether there is a watcher; the same.
    let hasWatcher = Atomic<Bool>(false)

    /// `name` is what the host threads are named after. `stacks` may serve many groups.
    package init(
        name: String, limits: ThreadLimits, stacks: StackCache, races: RaceDetection? = nil, recorder: Recorder? = nil,
        makeInstance: @escaping MakeInstance
    ) {
        self.name = name
        self.limits = limits
        self.stacks = stacks
        self.races = races
        stackSizes = ThreadStack.Sizes(limits)
        self.makeInstance = makeInstance
        self.recorder = recorder
        members = Guarded(Members(wakers: wakers))
    }

    deinit {
        // Idle workers hold their group, so a group that goes without `finish` never had one, and the
        // thread that lets go of it, which may be a worker that leaves, has nothing to wait for.
        members.withLock { $0.wakeDescriptor?.close() }
        stacks.give(members.withLock { $0.spentStacks })
    }

    /// Whether the group has ended or is about to. Cheap.
    package var isEnding: Bool { hasOutcome.load(ordering: .acquiring) }

    /// How the group ended; nil while it has not.
    package var outcome: Outcome? { members.withLock { $0.outcome } }

    /// Whether the caller runs on one of the group's threads.
    package var includesCurrentThread: Bool { members.withLock { $0.includeCurrentThread } }

    /// The thread with this TID, 0 for that of a call, if it runs on the calling host thread; none that is attached.
    package func currentThread(_ id: UInt32) -> GuestThread? {
        members.withLock { members in
            id == 0 ? members.callers.last(where: \.isCurrent) : members.living[id].flatMap { $0.isCurrent ? $0 : nil }
        }
    }

    /// How many threads live that were spawned.
    package var threadCount: Int { members.withLock { $0.living.count } }
}

extension ThreadGroup {
    /// How many threads may live from now on, beside the limit of the engine.
    package func limitThreads(to count: Int) { members.withLock { $0.threadLimit = count } }

    /// `thread-spawn`: the TID of a new thread that runs `wasi_thread_start` with `startArgument`, or a
    /// negative errno of WASI. From any thread.
    package func spawn(startArgument: UInt32, by spawner: GuestThread? = nil) -> Int32 {
        do {
            return Int32(try startThread(startArgument: startArgument, by: spawner))
        } catch {
            return error.code
        }
    }

    /// The same for an embedder, with a reason.
    package func startThread(
        startArgument: UInt32, by spawner: GuestThread? = nil
    ) throws(ThreadRefusal) -> UInt32 {
        try members.withLock { members throws(ThreadRefusal) in
            try members.reserve(limit: limits.maximumThreads)
        }
        do throws(ThreadRefusal) {
            let instance = try makeInstance()
            if let id = try startOnIdleWorker(instance, startArgument, spawner) { return id }
            return try startOnNewWorker(instance, startArgument, spawner)
        } catch {
            wake(members.withLock { $0.giveUpReservation() })
            lookForDeadlock()
            throw error
        }
    }

    private func startOnIdleWorker(
        _ instance: any ThreadInstance, _ startArgument: UInt32, _ spawner: GuestThread?
    ) throws(ThreadRefusal) -> UInt32? {
        let found = try members.withLock { members throws(ThreadRefusal) -> (Worker, GuestThread)? in
            guard members.outcome == nil else { throw .ending }
            guard let worker = members.idle.popLast() else { return nil }
            return (worker, members.admit(to: self, worker))
        }
        guard let (worker, thread) = found else { return nil }
        beginWatching(thread, spawnedBy: spawner)
        worker.hand(Worker.Job(thread: thread, instance: instance, startArgument: startArgument))
        return thread.id
    }

    private func startOnNewWorker(
        _ instance: any ThreadInstance, _ startArgument: UInt32, _ spawner: GuestThread?
    ) throws(ThreadRefusal) -> UInt32 {
        let stack = try takeStack()
        let worker = Worker(stack, of: self)
        do throws(ThreadRefusal) {
            let thread = try members.withLock { members throws(ThreadRefusal) in
                guard members.outcome == nil else { throw .ending }
                return members.admit(to: self, worker)
            }
            beginWatching(thread, spawnedBy: spawner)
            try start(worker, Worker.Job(thread: thread, instance: instance, startArgument: startArgument))
            return thread.id
        } catch {
            stacks.give([stack])
            throw error
        }
    }

    private func start(_ worker: Worker, _ job: Worker.Job) throws(ThreadRefusal) {
        do {
            try worker.start(job)
        } catch {
            endWatching(job.thread)
            members.withLock { $0.withdraw(job.thread) }
            // An ending group may have posted to it; a host thread may have begun to join it.
            job.thread.departure.postToAll(GuestThread.gone)
            throw .noHostThread(error)
        }
    }

    func takeStack() throws(ThreadRefusal) -> ThreadStack {
        do {
            return try stacks.take(stackSizes)
        } catch {
            throw .noStack(error)
        }
    }

    /// A worker's guest thread has ended, its instance is gone. False when the worker is to leave.
    func retire(_ thread: GuestThread, of worker: Worker) -> Bool {
        endWatching(thread)
        let (stays, left, watchers) = members.withLock { members in
            members.retire(thread, of: worker, idleLimit: limits.idleHostThreads)
        }
        thread.departure.postToAll(GuestThread.gone)
        wake(watchers)
        lookForDeadlock()
        // Those that left before; each waits at most for the one before it.
        for other in left { other.join() }
        if !left.isEmpty { stacks.give(left.map(\.stack)) }
        return stays
    }
}
