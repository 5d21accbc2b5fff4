// Calls on a descriptor of a socket, none of which waits unless its name says so.
// https://man7.org/linux/man-pages/man2/recv.2.html

import CMachine
import Glibc

extension HostDescriptor {
    /// Takes a connection; fails with `EAGAIN` instead of waiting only where the description is
    /// non-blocking.
    package func acceptWaiting(until end: EndFlag) throws(SystemError) -> HostDescriptor {
        HostDescriptor(CInt(try resultOrErrno(until: end) { machine_accept($0, number) }))
    }

    package struct Received: Sendable {
        package let count: Int
        /// Whether a datagram was longer than the room for it.
        package let isTruncated: Bool

        package init(count: Int, isTruncated: Bool) {
            self.count = count
            self.isTruncated = isTruncated
        }
    }

    /// Fails with `EAGAIN` instead of waiting.
    package func receive(
        _ vectors: UnsafeBufferPointer<IOVector>, peek: Bool
    ) throws(SystemError) -> Received {
        var message = msghdr()
        message.msg_iov = UnsafeMutablePointer(mutating: vectors.baseAddress)
        message.msg_iovlen = vectors.count
        let flags = CInt(MSG_DONTWAIT) | (peek ? CInt(MSG_PEEK) : 0)
        let count = try valueOrErrno(retryOnInterrupt: true) { machine_receive(number, &message, flags) }
        return Received(count: count, isTruncated: message.msg_flags & CInt(MSG_TRUNC) != 0)
    }

    package func shutdown(reading: Bool, writing: Bool) throws(SystemError) {
        let how = reading ? (writing ? SHUT_RDWR : SHUT_RD) : SHUT_WR
        _ = try valueOrErrno(retryOnInterrupt: true) { Glibc.shutdown(number, CInt(how)) }
    }

    package var isListening: Bool {
        var value: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        return getsockopt(number, SOL_SOCKET, SO_ACCEPTCONN, &value, &length) == 0 && value != 0
    }
}
