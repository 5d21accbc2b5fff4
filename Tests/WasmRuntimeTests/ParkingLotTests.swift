// The parking lot: exact counts, order, time limits and the races between them.

import Synchronization
import Testing

import WasmRuntime

@Suite(.timeLimit(.minutes(5))) struct ParkingLotTests {
    @Test func anotherValueIsNotWaitedFor() {
        let cells = Cells()
        cells[0].pointee.store(7 | 9 << 32, ordering: .relaxed)
        #expect(ParkingLot.wait32(address: cells.base, expected: 8, timeout: -1, thread: nil) == .notEqual)
        #expect(ParkingLot.wait64(address: cells.base, expected: 7, timeout: -1, thread: nil) == .notEqual)
        #expect(ParkingLot.wait32(address: cells.base, expected: 7, timeout: 0, thread: nil) == .timedOut)
        let both: UInt64 = 7 | 9 << 32
        #expect(ParkingLot.wait64(address: cells.base, expected: both, timeout: 0, thread: nil) == .timedOut)
        #expect(ParkingLot.wait32(address: cells.base + 4, expected: 9, timeout: 0, thread: nil) == .timedOut)
    }

    @Test func nobodyIsNotified() {
        let cells = Cells()
        #expect(ParkingLot.notify(address: cells.base, count: .max) == 0)
    }

    @Test func timeoutsLastAtLeastAsLongAsGiven() {
        let cells = Cells()
        for nanoseconds: Int64 in [1, 1_000, 999_999, 3_000_000] {
            let clock = ContinuousClock()
            let start = clock.now
            #expect(
                ParkingLot.wait32(address: cells.base, expected: 0, timeout: nanoseconds, thread: nil)
                    == .timedOut)
            #expect(clock.now - start >= .nanoseconds(nanoseconds))
        }
    }

    @Test(arguments: [Int64.max, Int64.max - 1, 1 << 62, -1, .min])
    func hugeTimeoutsAreForEver(_ timeout: Int64) {
        let cells = Cells()
        let task = HostTask {
            #expect(ParkingLot.wait64(address: cells.base, expected: 0, timeout: timeout, thread: nil) == .ok)
        }
        untilWaiting(1, at: cells.base)
        #expect(ParkingLot.notify(address: cells.base, count: 1) == 1)
        task.join()
    }

    @Test func notifyLetsExactlyAsManyGo() {
        let cells = Cells()
        let woken = Counter()
        let tasks = (0..<12).map { _ in
            HostTask {
                #expect(ParkingLot.wait32(address: cells.base, expected: 0, timeout: -1, thread: nil) == .ok)
                woken.add()
            }
        }
        untilWaiting(12, at: cells.base)
        #expect(ParkingLot.notify(address: cells.base, count: 0) == 0)
        #expect(ParkingLot.notify(address: cells.base, count: 5) == 5)
        woken.wait(for: 5)
        #expect(ParkingLot.waiterCount(address: cells.base) == 7)
        #expect(woken.value == 5)
        #expect(ParkingLot.notify(address: cells.base, count: .max) == 7)
        tasks.forEach { $0.join() }
        #expect(ParkingLot.notify(address: cells.base, count: .max) == 0)
    }

    /// More addresses than shards, so that some share one.
    @Test func theOldestGoesFirstAtEachAddress() {
        let addresses = 300
        let cells = Cells(addresses)
        let order = Shared<[Int: [Int]]>([:])
        let woken = Counter()
        var tasks: [HostTask] = []
        for turn in 0..<3 {
            for index in 0..<addresses {
                tasks.append(
                    HostTask {
                        let address = cells.base + index * 8
                        let result = ParkingLot.wait32(
                            address: address, expected: 0, timeout: -1, thread: nil)
                        #expect(result == .ok)
                        order.withLock { $0[index, default: []].append(turn) }
                        woken.add()
                    })
            }
            for index in 0..<addresses { untilWaiting(turn + 1, at: cells.base + index * 8) }
        }
        for turn in 0..<3 {
            for index in 0..<addresses {
                #expect(ParkingLot.notify(address: cells.base + index * 8, count: 1) == 1)
            }
            woken.wait(for: (turn + 1) * addresses)
        }
        tasks.forEach { $0.join() }
        #expect(order.withLock { $0.count } == addresses)
        #expect(order.withLock { $0.values.allSatisfy { $0 == [0, 1, 2] } })
    }

    /// Whoever a notify has counted returns `ok`, even if its time is over.
    @Test func countsAddUpWhenNotifyMeetsTimeout() {
        let cells = Cells()
        let ok = Atomic<Int>(0)
        let counted = Atomic<Int>(0)
        let waiting = Atomic<Int>(4)
        let rounds = 20_000
        onThreads(6) { index in
            if index < 4 {
                for round in 0..<rounds {
                    let result = ParkingLot.wait32(
                        address: cells.base, expected: 0, timeout: Int64(round % 7) * 3_000, thread: nil)
                    if result == .ok { ok.add(1, ordering: .relaxed) }
                }
                waiting.subtract(1, ordering: .relaxed)
            } else {
                while waiting.load(ordering: .relaxed) > 0 {
                    let count = ParkingLot.notify(address: cells.base, count: UInt32(index - 3))
                    counted.add(Int(count), ordering: .relaxed)
                }
            }
        }
        #expect(ok.load(ordering: .relaxed) == counted.load(ordering: .relaxed))
        #expect(ParkingLot.waiterCount(address: cells.base) == 0)
    }

    /// A store and a notify that takes no lock are never missed: each side waits for ever for the other.
    @Test func noWakeUpIsLost() {
        let cells = Cells()
        let rounds: UInt64 = 50_000
        onThreads(2) { side in
            for round in 0..<rounds {
                let mine = round * 2 + UInt64(side)
                while true {
                    let value = cells[0].pointee.load(ordering: .relaxed)
                    if value == mine { break }
                    _ = ParkingLot.wait64(address: cells.base, expected: value, timeout: -1, thread: nil)
                }
                cells[0].pointee.store(mine + 1, ordering: .relaxed)
                _ = ParkingLot.notify(address: cells.base, count: 1)
            }
        }
        #expect(cells[0].pointee.load(ordering: .relaxed) == rounds * 2)
    }
}
