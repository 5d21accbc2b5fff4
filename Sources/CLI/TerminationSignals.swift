// Ctrl-C, SIGTERM and SIGHUP: end the guest, and then the command as the signal would have.
//
// Always true: the signals are blocked in every thread, and one thread takes them out. A signal that was ignored
// or blocked when the command began stays so. Others, SIGQUIT and SIGPIPE among them, do what they do by default.

import Platform
import Synchronization
import WasiThreads

final class TerminationSignals: Sendable {
    private let first = Atomic<Int32>(0)
    private let signals = TakenSignals.terminating

    /// The signal that ended the guest.
    var received: Int32? {
        let number = first.load(ordering: .acquiring)
        return number == 0 ? nil : number
    }

    /// A signal that nobody has taken out yet.
    var pending: Int32? { signals.pending }

    /// The guest, once there is one: before, a signal ends the command at once.
    private let guest = Mutex<Process?>(nil)

    private static let stackBytes = 1 << 20

    /// Blocks the signals in the calling thread and in all that it makes, and has one wait for them.
    static func block() -> TerminationSignals {
        let taken = TerminationSignals()
        if taken.signals.isEmpty { return taken }
        taken.signals.block()
        // Lives until the command exits.
        let argument = unsafe Unmanaged.passRetained(taken).toOpaque()
        do {
            try unsafe HostThread.startDetached(stackBytes: stackBytes, argument) { argument in
                unsafe Unmanaged<TerminationSignals>.fromOpaque(argument!).takeRetainedValue().loop()
            }
        } catch {
            leave("Cannot make the thread that watches for signals: \(error).", status: Status.failure)
        }
        return taken
    }

    /// From now on the first signal ends `process`.
    func watch(ending process: Process) { guest.withLock { $0 = process } }

    /// Ends the command by a signal, so that whoever waits for it sees what ended it: a shell leaves its loop.
    static func die(of number: Int32) -> Never {
        TakenSignals.raiseByDefault(number)
        leave(status: Status.signal(number))
    }

    private func loop() -> Never {
        while true {
            let number = signals.wait()
            let exchange = first.compareExchange(
                expected: 0, desired: number, ordering: .acquiringAndReleasing)
            // Whoever asks twice wants it now, whatever the guest's threads are held by.
            guard exchange.exchanged, let process = guest.withLock({ $0 }) else { Self.die(of: number) }
            process.end("The program was interrupted.")
        }
    }
}
