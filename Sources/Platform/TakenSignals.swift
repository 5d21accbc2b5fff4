// Signals that end a program by default, and that a program takes out instead of handling them.
//
// Always true: nothing runs inside a signal handler. A signal that was ignored or blocked before is none of
// these: `nohup` and scripts have asked for that.
// https://man7.org/linux/man-pages/man3/sigwait.3.html

import Glibc

package struct TakenSignals: Sendable {
    private let numbers: [Int32]

    /// SIGINT, SIGTERM and SIGHUP, as far as they would end the process now.
    package static var terminating: TakenSignals {
        var blocked = sigset_t()
        pthread_sigmask(SIG_SETMASK, nil, &blocked)
        return TakenSignals(
            numbers: [SIGINT, SIGTERM, SIGHUP].filter { number in
                var action = sigaction()
                sigaction(number, nil, &action)
                let handler = action.__sigaction_handler.sa_handler.map(address)
                return handler != ignored && sigismember(&blocked, number) == 0
            })
    }

    package var isEmpty: Bool { numbers.isEmpty }

    private var set: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for number in numbers { sigaddset(&set, number) }
        return set
    }

    /// Blocks them in the calling thread and in all that it makes: they stay pending until one takes them out.
    package func block() {
        var set = set
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// One that nobody has taken out yet.
    package var pending: Int32? {
        var set = sigset_t()
        sigpending(&set)
        return numbers.first { sigismember(&set, $0) == 1 }
    }

    /// Waits for one, and takes it out.
    package func wait() -> Int32 {
        var set = set
        while true {
            let number = sigwaitinfo(&set, nil)
            if number > 0 { return number }
        }
    }

    /// Has a signal do what it does by default. Returns where that is nothing: the first process of a container
    /// does not die of signals by default.
    package static func raiseByDefault(_ number: Int32) {
        signal(number, SIG_DFL)
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, number)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        raise(number)
    }

    private static func address(_ handler: @convention(c) (Int32) -> Void) -> UInt {
        UInt(bitPattern: unsafeBitCast(handler, to: Int.self))
    }

    /// SIG_IGN, which is a macro with a cast.
    private static let ignored: UInt = 1
}
