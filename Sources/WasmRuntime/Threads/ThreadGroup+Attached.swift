// Host threads of the embedder's in a group: for the time of one call, or attached, with a TID.
//
// Always true: an attached thread counts as one of the group's from `attach` to `detach` or to the end of
// the group, whichever is first; outside of its gate it delays nobody.

import Synchronization

extension ThreadGroup {
    /// Makes the calling host thread one of the group's, with a value stack of its own and TID 0, until
    /// `endCall`. A thread may begin more than one, where calls nest. Its processor time is that of a call
    /// that `isTimed`, or of one while it is counted.
    package func beginCall(isTimed: Bool = false) throws(ThreadRefusal) -> GuestThread {
        let stack = try takeStack()
        let thread = members.withLock { members -> GuestThread? in
            members.outcome == nil ? members.admitCaller(to: self, on: stack) : nil
        }
        if let thread {
            beginWatching(thread)
            thread.record?.begin()
            if isTimed || thread.clock.isCounting.load(ordering: .relaxed) { thread.clock.begin() }
            return thread
        }
        stacks.give([stack], hadThreads: false)
        throw .ending
    }

    /// Ends what `beginCall` began, on the same host thread, when no guest code is left on it.
    package func endCall(_ thread: GuestThread) {
        guard case .caller(_, let stack) = thread.host, thread.isCurrent else {
            preconditionFailure("a call is ended by the thread that began it")
        }
        thread.clock.end()
        endWatching(thread)
        thread.record?.end()
        let watchers = members.withLock { members in
            members.removeCaller(thread)
            return members.takeWatchers()
        }
        thread.takeBackSignal()
        stacks.give([stack], hadThreads: false)
        wake(watchers)
        lookForDeadlock()
    }

    /// Makes the calling host thread one of the group's, with a TID and a value stack of its own. It is
    /// inside its gate.
    package func attach() throws(ThreadRefusal) -> GuestThread {
        let stack = try takeStack()
        do throws(ThreadRefusal) {
            let thread = try members.withLock { members throws(ThreadRefusal) in
                try members.reserve(limit: limits.maximumThreads)
                return members.admitAttached(to: self, on: stack)
            }
            beginWatching(thread)
            thread.record?.begin()
            return thread
        } catch {
            stacks.give([stack], hadThreads: false)
            throw error
        }
    }

    /// Ends what `attach` began, on the same host thread and inside its gate, when no guest code is left on
    /// it; or, after `leave` of the gate was refused, what the end of the group left to do. `exit` is nil
    /// for a thread that nobody has been told of.
    package func detach(_ thread: GuestThread, exit: ThreadEvent.Exit?) {
        if let exit { announce(thread, exit: exit) }
        thread.clock.end()
        thread.record?.end()
        _ = thread.gate.close()
        depart { members in
            members.removeAttached(thread)
            return [thread]
        }
        thread.takeBackSignal()
    }

    /// Makes the calling host thread the one that an attached thread runs on, inside its gate.
    package func move(_ thread: GuestThread) {
        members.withLock { members in
            if members.attached[thread.id] === thread { thread.move() }
        }
    }

    /// Closes all gates, so that the end waits only for those threads that are inside.
    func closeGates() {
        depart { members in
            let idle = members.attached.values.filter { $0.gate.close() }
            for thread in idle { members.removeAttached(thread) }
            return idle
        } tell: {
            self.announce($0, exit: .ended)
            $0.record?.end()
        }
    }

    /// Lets go of threads that `remove` has taken out.
    private func depart(
        _ remove: (inout Members) -> [GuestThread], tell: (GuestThread) -> Void = { _ in }
    ) {
        let (threads, watchers) = members.withLock { members in (remove(&members), members.takeWatchers()) }
        threads.forEach(tell)
        threads.forEach(endWatching)
        for thread in threads { thread.departure.postToAll(GuestThread.gone) }
        // None of them is moved any more.
        stacks.give(threads.map(\.memory), hadThreads: false)
        wake(watchers)
        lookForDeadlock()
    }
}
