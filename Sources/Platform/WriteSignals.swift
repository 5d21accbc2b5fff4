// Writing without the signals that would end the host: to a pipe that nobody reads, and beyond the size
// that the host's files may have.
// https://man7.org/linux/man-pages/man7/pipe.7.html https://man7.org/linux/man-pages/man2/setrlimit.2.html

import Glibc

/// Runs `write`, and swallows the SIGPIPE that it raises on this thread.
func withoutPipeSignal<Value>(_ write: () throws(SystemError) -> Value) throws(SystemError) -> Value {
    try without(SIGPIPE, of: EPIPE, write)
}

/// Runs `write`, and swallows the SIGXFSZ that it raises on this thread.
@inlinable @inline(__always)
package func withoutSizeSignal<Value>(_ write: () throws(SystemError) -> Value) throws(SystemError) -> Value {
    guard FileSize.isLimited else { return try write() }
    return try without(SIGXFSZ, of: EFBIG, write)
}

@usableFromInline
package enum FileSize {
    /// Whether the host's files have a limit, as it was at the first write: nearly all hosts have none, and
    /// need not pay for the signal.
    @usableFromInline
    package static let isLimited: Bool = {
        var limit = rlimit()
        let isKnown = getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0
        return !isKnown || limit.rlim_cur != rlim_t.max
    }()
}

/// A signal that was pending before stays pending. It goes to the thread that writes, so that no other thread
/// sees it.
@usableFromInline
package func without<Value>(
    _ signal: CInt, of code: CInt, _ write: () throws(SystemError) -> Value
) throws(SystemError) -> Value {
    var signals = sigset_t()
    var before = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, signal)
    pthread_sigmask(SIG_BLOCK, &signals, &before)
    guard sigismember(&before, signal) == 0 else { return try write() }
    var pending = sigset_t()
    sigpending(&pending)
    let wasPending = sigismember(&pending, signal) != 0
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    do {
        return try write()
    } catch {
        if error.code == code && !wasPending {
            var atOnce = timespec()
            while sigtimedwait(&signals, nil, &atOnce) == -1 && errno == EINTR {}
        }
        throw error
    }
}
