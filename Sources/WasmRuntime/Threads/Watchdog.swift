// The host thread that ends a group when its run time is over. It exists only where a limit is set.

import Glibc
import Synchronization

final class Watchdog: Sendable {
    struct Limit: Sendable {
        let nanoseconds: UInt64
        let deadline: Deadline?

        /// From now. More than 292 years are for ever.
        init(_ nanoseconds: UInt64) {
            self.nanoseconds = nanoseconds
            deadline = Int64(exactly: nanoseconds).flatMap(Deadline.init(after:))
        }
    }

    private unowned let group: ThreadGroup
    private let stack: ThreadStack
    private let limit: Guarded<Limit>
    private let wake = WakeWord.allocate()
    /// Set before anyone else knows the watchdog.
    private let hostThread = Atomic<pthread_t>(0)

    private static let isDismissed: UInt32 = 1
    private static let hasNewLimit: UInt32 = 2

    init(_ limit: Limit, on stack: ThreadStack, of group: ThreadGroup) throws(ThreadRefusal) {
        self.group = group
        self.stack = stack
        self.limit = Guarded(limit)
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

    func set(_ limit: Limit) {
        self.limit.withLock { $0 = limit }
        wake.post(Self.hasNewLimit)
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
            let limit = limit.withLock { $0 }
            let bits = wake.wait(for: Self.isDismissed | Self.hasNewLimit, until: limit.deadline)
            if bits & Self.isDismissed != 0 { return }
            guard bits & Self.hasNewLimit != 0 else {
                return group.end(.ended("The run time limit of \(limit.nanoseconds / 1_000_000) ms is over."))
            }
            wake.clear(Self.hasNewLimit)
        }
    }
}
