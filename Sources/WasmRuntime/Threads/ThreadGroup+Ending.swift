// How a group ends: by whose word, how every thread of it learns, and how the host waits for that.
//
// Always true: a thread that is registered when the group ends is interrupted, wherever it is; one that
// comes later is refused. Both happen under the group's lock.

import Platform
import Synchronization

extension GuestThread {
    /// The bit of `departure`.
    static let gone: UInt32 = 1
}

extension ThreadGroup {
    /// Ends all threads. From any thread, any number of times: the first outcome stays. Does not wait.
    package func end(_ outcome: Outcome) { end { _ in outcome } }

    /// The same with what `decide` says under the lock, where nothing has ended the group; not at all for nil.
    func end(_ decide: (borrowing Members) -> Outcome?) {
        // Those that a pause has stopped leave now; a list of them would keep the group for ever, since a thread
        // keeps its worker and that its group.
        var stopped: [GuestThread] = []
        let ended = members.withLock { members -> (threads: [GuestThread], descriptor: WakeDescriptor?)? in
            guard members.outcome == nil, let outcome = decide(members) else { return nil }
            swap(&stopped, &members.stopped)
            members.outcome = members.named(outcome)
            hasOutcome.store(true, ordering: .releasing)
            members.isWaking = true
            let threads = members.everyThread
            if keepsRemains.load(ordering: .relaxed), outcome.isFailure {
                members.remains = Remains(of: threads, names: members.name(of:))
            }
            // Under the lock: a stack stays mapped while its thread is a member.
            members.interruptAll()
            members.interruptWaits()
            return (threads, members.wakeDescriptor)
        }
        guard let (threads, descriptor) = ended else { return }
        // `finish` closes the descriptor, and does not while `isWaking`.
        descriptor?.signal()
        // Oldest first: the kernel looks for a sleeper among thousands from the oldest on.
        for thread in threads.sorted(by: { $0.id < $1.id }) { thread.parking.post(WakeWord.interrupted) }
        let watchers = members.withLock { members in
            members.isWaking = false
            return members.takeWatchers()
        }
        wake(watchers)
    }

    /// `proc_exit` on `thread`: ends the group, or nothing where it outlives `_start` and this is the way out of that.
    package func exit(_ status: UInt32, on thread: GuestThread) {
        let mayStay =
            status == 0 && thread.id == 0 && thread.stack.context.pointee.depth == 1
            && outlivesStart.load(ordering: .relaxed)
        end { members in mayStay && members.isOneCall ? nil : .exited(status) }
    }

    /// `_start` returned.
    package func endStart() {
        let mayStay = outlivesStart.load(ordering: .relaxed)
        end { members in mayStay && members.isOneCall ? nil : .returned }
    }

    /// A descriptor that is readable from the moment the group ends, for calls that block elsewhere than
    /// in the parking lot. It lives until `finish`. Nil when the group is ending already.
    package func wakeDescriptor() throws(SystemError) -> HostDescriptor? {
        try members.withLock { members throws(SystemError) in
            guard members.outcome == nil else { return nil }
            if let wake = members.wakeDescriptor { return wake.descriptor }
            let wake = try WakeDescriptor()
            members.wakeDescriptor = wake
            return wake.descriptor
        }
    }

    /// Ends the group, if nothing else has, when `nanoseconds` from now have passed, or never for nil. The
    /// last call counts.
    package func setDeadline(after nanoseconds: UInt64?) throws(ThreadRefusal) {
        let limit = nanoseconds.map(Watchdog.TimeLimit.init)
        try setLimit { $0.time = limit }
    }

    /// The same when its threads have used so much more processor time together.
    package func setProcessorTimeLimit(_ nanoseconds: UInt64?) throws(ThreadRefusal) {
        members.withLock { $0.countTime() }
        let used = processorTime
        let limit = nanoseconds.map { Watchdog.ProcessorTimeLimit(nanoseconds: $0, usedBefore: used) }
        try setLimit { $0.processorTime = limit }
    }

