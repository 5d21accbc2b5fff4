// The life of a process: run, calls, threads, and its end from every state.

import CWasiThreads
import Foundation
import Testing

@Suite(.timeLimit(.minutes(5))) struct Processes {
    /// Runs a guest and gives its status and what it wrote.
    private func run(_ guest: String, _ arguments: String...) throws -> (status: UInt32, output: String) {
        let host = try Host(guest, arguments: arguments)
        defer { host.delete() }
        let process = try host.process()
        var status: UInt32 = 99
        let error = wasi_threads_process_run(process, &status)
        let output = try text(process)
        try succeed(wasi_threads_process_delete(process))
        try succeed(error)
        return (status, output)
    }

    @Test func statusAndOutput() throws {
        #expect(try run("hello") == (0, "Hello, world!\n"))
        #expect(try run("exit").status == 42)
        #expect(try run("nothing").status == 0)
        #expect(
            try run("echo", "a", "-b", "").output.hasSuffix("argument 1: a\nargument 2: -b\nargument 3: \n"))
    }

    @Test func aTrapHasThreadAndFrames() throws {
        let host = try Host("trap-in-thread")
        let process = try host.process()
        let failure = expectFailure(WASI_THREADS_ERROR_TRAP, wasi_threads_process_run(process, nil))
        #expect(failure?.trap == WASI_THREADS_TRAP_INTEGER_DIVIDE_BY_ZERO)
        #expect(failure?.thread ?? 0 > 0)
        #expect(failure?.frames.first?.name == "divide")
        #expect(failure?.frames.last?.name == "wasi_thread_start")

        var outcome = WASI_THREADS_OUTCOME_ALIVE
        var reason: OpaquePointer?
        try succeed(wasi_threads_process_outcome(process, &outcome, nil, &reason))
        #expect(outcome == WASI_THREADS_OUTCOME_TRAPPED)
        #expect(Failure(reason)?.kind == WASI_THREADS_ERROR_TRAP)
        expectFailure(WASI_THREADS_ERROR_MISUSE, wasi_threads_process_run(process, nil))
        expectFailure(WASI_THREADS_ERROR_MISUSE, wasi_threads_process_spawn(process, 0, nil))
        try succeed(wasi_threads_process_delete(process))
        host.delete()
    }

    @Test func whatCannotBeLinkedOrRun() throws {
        for (guest, names) in [
            ("unknown-import", ["nowhere.nothing", "(func (i32) -> ())"]),
            ("import-type", ["fd_write", "(func (i64) -> (i32))", "(func (i32 i32 i32 i32) -> (i32))"]),
        ] {
            let host = try Host(guest)
            var process: OpaquePointer?
            let failure = expectFailure(
                WASI_THREADS_ERROR_LINK,
                wasi_threads_process_new(host.engine, host.module, nil, nil, &process))
            for name in names { #expect(failure?.message.contains(name) == true) }
            host.delete()
        }
        for guest in ["no-start", "start-type"] {
            let host = try Host(guest)
            let process = try host.process()
            expectFailure(WASI_THREADS_ERROR_EXPORT, wasi_threads_process_run(process, nil))
            try succeed(wasi_threads_process_delete(process))
            host.delete()
        }
    }

    @Test func callsByName() throws {
        let host = try Host("reactor")
        let process = try host.process()
        try succeed(wasi_threads_process_initialize(process))
        #expect(try call(process, "initialized") == 40)
        #expect(try call(process, "add", -3, 5) == 2)
        #expect(try call(process, "store_in_thread", 77) == 77)
        expectFailure(WASI_THREADS_ERROR_MISUSE, wasi_threads_process_initialize(process))

        var values = [i32(1), i32(2), i32(3)]
        var result = wasi_threads_value_t()
        let few = expectFailure(
            WASI_THREADS_ERROR_TYPE, wasi_threads_process_call(process, "add", values, 1, &result, 1))
        #expect(few?.message.contains("func (i32 i32) -> (i32)") == true)
        expectFailure(
            WASI_THREADS_ERROR_TYPE, wasi_threads_process_call(process, "add", values, 3, &result, 1))
        expectFailure(WASI_THREADS_ERROR_TYPE, wasi_threads_process_call(process, "add", values, 2, nil, 0))
        values[0].kind = WASI_THREADS_F32
        expectFailure(
            WASI_THREADS_ERROR_TYPE, wasi_threads_process_call(process, "add", values, 2, &result, 1))
        values[0].kind = wasi_threads_value_kind_t(rawValue: 77)
        expectFailure(
            WASI_THREADS_ERROR_MISUSE, wasi_threads_process_call(process, "add", values, 2, &result, 1))
        for name in ["nothing", "memory", "constant"] {
            expectFailure(WASI_THREADS_ERROR_EXPORT, wasi_threads_process_call(process, name, nil, 0, nil, 0))
        }
        let operands = [i32(1), i32(0)]
        let trap = expectFailure(
            WASI_THREADS_ERROR_TRAP, wasi_threads_process_call(process, "divide", operands, 2, &result, 1))
        #expect(trap?.thread == 0 && trap?.trap == WASI_THREADS_TRAP_INTEGER_DIVIDE_BY_ZERO)
        expectFailure(
            WASI_THREADS_ERROR_MISUSE, wasi_threads_process_call(process, "add", operands, 2, &result, 1))
        try succeed(wasi_threads_process_delete(process))
        host.delete()
    }

    @Test func memoryAndThreadsOfTheHost() throws {
        let host = try Host("reactor")
        let process = try host.process()
        let memory = try made { wasi_threads_process_memory(process, nil, $0) }
        var base: UnsafeMutablePointer<UInt8>?
        var length: UInt64 = 0
        try succeed(wasi_threads_memory_data(memory, &base, &length))
        #expect(length == 65_536)
        var thread: UInt32 = 0
        try succeed(wasi_threads_process_spawn(process, 1234, &thread))
        #expect(thread > 0)
        try succeed(wasi_threads_process_join(process, thread))
        try succeed(wasi_threads_process_wait(process))
        #expect(UnsafeRawPointer(try #require(base)).load(fromByteOffset: 8, as: UInt32.self) == 1234)
        var none: OpaquePointer?
        expectFailure(WASI_THREADS_ERROR_EXPORT, wasi_threads_process_memory(process, "table", &none))
        expectFailure(
            WASI_THREADS_ERROR_EXPORT, wasi_threads_process_imported_memory(process, "a", "b", &none))
        #expect(none == nil)
        try succeed(wasi_threads_process_delete(process))
        var word: UInt32 = 0
        try succeed(wasi_threads_memory_read(memory, 8, &word, 4))
        #expect(word == 1234, "the memory outlives its process")
        wasi_threads_memory_delete(memory)
        host.delete()

        let other = try Host("ending", arguments: ["busy", "return", "0"])
        let importing = try other.process()
        let imported = try made { wasi_threads_process_imported_memory(importing, "foo", "bar", $0) }
        try succeed(wasi_threads_memory_data(imported, &base, &length))
        #expect(length == 64 * 65_536)
        wasi_threads_memory_delete(imported)
        try succeed(wasi_threads_process_delete(importing))
        other.delete()
    }

    @Test func onlyOneThreadIsInsideTheMainInstance() throws {
        let host = try Host("ending", arguments: ["wait", "never", "2"])
        let pipe = Pipe()
        try succeed(
            wasi_threads_wasi_config_set_stream_descriptor(
                host.config, WASI_THREADS_STDOUT, pipe.fileHandleForWriting.fileDescriptor))
        let process = Object(try host.process())
        let running = Background { Failure(wasi_threads_process_run(process.pointer, nil)) }
        _ = pipe.fileHandleForReading.availableData
        expectFailure(WASI_THREADS_ERROR_BUSY, wasi_threads_process_run(process.pointer, nil))
        expectFailure(WASI_THREADS_ERROR_BUSY, wasi_threads_process_initialize(process.pointer))
        var status: UInt32 = 0
        var outcome = WASI_THREADS_OUTCOME_ENDED
        try succeed(wasi_threads_process_outcome(process.pointer, &outcome, &status, nil))
        #expect(outcome == WASI_THREADS_OUTCOME_ALIVE)
        // Deleting ends the call that is under way.
        try succeed(wasi_threads_process_delete(process.pointer))
        #expect(running.wait()?.kind == WASI_THREADS_ERROR_ENDED)
        host.delete()
    }

    @Test(arguments: ["busy", "wait", "poll", "descriptor", "read"])
    func endedByTheEmbedder(state: String) throws {
        let host = try Host("ending", arguments: [state, "never", "8"])
        let (input, output) = (Pipe(), Pipe())
        try succeed(
            wasi_threads_wasi_config_set_stream_descriptor(
                host.config, WASI_THREADS_STDIN, input.fileHandleForReading.fileDescriptor))
        try succeed(
            wasi_threads_wasi_config_set_stream_descriptor(
                host.config, WASI_THREADS_STDOUT, output.fileHandleForWriting.fileDescriptor))
        for _ in 0..<5 {
            let process = Object(try host.process())
            let running = Background { Failure(wasi_threads_process_run(process.pointer, nil)) }
            _ = output.fileHandleForReading.availableData
            try succeed(wasi_threads_process_end(process.pointer, "That is enough."))
            let failure = running.wait()
            #expect(failure?.kind == WASI_THREADS_ERROR_ENDED)
            #expect(failure?.message == "That is enough.")
            try succeed(wasi_threads_process_delete(process.pointer))
        }
        host.delete()
    }

    @Test func endedBeforeAndByTime() throws {
        let host = try Host("loop")
        let first = try host.process()
        try succeed(wasi_threads_process_end(first, nil))
        expectFailure(WASI_THREADS_ERROR_ENDED, wasi_threads_process_run(first, nil))
        try succeed(wasi_threads_process_delete(first))

        let second = try host.process()
        try succeed(wasi_threads_process_set_time_limit(second, 0))
        try succeed(wasi_threads_process_set_time_limit(second, 1 << 62))
        try succeed(wasi_threads_process_set_time_limit(second, 0))
        try succeed(wasi_threads_process_set_time_limit(second, 20_000_000))
        let failure = expectFailure(WASI_THREADS_ERROR_ENDED, wasi_threads_process_run(second, nil))
        #expect(failure?.message == "The run time limit of 20 ms is over.")
        try succeed(wasi_threads_process_delete(second))
        host.delete()
    }

    @Test func capturedOutputHasALimit() throws {
        let config = wasi_threads_engine_config_new()
        try succeed(wasi_threads_engine_config_set_limit(config, WASI_THREADS_LIMIT_BUFFER_BYTES, 5))
        let engine = try made { wasi_threads_engine_new(config, $0) }
        let path = try Guests.path("hello")
        let module = try made { wasi_threads_module_new_from_file(engine, path, $0) }
        let wasi = wasi_threads_wasi_config_new()
        try succeed(wasi_threads_wasi_config_capture_output(wasi, WASI_THREADS_STDOUT))
        let process = try made { wasi_threads_process_new(engine, module, nil, wasi, $0) }
        _ = Failure(wasi_threads_process_run(process, nil))
        var length = 0
        try succeed(wasi_threads_process_output_length(process, WASI_THREADS_STDOUT, &length))
        #expect(length == 5)
        #expect(try text(process) == "Hello")
        expectFailure(
            WASI_THREADS_ERROR_MISUSE,
            wasi_threads_process_output_length(process, WASI_THREADS_STDERR, &length))
        try succeed(wasi_threads_process_delete(process))
        wasi_threads_wasi_config_delete(wasi)
        wasi_threads_module_delete(module)
        wasi_threads_engine_delete(engine)
        wasi_threads_engine_config_delete(config)
    }

    @Test func aModuleMayBeDeletedBeforeItsProcess() throws {
        let host = try Host("reactor")
        let process = try host.process()
        host.delete()
        #expect(try call(process, "store_in_thread", 5) == 5)
        try succeed(wasi_threads_process_delete(process))
    }
}
