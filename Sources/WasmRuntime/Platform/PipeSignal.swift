// Writing to a pipe that nobody reads without the signal that would end the host.
// https://man7.org/linux/man-pages/man7/pipe.7.html

import Glibc

/// Runs `write`, and swallows the SIGPIPE that it raises on this thread. A SIGPIPE that was pending
/// before stays pending. The signal goes to the thread that writes, so that no other thread sees it.
func withoutPipeSignal<Value>(_ write: () throws(SystemError) -> Value) throws(SystemError) -> Value {
    var pipeSignal = sigset_t()
    var before = sigset_t()
    sigemptyset(&pipeSignal)
    sigaddset(&pipeSignal, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &pipeSignal, &before)
    guard sigismember(&before, SIGPIPE) == 0 else { return try write() }
    var pending = sigset_t()
    sigpending(&pending)
    let wasPending = sigismember(&pending, SIGPIPE) != 0
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    do {
        return try write()
    } catch {
        if error.code == EPIPE && !wasPending {
            var atOnce = timespec()
            while sigtimedwait(&pipeSignal, nil, &atOnce) == -1 && errno == EINTR {}
        }
        throw error
    }
}
