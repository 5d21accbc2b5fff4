// A process of `attach.wasm`, and host threads that are attached to it.

import CWasiThreads
import Foundation
import Testing

/// What `env.host` does, on the thread that calls it.
final class Answer: Sendable {
    typealias Body = @Sendable (_ caller: OpaquePointer?, _ question: Int32) -> Int32
    let body: Body

    init(_ body: @escaping Body) { self.body = body }
}

/// An attached thread, for one host thread.
struct Attached {
    let thread: OpaquePointer

    init(_ process: OpaquePointer?) throws {
        thread = try made { wasi_threads_process_attach(process, $0) }
    }

    var id: UInt32 {
        var id: UInt32 = 0
        _ = Failure(wasi_threads_thread_id(thread, &id))
        return id
    }

    func call(_ name: String, _ arguments: Int32...) throws -> Int32 {
        var result = wasi_threads_value_t()
        try succeed(wasi_threads_thread_call(thread, name, arguments.map(i32), arguments.count, &result, 1))
        #expect(result.kind == WASI_THREADS_I32)
        return result.of.i32
    }

    /// Calls an export without parameters and results.
    func run(_ name: String) -> Failure? { Failure(wasi_threads_thread_call(thread, name, nil, 0, nil, 0)) }

    func detach() throws { try succeed(wasi_threads_thread_detach(thread)) }
}

/// A process of `attach.wasm`; `delete` frees all.
struct Program {
    let host: Host
    let linker: OpaquePointer
    let process: OpaquePointer

    init(_ answer: @escaping Answer.Body = { _, question in question + 1 }) throws {
        host = try Host("attach")
        let engine = host.engine
        linker = try made { wasi_threads_linker_new(engine, $0) }
        try succeed(
            wasi_threads_linker_define_with_caller(
                linker, "env", "host", [WASI_THREADS_I32], 1, [WASI_THREADS_I32], 1,
                { environment, caller, arguments, results in
                    let answer = Unmanaged<Answer>.fromOpaque(environment!).takeUnretainedValue()
                    results![0].of.i32 = answer.body(caller, arguments![0].of.i32)
                    return nil
                }, Unmanaged.passRetained(Answer(answer)).toOpaque(),
                { Unmanaged<Answer>.fromOpaque($0!).release() }))
        process = try host.process(linker)
    }

    /// A 32-bit word of the memory.
    func word(at offset: UInt64) throws -> UInt32 {
        let memory = try made { wasi_threads_process_memory(process, nil, $0) }
        defer { wasi_threads_memory_delete(memory) }
        var word: UInt32 = 0
        try succeed(wasi_threads_memory_read(memory, offset, &word, 4))
        return word
    }

    /// Waits at a word for a time, or until somebody notifies it.
    func wait(at offset: UInt64, while word: UInt32, nanoseconds: Int64) throws {
        let memory = try made { wasi_threads_process_memory(process, nil, $0) }
        defer { wasi_threads_memory_delete(memory) }
        var result = WASI_THREADS_WAIT_WOKEN
        try succeed(wasi_threads_memory_wait32(memory, offset, word, nanoseconds, &result))
    }

    /// Waits until as many threads are inside `wait`, `spin` or `work`.
    func waitUntilInside(_ count: UInt32) throws {
        while true {
            let inside = try word(at: 8)
            if inside >= count { return }
            try wait(at: 8, while: inside, nanoseconds: -1)
        }
    }

    /// Spawns a thread that goes the ways of `work`.
    @discardableResult
    func spawn(_ way: UInt32) throws -> UInt32 {
        var id: UInt32 = 0
        try succeed(wasi_threads_process_spawn(process, way, &id))
        return id
    }

    func deleteAllButTheProcess() {
        wasi_threads_linker_delete(linker)
        host.delete()
    }

    func delete() throws {
        try succeed(wasi_threads_process_delete(process))
        deleteAllButTheProcess()
    }
}

/// A value that tests share with callbacks, on one thread at a time.
final class Mutable<Value>: @unchecked Sendable {
    // SENDABLE: see above.
    var value: Value

    init(_ value: Value) { self.value = value }
}
