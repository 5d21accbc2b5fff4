// Random bytes from the kernel.
// https://man7.org/linux/man-pages/man2/getrandom.2.html

import CMachine
import Glibc

/// Fills `buffer` with bytes fit for cryptography.
package func fillWithRandomBytes(_ buffer: UnsafeMutableRawBufferPointer) throws(SystemError) {
    var rest = buffer[...]
    while !rest.isEmpty {
        let count = try valueOrErrno(retryOnInterrupt: true) {
            machine_random(rest.base.baseAddress! + rest.startIndex, rest.count)
        }
        rest = rest.dropFirst(count)
    }
}

/// Lets another thread of the host run.
package func yieldProcessor() { sched_yield() }
