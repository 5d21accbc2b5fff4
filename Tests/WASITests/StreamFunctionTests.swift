// Standard streams that are functions of the embedder.

import Platform
import Synchronization
import Testing
import WASI
import WasmRuntime

@Suite(.timeLimit(.minutes(5))) struct StreamFunctionTests {
    @Test func giveAndTake() throws {
        let taken = Mutex<[UInt8]>([])
        let asked = Mutex<[Int]>([])
        let guest = try Guest {
            $0.standardInput = .function(
                InputFunction { count in
                    asked.withLock { $0.append(count) }
                    return Array("input".utf8.prefix(count))
                })
            $0.standardOutput = .function(
                OutputFunction { bytes in
                    taken.withLock { $0 += bytes }
                    return true
                })
        }
        #expect(try guest.read(3) == (.success, "inp"))
        #expect(try guest.read(10) == (.success, "input"))
        #expect(asked.withLock { $0 } == [3, 10])
        #expect(try guest.write("output") == (.success, 6))
        #expect(taken.withLock { $0 } == Array("output".utf8))
        // A part of a large write, as POSIX has it.
        #expect(try guest.transfer("fd_write", 1, at: 0, count: 100_000) == (.success, 65_536))
    }

    @Test func failAndEnd() throws {
        let guest = try Guest {
            $0.standardInput = .function(InputFunction { _ in nil })
            $0.standardOutput = .function(OutputFunction { _ in false })
        }
        #expect(try guest.read(3).answer == .errno(.io))
        #expect(try guest.write("x").answer == .errno(.io))
        let ended = try Guest { $0.standardInput = .function(InputFunction { _ in [] }) }
        #expect(try ended.read(3) == (.success, ""))
    }

    /// However many threads write, the function is in one call at a time.
    @Test func areCalledOnceAtATime() throws {
        let callers = Atomic(0)
        let mostCallers = Atomic(0)
        let guest = try Guest {
            $0.standardOutput = .function(
                OutputFunction { _ in
                    let now = callers.wrappingAdd(1, ordering: .relaxed).newValue
                    mostCallers.max(now, ordering: .relaxed)
                    yieldProcessor()
                    callers.wrappingSubtract(1, ordering: .relaxed)
                    return true
                })
        }
        let group = makeGroup { thread in
            for _ in 0..<1000 { _ = try? guest.transfer("fd_write", 1, at: 0, count: 10, on: thread) }
        }
        for _ in 0..<4 { _ = try group.startThread(startArgument: 0) }
        try group.waitForAll()
        _ = try group.finish()
        #expect(mostCallers.load(ordering: .relaxed) == 1)
    }

    /// A thread that waits for its turn leaves when the process ends; the one inside is waited for.
    @Test func endsReachWhoWaitsForATurn() throws {
        let isOpen = Atomic(false)
        let isInside = Atomic(false)
        let guest = try Guest {
            $0.standardOutput = .function(
                OutputFunction { _ in
                    isInside.store(true, ordering: .releasing)
                    while !isOpen.load(ordering: .acquiring) { yieldProcessor() }
                    return true
                })
        }
        let reports = Reports()
        let group = makeGroup { thread in
            if isInside.load(ordering: .acquiring) { reports.willBlock() }
            if let answer = try? guest.transfer("fd_write", 1, at: 0, count: 10, on: thread).answer {
                reports.add(answer)
            }
        }
        _ = try group.startThread(startArgument: 0)
        while !isInside.load(ordering: .acquiring) { yieldProcessor() }
        for _ in 0..<2 { _ = try group.startThread(startArgument: 0) }
        reports.waitUntilBlocked(2)
        group.end(.exited(3))
        while reports.answers.count < 2 { yieldProcessor() }
        #expect(reports.answers == [.trap(.interrupted), .trap(.interrupted)])
        isOpen.store(true, ordering: .releasing)
        _ = try group.finish()
        #expect(reports.answers.count == 3)
    }
}
