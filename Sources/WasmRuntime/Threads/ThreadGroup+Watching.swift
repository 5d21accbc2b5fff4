// What an embedder sees of the threads of a group: who lives and where, who begins and ends, processor time.
//
// Always true: what is shown of a thread is read while it is a member, so its stack is there; it was so at
// some moment, and may be otherwise when it is looked at.

import CMachine
import Synchronization

/// Where a thread comes from.
package enum ThreadOrigin: UInt32, Sendable {
    /// The embedder's, for one call: TID 0.
    case call = 0
    case spawned
    case attached
}

/// What is to be seen of a living thread.
package struct ThreadInfo: Sendable {
    package let id: UInt32
    package let origin: ThreadOrigin
    package let name: String?
    /// A `ThreadState`, or the address of the `MachineCode` of a host function.
    package let state: UInt
    package let waitOffset: UInt64
    package let processorTime: UInt64
}

/// A thread has begun, or is about to be gone.
package struct ThreadEvent: Sendable {
    package enum Exit: UInt32, Sendable {
        /// It returned, or was detached.
        case returned = 0
        case exited
        case trapped
        /// With the process.
        case ended
    }

    package let id: UInt32
    package let origin: ThreadOrigin
    /// nil for one that begins.
    package let exit: Exit?
}

extension ThreadEvent.Exit {
    /// How a thread left guest code by a trap or what is like one.
    package init(_ reason: TrapReason) {
        switch reason {
        case .interrupted: self = .ended
        case .exited: self = .exited
        default: self = .trapped
        }
    }
}

extension GuestThread {
    package var origin: ThreadOrigin { host.origin }
}

extension GuestThread.Host {
    var origin: ThreadOrigin {
        switch self {
        case .caller: .call
        case .worker: .spawned
        case .attached: .attached
        }
    }
}

extension ThreadGroup {
    /// Has `watcher` called when a thread begins or ends, on that thread. Before there is any.
    package func watch(_ watcher: @escaping @Sendable (ThreadEvent) -> Void) -> Bool {
        let isFirst = members.withLock { members in
            guard members.watcher == nil, members.hasHadNone else { return false }
            members.watcher = watcher
            return true
        }
        if isFirst { hasWatcher.store(true, ordering: .relaxed) }
        return isFirst
    }

    /// Tells the watcher, where there is one.
    @inline(__always)
    package func announce(_ thread: GuestThread, exit: ThreadEvent.Exit? = nil) {
        if hasWatcher.load(ordering: .relaxed) { announceLater(thread, exit) }
    }

    @inline(never)
    private func announceLater(_ thread: GuestThread, _ exit: ThreadEvent.Exit?) {
        let watcher = members.withLock { $0.watcher }
        watcher?(ThreadEvent(id: thread.id, origin: thread.origin, exit: exit))
    }

    /// The living threads, by TID.
    package func threads() -> [ThreadInfo] {
        members.withLock { members in
            members.everyThread.sorted { $0.id < $1.id }.map { thread in
                let state = thread.stack.context.threadState
                return ThreadInfo(
                    id: thread.id, origin: thread.origin, name: members.name(of: thread.id),
                    state: state == ThreadState.guest && members.areAllStopped ? ThreadState.paused : state,
                    waitOffset: thread.stack.context.atomicWaitOffset.pointee.load(ordering: .relaxed),
                    processorTime: UInt64(thread.clock.time))
            }
        }
    }

    /// Names a thread; false where none with this TID lives. 0 is the embedder's own, in every call.
    package func nameThread(_ id: UInt32, _ name: String) -> Bool {
        members.withLock { members in
            guard id == 0 || members.living[id] != nil || members.attached[id] != nil else { return false }
            members.names[id] = name
            races?.names.withLock { $0[id] = name }
            if case .worker(let worker)? = members.living[id]?.host { worker.rename(name) }
            return true
        }
    }

    /// The processor time of all threads, those that are gone included.
    package var processorTime: Int64 {
        members.withLock { members in
            members.everyThread.reduce(members.spentTime) { $0 + $1.clock.time }
        }
    }
}
