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
        try members.withLock { members throws(PauseRefusal) in
            guard !members.includeCurrentThread else { throw .ownThread }
            guard members.outcome == nil else { throw .ending }
            members.pauses += 1
            members.interruptAll()
        }
        waitUntil { members in
            members.pauses == 0 || members.outcome != nil || members.everyThread.allSatisfy(\.isAtRest)
        }
        try members.withLock { members throws(PauseRefusal) in
            guard members.outcome == nil else { throw .ending }
            members.areAllStopped = members.pauses > 0
        }
    }

    /// Takes one pause back; with the last, all threads go on where they stopped.
    package func resume() throws(PauseRefusal) {
        let (stopped, watchers) = try members.withLock { members throws(PauseRefusal) in
            guard members.pauses > 0 else { throw .notPaused }
            members.pauses -= 1
            guard members.pauses == 0, members.outcome == nil else { return ([GuestThread](), Watchers()) }
            members.areAllStopped = false
            for thread in members.everyThread { thread.stack.takeBackInterrupt() }
            defer { members.stopped = [] }
            return (members.stopped, members.takeWatchers())
        }
        for thread in stopped { thread.parking.post(WakeWord.resumed) }
        wake(watchers)
    }

    /// For an interrupted thread of the group at a safe point: returns when it may go on, false when the
    /// group ends.
    func resumes(_ thread: GuestThread) -> Bool {
        while true {
            let (isOver, watchers) = members.withLock { members -> (Bool?, Watchers) in
                if members.outcome != nil { return (false, []) }
                if members.pauses == 0 {
                    thread.stack.context.place = Place.guest
                    return (true, [])
                }
                thread.stack.context.place = Place.paused
                members.stopped.append(thread)
                return (nil, members.takeWatchers())
            }
            wake(watchers)
            if let isOver { return isOver }
            _ = thread.parking.wait(for: WakeWord.resumed | WakeWord.interrupted)
            thread.parking.clear(WakeWord.resumed)
        }
    }

    /// An interrupted thread has left guest code.
    func noteRest() {
        // The end wakes all watchers itself, and thousands of threads may leave then.
        if isEnding { return }
        wake(members.withLock { $0.pauses > 0 ? $0.takeWatchers() : [] })
    }
}

extension WakeWord {
    /// A pause is over.
    static let resumed: UInt32 = 4
}

extension Members {
    /// Lets every thread look why it is interrupted: at its next safe point, or, in compiled code, at once.
    func interruptAll() {
        for thread in everyThread { thread.stack.interrupt() }
        // Behind a barrier each thread has seen its limit, or is where it is seen. Without one, each is told.
        let hasPassed = ProcessBarrier.pass()
        guard machine_native_is_installed() else { return }
        for thread in everyThread where !hasPassed || !thread.isAtRest { thread.signal() }
    }
}

extension GuestThread {
    /// Runs no guest code, and runs none before it has looked for an interrupt.
    var isAtRest: Bool { stack.context.atomicPlace.pointee.load(ordering: .acquiring) != Place.guest }
}
