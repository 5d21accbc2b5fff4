// Ctrl-C and SIGTERM: end the guest, and with a second one the command.
//
// Always true: the two signals are blocked in every thread, and one thread takes them out with
// `sigwaitinfo`. Nothing runs inside a signal handler.

import Glibc
import Synchronization
import WasiThreads

final class TerminationSignals: Sendable {
    private let first = Atomic<Int32>(0)

    /// The signal that ended the guest.
    var received: Int32? {
        let number = first.load(ordering: .acquiring)
        return number == 0 ? nil : number
    }

    private static let numbers = [SIGINT, SIGTERM]

    private static var set: sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for number in numbers { unsafe sigaddset(&set, number) }
        return set
    }

    /// A signal that nobody has taken out yet.
    var pending: Int32? {
        var set = sigset_t()
        unsafe sigpending(&set)
        return Self.numbers.first { unsafe sigismember(&set, $0) == 1 }
    }

    private init() {}

    /// The guest, once there is one: before, a signal ends the command at once.
    private let guest = Mutex<Process?>(nil)

    /// Blocks the signals in the calling thread and in all that it makes, and has one wait for them.
    static func block() -> TerminationSignals {
        var set = Self.set
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        let signals = TerminationSignals()
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

    private func loop() -> Never {
        var set = Self.set
        while true {
            let number = unsafe sigwaitinfo(&set, nil)
            guard number > 0 else { continue }
            let exchange = first.compareExchange(
                expected: 0, desired: number, ordering: .acquiringAndReleasing)
            // Whoever asks twice wants it now, whatever the guest's threads are held by.
            guard exchange.exchanged, let process = guest.withLock({ $0 }) else {
                _exit(Status.signal(number))
            }
            process.end("The program was interrupted.")
        }
    }
}
