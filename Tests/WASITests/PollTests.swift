// poll_oneoff: which events come, how many, and when.

import Platform
import Testing
import WASI
import WasmRuntime

@Suite(.timeLimit(.minutes(5))) struct PollTests {
    private static let output = 65_536
    private static let (realtime, monotonic): (UInt32, UInt32) = (0, 1)

    private enum Wish {
        case clock(UInt32, UInt64, absolute: Bool = false)
        case read(UInt32)
        case write(UInt32)
    }

    private struct Event: Equatable {
        var userdata: UInt64
        var error: UInt16 = 0
        var type: UInt8
        var nbytes: UInt64 = 0
        var flags: UInt16 = 0
    }

    private struct Refusal: Error, Equatable { let answer: Answer }

    /// The userdata of each wish is 1000 and its index.
    private func poll(_ guest: Guest, _ wishes: [Wish]) throws -> [Event] {
        for (index, wish) in wishes.enumerated() {
            let place = index * 48
            guest.store(UInt64(1000 + index), at: place)
            switch wish {
            case .clock(let clock, let timeout, let isAbsolute):
                guest.store(UInt64(0), at: place + 8)
                guest.store(clock, at: place + 16)
                guest.store(timeout, at: place + 24)
                guest.store(UInt16(isAbsolute ? 1 : 0), at: place + 40)
            case .read(let fd):
                guest.store(UInt64(1), at: place + 8)
                guest.store(fd, at: place + 16)
            case .write(let fd):
                guest.store(UInt64(2), at: place + 8)
                guest.store(fd, at: place + 16)
            }
        }
        let count = Self.output - 4
        let answer = try guest.call(
            "poll_oneoff", 0, UInt64(Self.output), UInt64(wishes.count), UInt64(count))
        guard answer == .success else { throw Refusal(answer: answer) }
        return (0..<Int(guest.load(count))).map { index in
            let place = Self.output + index * 32
            return Event(
                userdata: guest.load(place, as: UInt64.self), error: guest.load(place + 8, as: UInt16.self),
                type: guest.load(place + 10, as: UInt8.self), nbytes: guest.load(place + 16, as: UInt64.self),
                flags: guest.load(place + 24, as: UInt16.self))
        }
    }

    @Test func sleepsAtLeastAsLongAsAsked() throws {
        let guest = try Guest()
        for clock in [Self.realtime, Self.monotonic] {
            for nanoseconds in [0, 1, 50_000, 3_000_000] as [UInt64] {
                let before = HostClock.monotonic.now
                #expect(try poll(guest, [.clock(clock, nanoseconds)]) == [Event(userdata: 1000, type: 0)])
                #expect(HostClock.monotonic.now - before >= nanoseconds)
            }
        }
    }

    @Test func sleepsUntilATime() throws {
        let guest = try Guest()
        for (id, clock) in [(Self.realtime, HostClock.realtime), (Self.monotonic, .monotonic)] {
            let deadline = clock.now + 2_000_000
            let rings = [Event(userdata: 1000, type: 0)]
            #expect(try poll(guest, [.clock(id, deadline, absolute: true)]) == rings)
            #expect(clock.now >= deadline)
            #expect(try poll(guest, [.clock(id, 1, absolute: true)]) == rings)
        }
    }

    @Test func wakesForTheEarliestOnly() throws {
        let guest = try Guest()
        let events = try poll(
            guest,
            [
                .clock(Self.monotonic, .max), .clock(Self.realtime, 1_000_000), .clock(Self.realtime, .max),
                .clock(Self.monotonic, .max, absolute: true), .clock(Self.realtime, .max, absolute: true),
            ])
        #expect(events == [Event(userdata: 1001, type: 0)])
    }

    @Test func countsWhatIsReadyAndNothingElse() throws {
        let (input, output) = (Connection.pipe(), Connection.pipe())
        let guest = try Guest {
            $0.standardInput = .descriptor(input.reading)
            $0.standardOutput = .descriptor(output.writing)
        }
        let wishes: [Wish] = [.read(0), .write(1), .read(0), .clock(Self.monotonic, .max)]
        let writable = Event(userdata: 1001, type: 2, nbytes: 4096)
        #expect(try poll(guest, wishes) == [writable])
        input.write("12345")
        #expect(
            try poll(guest, wishes) == [
                Event(userdata: 1000, type: 1, nbytes: 5), writable,
                Event(userdata: 1002, type: 1, nbytes: 5),
            ])
        output.fill()
        #expect(try poll(guest, [.write(1), .read(0)]) == [Event(userdata: 1001, type: 1, nbytes: 5)])
    }

    @Test func reportsAHangUp() throws {
        let pipe = Connection.pipe()
        let guest = try Guest { $0.standardInput = .descriptor(pipe.reading) }
        pipe.closeWriting()
        #expect(try poll(guest, [.read(0)]) == [Event(userdata: 1000, type: 1, flags: 1)])
    }

    @Test func findsBuffersAlwaysReady() throws {
        let guest = try Guest {
            $0.standardInput = .buffer(InputBuffer([1, 2, 3]))
            $0.standardOutput = .buffer(OutputBuffer(limit: 10))
        }
        #expect(
            try poll(guest, [.clock(Self.monotonic, .max), .read(0), .write(1), .write(2)]) == [
                Event(userdata: 1001, type: 1, nbytes: 3), Event(userdata: 1002, type: 2, nbytes: 10),
                Event(userdata: 1003, type: 2, nbytes: 4096),
            ])
    }

    @Test func refusesWhatItCanNotWaitFor() throws {
        let guest = try Guest()
        func refusal(_ wishes: [Wish]) -> Answer? {
            #expect(throws: Refusal.self) { try poll(guest, wishes) }?.answer
        }
        #expect(refusal([]) == .errno(.inval))
        #expect(refusal([.clock(2, 0)]) == .errno(.inval))
        #expect(refusal([.clock(4, 0)]) == .errno(.inval))
        #expect(refusal([.clock(Self.monotonic, 0), .read(7)]) == .errno(.badf))
        #expect(refusal([.write(0)]) == .errno(.badf))
        guest.store(UInt64(3), at: 8)
        #expect(try guest.call("poll_oneoff", 0, 4096, 1, 8192) == .errno(.inval))
        #expect(try guest.call("poll_oneoff", 0, 4096, 4097, 8192) == .errno(.inval))
    }

    @Test func takesItsMaximumOfSubscriptions() throws {
        let guest = try Guest()
        // All zero: a real-time clock, and no time to wait.
        #expect(try guest.call("poll_oneoff", 0, 0, 2000, 131_000) == .success)
        #expect(guest.load(131_000) == 2000)
    }
}
