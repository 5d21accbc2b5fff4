// What happens at the end of host threads that the embedder made.
//
// Always true: an observer is told on the thread that ends, after all frames of that are gone, be it by a return, by
// pthread_exit or by a cancellation. One that went before is not told.

import CMachine

/// Wants to know when a host thread ends.
package protocol HostThreadObserver: AnyObject, Sendable {
    func hostThreadEnds()
}

/// The observers of one host thread. Any thread may use it.
package final class HostThreadEnd: Sendable {
    private struct Observer {
        weak var object: (any HostThreadObserver)?
    }

    private let observers = Guarded<[ObjectIdentifier: Observer]>([:])

    private init() {}

    /// That of the calling thread.
    package static var current: HostThreadEnd {
        let word = machine_thread_word()!
        if let made = word.pointee {
            // SAFETY: the thread holds it until its end.
            return Unmanaged<HostThreadEnd>.fromOpaque(made).takeUnretainedValue()
        }
        let made = HostThreadEnd()
        let argument = Unmanaged.passRetained(made).toOpaque()
        word.pointee = argument
        machine_at_thread_end({ argument in
            machine_thread_word()!.pointee = nil
            Unmanaged<HostThreadEnd>.fromOpaque(argument!).takeRetainedValue().tell()
        }, argument)
        return made
    }

    package func add(_ observer: any HostThreadObserver) {
        observers.withLock { $0[ObjectIdentifier(observer)] = Observer(object: observer) }
    }

    package func remove(_ observer: any HostThreadObserver) {
        observers.withLock { $0[ObjectIdentifier(observer)] = nil }
    }

    private func tell() {
        let taken = observers.withLock { observers in
            defer { observers = [:] }
            return observers.values.compactMap(\.object)
        }
        for observer in taken { observer.hostThreadEnds() }
    }
}
