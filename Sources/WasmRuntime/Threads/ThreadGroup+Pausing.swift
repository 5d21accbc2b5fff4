// Stopping all threads of a group, and letting them go on.
//
// Always true: while a group is paused the stack limit of each member is 0, those who come later included,
// so that none gets past a safe point. Only the group's lock restores a limit, and not after the end.

import CMachine
import Platform
import Synchronization

package enum PauseRefusal: Error {
    /// The caller is one of the threads that would stop.
    case ownThread
    case ending
    /// Nobody has paused it.
    case notPaused
    case noBarrier(SystemError)
}

extension ThreadGroup {
    /// Returns when no thread of the group runs guest code. As often as it is called, `resume` must be.
    package func pause() throws(PauseRefusal) {
        do { try ProcessBarrier.prepare() } catch { throw .noBarrier(error) }
        let refused = try members.withLock { members throws(PauseRefusal) -> Resumed? in
            guard !members.includeCurrentThread else { throw .ownThread }
            guard members.outcome == nil else { throw .ending }
            if members.pauses == 0 { members.wakers.add() }
            members.pauses += 1
            // Without a barrier nobody can tell which of the threads that seem to be quiescent are about to go on.
            return members.interruptAll() ? nil : members.takeBackPause()
        }
        if let refused {
            tell(refused)
            throw .noBarrier(ProcessBarrier.failure)
        }
        waitUntil { members in
            members.pauses == 0 || members.outcome != nil || members.everyThread.allSatisfy(\.isQuiescent)
        }
        try members.withLock { members throws(PauseRefusal) in
            guard members.outcome == nil else { throw .ending }
            members.areAllStopped = members.pauses > 0
        }
    }

    /// Takes one pause back; with the last, all threads go on where they stopped.
    package func resume() throws(PauseRefusal) {
        tell(
            try members.withLock { members throws(PauseRefusal) in
                guard members.pauses > 0 else { throw .notPaused }
                return members.takeBackPause()
            })
    }

    private func tell(_ resumed: Resumed) {
        for thread in resumed.stopped { thread.parking.post(WakeWord.resumed) }
        wake(resumed.watchers)
        lookForDeadlock()
    }

    /// For an interrupted thread of the group at a safe point: returns when it may go on, false when the
    /// group ends.
    func parkWhilePaused(_ thread: GuestThread) -> Bool {
        var start: UInt64?
        defer { if let start { thread.record?.endPause(since: start) } }
        while true {
            let (isOver, watchers) = members.withLock { members -> (Bool?, Watchers) in
                if members.outcome != nil { return (false, []) }
                if members.pauses == 0 {
                    thread.stack.context.threadState = ThreadState.guest
                    return (true, [])
                }
                thread.stack.context.threadState = ThreadState.paused
                members.stopped.append(thread)
                return (nil, members.takeWatchers())
            }
            wake(watchers)
            if let isOver { return isOver }
            start = start ?? thread.record?.now
            _ = thread.parking.wait(for: WakeWord.resumed | WakeWord.interrupted)
            thread.parking.clear(WakeWord.resumed)
        }
    }

    /// An interrupted thread has left guest code.
    func noteQuiescence() {
        // The end wakes all watchers itself, and thousands of threads may leave then.
        if isEnding { return }
        wake(members.withLock { $0.pauses > 0 ? $0.takeWatchers() : [] })
    }
}

extension WakeWord {
    /// A pause is over.
    static let resumed: UInt32 = 4
}

/// Whom to tell that a pause was taken back: the threads that sleep for it, where it was the last one, and who
/// waits for the members to change.
typealias Resumed = (stopped: [GuestThread], watchers: Watchers)

extension Members {
    /// Lets every thread look why it is interrupted: at its next safe point, or, in compiled code, at once.
    /// Returns whether a thread that is seen quiescent from now on stays there.
    @discardableResult
    func interruptAll() -> Bool {
        for thread in everyThread { thread.stack.interrupt() }
        // After a barrier each thread has seen its limit, or is where it is seen. Without one, each is told.
        let hasPassed = ProcessBarrier.pass()
        guard machine_native_is_installed() else { return hasPassed }
        for thread in everyThread where !hasPassed || !thread.isQuiescent { thread.signal() }
        return hasPassed
    }

    mutating func takeBackPause() -> Resumed {
        pauses -= 1
        if pauses == 0 { wakers.remove() }
        guard pauses == 0, outcome == nil else { return ([], []) }
        areAllStopped = false
        for thread in everyThread { thread.stack.takeBackInterrupt() }
        defer { stopped = [] }
        return (stopped, takeWatchers())
    }
}

extension GuestThread {
    /// Runs no guest code, and runs none before it has looked for an interrupt.
    var isQuiescent: Bool { stack.context.atomicThreadState.pointee.load(ordering: .acquiring) != ThreadState.guest }
}
