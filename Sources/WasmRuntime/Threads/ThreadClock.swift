// The processor time of one thread of a group, which others read while it runs.
//
// Always true: a stretch of time is counted once at most. Whoever reads takes what is spent first and the
// start of the stretch that runs second; the thread itself writes them in the other order.

import CMachine
import Platform
import Synchronization

package struct ThreadClock: ~Copyable {
    /// What the kernel calls the host thread.
    private let thread = Atomic<Int32>(0)
    /// The thread's processor time when the stretch began; -1 while none runs.
    private let start = Atomic<Int64>(-1)
    private let spent = Atomic<Int64>(0)
    /// Whether stretches are added up: somebody has set a limit. The group's lock is held to set it.
    package let isCounting = Atomic<Bool>(false)

    init() {}

    /// On the thread itself.
    package func begin() { begin(at: Int64(HostClock.threadCPUTime.now)) }

    /// On the thread itself: from now on somebody else may begin a stretch.
    func identify() { thread.store(machine_thread_id(), ordering: .relaxed) }

    /// From any thread, for one that has identified itself. It may be about to end.
    func beginLate() {
        let now = machine_thread_time(thread.load(ordering: .relaxed))
        if now >= 0 { _ = start.compareExchange(expected: -1, desired: now, ordering: .acquiringAndReleasing) }
    }

    /// The same where the thread's processor time is known: a look at the clock is a system call.
    func begin(at time: Int64) {
        thread.store(machine_thread_id(), ordering: .relaxed)
        start.store(time, ordering: .releasing)
    }

    /// On the thread itself. Costs a look at the clock where the time is counted.
    package func end() {
        let began = start.exchange(-1, ordering: .acquiringAndReleasing)
        guard began >= 0, isCounting.load(ordering: .relaxed) else { return }
        spent.add(Int64(HostClock.threadCPUTime.now) - began, ordering: .releasing)
    }

    /// What was spent, with the stretch that runs.
    var time: Int64 {
        let before = spent.load(ordering: .acquiring)
        let began = start.load(ordering: .acquiring)
        guard began >= 0 else { return before }
        return before + max(machine_thread_time(thread.load(ordering: .relaxed)) - began, 0)
    }
}
