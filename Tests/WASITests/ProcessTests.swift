// Arguments, environment, clocks, random bytes, exit and spawn.

import Testing
import WASI
import WasmModule
import WasmRuntime

@Suite(.timeLimit(.minutes(5))) struct ProcessTests {
    private func guest() throws -> Guest {
        try Guest {
            $0.arguments = ["tool", "", "päth"].map { Array($0.utf8) }
            $0.environment = [(Array("A".utf8), Array("1=2".utf8)), (Array("EMPTY".utf8), [])]
        }
    }

    @Test func laysOutArguments() throws {
        let guest = try guest()
        #expect(try guest.call("args_sizes_get", 0, 4) == .success)
        #expect([guest.load(0), guest.load(4)] == [3, 12])
        #expect(try guest.call("args_get", 16, 101) == .success)
        #expect((0..<3).map { guest.load(16 + 4 * $0) } == [101, 106, 107])
        #expect(guest.string(at: 101, count: 12) == "tool\0\0päth\0")
    }

    @Test func laysOutTheEnvironment() throws {
        let guest = try guest()
        #expect(try guest.call("environ_sizes_get", 0, 4) == .success)
        #expect([guest.load(0), guest.load(4)] == [2, 13])
        #expect(try guest.call("environ_get", 16, 100) == .success)
        #expect([guest.load(16), guest.load(20)] == [100, 106])
        #expect(guest.string(at: 100, count: 13) == "A=1=2\0EMPTY=\0")
    }

    @Test func writesToTheLastByteOfMemoryAndNotBeyond() throws {
        let guest = try guest()
        let last = UInt64(Guest.size) - 12
        #expect(try guest.call("args_get", 0, last) == .success)
        #expect(try guest.call("args_get", 0, last + 1) == .errno(.fault))
        #expect(try guest.call("args_get", last, 0) == .success)
        #expect(try guest.call("args_get", last + 1, 0) == .errno(.fault))
    }

    @Test func refusesWhatNoProgramCanBeGiven() {
        let wrong: [(inout WASIConfiguration) -> Void] = [
            { $0.arguments = [[65, 0, 66]] },
            { $0.arguments = [[UInt8](repeating: 65, count: 64 << 20)] },
            { $0.environment = [([], [65])] },
            { $0.environment = [(Array("A=".utf8), [])] },
            { $0.environment = [([65], [0])] },
            { $0.standardInput = .descriptor(-1) },
        ]
        for configure in wrong {
            #expect(throws: WASIConfigurationError.self) { try Guest(configure) }
        }
    }

    @Test func saysWhatIsWrongWithADescriptor() {
        let error = #expect(throws: WASIConfigurationError.self) {
            try Guest { $0.standardOutput = .descriptor(1_000_000) }
        }
        let sentence = "Descriptor 1000000 can not be the standard output: Bad file descriptor."
        #expect(error?.description == sentence)
    }

    @Test func readsClocks() throws {
        let guest = try Guest()
        for clock in UInt64(0)...3 {
            #expect(try guest.call("clock_res_get", clock, 0) == .success)
            #expect(guest.load(0, as: UInt64.self) > 0)
            #expect(try guest.call("clock_time_get", clock, 0, 8) == .success)
            #expect(try guest.call("clock_time_get", clock, 0, 17) == .success)
            #expect(guest.load(17, as: UInt64.self) >= guest.load(8, as: UInt64.self))
        }
        #expect(try guest.call("clock_time_get", 4, 0, 8) == .errno(.inval))
        #expect(try guest.call("clock_res_get", 4, 0) == .errno(.inval))
    }

    @Test func fillsExactlyTheBytesGivenWithRandomOnes() throws {
        let guest = try Guest()
        #expect(try guest.call("random_get", 64, 100_000) == .success)
        #expect(guest.bytes(at: 0, count: 64).allSatisfy { $0 == 0 })
        #expect(guest.bytes(at: 100_064, count: 1000).allSatisfy { $0 == 0 })
        for start in stride(from: 64, to: 100_000, by: 32) {
            #expect(guest.bytes(at: start, count: 32).contains { $0 != 0 })
        }
    }

    @Test(arguments: [0, 1, 126, 255, 0xFFFF_FFFF] as [UInt32])
    func exitsWithItsCode(code: UInt32) throws {
        let guest = try Guest()
        let reports = Reports()
        let group = makeGroup { thread in
            if let answer = try? guest.call("proc_exit", UInt64(code), on: thread) { reports.add(answer) }
        }
        _ = try group.startThread(startArgument: 0)
        try group.waitForAll()
        guard case .exited(code) = try group.finish() else {
            Issue.record("another outcome")
            return
        }
        #expect(reports.answers == [.trap(.exited)])
    }

    @Test func spawnsThreads() throws {
        let guest = try Guest()
        let reports = Reports()
        let spawn = try guest.function("thread-spawn", module: "wasi")
        #expect(spawn.type == FunctionType(parameters: [.i32], results: [.i32]))
        let group = makeGroup { thread in
            reports.add(thread.id == 1 ? guest.call(spawn, [0], on: thread) : .value(0))
        }
        #expect(try group.startThread(startArgument: 0) == 1)
        try group.waitForAll()
        _ = try group.finish()
        #expect(reports.answers.count == 2)
        // TID 2, read as an errno.
        #expect(reports.answers.contains(.errno(.acces)))
    }

    @Test func spawnsNothingOutsideOfAProcess() throws {
        let guest = try Guest()
        let answer = guest.call(try guest.function("thread-spawn", module: "wasi"), [0], on: nil)
        #expect(answer == .value(UInt32(bitPattern: -Int32(Errno.nosys.rawValue))))
    }
}
