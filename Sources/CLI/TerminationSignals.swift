// Ctrl-C, SIGTERM and SIGHUP: end the guest, and then the command as the signal would have.
//
// Always true: the signals are blocked in every thread, and one thread takes them out with `sigwaitinfo`;
// nothing runs inside a signal handler. A signal that was ignored or blocked when the command began stays so:
// `nohup` and scripts have asked for that. Others, SIGQUIT and SIGPIPE among them, do what they do by default.

import Glibc
import Synchronization
import WasiThreads

final class TerminationSignals: Sendable {
    private let first = Atomic<Int32>(0)
    private let numbers: [Int32]

    /// The signal that ended the guest.
    var received: Int32? {
        let number = first.load(ordering: .acquiring)
        return number == 0 ? nil : number
    }

    private var set: sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for number in numbers { unsafe sigaddset(&set, number) }
        return set
    }

    /// A signal that nobody has taken out yet.
    var pending: Int32? {
        var set = sigset_t()
        unsafe sigpending(&set)
        return numbers.first { unsafe sigismember(&set, $0) == 1 }
    }

    private init() {
        var blocked = sigset_t()
        unsafe pthread_sigmask(SIG_SETMASK, nil, &blocked)
        numbers = [SIGINT, SIGTERM, SIGHUP].filter { number in
            var action = sigaction()
            unsafe sigaction(number, nil, &action)
            let isIgnored = unsafe action.__sigaction_handler.sa_handler.map(Self.address) == ignored
            return unsafe !isIgnored && sigismember(&blocked, number) == 0
        }
    }

    private static func address(_ handler: @convention(c) (Int32) -> Void) -> UInt {
        unsafe UInt(bitPattern: unsafeBitCast(handler, to: Int.self))
    }

    /// The guest, once there is one: before, a signal ends the command at once.
    private let guest = Mutex<Process?>(nil)

    /// Blocks the signals in the calling thread and in all that it makes, and has one wait for them.
    static func block() -> TerminationSignals {
        let signals = TerminationSignals()
        if signals.numbers.isEmpty { return signals }
        var set = signals.set
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        // Lives until the command exits.
        let argument = unsafe Unmanaged.passRetained(signals).toOpaque()
        var thread = pthread_t()
        let result = unsafe pthread_create(&thread, nil, { argument in
            unsafe Unmanaged<TerminationSignals>.fromOpaque(argument!).takeRetainedValue().loop()
        }, argument)
        guard result == 0 else {
            leave("Cannot make the thread that watches for signals.", status: Status.failure)
        }
        pthread_detach(thread)
        return signals
    }

    /// From now on the first signal ends `process`.
    func watch(ending process: Process) { guest.withLock { $0 = process } }

    /// Ends the command by a signal, so that whoever waits for it sees what ended it: a shell leaves its loop.
    static func die(of number: Int32) -> Never {
        unsafe signal(number, SIG_DFL)
        var set = sigset_t()
        unsafe sigemptyset(&set)
        unsafe sigaddset(&set, number)
        unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
        raise(number)
        // The first process of a container does not die of signals by default.
        leave(status: Status.signal(number))
    }

    private func loop() -> Never {
        var set = set
        while true {
            let number = unsafe sigwaitinfo(&set, nil)
            guard number > 0 else { continue }
            let exchange = first.compareExchange(
                expected: 0, desired: number, ordering: .acquiringAndReleasing)
            // Whoever asks twice wants it now, whatever the guest's threads are held by.
            guard exchange.exchanged, let process = guest.withLock({ $0 }) else { Self.die(of: number) }
            process.end("The program was interrupted.")
        }
    }
}

/// SIG_IGN, which is a macro with a cast.
private let ignored: UInt = 1
