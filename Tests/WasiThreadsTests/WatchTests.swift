// What is seen of the threads of a process, and what bounds them.

import CWasiThreads
import Foundation
import Synchronization
import Testing

/// What a watcher was told, in order.
private final class Log: Sendable {
    struct Entry: Hashable {
        var kind: UInt32
        var thread: UInt32
        var origin: UInt32
        var exit: UInt32
    }

    let entries = Mutex<[Entry]>([])
    let finalizers = Mutex(0)

    /// How the thread ended; nil where it did not, or was not begun once before.
    func exit(of thread: UInt32) -> wasi_threads_thread_exit_t? {
        let own = entries.withLock { $0.filter { $0.thread == thread } }
        guard own.map(\.kind) == [0, 1] else { return nil }
        return wasi_threads_thread_exit_t(rawValue: own[1].exit)
    }

    func watch(_ process: OpaquePointer) -> OpaquePointer? {
        wasi_threads_process_watch_threads(
            process,
            { environment, process, event in
                let log = Unmanaged<Log>.fromOpaque(environment!).takeUnretainedValue()
                let event = event!.pointee
                let entry = Entry(
                    kind: event.kind.rawValue, thread: event.thread, origin: event.origin.rawValue,
                    exit: event.exit.rawValue)
                log.entries.withLock { $0.append(entry) }
                // What waits for the thread itself is refused.
                if Failure(wasi_threads_process_wait(process))?.kind != WASI_THREADS_ERROR_MISUSE,
                    event.origin != WASI_THREADS_ORIGIN_ATTACHED
                {
                    log.entries.withLock { $0.append(entry) }
                }
            }, Unmanaged.passRetained(self).toOpaque(),
            { environment in
                let log = Unmanaged<Log>.fromOpaque(environment!).takeRetainedValue()
                log.finalizers.withLock { $0 += 1 }
            })
    }
}

private func string<Characters>(_ characters: Characters) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}

extension Program {
    func threads() throws -> [wasi_threads_thread_info_t] {
        var infos = [wasi_threads_thread_info_t](repeating: .init(), count: 20)
        var count = 0
        try succeed(wasi_threads_process_threads(process, &infos, infos.count, &count))
        return Array(infos.prefix(count))
    }

    func info(_ thread: UInt32) throws -> wasi_threads_thread_info_t? {
        try threads().first { $0.thread == thread }
    }

    func living(_ thread: UInt32) throws -> wasi_threads_thread_info_t {
        let found = try info(thread)
        return try #require(found)
    }

    /// Waits until the thread is in a state.
    func waitUntil(_ thread: UInt32, is state: wasi_threads_thread_state_t) throws
        -> wasi_threads_thread_info_t
    {
        while true {
            let info = try living(thread)
            if info.state == state { return info }
            sched_yield()
        }
    }
}

