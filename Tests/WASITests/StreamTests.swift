// Reading, writing and describing the standard streams.

import Glibc
import Testing
import WASI
import WasmRuntime

@Suite(.timeLimit(.minutes(5))) struct StreamTests {
    @Test func nullReadsItsEndAndSwallowsOutput() throws {
        let guest = try Guest()
        #expect(try guest.read(10) == (.success, ""))
        #expect(try guest.write("gone") == (.success, 4))
        #expect(try guest.write("gone", to: 2) == (.success, 4))
    }

    @Test func collectsOutputUpToALimit() throws {
        let output = OutputBuffer(limit: 10)
        let guest = try Guest { $0.standardOutput = .buffer(output) }
        #expect(try guest.write("hello ") == (.success, 6))
        #expect(try guest.write("world") == (.success, 4))
        #expect(try guest.write("!") == (.errno(.nospc), 0))
        #expect(String(decoding: output.contents, as: UTF8.self) == "hello worl")
    }

    @Test func readsABufferInParts() throws {
        let guest = try Guest { $0.standardInput = .buffer(InputBuffer(Array("abcdefgh".utf8))) }
        guest.storeVectors([(100, 2), (200, 0), (300, 3)], at: 0)
        #expect(try guest.call("fd_read", 0, 0, 3, 64) == .success)
        #expect(guest.load(64) == 5)
        #expect(guest.string(at: 100, count: 2) + guest.string(at: 300, count: 3) == "abcde")
        #expect(try guest.read(10) == (.success, "fgh"))
        #expect(try guest.read(10) == (.success, ""))
    }

    @Test(arguments: [Connection.pipe, Connection.sockets])
    func movesBytesThroughDescriptors(make: @Sendable () -> Connection) throws {
        let (input, output) = (make(), make())
        let guest = try Guest {
            $0.standardInput = .descriptor(input.reading)
            $0.standardOutput = .descriptor(output.writing)
        }
        input.write("question")
        #expect(try guest.read(100) == (.success, "question"))
        guest.store("answer", at: 100)
        guest.storeVectors([(100, 2), (102, 4)], at: 0)
        #expect(try guest.call("fd_write", 1, 0, 2, 64) == .success)
        #expect(guest.load(64) == 6)
        #expect(output.drain() == 6)
        input.closeWriting()
        #expect(try guest.read(100) == (.success, ""))
    }

    @Test func talksToATerminal() throws {
        let terminal = Connection.terminal()
        let guest = try Guest {
            $0.standardInput = .descriptor(terminal.reading)
            $0.standardOutput = .descriptor(terminal.reading)
        }
        terminal.write("line\n")
        #expect(try guest.read(100) == (.success, "line\n"))
        #expect(try guest.write("out") == (.success, 3))
        #expect(try guest.call("fd_fdstat_get", 0, 0) == .success)
        #expect(guest.load(0, as: UInt8.self) == 2)
    }

    @Test func writesAsMuchAsAPipeHolds() throws {
        let pipe = Connection.pipe()
        let guest = try Guest { $0.standardOutput = .descriptor(pipe.writing) }
        let (answer, count) = try guest.transfer("fd_write", 1, at: 0, count: 100_000)
        #expect(answer == .success)
        #expect((1..<100_000).contains(count))
        #expect(pipe.drain() == count)
    }

    @Test(arguments: [Connection.pipe, Connection.sockets])
    func survivesAReaderThatLeft(make: @Sendable () -> Connection) throws {
        var connection: Connection? = make()
        let writing = dup(connection!.writing)
        defer { close(writing) }
        connection = nil
        let guest = try Guest { $0.standardOutput = .descriptor(writing) }
        #expect(try guest.write("nobody") == (.errno(.pipe), 0))
        #expect(try guest.write("listens") == (.errno(.pipe), 0))
    }

    @Test(arguments: [Connection.pipe, Connection.sockets, Connection.terminal])
    func leavesNonBlockingDescriptorsNonBlocking(make: @Sendable () -> Connection) throws {
        let connection = make()
        _ = fcntl(connection.reading, F_SETFL, fcntl(connection.reading, F_GETFL) | O_NONBLOCK)
        let guest = try Guest { $0.standardInput = .descriptor(connection.reading) }
        #expect(try guest.read(10) == (.errno(.again), ""))
        connection.write("now\n")
        #expect(try guest.read(10) == (.success, "now\n"))
    }

    /// A guest that waits for input goes on to, whatever the host does to the description that they share.
    @Test func waitsAsTheDescriptionWasGiven() throws {
        let pipe = Connection.pipe()
        let guest = try Guest { $0.standardInput = .descriptor(pipe.reading) }
        _ = fcntl(pipe.reading, F_SETFL, fcntl(pipe.reading, F_GETFL) | O_NONBLOCK)
        let reports = Reports()
        let group = makeGroup { thread in
            reports.willBlock()
            if let (answer, _) = try? guest.transfer("fd_read", 0, at: 0, count: 4, on: thread) {
                reports.add(answer)
            }
        }
        _ = try group.startThread(startArgument: 0)
        reports.waitUntilBlocked(1)
        pipe.write("late")
        try group.waitForAll()
        _ = try group.finish()
        #expect(reports.answers == [.success])
        #expect(guest.string(at: 0, count: 4) == "late")
    }

    @Test func usesDevicesThatNeverWait() throws {
        let (zero, null, full) = (
            open("/dev/zero", O_RDWR), open("/dev/null", O_RDWR), open("/dev/full", O_RDWR)
        )
        defer { for descriptor in [zero, null, full] { close(descriptor) } }
        let guest = try Guest {
            $0.standardInput = .descriptor(zero)
            $0.standardOutput = .descriptor(null)
            $0.standardError = .descriptor(full)
        }
        #expect(try guest.read(3) == (.success, "\0\0\0"))
        #expect(try guest.write("gone") == (.success, 4))
        #expect(try guest.write("kept", to: 2) == (.errno(.nospc), 0))
        #expect(try guest.call("fd_fdstat_get", 0, 0) == .success)
        #expect(guest.load(0, as: UInt8.self) == 2)
    }

    @Test func takesNothingWhenTheResultHasNoPlace() throws {
        let guest = try Guest { $0.standardInput = .buffer(InputBuffer(Array("kept".utf8))) }
        guest.storeVectors([(100, 4)], at: 0)
        #expect(try guest.call("fd_read", 0, 0, 1, UInt64(Guest.size) - 3) == .errno(.fault))
        #expect(try guest.read(10) == (.success, "kept"))
    }

    @Test func boundsVectors() throws {
        let guest = try Guest()
        #expect(try guest.call("fd_write", 1, 0, 1024, 16_384) == .success)
        #expect(try guest.call("fd_write", 1, 0, 1025, 16_384) == .errno(.inval))
        guest.storeVectors([(Int(Guest.size) - 8, 8)], at: 0)
        #expect(try guest.call("fd_write", 1, 0, 1, 64) == .success)
        guest.storeVectors([(Int(Guest.size) - 8, 9)], at: 0)
        #expect(try guest.call("fd_write", 1, 0, 1, 64) == .errno(.fault))
    }

    @Test func keepsTheDirectionOfStreams() throws {
        let guest = try Guest()
        #expect(try guest.write("in", to: 0).answer == .errno(.badf))
        #expect(try guest.read(1, from: 1).answer == .errno(.badf))
        #expect(try guest.read(1, from: 3).answer == .errno(.badf))
    }

    @Test func closesEachStreamOnce() throws {
        let guest = try Guest()
        for fd in UInt64(0)...2 {
            #expect(try guest.call("fd_close", fd) == .success)
            #expect(try guest.call("fd_close", fd) == .errno(.badf))
            #expect(try guest.call("fd_fdstat_get", fd, 0) == .errno(.badf))
        }
    }

    @Test func describesStreams() throws {
        let (pipe, sockets) = (Connection.pipe(), Connection.sockets())
        let guest = try Guest {
            $0.standardInput = .descriptor(pipe.reading)
            $0.standardOutput = .descriptor(sockets.writing)
        }
        let (read, write, poll): (UInt64, UInt64, UInt64) = (1 << 1, 1 << 6, 1 << 27)
        let expected: [(fd: UInt64, filetype: UInt8, right: UInt64)] = [
            (0, 0, read), (1, 6, write), (2, 0, write),
        ]
        for (fd, filetype, right) in expected {
            #expect(try guest.call("fd_fdstat_get", fd, 8) == .success)
            #expect(guest.load(8, as: UInt8.self) == filetype)
            #expect(guest.load(10, as: UInt16.self) == 0)
            #expect(guest.load(16, as: UInt64.self) & (read | write | poll) == right | poll)
            #expect(guest.load(24, as: UInt64.self) == 0)
        }
        #expect(try guest.call("fd_prestat_get", 0, 0) == .errno(.badf))
        #expect(try guest.call("fd_prestat_get", 3, 0) == .errno(.badf))
        #expect(try guest.call("fd_prestat_dir_name", 3, 0, 10) == .errno(.badf))
    }

    @Test func closesWhatItDuplicatedAndNothingElse() throws {
        let pipe = Connection.pipe()
        for isClosedByGuest in [false, true] {
            var guest: Guest? = try Guest { $0.standardOutput = .descriptor(pipe.writing) }
            if isClosedByGuest { #expect(try guest!.call("fd_close", 1) == .success) }
            guest = nil
            pipe.write("still open")
            pipe.drain()
        }
        var guest: Guest? = try Guest { $0.standardOutput = .descriptor(pipe.writing) }
        pipe.closeWriting()
        #expect(!pipe.isAtItsEnd)
        guest = nil
        #expect(guest == nil && pipe.isAtItsEnd)
    }

    @Test func readsRegularFiles() throws {
        guard let file = tmpfile() else { return }
        defer { fclose(file) }
        fputs("contents", file)
        rewind(file)
        let guest = try Guest { $0.standardInput = .descriptor(fileno(file)) }
        #expect(try guest.read(4) == (.success, "cont"))
        #expect(try guest.read(100) == (.success, "ents"))
        #expect(try guest.call("fd_fdstat_get", 0, 0) == .success)
        #expect(guest.load(0, as: UInt8.self) == 4)
    }
}
