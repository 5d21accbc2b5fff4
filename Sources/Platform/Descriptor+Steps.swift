// Calls on a regular file that last the longer the larger the file is, in steps.
//
// Always true: a step lasts milliseconds, on a file system that does work for each page of it too, and the end
// of the process is looked at between two. Who reads the file meanwhile sees what a step left.

import CMachine
import Glibc

/// How far a step goes: so far that it takes a good part of a millisecond, and not many of them.
private struct Stride {
    private(set) var length: Int64 = 16 << 20
    private static let (low, high): (UInt64, UInt64) = (1_000_000, 10_000_000)

    /// Makes a step, and says by its time how far the next one goes.
    mutating func step(_ call: () throws(SystemError) -> Void) throws(SystemError) {
        let start = HostClock.monotonic.now
        try call()
        let time = HostClock.monotonic.now - start
        if time < Self.low, length < 1 << 60 { length *= 2 }
        if time > Self.high, length > 1 << 20 { length /= 2 }
    }
}

extension HostDescriptor {
    /// What one step takes away at most, where as much is there.
    private static var largestCut: Int64 { 64 << 20 }

    /// Truncates a file from its end on, where it holds much.
    package func setSizeInSteps(_ size: Int64, until end: EndFlag) throws(SystemError) {
        while true {
            var status = stat()
            _ = try valueOrErrno(retryOnInterrupt: true) { fstat(number, &status) }
            let (held, now) = (Int64(status.st_blocks) * 512, Int64(status.st_size))
            // Of a file with holes so much that there are not too many steps.
            let next = now - max(Self.largestCut, now / 256)
            guard held > 4 * Self.largestCut, size >= 0, next > size else { break }
            try setSize(next, until: end)
            if end.isSet { throw SystemError(EINTR) }
        }
        try setSize(size, until: end)
    }

    /// Makes sure that so much is there and has its place.
    package func allocateInSteps(offset: Int64, length: Int64, until end: EndFlag) throws(SystemError) {
        try inSteps(offset: offset, length: length, until: end) { offset, length throws(SystemError) in
            try allocate(offset: offset, length: length, until: end)
        }
    }

    /// Says how a part of the file will be used. A length of 0 goes to its end.
    package func adviseInSteps(
        offset: Int64, length: Int64, _ advice: Advice, until end: EndFlag
    ) throws(SystemError) {
        guard advice == .willNeed else { return try advise(offset: offset, length: length, advice) }
        // It is read at once, as much of it as there is.
        var status = stat()
        _ = try valueOrErrno(retryOnInterrupt: true) { fstat(number, &status) }
        let rest = max(Int64(status.st_size) - offset, 0)
        let length = length == 0 ? rest : min(length, rest)
        if length == 0 || offset < 0 { return try advise(offset: offset, length: length, advice) }
        try inSteps(offset: offset, length: length, until: end) { offset, length throws(SystemError) in
            try advise(offset: offset, length: length, advice)
        }
    }

    private func inSteps(
        offset: Int64, length: Int64, until end: EndFlag,
        _ call: (Int64, Int64) throws(SystemError) -> Void
    ) throws(SystemError) {
        var stride = Stride()
        var (offset, rest) = (offset, length)
        while rest > 0 {
            let part = min(rest, stride.length)
            try stride.step { () throws(SystemError) in try call(offset, part) }
            (offset, rest) = (offset + part, rest - part)
            if rest > 0, end.isSet { throw SystemError(EINTR) }
        }
    }
}
