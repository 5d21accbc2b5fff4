// A memory barrier on all processors that run threads of this program, for which those threads do nothing.
// https://man7.org/linux/man-pages/man2/membarrier.2.html

import CMachine

package enum ProcessBarrier {
    /// 0, or why the system has none. The system takes milliseconds for it once there is a second thread.
    private static let registration = machine_barrier_register()

    package static func prepare() throws(SystemError) {
        guard registration == 0 else { throw SystemError(-registration) }
    }

    /// Behind it, what another thread stored before is seen, or that thread sees what this one stored. After
    /// `prepare`.
    static func pass() {
        let result = machine_barrier()
        precondition(result == 0, "a barrier that is registered does not fail")
    }
}
