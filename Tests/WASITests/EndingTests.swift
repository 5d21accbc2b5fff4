// The end of a process reaches every call that blocks, wherever in it the thread is.

import Glibc
import Testing
import WASI
import WasmRuntime

@Suite(.timeLimit(.minutes(5))) struct EndingTests {
    /// A call that blocks for ever.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let make: @Sendable () -> Connection
        let configure: @Sendable (Connection, inout WASIConfiguration) -> Void
        let call: @Sendable (Guest, GuestThread) throws -> Answer
    }

    private static func reading(
        _ description: String, _ make: @escaping @Sendable () -> Connection
    ) -> Case {
        Case(testDescription: "reading \(description)", make: make) { connection, configuration in
            configuration.standardInput = .descriptor(connection.reading)
        } call: { guest, thread in
            try guest.transfer("fd_read", 0, at: 0, count: 10, on: thread).answer
        }
    }

    private static func writing(
        _ description: String, _ make: @escaping @Sendable () -> Connection
    ) -> Case {
        Case(testDescription: "writing \(description)", make: make) { connection, configuration in
            connection.fill()
            configuration.standardOutput = .descriptor(connection.writing)
        } call: { guest, thread in
            // A terminal that was full has room again when the kernel has moved what it holds.
            while true {
                let answer = try guest.transfer("fd_write", 1, at: 0, count: 10_000, on: thread).answer
                if answer != .success { return answer }
            }
        }
    }

    private static func polling(_ description: String, type: UInt64) -> Case {
        Case(testDescription: "polling \(description)", make: Connection.pipe) { connection, configuration in
            configuration.standardInput = .descriptor(connection.reading)
        } call: { guest, thread in
            // Type 0 is a clock, with the highest of timeouts; type 1 is a descriptor, standard input.
            let place = 256 * Int(thread.id)
            guest.store(type, at: place + 8)
            guest.store(UInt64.max, at: place + 24)
            return try guest.call(
                "poll_oneoff", UInt64(place), UInt64(place + 64), 1, UInt64(place + 128), on: thread)
        }
    }

    static let cases = [
        reading("a pipe", Connection.pipe), reading("a socket", Connection.sockets),
        reading("a terminal", Connection.terminal),
        // No call that does not wait, and not to be opened again.
        reading("a terminal's other side", Connection.terminalForOutput), writing("a pipe", Connection.pipe),
        writing("a socket", Connection.sockets), writing("a terminal", Connection.terminalForOutput),
        polling("a clock", type: 0), polling("a pipe", type: 1),
    ]

    private func run(
        _ blocking: Case, threads: Int, whenStarted: (Reports) -> Void
    ) throws -> [Answer] {
        let connection = blocking.make()
        let guest = try Guest { blocking.configure(connection, &$0) }
        let reports = Reports()
        let group = makeGroup { thread in
            reports.willBlock()
            if let answer = try? blocking.call(guest, thread) { reports.add(answer) }
        }
        for _ in 0..<threads { _ = try group.startThread(startArgument: 0) }
        whenStarted(reports)
        group.end(.exited(3))
        guard case .exited(3) = try group.finish() else {
            Issue.record("another outcome")
            return []
        }
        return reports.answers
    }

    @Test(arguments: cases)
    func interruptsThreadsThatAreBlocked(blocking: Case) throws {
        for _ in 0..<200 {
            let answers = try run(blocking, threads: 2) { $0.waitUntilBlocked(2) }
            #expect(answers == [.trap(.interrupted), .trap(.interrupted)])
        }
    }

    /// No matter how far a thread has come.
    @Test(arguments: cases)
    func interruptsThreadsOnTheirWay(blocking: Case) throws {
        for _ in 0..<200 {
            let answers = try run(blocking, threads: 2) { _ in }
            #expect(answers.allSatisfy { $0 == .trap(.interrupted) })
        }
    }

    @Test func lastReaderGetsWhatComesLater() throws {
        let pipe = Connection.pipe()
        let guest = try Guest { $0.standardInput = .descriptor(pipe.reading) }
        let reports = Reports()
        let group = makeGroup { thread in
            reports.willBlock()
            if let (answer, count) = try? guest.transfer("fd_read", 0, at: 0, count: 1, on: thread) {
                reports.add(count == 1 ? answer : .value(0))
            }
        }
        for _ in 0..<2 { _ = try group.startThread(startArgument: 0) }
        reports.waitUntilBlocked(2)
        pipe.write("ab")
        try group.waitForAll()
        _ = try group.finish()
        #expect(reports.answers == [.success, .success])
    }

    @Test func closeDuringAWriteClosesBehindIt() throws {
        let pipe = Connection.pipe()
        pipe.fill()
        let guest = try Guest { $0.standardOutput = .descriptor(pipe.writing) }
        pipe.closeWriting()
        let reports = Reports()
        let group = makeGroup { thread in
            reports.willBlock()
            if let (answer, _) = try? guest.transfer("fd_write", 1, at: 0, count: 1, on: thread) {
                reports.add(answer)
            }
        }
        _ = try group.startThread(startArgument: 0)
        reports.waitUntilBlocked(1)
        #expect(try guest.call("fd_close", 1) == .success)
        #expect(reports.answers == [])
        pipe.drain()
        try group.waitForAll()
        _ = try group.finish()
        #expect(reports.answers == [.success])
        pipe.drain()
        #expect(pipe.isAtItsEnd)
    }

    @Test func closeDuringAReadLeavesTheReadAlone() throws {
        let pipe = Connection.pipe()
        let guest = try Guest { $0.standardInput = .descriptor(pipe.reading) }
        let reports = Reports()
        let group = makeGroup { thread in
            reports.willBlock()
            if let (answer, _) = try? guest.transfer("fd_read", 0, at: 0, count: 1, on: thread) {
                reports.add(answer)
            }
        }
        _ = try group.startThread(startArgument: 0)
        reports.waitUntilBlocked(1)
        #expect(try guest.call("fd_close", 0) == .success)
        #expect(try guest.read(1).answer == .errno(.badf))
        pipe.write("x")
        try group.waitForAll()
        _ = try group.finish()
        #expect(reports.answers == [.success])
    }
}
