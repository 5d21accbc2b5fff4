// The count of who may wake: thousands of groups whose threads hand a word to each other, wake many and end.

import Glibc
import Synchronization
import Testing
import WasmModule

import WasmRuntime

/// Numbers of chance that are the same in each run.
private struct Chance {
    var state: UInt64

    mutating func below(_ limit: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(limit))
    }
}

extension ThreadTests { @Suite(.timeLimit(.minutes(5))) struct DeadlocksOfGroups {
    /// Waits without a time limit until the cell has another value.
    private static func wait(_ cells: Cells, _ index: Int, while value: UInt64, _ thread: GuestThread) throws(Trap) {
        let address = cells.base + index * 8
        while cells[index].pointee.load(ordering: .sequentiallyConsistent) == value {
            let result = ParkingLot.wait64(address: address, expected: value, timeout: -1, thread: thread)
            if result == .interrupted { throw Trap(.interrupted) }
        }
    }

    private static func add(_ cells: Cells, _ index: Int, waking count: UInt32) {
        cells[index].pointee.add(1, ordering: .sequentiallyConsistent)
        _ = ParkingLot.notify(address: cells.base + index * 8, count: count)
    }

    /// What a spawned thread does: `rounds` times it waits for its turn, hands the turn on and now and then sleeps for
    /// a limited time; in the end it says that it is done, or, with `stays`, waits at what nobody changes.
    private static func play(
        _ cells: Cells, _ index: Int, of count: Int, rounds: Int, stays: Bool, on thread: GuestThread
    ) throws(Trap) {
        var chance = Chance(state: UInt64(index))
        for _ in 0..<rounds {
            while true {
                let turn = cells[0].pointee.load(ordering: .sequentiallyConsistent)
                if Int(turn) % count == index { break }
                try wait(cells, 0, while: turn, thread)
            }
            if chance.below(8) == 0 {
                _ = ParkingLot.wait64(address: cells.base + 24, expected: 0, timeout: 20_000, thread: thread)
            }
            add(cells, 0, waking: .max)
        }
        if stays { try wait(cells, 1, while: 0, thread) }
        add(cells, 2, waking: .max)
    }

    /// Whether a group of `count` threads and a caller, which waits until all are done, ends in a deadlock.
    private func deadlocks(count: Int, rounds: Int, staying: Int?) throws -> Bool {
        let cells = Cells(4)
        let group = makeGroup { thread, argument throws(Trap) in
            try Self.play(
                cells, Int(argument), of: count, rounds: rounds, stays: staying == Int(argument), on: thread)
        }
        #expect(group.detectDeadlocks())
        let caller = HostTask {
            guard let thread = try? group.beginCall() else { return #expect(Bool(false)) }
            defer { group.endCall(thread) }
            for index in 0..<count { #expect(group.spawn(startArgument: UInt32(index)) > 0) }
            do throws(Trap) {
                for done in 0..<UInt64(count) { try Self.wait(cells, 2, while: done, thread) }
            } catch { return }
            group.end(.returned)
        }
        caller.join()
        switch try group.finish() {
        case .returned: return false
        case .deadlocked(let deadlock):
            #expect(deadlock.threadCount == 2)
            return true
        default:
            #expect(Bool(false))
            return false
        }
    }

    @Test(arguments: 2...5)
    func groupsThatGoOnAreLeftAlone(_ count: Int) throws {
        for round in 0..<100 { #expect(try !deadlocks(count: count, rounds: round % 20, staying: nil)) }
    }

    /// The last one that may wake ends, waits or is woken for nothing, at moments that differ.
    @Test(arguments: 2...5)
    func groupsThatDoNotGoOnEnd(_ count: Int) throws {
        for round in 0..<100 { #expect(try deadlocks(count: count, rounds: round % 20, staying: round % count)) }
    }

    @Test func aGroupIsAskedBeforeItHasThreads() throws {
        let group = makeGroup { _, _ in }
        #expect(group.detectDeadlocks())
        #expect(group.spawn(startArgument: 0) == 1)
        try group.waitForAll()
        #expect(!group.detectDeadlocks())
        _ = try group.finish()
    }
} }
