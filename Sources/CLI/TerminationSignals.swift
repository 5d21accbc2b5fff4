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

    /// Blocks the signals in the calling thread and in all that it makes.
    static func block() -> TerminationSignals {
        var set = Self.set
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        return TerminationSignals()
    }

    /// Ends `process` at the first signal.
    func watch(ending process: Process) {
        // Lives until the command exits.
        let watch = unsafe Unmanaged.passRetained(Watch(signals: self, process: process))
        var thread = pthread_t()
        let result = unsafe pthread_create(&thread, nil, { argument in
            unsafe Unmanaged<Watch>.fromOpaque(argument!).takeRetainedValue().loop()
        }, unsafe watch.toOpaque())
        guard result == 0 else {
            leave("Cannot make the thread that watches for signals.", status: Status.failure)
        }
        pthread_detach(thread)
    }

    private final class Watch: Sendable {
        let signals: TerminationSignals
        let process: Process

        init(signals: TerminationSignals, process: Process) {
            self.signals = signals
            self.process = process
        }

        func loop() -> Never {
            var set = TerminationSignals.set
            while true {
                let number = unsafe sigwaitinfo(&set, nil)
                guard number > 0 else { continue }
                let exchange = signals.first.compareExchange(
                    expected: 0, desired: number, ordering: .acquiringAndReleasing)
                // Whoever asks twice wants it now, whatever the guest's threads are held by.
                if !exchange.exchanged { _exit(Status.signal(number)) }
                process.end("The program was interrupted.")
            }
        }
    }
}