@Suite(.timeLimit(.minutes(5))) struct Watching {
    private let misuse = WASI_THREADS_ERROR_MISUSE

    @Test func eachThreadBeginsAndEndsOnce() throws {
        let program = try Program()
        let log = Log()
        try succeed(log.watch(program.process))
        expectFailure(misuse, Log().watch(program.process))
        let first = try program.spawn(0)
        try succeed(wasi_threads_process_join(program.process, first))
        let (attached, idle) = (try Attached(program.process), try Attached(program.process))
        #expect(try attached.call("own", 1) == 1)
        try attached.detach()
        let working = try program.spawn(1)
        try program.waitUntilInside(1)
        let trapping = try program.spawn(7)
        try succeed(wasi_threads_process_join(program.process, trapping))
        try succeed(wasi_threads_process_join(program.process, working))
        let idleID = idle.id
        try program.delete()
        #expect(log.exit(of: first) == WASI_THREADS_EXIT_RETURNED)
        #expect(log.exit(of: working) == WASI_THREADS_EXIT_ENDED)
        #expect(log.exit(of: trapping) == WASI_THREADS_EXIT_TRAPPED)
        #expect(log.exit(of: idleID) == WASI_THREADS_EXIT_ENDED)
        #expect(log.entries.withLock { $0.count } == 10, "\(log.entries.withLock { $0 })")
        #expect(log.entries.withLock { $0.filter { $0.origin == 2 }.count } == 4)
        try idle.detach()
        #expect(log.finalizers.withLock { $0 } == 1)
    }

    @Test func anExitIsSeen() throws {
        let program = try Program()
        let log = Log()
        try succeed(log.watch(program.process))
        let exiting = try program.spawn(8)
        try succeed(wasi_threads_process_join(program.process, exiting))
        try program.delete()
        #expect(log.exit(of: exiting) == WASI_THREADS_EXIT_EXITED)
    }

    @Test func watchingBeginsBeforeTheProcess() throws {
        let program = try Program()
        #expect(try call(program.process, "own", 1) == 1)
        let late = expectFailure(misuse, Log().watch(program.process))
        #expect(late?.message.contains("begun") == true)
        expectFailure(misuse, wasi_threads_process_watch_threads(program.process, nil, nil, nil))
        try program.delete()
    }

    @Test func statesAndWhatIsWaitedFor() throws {
        let (entered, leave) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let program = try Program { _, question in
            entered.signal()
            leave.wait()
            return question + 1
        }
        let process = Object(program.process)
        let computing = try program.spawn(1)
        let calling = try program.spawn(3)
        entered.wait()
        let waiting = Background { () -> Failure? in
            guard let thread = try? Attached(process.pointer) else { return nil }
            defer { try? thread.detach() }
            return thread.run("wait")
        }
        try program.waitUntilInside(3)
        let idle = try Attached(program.process)
        let states = try program.threads()
        #expect(states.count == 4 && states.map(\.thread) == states.map(\.thread).sorted())
        #expect(
            try program.waitUntil(computing, is: WASI_THREADS_THREAD_RUNNING).origin
                == WASI_THREADS_ORIGIN_SPAWNED)
        let call = try program.waitUntil(calling, is: WASI_THREADS_THREAD_IN_HOST_CALL)
        #expect(string(call.function) == "env.host")
        let waiter = try #require(
            states.first { $0.thread != idle.id && $0.origin == WASI_THREADS_ORIGIN_ATTACHED })
        #expect(try program.waitUntil(waiter.thread, is: WASI_THREADS_THREAD_WAITING).wait_offset == 4)
        #expect(try program.info(idle.id)?.state == WASI_THREADS_THREAD_OUTSIDE)
        while try program.living(computing).cpu_nanoseconds == 0 { sched_yield() }
        var count = 0
        try succeed(wasi_threads_process_threads(program.process, nil, 0, &count))
        #expect(count == 4)
        expectFailure(misuse, wasi_threads_process_threads(program.process, nil, 1, &count))
        try succeed(wasi_threads_process_end(program.process, nil))
        leave.signal()
        #expect(waiting.wait()?.kind == WASI_THREADS_ERROR_ENDED)
        try idle.detach()
        try program.delete()
    }

    @Test func aPollIsSeen() throws {
        let host = try Host("ending", arguments: ["poll", "never", "1"])
        let process = try host.process()
        let shared = Object(process)
        let run = Background { Failure(wasi_threads_process_run(shared.pointer, nil))?.kind }
        var infos = [wasi_threads_thread_info_t](repeating: .init(), count: 2)
        var count = 0
        while true {
            try succeed(wasi_threads_process_threads(process, &infos, 2, &count))
            if count == 2, infos.allSatisfy({ string($0.function).hasSuffix("poll_oneoff") }) { break }
            sched_yield()
        }
        #expect(string(infos[0].function) == "wasi_snapshot_preview1.poll_oneoff")
        #expect(infos[0].thread == 0 && infos[0].origin == WASI_THREADS_ORIGIN_CALL)
        try succeed(wasi_threads_process_end(process, nil))
        #expect(run.wait() == WASI_THREADS_ERROR_ENDED)
        try succeed(wasi_threads_process_delete(process))
        host.delete()
    }

    @Test func names() throws {
        let program = try Program()
        let working = try program.spawn(1)
        try program.waitUntilInside(1)
        let name = "wörker of the first hour"
        try succeed(wasi_threads_process_name_thread(program.process, working, name))
        #expect(try string(program.living(working).name) == name)
        let tasks = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")
        let names = tasks.compactMap {
            try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8)
        }
        #expect(names.contains("wörker of the \n"))
        let long = String(repeating: "é", count: 100)
        try succeed(wasi_threads_process_name_thread(program.process, working, long))
        #expect(try string(program.living(working).name) == String(repeating: "é", count: 31))
        expectFailure(misuse, wasi_threads_process_name_thread(program.process, 1 << 29, "none"))
        expectFailure(misuse, wasi_threads_process_name_thread(program.process, working, nil))
        let attached = try Attached(program.process)
        try succeed(wasi_threads_process_name_thread(program.process, attached.id, "divider"))
        var result = wasi_threads_value_t()
        let trap = expectFailure(
            WASI_THREADS_ERROR_TRAP,
            wasi_threads_thread_call(attached.thread, "divide", [i32(1), i32(0)], 2, &result, 1))
        #expect(trap?.message == "Thread \(attached.id) (divider) trapped: integer divide by zero.")
        try attached.detach()
        try program.delete()
    }
}

