// The host thread that ends a group when its time is over. It exists only where a limit is set.
//
// Always true: it sleeps until a limit can be reached at the earliest. For processor time that is when all
// processors had run nothing else since it looked last.

import Platform
import Synchronization

final class Watchdog: Sendable {
    struct TimeLimit: Sendable {
        let nanoseconds: UInt64
        let deadline: Deadline?

        /// From now. More than 292 years are for ever.
        init(_ nanoseconds: UInt64) {
            self.nanoseconds = nanoseconds
            deadline = Int64(exactly: nanoseconds).flatMap(Deadline.init(after:))
        }
    }

    struct ProcessorTimeLimit: Sendable {
        let nanoseconds: UInt64
        let usedBefore: Int64
    }

    struct Limits: Sendable {
        var time: TimeLimit?
        var processorTime: ProcessorTimeLimit?
    }

    private unowned let group: ThreadGroup
    private let stack: ThreadStack
    private let limits: Guarded<Limits>
    private let wake = WakeWord.allocate()
    /// Set before anyone else knows the watchdog.
    private let hostThread = Atomic<HostThread.Handle>(0)

    private static let isDismissed: UInt32 = 1
    private static let hasNewLimits: UInt32 = 2
    private static let processors = Int64(Processor.onlineCount)
    /// So close to a limit of processor time it does not look more often.
    private static let shortestSleep: Int64 = 1_000_000

    init(_ limits: Limits, on stack: ThreadStack, of group: ThreadGroup) throws(ThreadRefusal) {
        self.group = group
        self.stack = stack
        self.limits = Guarded(limits)
        let argument = Unmanaged.passRetained(self)
        do {
            let thread = try HostThread.start(on: stack.hostStack, argument.toOpaque()) { argument in
                Unmanaged<Watchdog>.fromOpaque(argument!).takeRetainedValue().run()
                return nil
            }
            hostThread.store(thread, ordering: .relaxed)
        } catch {
            argument.release()
            throw .noHostThread(error)
        }
    }

    deinit { wake.deallocate() }

    func set(_ change: (inout Limits) -> Void) {
        limits.withLock { change(&$0) }
        wake.post(Self.hasNewLimits)
    }

    /// Sends it away, and returns its stack.
    func dismiss() -> ThreadStack {
        wake.post(Self.isDismissed)
        HostThread.join(hostThread.load(ordering: .relaxed))
        return stack
    }

    private func run() {
        HostThread.setName(group.name, 0)
        while true {
            let limits = limits.withLock { $0 }
            var next = limits.time?.deadline
            if let limit = limits.time, next?.hasPassed == true { return end("run", limit.nanoseconds) }
            if let limit = limits.processorTime {
                let used = UInt64(max(group.processorTime - limit.usedBefore, 0))
                if used >= limit.nanoseconds { return end("CPU", limit.nanoseconds) }
                let left = Int64(clamping: limit.nanoseconds - used) / Self.processors
                let earliest = Deadline(after: max(left, Self.shortestSleep))!
                next = min(next ?? earliest, earliest)
            }
            let bits = wake.wait(for: Self.isDismissed | Self.hasNewLimits, until: next)
            if bits & Self.isDismissed != 0 { return }
            wake.clear(Self.hasNewLimits)
        }
    }

    private func end(_ kind: String, _ nanoseconds: UInt64) {
        group.end(.ended("The \(kind) time limit of \(nanoseconds / 1_000_000) ms is over."))
    }
}
