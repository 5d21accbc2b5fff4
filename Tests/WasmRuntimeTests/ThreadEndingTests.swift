// How groups end: from every state, by everybody at once, with nothing left.

import Glibc
import Synchronization
import Testing

import WasmRuntime

/// Waits as `memory.atomic.wait32` does in guest code, for ever.
private func waitForEver(_ thread: GuestThread, _ cells: Cells) throws(Trap) {
    let result = ParkingLot.wait32(address: cells.base, expected: 0, timeout: -1, thread: thread)
    if result == .interrupted { throw Trap(.interrupted) }
}

/// Runs as guest code does, looking at the stack limit.
private func runForEver(_ thread: GuestThread) throws(Trap) {
    while !thread.stack.context.isInterrupted {}
    throw Trap(.interrupted)
}

extension ThreadTests { @Suite(.timeLimit(.minutes(5))) struct Ending {
    enum State: CaseIterable { case busy, waiting, polling }

    @Test(arguments: State.allCases) func endingReachesEveryState(_ state: State) throws {
        let cells = Cells()
        let started = Counter()
        let group = makeGroup { thread, _ throws(Trap) in
            started.add()
            switch state {
            case .busy: try runForEver(thread)
            case .waiting: try waitForEver(thread, cells)
            case .polling:
                guard let descriptor = try? thread.group.wakeDescriptor() else { throw Trap(.interrupted) }
                var entry = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
                #expect(poll(&entry, 1, -1) == 1)
                throw Trap(.interrupted)
            }
        }
        for _ in 0..<20 { #expect(group.spawn(startArgument: 0) > 0) }
        started.wait(for: 20)
        group.end(.exited(3))
        guard case .exited(3) = try group.finish() else { return #expect(Bool(false)) }
        #expect(try group.wakeDescriptor() == nil)
        #expect(hostThreadsLeft(named: "test-") == 0)
    }

    @Test func theFirstOutcomeStays() throws {
        for _ in 0..<200 {
            let cells = Cells()
            let firsts = Counter()
            let group = makeGroup { thread, argument throws(Trap) in
                if argument == 0 { try waitForEver(thread, cells) }
                firsts.add()
                throw Trap(.unreachable)
            }
            for argument: UInt32 in [0, 0, 1, 1] { _ = group.spawn(startArgument: argument) }
            onThreads(2) { group.end(.exited(UInt32($0))) }
            let outcome = "\(try group.finish())"
            #expect("\(try group.finish())" == outcome)
            group.end(.ended("late"))
            #expect("\(try group.finish())" == outcome)
        }
    }

    @Test func aTrapEndsTheGroupAndSaysWhose() throws {
        let cells = Cells()
        let group = makeGroup { thread, argument throws(Trap) in
            if argument == 1 { throw Trap(.integerDivideByZero) }
            try waitForEver(thread, cells)
        }
        #expect(group.spawn(startArgument: 0) == 1)
        #expect(group.spawn(startArgument: 1) == 2)
        try group.waitForAll()
        guard case .trapped(let trap, 2) = try group.finish() else { return #expect(Bool(false)) }
        #expect(trap.reason == .integerDivideByZero)
    }

    /// Threads begin to wait, get notified, time out and spawn while the group ends.
    @Test func interruptionStorm() throws {
        let cells = Cells()
        let stacks = StackCache()
        for round in 0..<2_000 {
            let started = Counter()
            let group = makeGroup(stacks: stacks) { thread, argument throws(Trap) in
                started.add()
                var turn: Int64 = 0
                while true {
                    turn += 1
                    let timeout = turn % 3 == 0 ? 1_000 : Int64(-1)
                    let result = ParkingLot.wait32(
                        address: cells.base, expected: 0, timeout: timeout, thread: thread)
                    if result == .interrupted { throw Trap(.interrupted) }
                    _ = ParkingLot.notify(address: cells.base, count: 1)
                    if argument > 0 { _ = thread.group.spawn(startArgument: argument - 1) }
                }
            }
            for argument: UInt32 in 0..<4 { _ = group.spawn(startArgument: argument) }
            started.wait(for: round % 5)
            group.end(.exited(UInt32(round)))
            guard case .exited(UInt32(round)) = try group.finish() else { return #expect(Bool(false)) }
            #expect(group.threadCount == 0)
            #expect(ParkingLot.waiterCount(address: cells.base) == 0)
        }
        #expect(hostThreadsLeft(named: "test-") == 0)
    }

    @Test func aThousandThreadsEnd() throws {
        let cells = Cells()
        let group = makeGroup { thread, _ throws(Trap) in try waitForEver(thread, cells) }
        for expected: Int32 in 1...1_000 { #expect(group.spawn(startArgument: 0) == expected) }
        untilWaiting(1_000, at: cells.base)
        _ = try group.finish()
        #expect(hostThreadsLeft(named: "test-") == 0)
        #expect(ParkingLot.waiterCount(address: cells.base) == 0)
    }

    @Test func attachedThreadsAreInterruptedAndWaitedFor() throws {
        let cells = Cells()
        let group = makeGroup { _, _ in }
        let left = Atomic<Bool>(false)
        let task = HostTask {
            guard let thread = try? group.beginCall() else { return #expect(Bool(false)) }
            #expect(thread.id == 0)
            #expect(throws: Trap.self) { try waitForEver(thread, cells) }
            left.store(true, ordering: .relaxed)
            group.endCall(thread)
        }
        untilWaiting(1, at: cells.base)
        group.end(.ended("enough"))
        guard case .ended("enough") = try group.finish() else { return #expect(Bool(false)) }
        #expect(left.load(ordering: .relaxed) == true)
        task.join()
        #expect(throws: ThreadRefusal.ending) { try group.beginCall() }
    }

    @Test func theDeadlineEndsTheGroup() throws {
        let group = makeGroup { thread, _ throws(Trap) in try runForEver(thread) }
        _ = group.spawn(startArgument: 0)
        try group.setDeadline(after: .max)
        try group.setDeadline(after: 5_000_000)
        try group.waitForAll()
        guard case .ended(let reason) = try group.finish() else { return #expect(Bool(false)) }
        #expect(reason == "The run time limit of 5 ms is over.")
        #expect(hostThreadsLeft(named: "test-") == 0)
    }

    @Test func aDeadlineThatIsNotReachedLeavesNothing() throws {
        for _ in 0..<100 {
            let group = makeGroup { _, _ in }
            try group.setDeadline(after: 3_600_000_000_000)
            _ = group.spawn(startArgument: 0)
            try group.waitForAll()
            guard case .returned = try group.finish() else { return #expect(Bool(false)) }
        }
        #expect(hostThreadsLeft(named: "test-") == 0)
    }

    @Test func aGroupThatNeverRanIsSimplyDropped() throws {
        let before = eventDescriptors()
        for _ in 0..<10 {
            let group = makeGroup { _, _ in }
            #expect(try group.wakeDescriptor() != nil)
        }
        for _ in 0..<10 {
            let group = makeGroup { _, _ in }
            _ = try group.wakeDescriptor()
            _ = try group.finish()
        }
        #expect(eventDescriptors() == before)
    }
}}
