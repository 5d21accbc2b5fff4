// Memories that the host reads, writes, makes and shares.

import CWasiThreads
import Testing

@Suite(.timeLimit(.minutes(5))) struct Memories {
    private let misuse = WASI_THREADS_ERROR_MISUSE

    @Test func accessesAreInsideTheMemory() throws {
        let engine = try made { wasi_threads_engine_new(nil, $0) }
        let memory = try made { wasi_threads_memory_new(engine, 1, 2, $0) }
        var bytes: [UInt8] = [1, 2, 3, 4]
        try succeed(wasi_threads_memory_write(memory, 65_532, bytes, 4))
        bytes = [0, 0, 0, 0]
        try succeed(wasi_threads_memory_read(memory, 65_532, &bytes, 4))
        #expect(bytes == [1, 2, 3, 4])
        try succeed(wasi_threads_memory_read(memory, 65_536, nil, 0))
        for offset: UInt64 in [65_533, 65_536, 1 << 32, 1 << 63, .max - 3, .max] {
            let failure = expectFailure(misuse, wasi_threads_memory_read(memory, offset, &bytes, 4))
            #expect(failure?.message.contains("4 bytes at the offset \(offset)") == true)
            #expect(failure?.message.contains("65536 bytes") == true)
            expectFailure(misuse, wasi_threads_memory_write(memory, offset, bytes, 4))
        }
        #expect(bytes == [1, 2, 3, 4])
        expectFailure(misuse, wasi_threads_memory_read(memory, 0, nil, 1))
        expectFailure(misuse, wasi_threads_memory_read(memory, 65_537, nil, 0))
        expectFailure(misuse, wasi_threads_memory_read(memory, 0, &bytes, -1))
        wasi_threads_memory_delete(memory)
        wasi_threads_memory_delete(memory)
        expectFailure(misuse, wasi_threads_memory_read(memory, 0, &bytes, 1))
        wasi_threads_engine_delete(engine)
    }

    @Test func strings() throws {
        let engine = try made { wasi_threads_engine_new(nil, $0) }
        let memory = try made { wasi_threads_memory_new(engine, 1, 1, $0) }
        try succeed(wasi_threads_memory_write(memory, 65_530, "guest\u{0}", 6))
        try succeed(wasi_threads_memory_write(memory, 100, "no end", 6))
        var buffer = [CChar](repeating: 9, count: 6)
        var length = 0
        try succeed(wasi_threads_memory_read_string(memory, 65_530, &buffer, 6, &length))
        #expect(length == 5 && buffer == "guest\0".utf8.map(CChar.init(bitPattern:)))
        expectFailure(
            WASI_THREADS_ERROR_LIMIT, wasi_threads_memory_read_string(memory, 65_530, &buffer, 5, &length))
        expectFailure(
            WASI_THREADS_ERROR_LIMIT, wasi_threads_memory_read_string(memory, 65_530, nil, 0, &length))
        try succeed(wasi_threads_memory_write(memory, 65_535, "!", 1))
        let failure = expectFailure(
            misuse, wasi_threads_memory_read_string(memory, 65_530, &buffer, 9, &length))
        #expect(failure?.message.contains("65530") == true && failure?.message.contains("65536") == true)
        expectFailure(misuse, wasi_threads_memory_read_string(memory, 65_537, &buffer, 6, &length))
        expectFailure(misuse, wasi_threads_memory_read_string(memory, .max, &buffer, 6, &length))
        #expect(length == 5)
        wasi_threads_memory_delete(memory)
        wasi_threads_engine_delete(engine)
    }

    @Test func kindsOfMemories() throws {
        let host = try Host("memories")
        let linker = try made { wasi_threads_linker_new(host.engine, $0) }
        let wide = try made { wasi_threads_memory_new_typed(host.engine, 1, 16, 65_536, true, $0) }
        let bytes = try made { wasi_threads_memory_new_typed(host.engine, 5, 1000, 1, false, $0) }
        try succeed(wasi_threads_linker_define_memory(linker, "env", "wide", wide))
        try succeed(wasi_threads_linker_define_memory(linker, "env", "bytes", bytes))
        let process = try made { wasi_threads_process_new(host.engine, host.module, linker, nil, $0) }
        try succeed(wasi_threads_memory_write(wide, 65_535, [9] as [UInt8], 1))
        #expect(try callKind(process, "get", 65_535) == 9)
        var previous: UInt64 = 0
        try succeed(wasi_threads_memory_grow(bytes, 7, &previous))
        #expect(previous == 5)
        try succeed(wasi_threads_memory_write(bytes, 11, [8] as [UInt8], 1))
        expectFailure(misuse, wasi_threads_memory_write(bytes, 12, [8] as [UInt8], 1))
        #expect(try callKind(process, "byte", 11) == 8)
        expectFailure(WASI_THREADS_ERROR_LIMIT, wasi_threads_memory_grow(bytes, 989, &previous))

        let named = try made { wasi_threads_process_memory(process, "plain", $0) }
        let numbered = try made { wasi_threads_process_memory_at(process, 3, $0) }
        try succeed(wasi_threads_memory_write(named, 1, [7] as [UInt8], 1))
        var byte: UInt8 = 0
        try succeed(wasi_threads_memory_read(numbered, 1, &byte, 1))
        #expect(byte == 7)
        var none: OpaquePointer?
        let failure = expectFailure(WASI_THREADS_ERROR_EXPORT, wasi_threads_process_memory_at(process, 4, &none))
        #expect(failure?.message.contains("no memory 4") == true)
        for memory in [wide, bytes, named, numbered] { wasi_threads_memory_delete(memory) }
        try succeed(wasi_threads_process_delete(process))
        wasi_threads_linker_delete(linker)
        host.delete()
    }

    /// A memory of another kind than the import's is refused, with both types.
    @Test func kindsOfMemoriesAreCompared() throws {
        let host = try Host("memories")
        for (pageSize, is64, pages): (UInt64, Bool, UInt64) in [(65_536, false, 16), (1, true, 16)] {
            let linker = try made { wasi_threads_linker_new(host.engine, $0) }
            let memory = try made { wasi_threads_memory_new_typed(host.engine, 1, pages, pageSize, is64, $0) }
            try succeed(wasi_threads_linker_define_memory(linker, "env", "wide", memory))
            var process: OpaquePointer?
            let failure = expectFailure(
                WASI_THREADS_ERROR_LINK, wasi_threads_process_new(host.engine, host.module, linker, nil, &process))
            #expect(failure?.message.contains("(memory i64 1 16 shared)") == true)
            wasi_threads_memory_delete(memory)
            wasi_threads_linker_delete(linker)
        }
        host.delete()
    }

    @Test func boundsOfKinds() throws {
        let engine = try made { wasi_threads_engine_new(nil, $0) }
        var memory: OpaquePointer?
        for (pages, pageSize, is64): (UInt64, UInt64, Bool) in [
            (65_537, 65_536, false), (1 << 32, 1, false), (1 << 48 + 1, 65_536, true), (1, 2, true), (1, 0, false),
        ] {
            expectFailure(misuse, wasi_threads_memory_new_typed(engine, 0, pages, pageSize, is64, &memory))
        }
        // What is declared is not reserved beyond the engine's limit; what is to be there is an error.
        try succeed(wasi_threads_memory_new_typed(engine, 0, 1 << 48, 65_536, true, &memory))
        expectFailure(WASI_THREADS_ERROR_LIMIT, wasi_threads_memory_grow(memory, 65_537, nil))
        wasi_threads_memory_delete(memory)
        try succeed(wasi_threads_memory_new_typed(engine, 0, .max, 1, true, &memory))
        expectFailure(WASI_THREADS_ERROR_LIMIT, wasi_threads_memory_grow(memory, .max, nil))
        wasi_threads_memory_delete(memory)
        for (pages, pageSize): (UInt64, UInt64) in [(65_537, 65_536), (1 << 48, 65_536), (1 << 32 + 1, 1), (.max, 1)] {
            let failure = expectFailure(
                WASI_THREADS_ERROR_LIMIT,
                wasi_threads_memory_new_typed(engine, pages, pages, pageSize, true, &memory))
            #expect(failure?.message.contains("\(pages) pages") == true)
        }
        wasi_threads_engine_delete(engine)
    }

    /// Beyond the 4 GiB of 32-bit addresses, where the engine lets it.
    @Test func largeMemories() throws {
        let config = wasi_threads_engine_config_new()
        try succeed(wasi_threads_engine_config_set_limit(config, WASI_THREADS_LIMIT_MEMORY_PAGES, 200_000))
        let host = try Host("memories", limits: config)
        wasi_threads_engine_config_delete(config)
        let process = try made { wasi_threads_process_new(host.engine, host.module, nil, nil, $0) }
        #expect(try callKind(process, "grow", 150_000) == 0)
        #expect(try callKind(process, "grow", 50_001) == -1)
        let last: Int64 = 150_000 * 65_536 - 8
        #expect(try callKind(process, "touch", last) == last)
        #expect(throws: Failure.self) { try callKind(process, "touch", last + 1) }
        try succeed(wasi_threads_process_delete(process))
        host.delete()
    }

    /// Calls a function of one parameter and one result.
    private func callKind(_ process: OpaquePointer, _ name: String, _ argument: Int64) throws -> Int64 {
        var value = wasi_threads_value_t()
        value.kind = name == "byte" ? WASI_THREADS_I32 : WASI_THREADS_I64
        value.of.i64 = argument
        var result = wasi_threads_value_t()
        try succeed(wasi_threads_process_call(process, name, &value, 1, &result, 1))
        return result.kind == WASI_THREADS_I32 ? Int64(result.of.i32) : result.of.i64
    }

    @Test func limitsAndGrowth() throws {
        let config = wasi_threads_engine_config_new()
        try succeed(wasi_threads_engine_config_set_limit(config, WASI_THREADS_LIMIT_MEMORY_PAGES, 3))
        let engine = try made { wasi_threads_engine_new(config, $0) }
        wasi_threads_engine_config_delete(config)
        var memory: OpaquePointer?
        expectFailure(misuse, wasi_threads_memory_new(engine, 2, 1, &memory))
        expectFailure(misuse, wasi_threads_memory_new(engine, 2, 65_537, &memory))
        expectFailure(WASI_THREADS_ERROR_LIMIT, wasi_threads_memory_new(engine, 4, 5, &memory))
        #expect(memory == nil)
        try succeed(wasi_threads_memory_new(engine, 0, 5, &memory))
        var previous: UInt64 = 9
        try succeed(wasi_threads_memory_grow(memory, 2, &previous))
        #expect(previous == 0)
        expectFailure(WASI_THREADS_ERROR_LIMIT, wasi_threads_memory_grow(memory, 2, &previous))
        expectFailure(WASI_THREADS_ERROR_LIMIT, wasi_threads_memory_grow(memory, .max, &previous))
        try succeed(wasi_threads_memory_grow(memory, 1, nil))
        var base: UnsafeMutablePointer<UInt8>?
        var length: UInt64 = 0
        try succeed(wasi_threads_memory_data(memory, &base, &length))
        #expect(length == 3 * 65_536 && base?[Int(length) - 1] == 0)
        wasi_threads_memory_delete(memory)
        wasi_threads_engine_delete(engine)
    }

    /// A linker that gives every guest the same memory as `foo.bar`.
    private func linker(_ engine: OpaquePointer, _ memory: OpaquePointer) throws -> OpaquePointer {
        let linker = try made { wasi_threads_linker_new(engine, $0) }
        try succeed(wasi_threads_linker_define_memory(linker, "foo", "bar", memory))
        return linker
    }

    @Test func processesShareAMemory() throws {
        let host = try Host("memory-of-host")
        let memory = try made { wasi_threads_memory_new(host.engine, 1, 3, $0) }
        let linker = try linker(host.engine, memory)
        let processes = [try host.process(linker), try host.process(linker), try host.process(linker)]
        let waits = processes.prefix(2).map { process in
            let process = Object(process)
            return Background { () -> (wasi_threads_error_kind_t?, Int32) in
                var result = i32(9)
                let failure = Failure(wasi_threads_process_call(process.pointer, "wait", nil, 0, &result, 1))
                return (failure?.kind, result.of.i32)
            }
        }
        var result = WASI_THREADS_WAIT_WOKEN
        var count: UInt32 = 0
        while count < 2 {
            try succeed(wasi_threads_memory_wait32(memory, 8, count, -1, &result))
            try succeed(wasi_threads_memory_read(memory, 8, &count, 4))
        }
        try succeed(wasi_threads_process_end(processes[0], nil))
        #expect(waits[0].wait().0 == WASI_THREADS_ERROR_ENDED)
        try succeed(wasi_threads_process_delete(processes[0]))
        // The end of one process is its own, and a third one lets the second go.
        while try call(processes[2], "notify", 5) == 0 {}
        #expect(waits[1].wait() == (nil, 0))
        #expect(try call(processes[1], "grow", 1) == 1)
        #expect(try call(processes[2], "grow", 1) == 2)
        var pages: UInt64 = 0
        try succeed(wasi_threads_memory_grow(memory, 0, &pages))
        #expect(pages == 3)
        try succeed(wasi_threads_process_delete(processes[1]))
        try succeed(wasi_threads_process_delete(processes[2]))
        wasi_threads_linker_delete(linker)
        wasi_threads_memory_delete(memory)
        host.delete()
    }

    @Test func waits() throws {
        let engine = try made { wasi_threads_engine_new(nil, $0) }
        let memory = try made { wasi_threads_memory_new(engine, 1, 1, $0) }
        var result = WASI_THREADS_WAIT_WOKEN
        try succeed(wasi_threads_memory_wait32(memory, 8, 1, -1, &result))
        #expect(result == WASI_THREADS_WAIT_NOT_EQUAL)
        try succeed(wasi_threads_memory_wait32(memory, 8, 0, 1_000, &result))
        #expect(result == WASI_THREADS_WAIT_TIMED_OUT)
        let shared = Object(memory)
        let waiter = Background { () -> wasi_threads_wait_result_t in
            var result = WASI_THREADS_WAIT_TIMED_OUT
            _ = Failure(wasi_threads_memory_wait32(shared.pointer, 8, 0, -1, &result))
            return result
        }
        var woken: UInt32 = 0
        while woken == 0 { try succeed(wasi_threads_memory_notify(memory, 8, .max, &woken)) }
        #expect(woken == 1 && waiter.wait() == WASI_THREADS_WAIT_WOKEN)
        for offset: UInt64 in [2, 65_536, .max, .max - 3] {
            expectFailure(misuse, wasi_threads_memory_notify(memory, offset, 1, &woken))
            expectFailure(misuse, wasi_threads_memory_wait32(memory, offset, 0, 0, &result))
        }
        wasi_threads_memory_delete(memory)
        wasi_threads_engine_delete(engine)
    }

    @Test func definitions() throws {
        let (host, other) = (try Host("host"), try Host("ending"))
        let small = try made { wasi_threads_memory_new(host.engine, 1, 64, $0) }
        let linker = try made { wasi_threads_linker_new(host.engine, $0) }
        try succeed(wasi_threads_linker_define_memory(linker, "foo", "bar", small))
        expectFailure(misuse, wasi_threads_linker_define_memory(linker, "foo", "bar", small))
        let foreign = try made { wasi_threads_linker_new(other.engine, $0) }
        let failure = expectFailure(misuse, wasi_threads_linker_define_memory(foreign, "foo", "bar", small))
        #expect(failure?.message.contains("engine") == true)
        let module = try made {
            wasi_threads_module_new_from_file(host.engine, try! Guests.path("ending"), $0)
        }
        var process: OpaquePointer?
        let wrong = expectFailure(
            WASI_THREADS_ERROR_LINK, wasi_threads_process_new(host.engine, module, linker, nil, &process))
        #expect(wrong?.message.contains("memory 1 64 shared") == true)
        let alone = try made { wasi_threads_linker_new(host.engine, $0) }
        let kinds = [WASI_THREADS_I32, WASI_THREADS_I64, WASI_THREADS_F32, WASI_THREADS_F64]
        try succeed(
            wasi_threads_linker_define(
                alone, "env", "mix", kinds, 4, [WASI_THREADS_F64], 1, { _, _, _ in }, nil, nil))
        try succeed(
            wasi_threads_linker_define(
                alone, "env", "look", [WASI_THREADS_EXTERNREF, WASI_THREADS_I32], 2, [WASI_THREADS_EXTERNREF],
                1,
                { _, _, _ in }, nil, nil))
        let owner = try host.process(alone)
        let own = try made { wasi_threads_process_memory(owner, "memory", $0) }
        let unshared = expectFailure(misuse, wasi_threads_linker_define_memory(linker, "a", "b", own))
        #expect(unshared?.message.contains("not shared") == true)
        expectFailure(misuse, wasi_threads_memory_notify(own, 0, 1, nil))
        try succeed(wasi_threads_process_delete(owner))
        for memory in [small, own] { wasi_threads_memory_delete(memory) }
        for linker in [linker, foreign, alone] { wasi_threads_linker_delete(linker) }
        wasi_threads_module_delete(module)
        host.delete()
        other.delete()
    }
}
