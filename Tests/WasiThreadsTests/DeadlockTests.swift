// Deadlocks as an embedder is told of them, and what keeps a process from being in one.

import CWasiThreads
import Foundation
import Testing

/// A process of `waiters.wasm`, that looks for deadlocks; `delete` frees all.
private struct Waiters {
    let host: Host
    let process: OpaquePointer

    init(detecting: Bool = true) throws {
        host = try Host("waiters")
        process = try host.process()
        if detecting { try succeed(wasi_threads_process_detect_deadlocks(process)) }
    }

    func memory() throws -> OpaquePointer {
        let process = process
        return try made { wasi_threads_process_memory(process, nil, $0) }
    }

    func spawn(_ address: UInt32) throws {
        try succeed(wasi_threads_process_spawn(process, address, nil))
        try waitUntilWaiting(at: UInt64(address))
    }

    /// Calls `wait` on a thread of its own.
    func wait(at address: Int32) throws -> Background<Told?> {
        let process = Object(process)
        let call = Background { told(wasi_threads_process_call(process.pointer, "wait", [i32(address)], 1, nil, 0)) }
        try waitUntilWaiting(at: UInt64(address))
        return call
    }

    func waitUntilWaiting(at address: UInt64) throws {
        while try outcome == WASI_THREADS_OUTCOME_ALIVE {
            var infos = [wasi_threads_thread_info_t](repeating: wasi_threads_thread_info_t(), count: 8)
            var count = 0
            try succeed(wasi_threads_process_threads(process, &infos, 8, &count))
            let isThere = infos.prefix(count).contains {
                $0.state == WASI_THREADS_THREAD_WAITING && $0.wait_offset == address
            }
            if isThere { return }
            sched_yield()
        }
    }

    var outcome: wasi_threads_outcome_t {
        get throws {
            var outcome = WASI_THREADS_OUTCOME_ENDED
            try succeed(wasi_threads_process_outcome(process, &outcome, nil, nil))
            return outcome
        }
    }

    func delete() throws {
        try succeed(wasi_threads_process_delete(process))
        host.delete()
    }
}

/// What an error tells of a deadlock.
private struct Told: Sendable {
    struct Waiter: Sendable {
        let thread: UInt32
        let origin: wasi_threads_thread_origin_t
        let name: String?
        let offset: UInt64
        let bytes: UInt32
        let object: String?
        let holder: Int64
        let functions: [String]
        let text: String
    }

    let kind: wasi_threads_error_kind_t
    let message: String
    let waiters: [Waiter]
}

private func told(_ error: OpaquePointer?) -> Told? {
    guard let error else { return nil }
    defer { wasi_threads_error_delete(error) }
    #expect(wasi_threads_error_waiter(error, wasi_threads_error_waiter_count(error)) == nil)
    return Told(
        kind: wasi_threads_error_kind(error), message: String(cString: wasi_threads_error_message(error)),
        waiters: (0..<wasi_threads_error_waiter_count(error)).map { index in
            let waiter = wasi_threads_error_waiter(error, index)!.pointee
            return Told.Waiter(
                thread: waiter.thread, origin: waiter.origin, name: waiter.name.map { String(cString: $0) },
                offset: waiter.wait_offset, bytes: waiter.wait_bytes,
                object: waiter.object.map { String(cString: $0) }, holder: waiter.holder,
                functions: (0..<waiter.frame_count).map { frame in
                    waiter.frames[frame].function_name.map { String(cString: $0) } ?? ""
                },
                text: String(cString: waiter.description))
        })
}

