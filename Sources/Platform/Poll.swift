// Waiting for descriptors, for a time or for ever.
// https://man7.org/linux/man-pages/man2/ppoll.2.html
// https://man7.org/linux/man-pages/man2/timerfd_create.2.html

import CMachine
import Glibc

/// What to wait for, and what has happened.
@usableFromInline
package struct PollEvents: OptionSet, Sendable {
    @usableFromInline
    package let rawValue: Int16

    @inlinable
    package init(rawValue: Int16) { self.rawValue = rawValue }

    @inlinable package static var readable: PollEvents { PollEvents(rawValue: Int16(POLLIN)) }
    @inlinable package static var writable: PollEvents { PollEvents(rawValue: Int16(POLLOUT)) }
    // These two are told whatever is waited for.
    @inlinable package static var hangUp: PollEvents { PollEvents(rawValue: Int16(POLLHUP)) }
    @inlinable package static var noDescriptor: PollEvents { PollEvents(rawValue: Int16(POLLNVAL)) }
}

/// A descriptor to wait for.
@usableFromInline
package struct PollEntry: Sendable {
    @usableFromInline
    let entry: pollfd

    @inlinable
    package init(_ descriptor: HostDescriptor, for events: PollEvents) {
        entry = pollfd(fd: descriptor.number, events: events.rawValue, revents: 0)
    }

    /// What the last wait has found.
    @inlinable
    package var ready: PollEvents { PollEvents(rawValue: entry.revents) }
}

/// Waits until an entry is ready or `timeout` nanoseconds are over; nil waits without end. Leaves in
/// `ready` what is so, and may return early with nothing: a caller looks at its clock and comes back.
package func poll(_ entries: inout [PollEntry], timeout: UInt64?) throws(SystemError) {
    do throws(SystemError) {
        _ = try entries.withUnsafeMutableBufferPointer { entries throws(SystemError) in
            // An entry is a `pollfd` and nothing else.
            let entries = UnsafeMutableRawBufferPointer(entries).assumingMemoryBound(to: pollfd.self)
            for index in entries.indices { entries[index].revents = 0 }
            let count = nfds_t(entries.count)
            guard let timeout else {
                return try valueOrErrno(retryOnInterrupt: false) {
                    machine_poll(entries.baseAddress, count, nil)
                }
            }
            var time = timespec(nanoseconds: timeout)
            return try valueOrErrno(retryOnInterrupt: false) {
                machine_poll(entries.baseAddress, count, &time)
            }
        }
    } catch {
        // A handler of a signal of the host ran; nothing is ready yet.
        if error != .intr { throw error }
    }
}

/// A descriptor that becomes readable when the wall clock shows `time`, nanoseconds since 1970 and more than
/// 0: a timeout would be too late where the clock is set forward meanwhile. It stays readable.
package func realtimeAlarm(at time: UInt64) throws(SystemError) -> OwnedDescriptor {
    var time = timespec(nanoseconds: time)
    let alarm = try valueOrErrno(retryOnInterrupt: false) { machine_realtime_alarm(&time) }
    return OwnedDescriptor(HostDescriptor(alarm))
}
