// A host thread of a group. It runs guest threads, one after another, so that a spawn after a finish
// costs a wake-up and not a new thread.
//
// Always true: the group knows a worker as running a guest thread, as idle, or as leaving; who takes it
// out of the idle ones under the group's lock is the only one that may hand it the next thing to do.

import CMachine
import Platform
import Synchronization

final class Worker: @unchecked Sendable {
    // SENDABLE: `next` is written by the one who holds the worker (see above) before it posts or starts
    // the thread, and read by the worker's thread after that.

    /// A guest thread about to run.
    struct Job {
        let thread: GuestThread
        let instance: any ThreadInstance
        let startArgument: UInt32
    }

    let stack: ThreadStack
    private let group: ThreadGroup
    private var next: Job?
    private let wake = WakeWord.allocate()
    /// Set by the thread itself, first of all.
    private let hostThread = Atomic<HostThread.Handle>(0)
    /// What the embedder calls the guest thread.
    private let name = Guarded<String?>(nil)

    private static let hasJob: UInt32 = 1
    private static let isDismissed: UInt32 = 2
    private static let looksBeforeSleep = 100

    init(_ stack: ThreadStack, of group: ThreadGroup) {
        self.stack = stack
        self.group = group
    }

    deinit { wake.deallocate() }

    /// The host thread, once it runs.
    var begun: HostThread.Handle? {
        let thread = hostThread.load(ordering: .relaxed)
        return thread == 0 ? nil : thread
    }

    var isCurrent: Bool { hostThread.load(ordering: .relaxed) == HostThread.current }

    /// Names the host thread after its guest thread. Under the group's lock, while that lives: a thread that
    /// only begins finds the name itself.
    func rename(_ newName: String?) {
        name.withLock { $0 = newName }
        let thread = hostThread.load(ordering: .sequentiallyConsistent)
        if let newName, thread != 0 { HostThread.setName(newName, of: thread) }
    }

    /// Starts the thread with its first job.
    func start(_ job: Job) throws(SystemError) {
        next = job
        let argument = Unmanaged.passRetained(self)
        do {
            _ = try HostThread.start(on: stack.hostStack, argument.toOpaque()) { argument in
                Unmanaged<Worker>.fromOpaque(argument!).takeRetainedValue().run()
                return nil
            }
        } catch {
            argument.release()
            next = nil
            throw error
        }
    }

    /// Gives an idle worker its next job.
    func hand(_ job: Job) {
        next = job
        wake.post(Self.hasJob)
    }

    /// Sends an idle worker away.
    func dismiss() { wake.post(Self.isDismissed) }

    /// Waits until the thread of a worker that leaves is gone. Then its stack is free.
    func join() { HostThread.join(hostThread.load(ordering: .relaxed)) }

    private func run() {
        hostThread.store(HostThread.current, ordering: .sequentiallyConsistent)
        machine_native_note_own_thread()
        var processorTime: Int64 = 0
        repeat {
            let thread = runNext(processorTime)
            guard group.retire(thread, of: self) else { return }
            // Now, while nobody waits for it.
            processorTime = Int64(HostClock.threadCPUTime.now)
        } while waitForJob()
    }

    /// Runs the job to its end, and lets go of the instance. The host thread has used so much processor time.
    @inline(never)
    private func runNext(_ processorTime: Int64) -> GuestThread {
        guard let job = next else { preconditionFailure("a worker runs only when it has a job") }
        next = nil
        HostThread.setName(group.name, job.thread.id)
        if let name = name.withLock({ $0 }) { HostThread.setName(name, of: HostThread.current) }
        job.thread.clock.begin(at: processorTime)
        job.thread.record?.begin()
        group.announce(job.thread)
        var exit = ThreadEvent.Exit.returned
        do {
            if group.isEnding {
                exit = .ended
            } else {
                try job.instance.run(on: job.thread, startArgument: job.startArgument)
            }
        } catch {
            exit = ThreadEvent.Exit(error.reason)
            if exit == .trapped { group.end(.trapped(error, tid: job.thread.id)) }
        }
        group.announce(job.thread, exit: exit)
        job.thread.clock.end()
        job.thread.record?.end()
        return job.thread
    }

    /// False when the worker is dismissed.
    private func waitForJob() -> Bool {
        // A program that spawns one thread after another has the next job soon, and to wake a sleeper
        // costs more than to look a few times.
        var looks = 0
        while looks < Self.looksBeforeSleep, !wake.has(Self.hasJob | Self.isDismissed) {
            yieldProcessor()
            looks += 1
        }
        let bits = wake.wait(for: Self.hasJob | Self.isDismissed)
        wake.clear(Self.hasJob)
        return bits & Self.hasJob != 0
    }
}