@Suite(.timeLimit(.minutes(5))) struct Deadlocks {
    private func expect(_ told: Told?, _ offsets: [UInt64], at location: SourceLocation = #_sourceLocation) {
        #expect(told?.kind == WASI_THREADS_ERROR_DEADLOCK, sourceLocation: location)
        #expect(told?.waiters.map(\.offset) == offsets, sourceLocation: location)
        for waiter in told?.waiters ?? [] {
            #expect(waiter.functions.first == "wait", sourceLocation: location)
        }
    }

    @Test func everyThreadIsTold() throws {
        let program = try Waiters()
        try succeed(wasi_threads_process_name_thread(program.process, 0, "first"))
        for address: UInt32 in [72, 80] { try program.spawn(address) }
        let failure = try program.wait(at: 64).wait()
        expect(failure, [64, 72, 80])
        #expect(failure?.message.contains("all 3 threads") == true)
        #expect(failure?.waiters.map(\.thread) == [0, 1, 2])
        #expect(failure?.waiters.map(\.origin.rawValue) == [0, 1, 1])
        #expect(failure?.waiters.map(\.name) == ["first", nil, nil])
        #expect(failure?.waiters.map(\.functions) == [["wait"]] + [["wait", "wasi_thread_start"]] * 2)
        #expect(failure?.waiters.first?.text.contains("The main thread (first)") == true)
        #expect(failure?.waiters.first?.text.contains("0x40") == true)
        #expect(try program.outcome == WASI_THREADS_OUTCOME_DEADLOCKED)
        expectFailure(WASI_THREADS_ERROR_MISUSE, wasi_threads_process_spawn(program.process, 8, nil))
        var reason: OpaquePointer?
        try succeed(wasi_threads_process_outcome(program.process, nil, nil, &reason))
        expect(told(reason), [64, 72, 80])
        try program.delete()
    }

    @Test func nothingIsToldUnasked() throws {
        let program = try Waiters(detecting: false)
        let call = try program.wait(at: 64)
        #expect(try program.outcome == WASI_THREADS_OUTCOME_ALIVE)
        try succeed(wasi_threads_process_end(program.process, nil))
        #expect(call.wait()?.kind == WASI_THREADS_ERROR_ENDED)
        try program.delete()
    }

    @Test func itIsAskedForBeforeTheBeginning() throws {
        for begin in [0, 1] {
            let program = try Waiters(detecting: false)
            if begin == 0 { try program.spawn(64) } else { #expect(try call(program.process, "notify", 64) == 0) }
            expectFailure(WASI_THREADS_ERROR_MISUSE, wasi_threads_process_detect_deadlocks(program.process))
            try program.delete()
        }
    }

    @Test func whoHoldsTheMemoryMayNotify() throws {
        let program = try Waiters()
        let memory = try program.memory()
        var woken: UInt32 = 0
        let call = try program.wait(at: 64)
        while woken == 0 { try succeed(wasi_threads_memory_notify(memory, 64, 1, &woken)) }
        #expect(call.wait() == nil)
        let other = try program.wait(at: 72)
        #expect(try program.outcome == WASI_THREADS_OUTCOME_ALIVE)
        wasi_threads_memory_delete(memory)
        expect(other.wait(), [72])
        try program.delete()
    }

    @Test func aMemoryOfTheHostIsEverybodys() throws {
        let host = try Host("waiters")
        let engine = host.engine
        let linker = try made { wasi_threads_linker_new(engine, $0) }
        let memory = try made { wasi_threads_memory_new(engine, 1, 4, $0) }
        try succeed(wasi_threads_linker_define_memory(linker, "env", "memory", memory))
        let one = try host.process(linker)
        let other = try host.process(linker)
        wasi_threads_memory_delete(memory)
        wasi_threads_linker_delete(linker)
        try succeed(wasi_threads_process_detect_deadlocks(one))
        let process = Object(one)
        let waiting = Background { told(wasi_threads_process_call(process.pointer, "wait", [i32(64)], 1, nil, 0)) }
        while try call(other, "notify", 64) == 0 { sched_yield() }
        #expect(waiting.wait() == nil)
        try succeed(wasi_threads_process_delete(one))
        try succeed(wasi_threads_process_delete(other))
        host.delete()
    }

    @Test func anAttachedThreadOutsideMayComeIn() throws {
        let program = try Waiters()
        let thread = try Attached(program.process)
        let waiting = try program.wait(at: 64)
        while try thread.call("notify", 64) == 0 { sched_yield() }
        #expect(waiting.wait() == nil)
        let again = try program.wait(at: 64)
        // Inside, it waits as any other.
        expect(told(wasi_threads_thread_call(thread.thread, "wait", [i32(72)], 1, nil, 0)), [64, 72])
        expect(again.wait(), [64, 72])
        try program.delete()
        try thread.detach()
    }

    @Test func anAttachedThreadThatGoesIsTheLast() throws {
        let program = try Waiters()
        let thread = try Attached(program.process)
        let waiting = try program.wait(at: 64)
        try thread.detach()
        expect(waiting.wait(), [64])
        try program.delete()
    }

    @Test func anEmbedderInNoCallMayBeginOne() throws {
        let program = try Waiters()
        try program.spawn(64)
        #expect(try program.outcome == WASI_THREADS_OUTCOME_ALIVE)
        while try call(program.process, "notify", 64) == 0 { sched_yield() }
        try succeed(wasi_threads_process_wait(program.process))
        try program.delete()
    }

    @Test func aPauseIsNoDeadlock() throws {
        let program = try Waiters()
        let memory = try program.memory()
        let waiting = try program.wait(at: 64)
        try succeed(wasi_threads_process_pause(program.process))
        try succeed(wasi_threads_process_pause(program.process))
        wasi_threads_memory_delete(memory)
        try succeed(wasi_threads_process_resume(program.process))
        #expect(try program.outcome == WASI_THREADS_OUTCOME_ALIVE)
        try succeed(wasi_threads_process_resume(program.process))
        expect(waiting.wait(), [64])
        try program.delete()
    }

    @Test func aRefusedSpawnLeavesADeadlock() throws {
        let program = try Waiters()
        try succeed(wasi_threads_process_set_limit(program.process, WASI_THREADS_PROCESS_LIMIT_THREADS, 1))
        let memory = try program.memory()
        try program.spawn(72)
        let waiting = try program.wait(at: 64)
        expectFailure(WASI_THREADS_ERROR_LIMIT, wasi_threads_process_spawn(program.process, 80, nil))
        #expect(try program.outcome == WASI_THREADS_OUTCOME_ALIVE)
        wasi_threads_memory_delete(memory)
        expect(waiting.wait(), [64, 72])
        try program.delete()
    }

    @Test func mutexesAreNamedWithTheirHolders() throws {
        let program = try Waiters()
        let failure = told(wasi_threads_process_call(program.process, "mutexes", nil, 0, nil, 0))
        expect(failure, [4116, 4100])
        #expect(failure?.waiters.map(\.object) == ["a mutex of wasi-libc", "a mutex of wasi-libc"])
        #expect(failure?.waiters.map(\.holder) == [1, 0])
        #expect(failure?.waiters.map(\.bytes) == [4, 4])
        let texts = failure?.waiters.map(\.text) ?? []
        #expect(texts.first?.hasSuffix("It waits for a mutex of wasi-libc, which thread 1 holds.") == true)
        #expect(texts.last?.hasSuffix("It waits for a mutex of wasi-libc, which the main thread holds.") == true)
        try program.delete()
    }

    /// Attached threads that come, wait and go, while one in a call waits for them.
    @Test(arguments: 0..<50)
    func attachedThreadsThatComeAndGo(_ round: Int) throws {
        let program = try Waiters()
        let process = Object(program.process)
        let first = try Attached(program.process)
        let waiting = try program.wait(at: 64)
        let visitors = (0..<3).map { _ in
            Background {
                for _ in 0...round {
                    guard let thread = try? Attached(process.pointer) else { return false }
                    _ = try? thread.call("notify", 72)
                    try? thread.detach()
                }
                return true
            }
        }
        for visitor in visitors { #expect(visitor.wait()) }
        #expect(try program.outcome == WASI_THREADS_OUTCOME_ALIVE)
        try first.detach()
        expect(waiting.wait(), [64])
        try program.delete()
    }
}

private func * (list: [[String]], count: Int) -> [[String]] { (0..<count).flatMap { _ in list } }
