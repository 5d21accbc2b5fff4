// The clocks of the host, in nanoseconds.
// https://man7.org/linux/man-pages/man2/clock_gettime.2.html

import Glibc

package enum HostClock: UInt32, Sendable {
    // The order is that of `clockid` in WASI.
    case realtime, monotonic, processCPUTime, threadCPUTime

    private var identifier: clockid_t {
        switch self {
        case .realtime: CLOCK_REALTIME
        case .monotonic: CLOCK_MONOTONIC
        case .processCPUTime: CLOCK_PROCESS_CPUTIME_ID
        case .threadCPUTime: CLOCK_THREAD_CPUTIME_ID
        }
    }

    package var now: UInt64 {
        var time = timespec()
        let result = clock_gettime(identifier, &time)
        precondition(result == 0, "every Linux has these four clocks")
        return time.nanoseconds
    }

    package var resolution: UInt64 {
        var time = timespec()
        let result = clock_getres(identifier, &time)
        precondition(result == 0, "every Linux has these four clocks")
        return time.nanoseconds
    }
}

extension HostClock {
    /// Nanoseconds of the monotonic clock as the last tick of the kernel left it: cheap, a few milliseconds late.
    package static var coarseMonotonicTime: UInt64 {
        var time = timespec()
        return clock_gettime(CLOCK_MONOTONIC_COARSE, &time) == 0 ? time.nanoseconds : 0
    }
}

extension timespec {
    init(nanoseconds: UInt64) {
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        self.init(tv_sec: Int(seconds), tv_nsec: Int(rest))
    }

    /// A real-time clock set before 1970 reads as 0.
    var nanoseconds: UInt64 {
        tv_sec < 0 ? 0 : UInt64(tv_sec) &* 1_000_000_000 &+ UInt64(tv_nsec)
    }
}
