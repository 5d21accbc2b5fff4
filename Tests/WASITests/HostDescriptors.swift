// Descriptors of the host for tests to give to guests.

import Glibc
import Synchronization

/// Two connected descriptors that are closed with this object: a pipe, a pair of sockets or a terminal.
final class Connection: Sendable {
    /// Where a guest reads.
    let reading: CInt
    private let writingEnd: Mutex<CInt>

    private init(reading: CInt, writing: CInt) {
        precondition(reading >= 0 && writing >= 0)
        self.reading = reading
        writingEnd = Mutex(writing)
    }

    deinit {
        close(reading)
        closeWriting()
    }

    static func pipe() -> Connection {
        var ends: [CInt] = [-1, -1]
        _ = Glibc.pipe(&ends)
        return Connection(reading: ends[0], writing: ends[1])
    }

    static func sockets() -> Connection {
        var ends: [CInt] = [-1, -1]
        _ = socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends)
        return Connection(reading: ends[0], writing: ends[1])
    }

    /// A guest reads on the terminal's side what the host writes on the other.
    static func terminal() -> Connection {
        let (host, terminal) = openTerminal()
        return Connection(reading: terminal, writing: host)
    }

    /// A guest writes on the terminal's side what the host reads on the other.
    static func terminalForOutput() -> Connection {
        let (host, terminal) = openTerminal()
        return Connection(reading: host, writing: terminal)
    }

    private static func openTerminal() -> (host: CInt, terminal: CInt) {
        let host = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        var unlocked: CInt = 0
        var number: CInt = -1
        let (setLock, getNumber): (UInt, UInt) = (0x4004_5431, 0x8004_5430)  // TIOCSPTLCK, TIOCGPTN
        precondition(ioctl(host, setLock, &unlocked) == 0 && ioctl(host, getNumber, &number) == 0)
        return (host, open("/dev/pts/\(number)", O_RDWR | O_NOCTTY))
    }

    var writing: CInt { writingEnd.withLock { $0 } }

    func closeWriting() {
        writingEnd.withLock { end in
            if end >= 0 { close(end) }
            end = -1
        }
    }

    func write(_ text: String) {
        let count = Glibc.write(writing, text, text.utf8.count)
        precondition(count == text.utf8.count)
    }

    /// Fills it, so that nothing more fits.
    func fill() {
        let bytes = [UInt8](repeating: 0, count: 4096)
        Self.withoutWaiting(writing) { while Glibc.write($0, bytes, bytes.count) > 0 {} }
    }

    /// Empties it, and tells how much there was.
    @discardableResult
    func drain() -> Int {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        var total = 0
        Self.withoutWaiting(reading) { descriptor in
            while case let count = Glibc.read(descriptor, &bytes, bytes.count), count > 0 { total += count }
        }
        return total
    }

    /// Whether nobody has the writing end open any more.
    var isAtItsEnd: Bool {
        var byte: UInt8 = 0
        var count = -1
        Self.withoutWaiting(reading) { count = Glibc.read($0, &byte, 1) }
        return count == 0
    }

    private static func withoutWaiting(_ descriptor: CInt, _ body: (CInt) -> Void) {
        let flags = fcntl(descriptor, F_GETFL)
        _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
        body(descriptor)
        _ = fcntl(descriptor, F_SETFL, flags)
    }
}