@Suite(.timeLimit(.minutes(5))) struct Governing {
    private let misuse = WASI_THREADS_ERROR_MISUSE

    @Test(arguments: [1, 3] as [UInt32])
    func processorTimeIsLimited(_ threads: UInt32) throws {
        let program = try Program()
        for _ in 0..<threads { try program.spawn(1) }
        try succeed(wasi_threads_process_set_cpu_limit(program.process, 30_000_000))
        try succeed(wasi_threads_process_wait(program.process))
        var reason: OpaquePointer?
        try succeed(wasi_threads_process_outcome(program.process, nil, nil, &reason))
        let failure = Failure(reason)
        #expect(failure?.kind == WASI_THREADS_ERROR_ENDED)
        #expect(failure?.message == "The CPU time limit of 30 ms is over.")
        try program.delete()
    }

    @Test func processorTimeOfCallsCounts() throws {
        let program = try Program()
        try succeed(wasi_threads_process_set_cpu_limit(program.process, 20_000_000))
        let thread = try Attached(program.process)
        // What the host does between calls does not count.
        let end = DispatchTime.now().uptimeNanoseconds + 60_000_000
        while DispatchTime.now().uptimeNanoseconds < end {}
        #expect(try thread.call("own", 1) == 1)
        #expect(thread.run("spin")?.message == "The CPU time limit of 20 ms is over.")
        try thread.detach()
        try program.delete()
    }

    @Test func aCallThatIsUnderWayCounts() throws {
        let program = try Program()
        let process = Object(program.process)
        let spinning = Background { () -> String? in
            Failure(wasi_threads_process_call(process.pointer, "spin", nil, 0, nil, 0))?.message
        }
        try program.waitUntilInside(1)
        try succeed(wasi_threads_process_set_cpu_limit(program.process, 20_000_000))
        #expect(spinning.wait() == "The CPU time limit of 20 ms is over.")
        try program.delete()
    }

    private func isAlive(_ program: Program) throws -> Bool {
        var outcome = WASI_THREADS_OUTCOME_ENDED
        try succeed(wasi_threads_process_outcome(program.process, &outcome, nil, nil))
        return outcome == WASI_THREADS_OUTCOME_ALIVE
    }

    @Test func waitingTakesNoProcessorTime() throws {
        let program = try Program()
        try succeed(wasi_threads_process_set_cpu_limit(program.process, 30_000_000))
        let process = Object(program.process)
        let waiting = Background { () -> Failure? in
            Failure(wasi_threads_process_call(process.pointer, "wait", nil, 0, nil, 0))
        }
        try program.waitUntilInside(1)
        try program.wait(at: 12, while: 0, nanoseconds: 60_000_000)
        #expect(try isAlive(program))
        try succeed(wasi_threads_process_end(program.process, nil))
        #expect(waiting.wait()?.kind == WASI_THREADS_ERROR_ENDED)
        try program.delete()
    }

    @Test func aLimitIsTakenAway() throws {
        let program = try Program()
        let working = try program.spawn(1)
        try succeed(wasi_threads_process_set_cpu_limit(program.process, 1_000_000_000))
        try succeed(wasi_threads_process_set_cpu_limit(program.process, 0))
        try succeed(wasi_threads_process_set_cpu_limit(program.process, 0))
        while try program.living(working).cpu_nanoseconds < 30_000_000 { sched_yield() }
        #expect(try isAlive(program))
        try program.delete()
    }

    @Test func threadsAreLimited() throws {
        let program = try Program()
        try succeed(
            wasi_threads_process_set_limit(program.process, WASI_THREADS_PROCESS_LIMIT_THREADS, 1))
        try program.spawn(1)
        #expect(try call(program.process, "spawn", 0) < 0)
        var thread: OpaquePointer?
        let failure = expectFailure(
            WASI_THREADS_ERROR_LIMIT, wasi_threads_process_attach(program.process, &thread))
        #expect(failure?.message.contains("limit of 1 thread") == true && thread == nil)
        try succeed(
            wasi_threads_process_set_limit(program.process, WASI_THREADS_PROCESS_LIMIT_THREADS, .max))
        try Attached(program.process).detach()
        expectFailure(
            misuse,
            wasi_threads_process_set_limit(program.process, wasi_threads_process_limit_t(rawValue: 9), 1))
        try program.delete()
    }

    @Test func memoryIsLimited() throws {
        let program = try Program()
        let set = { (bytes: UInt64) in
            wasi_threads_process_set_limit(program.process, WASI_THREADS_PROCESS_LIMIT_MEMORY_BYTES, bytes)
        }
        expectFailure(WASI_THREADS_ERROR_LIMIT, set(2 * 65_536 - 1))
        try succeed(set(3 * 65_536))
        let memory = try made { wasi_threads_process_memory(program.process, nil, $0) }
        try succeed(wasi_threads_memory_grow(memory, 1, nil))
        expectFailure(WASI_THREADS_ERROR_LIMIT, wasi_threads_memory_grow(memory, 1, nil))
        try succeed(set(4 * 65_536))
        try succeed(wasi_threads_memory_grow(memory, 1, nil))
        wasi_threads_memory_delete(memory)
        try program.delete()
        // A memory for each instance.
        let host = try Host("memory-each")
        let process = try host.process()
        try succeed(
            wasi_threads_process_set_limit(process, WASI_THREADS_PROCESS_LIMIT_MEMORY_BYTES, 2 * 65_536))
        let first = try Attached(process)
        var second: OpaquePointer?
        let failure = Failure(wasi_threads_process_attach(process, &second))
        #expect(failure?.kind == WASI_THREADS_ERROR_LIMIT)
        #expect(failure?.message.contains("131072 bytes together") == true)
        try first.detach()
        try Attached(process).detach()
        try succeed(wasi_threads_process_delete(process))
        host.delete()
    }
}
