// NULL, deleted objects and objects of another kind: errors, never crashes.

import CWasiThreads
import Testing

@Suite(.timeLimit(.minutes(5))) struct Misuse {
    /// Every function that returns an error, with NULL for all its pointers.
    static let calls: [(name: String, call: @Sendable () -> OpaquePointer?)] = [
        ("engine_config_set_limit",
            { wasi_threads_engine_config_set_limit(nil, WASI_THREADS_LIMIT_THREADS, 1) }),
        ("engine_new", { wasi_threads_engine_new(nil, nil) }),
        ("module_new", { wasi_threads_module_new(nil, nil, 0, nil) }),
        ("module_new_from_file", { wasi_threads_module_new_from_file(nil, nil, nil) }),
        ("module_validate", { wasi_threads_module_validate(nil, nil, 0) }),
        ("module_imports", { wasi_threads_module_imports(nil, nil, nil) }),
        ("module_exports", { wasi_threads_module_exports(nil, nil, nil) }),
        ("linker_new", { wasi_threads_linker_new(nil, nil) }),
        ("linker_define", { wasi_threads_linker_define(nil, nil, nil, nil, 0, nil, 0, nil, nil, nil) }),
        (
            "linker_define_with_caller",
            { wasi_threads_linker_define_with_caller(nil, nil, nil, nil, 0, nil, 0, nil, nil, nil) }
        ),
        ("caller_thread", { wasi_threads_caller_thread(nil, nil) }),
        ("caller_process", { wasi_threads_caller_process(nil, nil) }),
        ("caller_memory", { wasi_threads_caller_memory(nil, nil, nil) }),
        ("caller_environment", { wasi_threads_caller_environment(nil, nil) }),
        ("caller_fail", { wasi_threads_caller_fail(nil, nil) }),
        ("caller_call", { wasi_threads_caller_call(nil, nil, nil, 0, nil, 0) }),
        ("linker_define_native", { wasi_threads_linker_define_native(nil, nil, nil, nil, nil, nil, nil) }),
        ("linker_define_symbols", { wasi_threads_linker_define_symbols(nil, nil, nil, 0) }),
        ("linker_define_library", { wasi_threads_linker_define_library(nil, nil, nil, nil, nil, nil) }),
        ("native_type", { wasi_threads_native_type(nil, nil, 0, nil) }),
        ("set_arguments", { wasi_threads_wasi_config_set_arguments(nil, nil, 0) }),
        ("add_argument", { wasi_threads_wasi_config_add_argument(nil, nil, 0) }),
        ("set_environment", { wasi_threads_wasi_config_set_environment(nil, nil, nil) }),
        ("inherit_environment", { wasi_threads_wasi_config_inherit_environment(nil) }),
        ("inherit_stream", { wasi_threads_wasi_config_inherit_stream(nil, WASI_THREADS_STDIN) }),
        ("set_stream_descriptor",
            { wasi_threads_wasi_config_set_stream_descriptor(nil, WASI_THREADS_STDIN, 0) }),
        ("set_stream_null", { wasi_threads_wasi_config_set_stream_null(nil, WASI_THREADS_STDIN) }),
        ("set_input", { wasi_threads_wasi_config_set_input(nil, nil, 0) }),
        ("capture_output", { wasi_threads_wasi_config_capture_output(nil, WASI_THREADS_STDOUT) }),
        ("process_new", { wasi_threads_process_new(nil, nil, nil, nil, nil) }),
        ("process_run", { wasi_threads_process_run(nil, nil) }),
        ("process_initialize", { wasi_threads_process_initialize(nil) }),
        ("process_call", { wasi_threads_process_call(nil, nil, nil, 0, nil, 0) }),
        ("process_spawn", { wasi_threads_process_spawn(nil, 0, nil) }),
        ("process_join", { wasi_threads_process_join(nil, 1) }),
        ("process_wait", { wasi_threads_process_wait(nil) }),
        ("process_end", { wasi_threads_process_end(nil, nil) }),
        ("process_set_time_limit", { wasi_threads_process_set_time_limit(nil, 1) }),
        ("process_outcome", { wasi_threads_process_outcome(nil, nil, nil, nil) }),
        ("process_read_output", { wasi_threads_process_read_output(nil, WASI_THREADS_STDOUT, nil, 0, nil) }),
        ("process_output_length", { wasi_threads_process_output_length(nil, WASI_THREADS_STDOUT, nil) }),
        ("process_memory", { wasi_threads_process_memory(nil, nil, nil) }),
        ("process_imported_memory", { wasi_threads_process_imported_memory(nil, nil, nil, nil) }),
        ("process_memory_at", { wasi_threads_process_memory_at(nil, 0, nil) }),
        ("memory_new_typed", { wasi_threads_memory_new_typed(nil, 0, 1, 65_536, true, nil) }),
        ("memory_new", { wasi_threads_memory_new(nil, 0, 1, nil) }),
        ("linker_define_memory", { wasi_threads_linker_define_memory(nil, nil, nil, nil) }),
        ("memory_data", { wasi_threads_memory_data(nil, nil, nil) }),
        ("memory_grow", { wasi_threads_memory_grow(nil, 0, nil) }),
        ("memory_read", { wasi_threads_memory_read(nil, 0, nil, 0) }),
        ("memory_write", { wasi_threads_memory_write(nil, 0, nil, 0) }),
        ("memory_read_string", { wasi_threads_memory_read_string(nil, 0, nil, 0, nil) }),
        ("memory_notify", { wasi_threads_memory_notify(nil, 0, 0, nil) }),
        ("memory_wait32", { wasi_threads_memory_wait32(nil, 0, 0, 0, nil) }),
        ("process_attach", { wasi_threads_process_attach(nil, nil) }),
        ("thread_id", { wasi_threads_thread_id(nil, nil) }),
        ("thread_call", { wasi_threads_thread_call(nil, nil, nil, 0, nil, 0) }),
        ("thread_function", { wasi_threads_thread_function(nil, nil, nil) }),
        ("thread_call_function", { wasi_threads_thread_call_function(nil, nil, nil, 0, nil, 0) }),
        ("process_watch_threads", { wasi_threads_process_watch_threads(nil, nil, nil, nil) }),
        ("process_threads", { wasi_threads_process_threads(nil, nil, 0, nil) }),
        ("process_name_thread", { wasi_threads_process_name_thread(nil, 1, nil) }),
        ("process_set_limit", { wasi_threads_process_set_limit(nil, WASI_THREADS_PROCESS_LIMIT_THREADS, 1) }),
        ("process_set_cpu_limit", { wasi_threads_process_set_cpu_limit(nil, 1) }),
        ("process_pause", { wasi_threads_process_pause(nil) }),
        ("process_resume", { wasi_threads_process_resume(nil) }),
        ("thread_move", { wasi_threads_thread_move(nil) }),
        ("thread_native", { wasi_threads_thread_native(nil, nil, nil) }),
        ("thread_take_error", { wasi_threads_thread_take_error(nil) }),
    ]

    @Test func nullIsAnError() {
        for (name, call) in Self.calls { expectFailure(WASI_THREADS_ERROR_MISUSE, call(), "\(name)") }
    }

    @Test func nullArgumentsOfGoodObjects() throws {
        let host = try Host("reactor")
        let process = try host.process()
        let linker = try made { wasi_threads_linker_new(host.engine, $0) }
        let misuse = WASI_THREADS_ERROR_MISUSE
        expectFailure(misuse, wasi_threads_module_new(host.engine, nil, 8, nil))
        var object: OpaquePointer?
        expectFailure(misuse, wasi_threads_module_new(host.engine, nil, 8, &object))
        expectFailure(misuse, wasi_threads_module_new_from_file(host.engine, nil, &object))
        expectFailure(misuse, wasi_threads_process_new(host.engine, nil, nil, nil, &object))
        expectFailure(misuse, wasi_threads_process_new(host.engine, host.module, nil, nil, nil))
        expectFailure(misuse, wasi_threads_linker_define(linker, "a", "b", nil, 0, nil, 0, nil, nil, nil))
        expectFailure(
            misuse, wasi_threads_linker_define(linker, nil, "b", nil, 1, nil, 0, { _, _, _ in }, nil, nil))
        expectFailure(
            misuse, wasi_threads_linker_define(linker, "a", "b", nil, 1, nil, 0, { _, _, _ in }, nil, nil))
        expectFailure(misuse, wasi_threads_wasi_config_set_arguments(host.config, nil, 1))
        expectFailure(misuse, wasi_threads_wasi_config_set_input(host.config, nil, 1))
        expectFailure(misuse, wasi_threads_process_call(process, nil, nil, 0, nil, 0))
        expectFailure(misuse, wasi_threads_process_call(process, "add", nil, 2, nil, 1))
        expectFailure(misuse, wasi_threads_process_memory(process, nil, nil))
        expectFailure(misuse, wasi_threads_process_read_output(process, WASI_THREADS_STDOUT, nil, 1, nil))
        #expect(object == nil)
        wasi_threads_linker_delete(linker)
        try succeed(wasi_threads_process_delete(process))
        host.delete()
    }

    @Test func deletingNullDoesNothing() throws {
        wasi_threads_error_delete(nil)
        wasi_threads_engine_config_delete(nil)
        wasi_threads_engine_delete(nil)
        wasi_threads_module_delete(nil)
        wasi_threads_linker_delete(nil)
        wasi_threads_wasi_config_delete(nil)
        wasi_threads_memory_delete(nil)
        try succeed(wasi_threads_process_delete(nil))
        try succeed(wasi_threads_thread_detach(nil))
    }

    @Test func anErrorThatIsNone() {
        #expect(wasi_threads_error_kind(nil) == WASI_THREADS_ERROR_MISUSE)
        #expect(String(cString: wasi_threads_error_message(nil)).isEmpty == false)
        #expect(wasi_threads_error_trap_code(nil) == WASI_THREADS_TRAP_NONE)
        #expect(wasi_threads_error_frame_count(nil) == 0)
        #expect(wasi_threads_error_frame(nil, 0) == nil)
        #expect(wasi_threads_error_thread(nil) == 0)
        #expect(wasi_threads_error_exit_status(nil) == 0)
        #expect(wasi_threads_error_module_offset(nil) == 0)
    }

    @Test func deletedObjects() throws {
        let host = try Host("reactor")
        let process = try host.process()
        try succeed(wasi_threads_process_delete(process))
        let failure = expectFailure(WASI_THREADS_ERROR_MISUSE, wasi_threads_process_wait(process))
        #expect(failure?.message == "The process was deleted.")
        expectFailure(WASI_THREADS_ERROR_MISUSE, wasi_threads_process_delete(process))
        host.delete()
        host.delete()
        var count = 0
        var list: UnsafePointer<UnsafePointer<wasi_threads_external_t>?>?
        expectFailure(WASI_THREADS_ERROR_MISUSE, wasi_threads_module_exports(host.module, &list, &count))
        var module: OpaquePointer?
        expectFailure(WASI_THREADS_ERROR_MISUSE, wasi_threads_module_new(host.engine, nil, 0, &module))
    }

    @Test func objectsOfAnotherKind() throws {
        let host = try Host("reactor")
        let failure = expectFailure(WASI_THREADS_ERROR_MISUSE, wasi_threads_process_wait(host.module))
        #expect(failure?.message == "The pointer given as the process is a module.")
        // Freeing it as something else leaves it alone.
        wasi_threads_engine_delete(host.module)
        wasi_threads_error_delete(host.module)
        let process = try host.process()
        try succeed(wasi_threads_process_delete(process))
        var word: (UInt64, UInt64, UInt64) = (1, 2, 3)
        withUnsafeMutablePointer(to: &word) { word in
            _ = expectFailure(WASI_THREADS_ERROR_MISUSE, wasi_threads_process_wait(OpaquePointer(word)))
        }
        host.delete()
    }

    @Test func objectsOfAnotherEngine() throws {
        let (one, other) = (try Host("reactor"), try Host("reactor"))
        var process: OpaquePointer?
        expectFailure(
            WASI_THREADS_ERROR_MISUSE, wasi_threads_process_new(one.engine, other.module, nil, nil, &process))
        let linker = try made { wasi_threads_linker_new(other.engine, $0) }
        expectFailure(
            WASI_THREADS_ERROR_MISUSE,
            wasi_threads_process_new(one.engine, one.module, linker, nil, &process))
        #expect(process == nil)
        wasi_threads_linker_delete(linker)
        one.delete()
        other.delete()
    }
}
