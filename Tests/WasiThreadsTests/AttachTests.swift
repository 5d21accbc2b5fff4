// Host threads that are threads of a process.

import CWasiThreads
import Foundation
import Testing

@Suite(.timeLimit(.minutes(5))) struct AttachedThreads {
    private let misuse = WASI_THREADS_ERROR_MISUSE

    @Test func eachHasAnInstanceOfItsOwn() throws {
        let program = try Program()
        let (one, other) = (try Attached(program.process), try Attached(program.process))
        #expect(one.id > 0 && one.id < 1 << 29 && other.id > 0 && one.id != other.id)
        #expect(try one.call("own", 5) == 5 && one.call("own", 1) == 6)
        #expect(try other.call("own", 2) == 2)
        #expect(try call(program.process, "own", 9) == 9, "the main instance is one more")
        #expect(try one.call("count", 1) == 0 && other.call("count", 1) == 1, "the memory is shared")
        #expect(try one.call("ask", 41) == 42)
        try one.detach()
        try other.detach()
        expectFailure(misuse, wasi_threads_thread_call(one.thread, "own", nil, 0, nil, 0))
        expectFailure(misuse, wasi_threads_thread_detach(one.thread))
        try program.delete()
    }

    @Test func functionsAreLookedUpOnce() throws {
        let program = try Program()
        let (one, other) = (try Attached(program.process), try Attached(program.process))
        var own: OpaquePointer?
        try succeed(wasi_threads_thread_function(one.thread, "own", &own))
        var result = wasi_threads_value_t()
        for round in 1...3 as ClosedRange<Int32> {
            try succeed(wasi_threads_thread_call_function(one.thread, own, [i32(2)], 1, &result, 1))
            #expect(result.of.i32 == 2 * round)
        }
        expectFailure(misuse, wasi_threads_thread_call_function(other.thread, own, [i32(2)], 1, &result, 1))
        expectFailure(misuse, wasi_threads_thread_call_function(one.thread, nil, [i32(2)], 1, &result, 1))
        let wrong = expectFailure(
            WASI_THREADS_ERROR_TYPE, wasi_threads_thread_call_function(one.thread, own, nil, 0, &result, 1))
        #expect(wrong?.message.contains("own is func (i32) -> (i32)") == true)
        var none: OpaquePointer?
        expectFailure(WASI_THREADS_ERROR_EXPORT, wasi_threads_thread_function(one.thread, "none", &none))
        expectFailure(WASI_THREADS_ERROR_EXPORT, wasi_threads_thread_function(one.thread, "memory", &none))
        #expect(none == nil)
        // A funcref that the thread gave is its own too.
        var function = wasi_threads_value_t()
        try succeed(wasi_threads_thread_call(one.thread, "function", nil, 0, &function, 1))
        try succeed(wasi_threads_thread_call(one.thread, "apply", [function, i32(21)], 2, &result, 1))
        #expect(result.of.i32 == 42)
        try succeed(
            wasi_threads_thread_call_function(one.thread, function.of.funcref, [i32(4)], 1, &result, 1))
        #expect(result.of.i32 == 8)
        expectFailure(
            misuse, wasi_threads_thread_call(other.thread, "apply", [function, i32(21)], 2, &result, 1))
        try one.detach()
        try other.detach()
        try program.delete()
    }

    @Test func callsNestThroughTheHost() throws {
        let current = Mutable<OpaquePointer?>(nil)
        let program = try Program { caller, question in
            var id: UInt32 = 0
            _ = Failure(wasi_threads_caller_thread(caller, &id))
            guard question > 0 else { return Int32(id) }
            var result = wasi_threads_value_t()
            let failure = Failure(
                wasi_threads_thread_call(current.value, "ask", [i32(question - 1)], 1, &result, 1))
            let isInside =
                Failure(wasi_threads_thread_detach(current.value))?.kind == WASI_THREADS_ERROR_MISUSE
            return failure == nil && isInside ? result.of.i32 : -1
        }
        let thread = try Attached(program.process)
        current.value = thread.thread
        #expect(try thread.call("ask", 20) == Int32(thread.id))
        let tooDeep = Failure(wasi_threads_thread_call(thread.thread, "ask", [i32(70)], 1, nil, 0))
        #expect(tooDeep?.kind == WASI_THREADS_ERROR_TYPE)
        #expect(Failure(wasi_threads_thread_take_error(thread.thread)) == nil)
        var result = wasi_threads_value_t()
        let failure = expectFailure(
            WASI_THREADS_ERROR_TRAP, wasi_threads_thread_call(thread.thread, "ask", [i32(70)], 1, &result, 1))
        #expect(failure?.trap == WASI_THREADS_TRAP_CALL_STACK_EXHAUSTED, "calls nest 64 deep")
        try thread.detach()
        try program.delete()
    }

    @Test func otherHostThreadsMayNotUseIt() throws {
        let program = try Program()
        let attached = try Attached(program.process)
        let thread = Object(attached.thread)
        let id = attached.id
        let kinds = Background { () -> [wasi_threads_error_kind_t?] in
            var (other, function, result) = (UInt32(0), OpaquePointer?.none, wasi_threads_value_t())
            return [
                Failure(wasi_threads_thread_call(thread.pointer, "own", [i32(1)], 1, &result, 1)),
                Failure(wasi_threads_thread_function(thread.pointer, "own", &function)),
                Failure(wasi_threads_thread_detach(thread.pointer)),
                Failure(wasi_threads_thread_take_error(thread.pointer)),
                Failure(wasi_threads_thread_id(thread.pointer, &other)),
            ].map { $0?.kind } + [other == id ? nil : WASI_THREADS_ERROR_TRAP]
        }.wait()
        #expect(kinds == [misuse, misuse, misuse, misuse, nil, nil])
        #expect(try attached.call("own", 1) == 1)
        try attached.detach()
        try program.delete()
    }

    @Test func itMovesToAnotherHostThread() throws {
        let program = try Program()
        let attached = try Attached(program.process)
        let thread = Object(attached.thread)
        #expect(try attached.call("own", 1) == 1)
        let sum = Background { () -> Int32 in
            var result = wasi_threads_value_t()
            _ = Failure(wasi_threads_thread_move(thread.pointer))
            _ = Failure(wasi_threads_thread_call(thread.pointer, "own", [i32(2)], 1, &result, 1))
            return result.of.i32
        }.wait()
        #expect(sum == 3)
        var result = wasi_threads_value_t()
        expectFailure(misuse, wasi_threads_thread_call(attached.thread, "own", [i32(1)], 1, &result, 1))
        expectFailure(misuse, wasi_threads_thread_detach(attached.thread))
        try succeed(wasi_threads_thread_move(attached.thread))
        #expect(try attached.call("own", 1) == 4)
        try attached.detach()
        try program.delete()
    }

    /// In and out of calls, until the process ends or is deleted under them.
    @Test(arguments: [false, true])
    func hostThreadsTakeItFromEachOther(_ isDeleted: Bool) throws {
        let program = try Program()
        let attached = try Attached(program.process)
        let thread = Object(attached.thread)
        let movers = (0..<2).map { _ in
            Background { () -> wasi_threads_error_kind_t? in
                var result = wasi_threads_value_t()
                while true {
                    _ = Failure(wasi_threads_thread_move(thread.pointer))
                    let call = wasi_threads_thread_call(thread.pointer, "own", [i32(1)], 1, &result, 1)
                    if let kind = Failure(call)?.kind, kind != WASI_THREADS_ERROR_MISUSE { return kind }
                }
            }
        }
        for _ in 0..<1000 { _ = try call(program.process, "own", 1) }
        if isDeleted { try program.delete() } else { try succeed(wasi_threads_process_end(program.process, nil)) }
        for mover in movers { #expect(mover.wait() == WASI_THREADS_ERROR_ENDED) }
        try succeed(wasi_threads_thread_move(attached.thread))
        try attached.detach()
        if !isDeleted { try program.delete() }
    }

    @Test func aTrapEndsTheProcess() throws {
        let program = try Program()
        let (one, other) = (try Attached(program.process), try Attached(program.process))
        var result = wasi_threads_value_t()
        let trap = expectFailure(
            WASI_THREADS_ERROR_TRAP,
            wasi_threads_thread_call(one.thread, "divide", [i32(1), i32(0)], 2, &result, 1))
        #expect(trap?.thread == one.id && trap?.trap == WASI_THREADS_TRAP_INTEGER_DIVIDE_BY_ZERO)
        #expect(trap?.frames.count == 1)
        for thread in [one, other] {
            expectFailure(misuse, wasi_threads_thread_call(thread.thread, "own", [i32(1)], 1, &result, 1))
        }
        var function: OpaquePointer?
        var late: OpaquePointer?
        _ = Failure(wasi_threads_thread_function(one.thread, "own", &function))
        expectFailure(misuse, wasi_threads_process_attach(program.process, &late))
        #expect(late == nil)
        try one.detach()
        try program.delete()
        try other.detach()
    }

    @Test func anExitIsReported() throws {
        let program = try Program()
        let thread = try Attached(program.process)
        let exit = expectFailure(
            WASI_THREADS_ERROR_EXITED, wasi_threads_thread_call(thread.thread, "exit", [i32(3)], 1, nil, 0))
        #expect(exit?.exitStatus == 3)
        try thread.detach()
        try program.delete()
    }

    @Test(arguments: ["wait", "spin"])
    func theEndReachesThoseInside(_ state: String) throws {
        let program = try Program()
        let process = Object(program.process)
        let threads = (0..<3).map { _ in
            Background { () -> (wasi_threads_error_kind_t?, String?) in
                guard let thread = try? Attached(process.pointer) else { return (nil, nil) }
                let failure = thread.run(state)
                try? thread.detach()
                return (failure?.kind, failure?.message)
            }
        }
        try program.waitUntilInside(3)
        try succeed(wasi_threads_process_end(program.process, "Enough."))
        for thread in threads {
            let (kind, message) = thread.wait()
            #expect(kind == WASI_THREADS_ERROR_ENDED && message == "Enough.")
        }
        try program.delete()
    }

    @Test func idleThreadsDoNotDelayTheEnd() throws {
        let program = try Program()
        let thread = try Attached(program.process)
        // One whose host thread is gone without a word.
        let process = Object(program.process)
        let left = Background { Object((try? Attached(process.pointer))?.thread) }.wait()
        #expect(left.pointer != nil)
        try succeed(wasi_threads_process_wait(program.process))
        expectFailure(
            misuse, wasi_threads_process_join(program.process, thread.id), "it would wait for itself")
        try program.delete()
        #expect(thread.run("wait")?.kind == WASI_THREADS_ERROR_ENDED)
        #expect(thread.run("wait")?.message == "The process was deleted.")
        try thread.detach()
        try succeed(wasi_threads_thread_detach(left.pointer))
    }

    @Test func attachingIsForThreadsThatAreOutside() throws {
        let program = try Program { caller, _ in
            var (process, thread) = (OpaquePointer?.none, OpaquePointer?.none)
            _ = Failure(wasi_threads_caller_process(caller, &process))
            return Failure(wasi_threads_process_attach(process, &thread))?.kind == WASI_THREADS_ERROR_MISUSE
                ? 1 : 0
        }
        #expect(try call(program.process, "ask", 0) == 1)
        let thread = try Attached(program.process)
        #expect(try thread.call("ask", 0) == 1)
        try thread.detach()
        try program.delete()
        let host = try Host("reactor")
        let process = try host.process()
        var early: OpaquePointer?
        let failure = expectFailure(misuse, wasi_threads_process_attach(process, &early))
        #expect(failure?.message.contains("_initialize") == true)
        try succeed(wasi_threads_process_delete(process))
        host.delete()
    }

    @Test func theLimitOfThreads() throws {
        let config = wasi_threads_engine_config_new()
        try succeed(wasi_threads_engine_config_set_limit(config, WASI_THREADS_LIMIT_THREADS, 2))
        let engine = try made { wasi_threads_engine_new(config, $0) }
        wasi_threads_engine_config_delete(config)
        let module = try made { wasi_threads_module_new_from_file(engine, try! Guests.path("reactor"), $0) }
        let process = try made { wasi_threads_process_new(engine, module, nil, nil, $0) }
        try succeed(wasi_threads_process_initialize(process))
        let (one, other) = (try Attached(process), try Attached(process))
        var third: OpaquePointer?
        expectFailure(WASI_THREADS_ERROR_LIMIT, wasi_threads_process_attach(process, &third))
        expectFailure(WASI_THREADS_ERROR_LIMIT, wasi_threads_process_spawn(process, 1, nil))
        try one.detach()
        try succeed(wasi_threads_process_spawn(process, 1, nil))
        try succeed(wasi_threads_process_wait(process))
        try other.detach()
        try succeed(wasi_threads_process_delete(process))
        wasi_threads_module_delete(module)
        wasi_threads_engine_delete(engine)
    }
}

@Suite(.timeLimit(.minutes(5))) struct AttachedThreadsOfC {
    /// Has eight host threads attach, use stack, heap and thread-local variables, and detach, many times.
    private func useFromEightThreads(_ process: OpaquePointer, rounds: Int) -> Bool {
        let process = Object(process)
        let threads = (1...8 as ClosedRange<Int32>).map { number in
            Background { () -> Bool in
                for _ in 0..<rounds {
                    guard let thread = try? Attached(process.pointer),
                        let first = try? thread.call("own", number),
                        let second = try? thread.call("own", number)
                    else { return false }
                    let isRight = first == 7 + number && second == 7 + 2 * number
                    guard isRight, (try? thread.call("fill", number)) == 1,
                        (try? thread.call("churn", 200)) == 1, (try? thread.detach()) != nil
                    else { return false }
                }
                return true
            }
        }
        return threads.map { $0.wait() }.allSatisfy { $0 }
    }

    @Test func eachHasAStackAndThreadLocalVariables() throws {
        let host = try Host("attach-library")
        let process = try host.process()
        try succeed(wasi_threads_process_initialize(process))
        let memory = try made { wasi_threads_process_memory(process, nil, $0) }
        #expect(useFromEightThreads(process, rounds: 5))
        var (base, before, after) = (UnsafeMutablePointer<UInt8>?.none, UInt64(0), UInt64(0))
        try succeed(wasi_threads_memory_data(memory, &base, &before))
        #expect(useFromEightThreads(process, rounds: 40))
        try succeed(wasi_threads_memory_data(memory, &base, &after))
        #expect(after <= before + (1 << 20), "what is detached is freed: \(before) bytes became \(after)")
        wasi_threads_memory_delete(memory)
        try succeed(wasi_threads_process_delete(process))
        host.delete()
    }

    @Test func stacksOfFourAreApart() throws {
        let host = try Host("attach-library")
        let process = try host.process()
        try succeed(wasi_threads_process_initialize(process))
        let threads = [try Attached(process), try Attached(process), try Attached(process)]
        var stacks = try threads.map { try Int($0.call("stack", 0)) } + [Int(call(process, "stack", 0))]
        stacks.sort()
        #expect(zip(stacks, stacks.dropFirst()).allSatisfy { $1 - $0 >= 60 << 10 }, "\(stacks)")
        for thread in threads { try thread.detach() }
        try succeed(wasi_threads_process_delete(process))
        host.delete()
    }

    /// A word of a process's memory.
    private func word(_ process: OpaquePointer, at offset: UInt64) throws -> UInt32 {
        let memory = try made { wasi_threads_process_memory(process, nil, $0) }
        defer { wasi_threads_memory_delete(memory) }
        var word: UInt32 = 0
        try succeed(wasi_threads_memory_read(memory, offset, &word, 4))
        return word
    }

    @Test(arguments: [false, true])
    func allocatingIsNotDoneOnTheMainStack(_ mainIsBusy: Bool) throws {
        let host = try Host("stacks")
        let process = try host.process()
        let shared = Object(process)
        var waiting: Background<Failure?>?
        if mainIsBusy {
            waiting = Background { Failure(wasi_threads_process_call(shared.pointer, "wait", nil, 0, nil, 0)) }
            while try word(process, at: 8) == 0 { sched_yield() }
        }
        let landingBytes: UInt32 = 16 + (16 << 10) + 64 + 8
        let landing: UInt32 = mainIsBusy ? 2 << 16 : 1 << 16
        let block = (1 << 16) + (mainIsBusy ? 0 : landingBytes)
        let thread = try Attached(process)
        #expect(try word(process, at: 16) == landing + (16 << 10))
        let top = (block + 15) & ~15 + (128 << 10)
        #expect(try thread.call("stack_pointer") == Int32(top))
        #expect(try word(process, at: 20) == (top + 63) & ~63)
        let other = try Attached(process)
        #expect(try other.call("stack_pointer") > Int32(top))
        #expect(try word(process, at: 16) == landing + (16 << 10), "there is one landing stack")
        try thread.detach()
        #expect(try word(process, at: 4) == 1 && word(process, at: 16) == landing + (16 << 10))
        try other.detach()
        try succeed(wasi_threads_process_end(process, nil))
        _ = waiting?.wait()
        try succeed(wasi_threads_process_delete(process))
        host.delete()
    }

    @Test func aStackWithoutMallocIsRefused() throws {
        let host = try Host("stacks-alone")
        let process = try host.process()
        var thread: OpaquePointer?
        let failure = expectFailure(WASI_THREADS_ERROR_EXPORT, wasi_threads_process_attach(process, &thread))
        #expect(failure?.message.contains("malloc as func (i32) -> (i32)") == true && thread == nil)
        try succeed(wasi_threads_process_delete(process))
        host.delete()
    }

    @Test func aGuestWithoutMemoryForAStack() throws {
        let config = wasi_threads_engine_config_new()
        try succeed(
            wasi_threads_engine_config_set_limit(config, WASI_THREADS_LIMIT_GUEST_STACK_BYTES, 1 << 30))
        let engine = try made { wasi_threads_engine_new(config, $0) }
        wasi_threads_engine_config_delete(config)
        let module = try made {
            wasi_threads_module_new_from_file(engine, try! Guests.path("attach-library"), $0)
        }
        let process = try made { wasi_threads_process_new(engine, module, nil, nil, $0) }
        try succeed(wasi_threads_process_initialize(process))
        var thread: OpaquePointer?
        let failure = expectFailure(WASI_THREADS_ERROR_LIMIT, wasi_threads_process_attach(process, &thread))
        #expect(failure?.message.contains("malloc") == true && thread == nil)
        try succeed(wasi_threads_process_delete(process))
        wasi_threads_module_delete(module)
        wasi_threads_engine_delete(engine)
    }
}
