// Groups of threads: spawning, joining, limits, and what is left when they are finished.

import Glibc
import Synchronization
import Testing

import WasmRuntime

extension ThreadTests { @Suite(.timeLimit(.minutes(5))) struct Groups {
    @Test func aThreadRunsWithItsArgument() throws {
        let seen = Shared<[UInt32: UInt32]>([:])
        let group = makeGroup { thread, argument in
            #expect(GuestThread.current(thread.stack.context) === thread)
            seen.withLock { $0[thread.id] = argument }
        }
        let id = group.spawn(startArgument: 42)
        #expect(id == 1)
        try group.waitForAll()
        #expect(seen.withLock { $0 } == [1: 42])
        guard case .returned = try group.finish() else { return #expect(Bool(false)) }
    }

    @Test func hostThreadsAreNamedAndBlockSignals() throws {
        let name = Shared("")
        let group = ThreadGroup(name: "a-very-long-name", limits: ThreadLimits(), stacks: StackCache()) {
            FakeInstance { _, _ in
                name.withLock { $0 = hostThreadName("thread-self") }
                var blocked = sigset_t()
                pthread_sigmask(SIG_BLOCK, nil, &blocked)
                for signal in [SIGINT, SIGTERM, SIGSEGV, SIGUSR1, SIGALRM, SIGCHLD] {
                    #expect(sigismember(&blocked, signal) == 1)
                }
            }
        }
        _ = group.spawn(startArgument: 0)
        try group.waitForAll()
        _ = try group.finish()
        #expect(name.withLock { $0 } == "a-very-long-n-1")
    }

    @Test func spawnsReuseTheHostThread() throws {
        let threads = Shared<Set<pthread_t>>([])
        let group = makeGroup { _, _ in threads.withLock { _ = $0.insert(pthread_self()) } }
        for expected: Int32 in 1...100 {
            #expect(group.spawn(startArgument: 0) == expected)
            try group.waitForAll()
        }
        #expect(threads.withLock { $0.count } == 1)
        _ = try group.finish()
    }

    private final class Alive: Sendable { let count = Atomic<Int>(0) }

    @Test func instancesAreReleasedBeforeTheThreadIsGone() throws {
        let alive = Alive()
        let group = ThreadGroup(name: "test", limits: ThreadLimits(), stacks: StackCache()) {
            alive.count.add(1, ordering: .relaxed)
            return FakeInstance(onRelease: { alive.count.subtract(1, ordering: .relaxed) }) { _, _ in }
        }
        for _ in 0..<1_000 {
            #expect(group.spawn(startArgument: 0) > 0)
            try group.waitForAll()
            #expect(alive.count.load(ordering: .relaxed) == 0)
        }
        _ = try group.finish()
    }

    @Test func spawnStorm() throws {
        let ran = Atomic<Int>(0)
        let group = makeGroup { thread, depth in
            ran.add(1, ordering: .relaxed)
            guard depth > 0 else { return }
            for _ in 0..<2 { #expect(thread.group.spawn(startArgument: depth - 1) > 0) }
        }
        onThreads(4) { _ in #expect(group.spawn(startArgument: 8) > 0) }
        try group.waitForAll()
        #expect(ran.load(ordering: .relaxed) == 4 * 511)
        #expect(group.threadCount == 0)
        _ = try group.finish()
    }

    @Test func theLimitRefusesAndLeavesNothing() throws {
        var limits = ThreadLimits()
        limits.maximumThreads = 3
        let made = Atomic<Int>(0)
        let cells = Cells()
        let group = ThreadGroup(name: "test", limits: limits, stacks: StackCache()) {
            made.add(1, ordering: .relaxed)
            return FakeInstance { thread, _ in
                _ = ParkingLot.wait32(address: cells.base, expected: 0, timeout: -1, thread: thread)
            }
        }
        for expected: Int32 in 1...3 { #expect(group.spawn(startArgument: 0) == expected) }
        for _ in 0..<10 { #expect(group.spawn(startArgument: 0) == ThreadRefusal.limitReached(3).code) }
        #expect(made.load(ordering: .relaxed) == 3)
        untilWaiting(3, at: cells.base)
        #expect(ParkingLot.notify(address: cells.base, count: 1) == 1)
        while group.threadCount == 3 { sched_yield() }
        #expect(group.spawn(startArgument: 0) == 4)
        _ = try group.finish()
        #expect(group.spawn(startArgument: 0) == ThreadRefusal.ending.code)
    }

    @Test func refusedInstancesLeaveNothing() throws {
        let refuses = Atomic<Bool>(true)
        let group = ThreadGroup(name: "test", limits: ThreadLimits(), stacks: StackCache()) {
            () throws(ThreadRefusal) in
            if refuses.load(ordering: .relaxed) { throw .noThreadStart }
            return FakeInstance { _, _ in }
        }
        #expect(group.spawn(startArgument: 0) == -45)
        #expect(throws: ThreadRefusal.noThreadStart) { try group.startThread(startArgument: 0) }
        refuses.store(false, ordering: .relaxed)
        #expect(group.spawn(startArgument: 0) == 1)
        try group.waitForAll()
        _ = try group.finish()
    }

    @Test(arguments: [1 << 48, Int.max]) func aStackThatCannotBeMappedIsARefusal(_ bytes: Int) throws {
        var limits = ThreadLimits()
        limits.hostStackBytes = bytes
        limits.valueStackBytes = .min
        let group = makeGroup(limits) { _, _ in }
        #expect(group.spawn(startArgument: 0) == -48)
        #expect(throws: ThreadRefusal.self) { try group.beginCall() }
        _ = try group.finish()
    }

    @Test func idsCountUpWrapAndSkipTheLiving() {
        var ids = ThreadIDs(after: ThreadIDs.upperBound - 3)
        let living: Set<UInt32> = [1, 2, 4]
        let issued = (0..<4).map { _ in ids.next(isLiving: living.contains) }
        #expect(issued == [(1 << 29) - 2, (1 << 29) - 1, 3, 5])
    }

    @Test func joining() throws {
        let cells = Cells()
        let group = makeGroup { thread, _ in
            _ = ParkingLot.wait32(address: cells.base, expected: 0, timeout: -1, thread: thread)
        }
        let id = UInt32(group.spawn(startArgument: 0))
        untilWaiting(1, at: cells.base)
        let joined = Counter()
        let tasks = (0..<3).map { _ in
            HostTask {
                let result = try? group.join(id)
                #expect(result == .joined || result == .alreadyGone)
                joined.add()
            }
        }
        #expect(ParkingLot.notify(address: cells.base, count: 1) == 1)
        tasks.forEach { $0.join() }
        #expect(try group.join(id) == .alreadyGone)
        #expect(try group.join(id + 1) == .unknown)
        #expect(try group.join(0) == .unknown)
        _ = try group.finish()
    }

    @Test func ownThreadsCannotWaitForTheGroup() throws {
        let refusals = Counter()
        let group = makeGroup { thread, _ in
            #expect(throws: ThreadGroupMisuse.self) { try thread.group.finish() }
            #expect(throws: ThreadGroupMisuse.self) { try thread.group.waitForAll() }
            #expect(throws: ThreadGroupMisuse.self) { try thread.group.join(thread.id) }
            refusals.add()
        }
        _ = group.spawn(startArgument: 0)
        refusals.wait(for: 1)
        let thread = try group.beginCall()
        #expect(throws: ThreadGroupMisuse.self) { try group.finish() }
        group.endCall(thread)
        _ = try group.finish()
    }

    @Test func stacksGoBackToTheCache() throws {
        let stacks = StackCache(capacity: 8)
        let cells = Cells()
        for _ in 0..<3 {
            try runAndDropGroup()
            #expect(stacks.count == 8)
        }

        func runAndDropGroup() throws {
            let group = makeGroup(stacks: stacks) { thread, _ in
                _ = ParkingLot.wait32(address: cells.base, expected: 0, timeout: -1, thread: thread)
            }
            for _ in 0..<50 { #expect(group.spawn(startArgument: 0) > 0) }
            _ = try group.finish()
        }
    }

    @Test func workersBeyondTheIdleLimitLeave() throws {
        var limits = ThreadLimits()
        limits.idleHostThreads = 2
        let cells = Cells()
        let group = ThreadGroup(name: "leaving", limits: limits, stacks: StackCache()) {
            FakeInstance { thread, _ in
                _ = ParkingLot.wait32(address: cells.base, expected: 0, timeout: -1, thread: thread)
            }
        }
        for _ in 0..<5 {
            for _ in 0..<40 { #expect(group.spawn(startArgument: 0) > 0) }
            untilWaiting(40, at: cells.base)
            #expect(ParkingLot.notify(address: cells.base, count: .max) == 40)
            try group.waitForAll()
        }
        _ = try group.finish()
        #expect(hostThreadsLeft(named: "leaving") == 0)
    }
}}
