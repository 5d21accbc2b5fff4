// A memory barrier on all processors that run threads of this program, for which those threads do nothing.
// https://man7.org/linux/man-pages/man2/membarrier.2.html

import CMachine
import Synchronization

package enum ProcessBarrier {
    private static let isReady = Atomic(false)
    /// Why the last barrier was refused.
    private static let refusal = Atomic<Int32>(0)
    /// 0, or why the system has none.
    private static let registration = {
        let result = machine_barrier_register()
        isReady.store(result == 0, ordering: .releasing)
        return result
    }()

    /// At once where the program has one thread; where it has more, the kernel takes milliseconds.
    package static func prepare() throws(SystemError) {
        guard registration == 0 else { throw SystemError(-registration) }
    }

    /// Why `pass` was false, after `prepare`.
    package static var failure: SystemError { SystemError(refusal.load(ordering: .relaxed)) }

    /// After it, what another thread stored before is seen, or that thread sees what this one stored. False,
    /// and there is no barrier, before `prepare`, and where the system has none any more: a filter for system
    /// calls may come at any time.
    package static func pass() -> Bool {
        guard isReady.load(ordering: .acquiring) else { return false }
        let result = machine_barrier()
        if result != 0 { refusal.store(-result, ordering: .relaxed) }
        return result == 0
    }
}
