// Waiting for descriptors, for a time or for ever.
// https://man7.org/linux/man-pages/man2/ppoll.2.html
// https://man7.org/linux/man-pages/man2/timerfd_create.2.html

import CMachine
import Glibc

/// Waits until an entry is ready or `timeout` nanoseconds are over; nil waits without end. Leaves in
/// `revents` what is ready, and may return early with nothing: a caller looks at its clock and comes back.
package func poll(_ entries: inout [pollfd], timeout: UInt64?) throws(SystemError) {
    for index in entries.indices { entries[index].revents = 0 }
    do throws(SystemError) {
        _ = try entries.withUnsafeMutableBufferPointer { entries throws(SystemError) in
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
        if error.code != EINTR { throw error }
    }
}

/// A descriptor that becomes readable when the wall clock shows `time`, nanoseconds since 1970 and more than
/// 0: a timeout would be too late where the clock is set forward meanwhile. It stays readable.
package func realtimeAlarm(at time: UInt64) throws(SystemError) -> OwnedDescriptor {
    var time = timespec(nanoseconds: time)
    let alarm = try valueOrErrno(retryOnInterrupt: false) { machine_realtime_alarm(&time) }
    return OwnedDescriptor(HostDescriptor(alarm))
}
