// Sockets that an embedder hands in.

import Glibc
import Testing
import WASI
import WasmRuntime

/// A listening socket on a path of its own, closed with this object.
private final class Listener: Sendable {
    private let directory = TemporaryDirectory()
    let number: CInt

    init() {
        number = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        let result = Self.withAddress(directory.path) { address, length in bind(number, address, length) }
        precondition(result == 0 && listen(number, 10) == 0)
    }

    deinit { close(number) }

    func connect() -> CInt {
        let client = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        let result = Self.withAddress(directory.path) { Glibc.connect(client, $0, $1) }
        precondition(result == 0)
        return client
    }

    private static func withAddress(
        _ directory: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: "\(directory)/socket\0".utf8) }
        return withUnsafeBytes(of: address) {
            body($0.bindMemory(to: sockaddr.self).baseAddress!, socklen_t($0.count))
        }
    }
}

private struct SocketGuest {
    let files: FileGuest

    init(_ sockets: [CInt]) throws { files = try FileGuest { $0.sockets = sockets } }

    /// Into a buffer at 1000: what came, and the flags.
    func receive(
        _ fd: UInt64, _ count: Int, flags: UInt64 = 0
    ) -> (answer: Answer, text: String, flags: UInt16) {
        files.guest.storeVectors([(1000, count)], at: 500)
        let answer = files.call("sock_recv", [fd, 500, 1, flags, 600, 700])
        guard answer == .success else { return (answer, "", 0) }
        return (
            answer, files.guest.string(at: 1000, count: Int(files.guest.load(600))),
            files.guest.load(700, as: UInt16.self)
        )
    }

    func send(_ fd: UInt64, _ text: String, flags: UInt64 = 0) -> Answer {
        files.guest.store(text, at: 1000)
        files.guest.storeVectors([(1000, text.utf8.count)], at: 500)
        return files.call("sock_send", [fd, 500, 1, flags, 600])
    }
}

@Suite(.timeLimit(.minutes(5))) struct SocketTests {
    @Test func connectionsTalk() throws {
        let pair = Connection.sockets()
        let guest = try SocketGuest([pair.reading])
        #expect(guest.files.stat(fd: 3).stat.filetype == 6)
        pair.write("hello")
        #expect(guest.receive(3, 3, flags: 1) == (.success, "hel", 0))
        #expect(guest.receive(3, 100) == (.success, "hello", 0))
        #expect(guest.send(3, "answer") == .success)
        #expect(guest.send(3, "answer", flags: 1) == .errno(.inval))
        #expect(guest.receive(3, 100, flags: 4).answer == .errno(.inval))
        var bytes = [UInt8](repeating: 0, count: 10)
        #expect(read(pair.writing, &bytes, 10) == 6)
        #expect(guest.files.call("sock_accept", [3, 0, 8]) == .errno(.notcapable))
        #expect(guest.files.call("sock_shutdown", [3, 0]) == .errno(.inval))
        #expect(guest.files.call("sock_shutdown", [3, 4]) == .errno(.inval))
        #expect(guest.files.call("sock_shutdown", [3, 2]) == .success)
        #expect(guest.send(3, "more") == .errno(.pipe))
        #expect(read(pair.writing, &bytes, 10) == 0)
        pair.closeWriting()
        #expect(guest.receive(3, 100) == (.success, "", 0))
    }

    @Test func waitForAllThatWasAskedFor() throws {
        let pair = Connection.sockets()
        let guest = try SocketGuest([pair.reading])
        let reports = Reports()
        let group = makeGroup { thread in
            let guest = guest.files.onThread(thread, area: 0)
            guest.guest.storeVectors([(1000, 2), (1002, 4)], at: 500)
            reports.willBlock()
            let answer = guest.call("sock_recv", [3, 500, 2, 2, 600, 700])
            let text = guest.guest.string(at: 1000, count: Int(guest.guest.load(600)))
            reports.add(text == "abcdef" ? answer : .value(0))
        }
        _ = try group.startThread(startArgument: 0)
        reports.waitUntilBlocked(1)
        pair.write("abc")
        pair.write("defgh")
        try group.waitForAll()
        _ = try group.finish()
        #expect(reports.answers == [.success])
        #expect(guest.receive(3, 10) == (.success, "gh", 0))
    }

    @Test func datagramsAreCutOff() throws {
        var ends: [CInt] = [-1, -1]
        #expect(socketpair(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0, &ends) == 0)
        defer { ends.forEach { close($0) } }
        let guest = try SocketGuest([ends[0]])
        #expect(write(ends[1], "datagram", 8) == 8)
        #expect(guest.receive(3, 4) == (.success, "data", 1))
        #expect(write(ends[1], "next", 4) == 4)
        #expect(guest.receive(3, 4) == (.success, "next", 0))
    }

    @Test func listenersAccept() throws {
        let listener = Listener()
        let guest = try SocketGuest([listener.number])
        let client = listener.connect()
        defer { close(client) }
        #expect(guest.files.call("sock_accept", [3, 1, 8]) == .errno(.inval))
        #expect(guest.files.call("sock_accept", [3, 4, 8]) == .success)
        let fd = UInt64(guest.files.guest.load(8, as: UInt32.self))
        #expect(fd == 4)
        #expect(guest.files.flags(fd) == 4)
        #expect(guest.receive(fd, 10).answer == .errno(.again))
        #expect(write(client, "hi", 2) == 2)
        #expect(guest.receive(fd, 10) == (.success, "hi", 0))
        // The listener waits, unless the guest has it say so.
        #expect(guest.files.call("fd_fdstat_set_flags", [3, 4]) == .success)
        #expect(guest.files.call("sock_accept", [3, 0, 8]) == .errno(.again))
        #expect(fcntl(listener.number, F_GETFL) & O_NONBLOCK == 0)
    }

    @Test func endsReachAccept() throws {
        for _ in 0..<50 {
            let listener = Listener()
            let guest = try SocketGuest([listener.number])
            let reports = Reports()
            let group = makeGroup { thread in
                let files = guest.files.onThread(thread, area: Int(thread.id) % 4)
                reports.willBlock()
                reports.add(files.call("sock_accept", [3, 0, 8]))
            }
            for _ in 0..<2 { _ = try group.startThread(startArgument: 0) }
            reports.waitUntilBlocked(2)
            group.end(.exited(3))
            _ = try group.finish()
            #expect(reports.answers == [.trap(.interrupted), .trap(.interrupted)])
        }
    }

    @Test func othersAreNoSockets() throws {
        let pair = Connection.pipe()
        #expect(throws: WASIConfigurationError.self) { try SocketGuest([pair.reading]) }
        #expect(throws: WASIConfigurationError.self) { try SocketGuest([-1]) }
        let guest = try SocketGuest([])
        for name in ["sock_accept", "sock_recv", "sock_send", "sock_shutdown"] {
            let count = FunctionsTests.witx.first { $0.name == name }!.parameters.count
            for (fd, errno) in [(0, Errno.notsock), (9, .badf)] {
                let arguments = [UInt64(fd)] + [UInt64](repeating: 0, count: count - 1)
                #expect(guest.files.call(name, arguments) == .errno(errno), "\(name)")
            }
        }
    }
}
