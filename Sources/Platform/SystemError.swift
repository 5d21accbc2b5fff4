// How a system call fails: with an error number.
//
// `Platform` is the only folder that makes system calls; every one of them that can fail goes through
// `valueOrErrno`.
// https://man7.org/linux/man-pages/man3/errno.3.html

import Glibc

/// The error number that a system call left.
@usableFromInline
package struct SystemError: Error, Hashable, Sendable {
    @usableFromInline
    package let code: CInt

    @inlinable
    package init(_ code: CInt) { self.code = code }
}

extension SystemError: CustomStringConvertible {
    @usableFromInline
    package var description: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
            strerror_r(code, buffer.baseAddress!, buffer.count) == 0
                ? String(cString: buffer.baseAddress!) : "error \(code)"
        }
    }
}

/// Makes a system call that answers -1 on failure; with `retryOnInterrupt` again for as long as a
/// signal handler of the host gets in its way.
@inlinable @inline(__always)
package func valueOrErrno<Value: SignedInteger & FixedWidthInteger>(
    retryOnInterrupt: Bool, _ call: () -> Value
) throws(SystemError) -> Value {
    while true {
        let value = call()
        if value != -1 { return value }
        let code = errno
        if code != EINTR || !retryOnInterrupt { throw SystemError(code) }
    }
}
