// A thread of a process: the id, the stack and the instance that run together.
//
// Always true: its group knows it from before its first instruction of guest code until after its last,
// so that an ending group reaches it.

import CMachine
import Platform
import Synchronization

/// What a group needs of an instance that runs on a thread of its own.
package protocol ThreadInstance: AnyObject, Sendable {
    /// Runs the start function and then `wasi_thread_start`. Called once, on the new thread.
    func run(on thread: GuestThread, startArgument: UInt32) throws(Trap)
}

package final class GuestThread: @unchecked Sendable {
    // SENDABLE: what is not constant is either a word of atomics or used by the thread itself only; each
    // says which.

    /// The TID; 0 for a thread that the embedder brings for one call.
    package let id: UInt32
    package unowned let group: ThreadGroup
    /// SAFETY: whoever runs on this thread keeps the group.
    private let unretainedGroup: Unmanaged<ThreadGroup>
    package let stack: ValueStack
    /// The sentence behind a `TrapReason.hostError`. For this thread only.
    package var hostError: String?
    /// Where it left guest code, where somebody has asked. For this thread, and for its group when it departs.
    var keptStack: KeptStack?
    /// What it sleeps on in the parking lot, and what its ending group posts to.
    let parking = WakeWord.allocate()
    /// Set when the thread is gone, for those who join it.
    let departure = WakeWord.allocate()
    /// Of an attached thread under the lock of its group, until it is none of the group's.
    private(set) var host: Host
    /// Under the lock of its group, until it is none of the group's.
    private var isSignalled = false
    /// Of an attached thread.
    package let gate = Gate()
    package let clock = ThreadClock()
    /// Those of its group, where it looks for deadlocks.
    let wakers: Wakers?
    let endlessWait = EndlessWait()
    /// How it spends its time, where somebody has asked. For this thread.
    package let record: ThreadRecord?

    /// What it runs on.
    enum Host {
        case worker(Worker)
        /// A thread of the embedder's inside a call, which uses only the value stack of `stack`.
        case caller(HostThread.Handle, stack: ThreadStack)
        /// One that is attached, by its `HostThread.number`, since its handle may be another's when it
        /// is gone.
        case attached(UInt64, kernelID: HostThread.KernelID, stack: ThreadStack)
    }

    init(id: UInt32, group: ThreadGroup, host: Host) {
        self.id = id
        self.group = group
        unretainedGroup = .passUnretained(group)
        self.host = host
        record = group.recorder?.makeRecord(id, host.origin)
        wakers = group.detectsDeadlocks.load(ordering: .relaxed) ? group.wakers : nil
        switch host {
        case .worker(let worker): stack = ValueStack(memory: worker.stack.valueStack)
        case .caller(_, let memory), .attached(_, _, let memory): stack = ValueStack(memory: memory.valueStack)
        }
        self.stack.context.pointee.thread = UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        parking.deallocate()
        departure.deallocate()
    }

    /// Calls `body` with the thread that runs on a context, without a retain or release; nil outside of
    /// a process.
    @inline(__always)
    package static func withCurrent<Result>(
        _ context: UnsafeMutablePointer<MachineContext>, _ body: (GuestThread?) -> Result
    ) -> Result {
        guard let thread = context.pointee.thread else { return body(nil) }
        // SAFETY: the caller runs on this thread, and the thread's group holds it while it runs.
        return Unmanaged<GuestThread>.fromOpaque(thread)._withUnsafeGuaranteedRef { body($0) }
    }

    /// The thread that runs on a context; nil outside of a process.
    package static func current(_ context: UnsafeMutablePointer<MachineContext>) -> GuestThread? {
        withCurrent(context) { $0 }
    }

    /// What the embedder of the group stored with it. Counts no reference to what all threads share.
    package var embedderWord: UInt {
        unretainedGroup._withUnsafeGuaranteedRef { $0.embedderWord.load(ordering: .acquiring) }
    }

    /// Has the thread look whether it must end, or stop, where it would not by itself: in compiled code, and in
    /// a system call that waits. Under the group's lock, so that a worker's host thread is there; that of an
    /// attached one may be gone, and its number another's, to whom a signal too many does nothing.
    func signal() {
        isSignalled = true
        switch host {
        case .worker(let worker): if let thread = worker.begun { machine_interrupt(thread) }
        case .caller(let thread, _): machine_interrupt(thread)
        case .attached(_, let kernelID, _): machine_interrupt_by_id(kernelID)
        }
    }

    /// Leaves no signal pending on a host thread that has it blocked. By the thread itself, when it is none of
    /// the group's any more.
    func takeBackSignal() {
        if isSignalled { machine_interrupt_drain() }
    }

    /// The memory of its value stack.
    var memory: ThreadStack {
        switch host {
        case .worker(let worker): worker.stack
        case .caller(_, let stack), .attached(_, _, let stack): stack
        }
    }

    /// Makes the calling host thread the one that it runs on. Under the lock of the group.
    func move() { host = .attached(HostThread.number, kernelID: HostThread.kernelID, stack: memory) }

    /// Whether the caller runs on it.
    var isCurrent: Bool {
        switch host {
        case .worker(let worker): worker.isCurrent
        case .caller(let thread, _): thread == HostThread.current
        case .attached: gate.isInside && isOfCaller
        }
    }

    /// Whether it is attached, and runs on the calling host thread whenever it does.
    var isOfCaller: Bool {
        if case .attached(HostThread.number, _, _) = host { true } else { false }
    }
}
