// Engines, modules and configurations: what is refused, and what is listed.

import CWasiThreads
import Foundation
import Testing

@Suite(.timeLimit(.minutes(5))) struct EnginesAndModules {
    @Test func limitsHaveRanges() throws {
        let config = wasi_threads_engine_config_new()
        let ranges: [(wasi_threads_limit_t, least: UInt64, most: UInt64)] = [
            (WASI_THREADS_LIMIT_THREADS, 0, 1 << 29 - 1), (WASI_THREADS_LIMIT_MEMORY_PAGES, 0, 1 << 31),
            (WASI_THREADS_LIMIT_TABLE_ELEMENTS, 0, 0xFFFF_FFFF),
            (WASI_THREADS_LIMIT_TOTAL_TABLE_ELEMENTS, 0, 1 << 40),
            (WASI_THREADS_LIMIT_VALUE_STACK_BYTES, 16 << 10, 1 << 30),
            (WASI_THREADS_LIMIT_HOST_STACK_BYTES, 64 << 10, 1 << 30),
            (WASI_THREADS_LIMIT_BUFFER_BYTES, 0, 1 << 40),
        ]
        for (limit, least, most) in ranges {
            try succeed(wasi_threads_engine_config_set_limit(config, limit, least))
            try succeed(wasi_threads_engine_config_set_limit(config, limit, most))
            if least > 0 {
                expectFailure(
                    WASI_THREADS_ERROR_LIMIT, wasi_threads_engine_config_set_limit(config, limit, least - 1))
            }
            expectFailure(
                WASI_THREADS_ERROR_LIMIT, wasi_threads_engine_config_set_limit(config, limit, most + 1))
        }
        let unknown = wasi_threads_limit_t(rawValue: 99)
        expectFailure(WASI_THREADS_ERROR_MISUSE, wasi_threads_engine_config_set_limit(config, unknown, 1))
        wasi_threads_engine_config_delete(config)
    }

    /// Two tables with ten elements, in each thread's instance.
    @Test func tablesOfAProcessAreLimitedTogether() throws {
        let config = wasi_threads_engine_config_new()
        try succeed(
            wasi_threads_engine_config_set_limit(config, WASI_THREADS_LIMIT_TOTAL_TABLE_ELEMENTS, 25))
        let engine = try made { wasi_threads_engine_new(config, $0) }
        let module = try made { wasi_threads_module_new_from_file(engine, try! Guests.path("tables"), $0) }
        let process = try made { wasi_threads_process_new(engine, module, nil, nil, $0) }
        let first = try Attached(process)
        #expect(try call(process, "grow", 5) == 4)
        #expect(try first.call("grow", 1) == -1)
        var second: OpaquePointer?
        let failure = expectFailure(WASI_THREADS_ERROR_LIMIT, wasi_threads_process_attach(process, &second))
        #expect(failure?.message.contains("25 elements together") == true && second == nil)
        try first.detach()
        #expect(try call(process, "grow", 11) == -1 && call(process, "grow", 10) == 9)
        try succeed(wasi_threads_process_delete(process))
        // What a process gave back is another's.
        try succeed(
            wasi_threads_engine_config_set_limit(config, WASI_THREADS_LIMIT_TOTAL_TABLE_ELEMENTS, 9))
        let small = try made { wasi_threads_engine_new(config, $0) }
        let other = try made { wasi_threads_module_new_from_file(small, try! Guests.path("tables"), $0) }
        var none: OpaquePointer?
        expectFailure(WASI_THREADS_ERROR_LIMIT, wasi_threads_process_new(small, other, nil, nil, &none))
        for module in [module, other] { wasi_threads_module_delete(module) }
        for engine in [engine, small] { wasi_threads_engine_delete(engine) }
        wasi_threads_engine_config_delete(config)
    }

    @Test func refusedModules() throws {
        let engine = try made { wasi_threads_engine_new(nil, $0) }
        var module: OpaquePointer?
        let header: [UInt8] = [0, 0x61, 0x73, 0x6D, 1, 0, 0, 0]
        try succeed(wasi_threads_module_validate(engine, header, header.count))
        for length in 0..<8 {
            expectFailure(
                WASI_THREADS_ERROR_MALFORMED, wasi_threads_module_new(engine, header, length, &module))
        }
        // A function section without a type to refer to.
        let invalid = header + [3, 2, 1, 0]
        let failure = Failure(wasi_threads_module_new(engine, invalid, invalid.count, &module))
        #expect(failure?.kind == WASI_THREADS_ERROR_INVALID || failure?.kind == WASI_THREADS_ERROR_MALFORMED)
        #expect(failure?.offset ?? 0 >= 8)
        let path = try Guests.path("feature")
        let unsupported = expectFailure(
            WASI_THREADS_ERROR_UNSUPPORTED, wasi_threads_module_new_from_file(engine, path, &module))
        #expect(unsupported?.message.contains("gc") == true)
        #expect(unsupported?.offset ?? 0 > 8)
        let missing = expectFailure(
            WASI_THREADS_ERROR_FILE, wasi_threads_module_new_from_file(engine, "/nowhere/a.wasm", &module))
        #expect(missing?.message.contains("/nowhere/a.wasm") == true)
        expectFailure(WASI_THREADS_ERROR_FILE, wasi_threads_module_new_from_file(engine, "/", &module))
        #expect(module == nil)
        wasi_threads_engine_delete(engine)
    }

    @Test func importsAndExportsAreListed() throws {
        let host = try Host("reactor")
        var list: UnsafePointer<UnsafePointer<wasi_threads_external_t>?>?
        var count = 0
        try succeed(wasi_threads_module_imports(host.module, &list, &count))
        let spawn = try #require(count == 1 ? list?[0]?.pointee : nil)
        #expect(String(cString: spawn.module) == "wasi" && spawn.module_length == 4)
        #expect(String(cString: spawn.name) == "thread-spawn")
        #expect(String(cString: spawn.type) == "func (i32) -> (i32)")
        #expect(spawn.kind == WASI_THREADS_EXTERNAL_FUNCTION)
        #expect(spawn.parameter_count == 1 && spawn.parameters[0] == WASI_THREADS_I32)

        try succeed(wasi_threads_module_exports(host.module, &list, &count))
        let exports = (0..<count).map { list![$0]!.pointee }
        let memory = try #require(exports.first { String(cString: $0.name) == "memory" })
        #expect(memory.module == nil && memory.is_shared && memory.minimum == 1 && memory.maximum == 1)
        #expect(!memory.is_64 && memory.page_size == 65_536)
        let table = try #require(exports.first { String(cString: $0.name) == "table" })
        #expect(table.kind == WASI_THREADS_EXTERNAL_TABLE && table.maximum == UInt64.max)
        #expect(table.result_count == 1 && table.results[0] == WASI_THREADS_FUNCREF)
        let constant = try #require(exports.first { String(cString: $0.name) == "constant" })
        #expect(constant.kind == WASI_THREADS_EXTERNAL_GLOBAL && !constant.is_mutable)
        let swap = try #require(exports.first { String(cString: $0.name) == "swap" })
        #expect(String(cString: swap.type) == "func (i64 f64) -> (f64 i64)")
        host.delete()
    }

    @Test func textsThatAGuestCannotGet() throws {
        let config = wasi_threads_wasi_config_new()
        let misuse = WASI_THREADS_ERROR_MISUSE
        expectFailure(misuse, wasi_threads_wasi_config_add_argument(config, "a\0b", 3))
        try succeed(wasi_threads_wasi_config_add_argument(config, "\u{FF}", 1))
        expectFailure(misuse, wasi_threads_wasi_config_set_environment(config, "", "b"))
        expectFailure(misuse, wasi_threads_wasi_config_set_environment(config, "a=b", "c"))
        try succeed(wasi_threads_wasi_config_set_environment(config, "a", "b=c"))
        try succeed(wasi_threads_wasi_config_inherit_environment(config))
        expectFailure(
            misuse, wasi_threads_wasi_config_inherit_stream(config, wasi_threads_stream_t(rawValue: 3)))
        expectFailure(misuse, wasi_threads_wasi_config_capture_output(config, WASI_THREADS_STDIN))
        expectFailure(
            WASI_THREADS_ERROR_SYSTEM,
            wasi_threads_wasi_config_set_stream_descriptor(config, WASI_THREADS_STDOUT, -1))
        wasi_threads_wasi_config_delete(config)
    }

    @Test func theMapListsTheHeader() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let header = try String(contentsOf: root.appending(path: "include/wasi_threads.h"), encoding: .utf8)
        let map = try String(contentsOf: root.appending(path: "pkgconfig/wasi-threads.map"), encoding: .utf8)
        let declared = Set(header.matches(of: /\b(wasi_threads_[a-z0-9_]+)\(/).map { String($0.1) })
        let exported = map.matches(of: /(?m)^ +(wasi_threads_[a-z0-9_]+);$/).map { String($0.1) }
        #expect(declared.count > 50)
        #expect(exported == declared.sorted())
    }

    @Test func theVersionIsThatOfTheChangelog() {
        #expect(String(cString: wasi_threads_version()).wholeMatch(of: /\d+\.\d+\.\d+/) != nil)
    }
}
