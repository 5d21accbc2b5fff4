// System calls that wait, and how a thread of a process that ends is got out of one.
//
// Always true: a call that was interrupted is made again only after a look at whether the process ends.
// https://man7.org/linux/man-pages/man7/signal.7.html (interruption of system calls by signal handlers)

import CMachine
import Glibc

/// Whether the process ends on whose behalf a system call is made. It can not be taken back.
@usableFromInline
package struct EndFlag: @unchecked Sendable {
    // SENDABLE: the word is read only by atomic operations. It lives as long as the call on whose behalf this
    // is asked.
    @usableFromInline
    let word: UnsafePointer<UInt32>

    @inlinable @inline(__always)
    package init(_ word: UnsafePointer<UInt32>) { self.word = word }

    /// For calls on behalf of no process.
    package static let never: EndFlag = {
        let word = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
        word.initialize(to: 0)
        return EndFlag(word)
    }()

    @inlinable @inline(__always)
    package var isSet: Bool { machine_must_end(word) }
}

/// Makes a system call by `machine_call`, which answers with a negative error number on failure; again where
/// a signal got in its way. Fails with `EINTR` where the process ends.
@inlinable @inline(__always)
package func resultOrErrno(
    until end: EndFlag, _ call: (UnsafePointer<UInt32>) -> Int
) throws(SystemError) -> Int {
    while true {
        let result = call(end.word)
        if result >= 0 { return result }
        let code = CInt(truncatingIfNeeded: -result)
        if code != EINTR || end.isSet { throw SystemError(code) }
    }
}
