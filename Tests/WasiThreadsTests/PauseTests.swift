// Stopping all threads of a process, and letting them go on.

import CWasiThreads
import Foundation
import Synchronization
import Testing

private final class Count: Sendable {
    let value = Mutex(0)
}

@Suite(.timeLimit(.minutes(5))) struct Pausing {
    private let misuse = WASI_THREADS_ERROR_MISUSE

    private func pause(_ program: Program) throws { try succeed(wasi_threads_process_pause(program.process)) }
    private func resume(_ program: Program) throws {
        try succeed(wasi_threads_process_resume(program.process))
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt32])
    func nothingChangesWhileItIsPaused(_ way: UInt32) throws {
        let program = try Program()
        for _ in 0..<3 { try program.spawn(way) }
        try program.waitUntilInside(3)
        for _ in 0..<20 {
            try pause(program)
            let counted = try program.word(at: 16)
            let isStopped = try program.threads().allSatisfy {
                $0.state == WASI_THREADS_THREAD_PAUSED || $0.state == WASI_THREADS_THREAD_WAITING
                    || $0.state == WASI_THREADS_THREAD_IN_HOST_CALL
            }
            #expect(isStopped)
            try program.wait(at: 16, while: counted, nanoseconds: 300_000)
            #expect(try program.word(at: 16) == counted)
            try resume(program)
            while try program.word(at: 16) == counted { sched_yield() }
        }
        // None of them missed a step: each checks what it computes.
        var outcome = WASI_THREADS_OUTCOME_ENDED
        try succeed(wasi_threads_process_outcome(program.process, &outcome, nil, nil))
        #expect(outcome == WASI_THREADS_OUTCOME_ALIVE)
        try program.delete()
    }

    @Test func pausesCount() throws {
        let program = try Program()
        expectFailure(misuse, wasi_threads_process_resume(program.process))
        try program.spawn(1)
        try program.waitUntilInside(1)
        try pause(program)
        try pause(program)
        try resume(program)
        let counted = try program.word(at: 16)
        try program.wait(at: 16, while: counted, nanoseconds: 1_000_000)
        #expect(try program.word(at: 16) == counted)
        try resume(program)
        while try program.word(at: 16) == counted { sched_yield() }
        expectFailure(misuse, wasi_threads_process_resume(program.process))
        try program.delete()
    }

    @Test func threadsThatBeginAreStoppedToo() throws {
        let program = try Program()
        try pause(program)
        let thread = try program.spawn(1)
        _ = try program.waitUntil(thread, is: WASI_THREADS_THREAD_PAUSED)
        #expect(try program.word(at: 16) == 0)
        let process = Object(program.process)
        let calls = Background { try? call(process.pointer, "count", 1) }
        while try program.info(0)?.state != WASI_THREADS_THREAD_PAUSED { sched_yield() }
        #expect(try program.word(at: 0) == 0)
        try resume(program)
        #expect(calls.wait() == 0)
        try program.delete()
    }

    @Test func aPausedProcessCanEnd() throws {
        let program = try Program()
        for way in 1...6 as ClosedRange<UInt32> { try program.spawn(way) }
        try program.waitUntilInside(6)
        try pause(program)
        try succeed(wasi_threads_process_end(program.process, "Enough."))
        try succeed(wasi_threads_process_wait(program.process))
        let failure = expectFailure(WASI_THREADS_ERROR_ENDED, wasi_threads_process_pause(program.process))
        #expect(failure?.message == "Enough.")
        try program.delete()
        let other = try Program()
        try other.spawn(1)
        try pause(other)
        try other.delete()
    }

    @Test func aThreadOfTheProcessCannotPauseIt() throws {
        let program = try Program { caller, _ in
            var process: OpaquePointer?
            _ = Failure(wasi_threads_caller_process(caller, &process))
            return Failure(wasi_threads_process_pause(process))?.kind == WASI_THREADS_ERROR_MISUSE ? 1 : 0
        }
        #expect(try call(program.process, "ask", 0) == 1)
        let thread = try Attached(program.process)
        #expect(try thread.call("ask", 0) == 1)
        // Outside of a call it is none of those that would stop.
        try pause(program)
        try resume(program)
        #expect(try thread.call("own", 1) == 1)
        try thread.detach()
        try program.delete()
    }

    /// Pauses from many threads while others attach, call, spawn and, in the end, end the process.
    @Test(arguments: 0..<20)
    func storms(_ round: Int) throws {
        let program = try Program()
        let process = Object(program.process)
        for way in 1...6 as ClosedRange<UInt32> { try program.spawn(way) }
        let pauses = Count()
        let pausers = (0..<3).map { _ in
            Background {
                while true {
                    if Failure(wasi_threads_process_pause(process.pointer)) != nil { return true }
                    pauses.value.withLock { $0 += 1 }
                    if Failure(wasi_threads_process_resume(process.pointer)) != nil { return false }
                    sched_yield()
                }
            }
        }
        let callers = (0..<3).map { _ in
            Background {
                while let thread = try? Attached(process.pointer) {
                    for _ in 0..<5 where (try? thread.call("loop", 1000)) != nil {}
                    _ = Failure(wasi_threads_process_spawn(process.pointer, 0, nil))
                    try? thread.detach()
                }
            }
        }
        try program.waitUntilInside(6)
        while pauses.value.withLock({ $0 < 20 * (round + 1) }) { sched_yield() }
        if round % 2 == 0 {
            try succeed(wasi_threads_process_end(program.process, nil))
        } else {
            try program.spawn(7)
        }
        #expect(pausers.allSatisfy { $0.wait() })
        for caller in callers { caller.wait() }
        try program.delete()
    }
}
