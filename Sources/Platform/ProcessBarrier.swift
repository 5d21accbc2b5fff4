// A memory barrier on all processors that run threads of this program, for which those threads do nothing.
// https://man7.org/linux/man-pages/man2/membarrier.2.html

import CMachine
import Synchronization

package enum ProcessBarrier {
    private static let isReady = Atomic(false)
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

    /// Behind it, what another thread stored before is seen, or that thread sees what this one stored. False,
    /// and there is no barrier, before `prepare`.
    package static func pass() -> Bool {
        guard isReady.load(ordering: .acquiring) else { return false }
        let result = machine_barrier()
        precondition(result == 0, "a barrier that is registered does not fail")
        return true
    }
}