    private func setLimit(_ change: (inout Watchdog.Limits) -> Void) throws(ThreadRefusal) {
        let stack = try takeStack()
        let isUsed = try members.withLock { members throws(ThreadRefusal) in
            guard members.outcome == nil else { return false }
            if let watchdog = members.watchdog {
                watchdog.set(change)
                return false
            }
            var limits = Watchdog.Limits()
            change(&limits)
            members.watchdog = try Watchdog(limits, on: stack, of: self)
            return true
        }
        if !isUsed { stacks.give([stack]) }
    }
}

extension Members {
    /// Gets every thread out of the system call that it waits in, or keeps it from making one. For good.
    fileprivate func interruptWaits() {
        let threads = everyThread
        for thread in threads {
            thread.stack.context.atomicMustEnd.pointee.store(1, ordering: .sequentiallyConsistent)
        }
        for thread in threads
        where thread.stack.context.atomicWaits.pointee.load(ordering: .sequentiallyConsistent) != 0 {
            thread.signal()
        }
    }
}

extension ThreadGroup {
    /// What became of a thread that was to be joined.
    package enum JoinResult: Sendable {
        case joined
        case alreadyGone
        /// No thread has had this TID.
        case unknown
    }

    /// Waits until a thread is gone. From host threads that are not the group's.
    package func join(_ id: UInt32) throws(ThreadGroupMisuse) -> JoinResult {
        try refuseOwnThread()
        let (thread, isOwn, wasUsed) = members.withLock { members in
            let attached = members.attached[id]
            return (members.living[id] ?? attached, attached?.isOfCaller ?? false, members.ids.hasIssued(id))
        }
        guard let thread else { return wasUsed ? .alreadyGone : .unknown }
        // It would wait for its own detach.
        if isOwn { throw ThreadGroupMisuse() }
        _ = thread.departure.wait(for: GuestThread.gone)
        return .joined
    }

    /// Waits until no spawned thread lives. From host threads that are not the group's.
    package func waitForAll() throws(ThreadGroupMisuse) {
        try refuseOwnThread()
        waitUntil { $0.hasNoThreads }
    }

    /// Ends the group and waits until every host thread is gone. From host threads
    /// that are not the group's; once more is harmless.
    package func finish() throws(ThreadGroupMisuse) -> Outcome {
        try refuseOwnThread()
        end(.returned)
        closeGates()
        waitUntil { $0.isQuiet }
        let isFirst = members.withLock { members in
            guard members.finishing == .notBegun else { return false }
            members.finishing = .begun
            return true
        }
        if isFirst { freeAll() } else { waitUntil { $0.finishing == .done } }
        return members.withLock { $0.outcome! }
    }

    private func freeAll() {
        let (workers, watchdog, descriptor) = members.withLock { members in
            defer {
                members.watchdog = nil
                members.wakeDescriptor = nil
            }
            return (members.takeWorkers(), members.watchdog, members.wakeDescriptor)
        }
        workers.idle.forEach { $0.dismiss() }
        var unused = (workers.idle + workers.leaving).map { worker in
            worker.join()
            return worker.stack
        }
        if let watchdog { unused.append(watchdog.dismiss()) }
        descriptor?.close()
        let watchers = members.withLock { members in
            // Given back when the group goes: whoever waits for the end does not wait for the kernel to
            // unmap a thousand stacks.
            members.spentStacks = unused
            members.finishing = .done
            return members.takeWatchers()
        }
        wake(watchers)
    }

    private func refuseOwnThread() throws(ThreadGroupMisuse) {
        if members.withLock({ $0.includeCurrentThread }) { throw ThreadGroupMisuse() }
    }

    /// Sleeps until the condition holds. Whoever can make it hold takes the watchers and wakes them.
    func waitUntil(_ condition: (borrowing Members) -> Bool) {
        let word = WakeWord.allocate()
        defer { word.deallocate() }
        let changed: UInt32 = 1
        while true {
            let holds = members.withLock { members in
                if condition(members) { return true }
                members.watch(word)
                return false
            }
            if holds { return }
            _ = word.wait(for: changed)
            word.clear(changed)
        }
    }

    func wake(_ watchers: Watchers) {
        let changed: UInt32 = 1
        for word in watchers { word.post(changed) }
    }
}
