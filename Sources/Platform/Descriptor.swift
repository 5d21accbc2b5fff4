// Calls on one file descriptor of the host.
//
// Always true: nothing here waits for long unless its name says so or it is on a regular file; what does ends
// when the process ends that it is called for.
// https://man7.org/linux/man-pages/man2/readv.2.html

import CMachine
import Glibc

/// A part of what one call reads or writes, and where it goes or comes from.
@usableFromInline
package typealias IOVector = iovec

/// A descriptor number of this process. Whoever holds it decides when it is closed.
@usableFromInline
package struct HostDescriptor: Hashable, Sendable {
    @usableFromInline
    package let number: CInt

    @inlinable
    package init(_ number: CInt) { self.number = number }

    /// What a descriptor refers to, as far as reading and writing differ.
    package enum Kind: Sendable {
        case regularFile, directory, blockDevice, characterDevice
        /// `/dev/null` and its like: character devices that never have a caller wait.
        case memoryDevice
        case streamSocket, datagramSocket
        /// A pipe, or one of the kernel's own objects.
        case pipe
    }

    package func kind() throws(SystemError) -> Kind {
        var status = stat()
        _ = try valueOrErrno(retryOnInterrupt: true) { fstat(number, &status) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .regularFile
        case S_IFDIR: return .directory
        case S_IFBLK: return .blockDevice
        case S_IFCHR: return status.isMemoryDevice ? .memoryDevice : .characterDevice
        case S_IFSOCK: return try isDatagramSocket() ? .datagramSocket : .streamSocket
        default: return .pipe
        }
    }

    private func isDatagramSocket() throws(SystemError) -> Bool {
        var type: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        _ = try valueOrErrno(retryOnInterrupt: true) {
            getsockopt(number, SOL_SOCKET, SO_TYPE, &type, &length)
        }
        return type == CInt(SOCK_DGRAM.rawValue)
    }

    /// The flags of the open file description: `nonblock`, `append` and their like.
    package func statusFlags() throws(SystemError) -> OpenFlags {
        OpenFlags(rawValue: try valueOrErrno(retryOnInterrupt: true) { fcntl(number, F_GETFL) })
    }

    /// A second descriptor for the same open file description, not inherited by programs that the host
    /// starts.
    package func duplicate() throws(SystemError) -> HostDescriptor {
        HostDescriptor(try valueOrErrno(retryOnInterrupt: true) { fcntl(number, F_DUPFD_CLOEXEC, 0) })
    }

    /// A non-blocking descriptor of the same terminal with an open file description of its own, so that
    /// nobody else's reads and writes change. Nil where this is no terminal, or one that can not be opened
    /// again: it may belong to another user, and the host's side of a pseudo-terminal would make a new one.
    package func reopenTerminal() -> HostDescriptor? {
        let getPseudoTerminalNumber: UInt = 0x8004_5430  // TIOCGPTN
        var pseudoTerminal: CInt = 0
        guard isatty(number) == 1, ioctl(number, getPseudoTerminalNumber, &pseudoTerminal) != 0,
            let access = try? statusFlags().rawValue & O_ACCMODE
        else { return nil }
        let reopened = open("/proc/self/fd/\(number)", access | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        return reopened >= 0 ? HostDescriptor(reopened) : nil
    }

    package var isTerminal: Bool { isatty(number) == 1 }

    /// So much goes into a pipe as a whole, and without waiting where there is room at all.
    @inlinable
    package static var atomicPipeBytes: Int { Int(PIPE_BUF) }

    /// Never tried again: Linux frees the number even when it reports an error.
    package func close() { _ = Glibc.close(number) }

    /// How many bytes a read would give now; 0 where the kernel can not tell.
    package var bytesAvailable: UInt64 {
        var count: CInt = 0
        return ioctl(number, UInt(FIONREAD), &count) == 0 && count > 0 ? UInt64(count) : 0
    }
}

// MARK: Reading

extension HostDescriptor {
    /// Waits for input, unless the description is non-blocking.
    @inlinable @inline(__always)
    package func readWaiting(
        _ vectors: UnsafeBufferPointer<IOVector>, until end: EndFlag
    ) throws(SystemError) -> Int {
        try resultOrErrno(until: end) { machine_read($0, number, vectors.baseAddress, CInt(vectors.count)) }
    }

    /// Fails with `EAGAIN` instead of waiting, and with `EOPNOTSUPP` where the file can not promise that.
    @inlinable @inline(__always)
    package func readAtOnce(_ vectors: UnsafeBufferPointer<IOVector>) throws(SystemError) -> Int {
        try valueOrErrno(retryOnInterrupt: true) {
            machine_read_at_once(number, vectors.baseAddress, CInt(vectors.count))
        }
    }

    /// Reads from a socket; fails with `EAGAIN` instead of waiting.
    package func receiveAtOnce(_ vectors: UnsafeBufferPointer<IOVector>) throws(SystemError) -> Int {
        var message = msghdr(vectors)
        return try valueOrErrno(retryOnInterrupt: true) { machine_receive(number, &message, CInt(MSG_DONTWAIT)) }
    }
}

// MARK: Writing

extension HostDescriptor {
    /// Waits for room, unless the description is non-blocking.
    package func writeWaiting(
        _ vectors: UnsafeBufferPointer<IOVector>, until end: EndFlag
    ) throws(SystemError) -> Int {
        try withoutPipeSignal { () throws(SystemError) in
            try resultOrErrno(until: end) {
                machine_write($0, number, vectors.baseAddress, CInt(vectors.count))
            }
        }
    }

    /// Writes all of it, whatever the descriptor is of, and waits for room where it must; no signal is raised.
    package func write(all bytes: UnsafeRawBufferPointer) throws(SystemError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            var vector = IOVector(
                iov_base: UnsafeMutableRawPointer(mutating: UnsafeRawBufferPointer(rebasing: rest).baseAddress),
                iov_len: rest.count)
            let count = try withoutSizeSignal { () throws(SystemError) in
                try withUnsafePointer(to: &vector) { vector throws(SystemError) in
                    try writeWaiting(UnsafeBufferPointer(start: vector, count: 1), until: .never)
                }
            }
            rest = rest.dropFirst(count)
        }
    }

    /// Writes to a regular file or a terminal, which raise no SIGPIPE.
    @inlinable @inline(__always)
    package func writeToFile(
        _ vectors: UnsafeBufferPointer<IOVector>, until end: EndFlag
    ) throws(SystemError) -> Int {
        try withoutSizeSignal { () throws(SystemError) in
            try resultOrErrno(until: end) {
                machine_write($0, number, vectors.baseAddress, CInt(vectors.count))
            }
        }
    }

    /// Fails with `EAGAIN` instead of waiting, and with `EOPNOTSUPP` where the file can not promise that.
    package func writeAtOnce(_ vectors: UnsafeBufferPointer<IOVector>) throws(SystemError) -> Int {
        try withoutPipeSignal { () throws(SystemError) in
            try valueOrErrno(retryOnInterrupt: true) {
                machine_write_at_once(number, vectors.baseAddress, CInt(vectors.count))
            }
        }
    }

    /// `writeAtOnce` in one system call, for kernels that can leave the signal out: Linux 6.18.
    @inlinable @inline(__always)
    package func writeAtOnceWithoutSignal(_ vectors: UnsafeBufferPointer<IOVector>) throws(SystemError) -> Int {
        try valueOrErrno(retryOnInterrupt: true) {
            machine_write_at_once_without_signal(number, vectors.baseAddress, CInt(vectors.count))
        }
    }

    /// Writes to a socket; fails with `EAGAIN` instead of waiting.
    package func sendAtOnce(_ vectors: UnsafeBufferPointer<IOVector>) throws(SystemError) -> Int {
        var message = msghdr(vectors)
        return try valueOrErrno(retryOnInterrupt: true) {
            machine_send(number, &message, CInt(MSG_DONTWAIT | MSG_NOSIGNAL))
        }
    }
}

extension stat {
    /// Whether this is null, zero or full.
    /// https://www.kernel.org/doc/Documentation/admin-guide/devices.txt
    fileprivate var isMemoryDevice: Bool {
        [3, 5, 7].contains { st_rdev == 1 << 8 | $0 }
    }
}

extension msghdr {
    fileprivate init(_ vectors: UnsafeBufferPointer<IOVector>) {
        self.init()
        // The kernel reads the array only; the field is not const for want of two structures.
        msg_iov = UnsafeMutablePointer(mutating: vectors.baseAddress)
        msg_iovlen = vectors.count
    }
}
