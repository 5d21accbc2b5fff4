// Functions of the host that a guest calls, and what they may do.

import CWasiThreads
import Testing

/// Counts what a host function or a finalizer is told. Never freed: a finalizer comes when it comes.
private struct Count {
    private let cell = UnsafeMutablePointer<Int>.allocate(capacity: 1)

    init() { cell.initialize(to: 0) }

    var value: Int { cell.pointee }
    var environment: UnsafeMutableRawPointer { UnsafeMutableRawPointer(cell) }

    static func add(_ environment: UnsafeMutableRawPointer?) {
        environment!.assumingMemoryBound(to: Int.self).pointee += 1
    }
}

private let mixKinds = [WASI_THREADS_I32, WASI_THREADS_I64, WASI_THREADS_F32, WASI_THREADS_F64]
private let lookKinds = [WASI_THREADS_EXTERNREF, WASI_THREADS_I32]

@Suite(.timeLimit(.minutes(5))) struct HostFunctions {
    private func linker(
        _ host: Host, _ count: Count, look: wasi_threads_caller_function_t
    ) throws -> OpaquePointer {
        let linker = try made { wasi_threads_linker_new(host.engine, $0) }
        try succeed(
            wasi_threads_linker_define(
                linker, "env", "mix", mixKinds, 4, [WASI_THREADS_F64], 1,
                { environment, arguments, results in
                    Count.add(environment)
                    let (a, b) = (arguments![0].of.i32, arguments![1].of.i64)
                    let (c, d) = (arguments![2].of.f32, arguments![3].of.f64)
                    results![0].of.f64 = Double(a) + Double(b) + Double(c) + d
                }, count.environment, { Count.add($0) }))
        try succeed(
            wasi_threads_linker_define_with_caller(
                linker, "env", "look", lookKinds, 2, [WASI_THREADS_EXTERNREF], 1, look, count.environment,
                nil))
        return linker
    }

    private func look(_ process: OpaquePointer, _ word: Int32) -> (Failure?, UnsafeMutableRawPointer?) {
        var arguments = [wasi_threads_value_t(), i32(word)]
        arguments[0].kind = WASI_THREADS_EXTERNREF
        arguments[0].of.externref = UnsafeMutableRawPointer(process)
        var result = wasi_threads_value_t()
        let failure = Failure(wasi_threads_process_call(process, "look", arguments, 2, &result, 1))
        return (failure, result.of.externref)
    }

    @Test func valuesCross() throws {
        let host = try Host("host")
        let count = Count()
        let linker = try linker(host, count) { _, caller, arguments, results in
            var (thread, length): (UInt32, UInt64) = (9, 0)
            var base: UnsafeMutablePointer<UInt8>?
            var process: OpaquePointer?
            let errors = [
                Failure(wasi_threads_caller_thread(caller, &thread)),
                Failure(wasi_threads_caller_memory(caller, &base, &length)),
                Failure(wasi_threads_caller_process(caller, &process)),
            ]
            let isRight = errors.allSatisfy { $0 == nil } && thread == 0 && length == 65_536 && base != nil
                && UnsafeMutableRawPointer(process!) == arguments![0].of.externref
            results![0].of.externref = isRight ? arguments![0].of.externref : nil
            return nil
        }
        let process = try host.process(linker)
        var mixed = [i32(1), i32(0), i32(0), i32(0)]
        for (index, kind) in mixKinds.enumerated() { mixed[index].kind = kind }
        mixed[1].of.i64 = 1 << 40
        mixed[2].of.f32 = 0.5
        mixed[3].of.f64 = -2.25
        var result = wasi_threads_value_t()
        try succeed(wasi_threads_process_call(process, "mix", mixed, 4, &result, 1))
        #expect(result.kind == WASI_THREADS_F64 && result.of.f64 == 1 + 0x1p40 + 0.5 - 2.25)
        #expect(count.value == 1)
        let (failure, reference) = look(process, 0)
        #expect(failure == nil && reference == UnsafeMutableRawPointer(process))
        wasi_threads_linker_delete(linker)
        #expect(count.value == 1)
        try succeed(wasi_threads_process_delete(process))
        #expect(count.value == 2, "the finalizer is called once, after the last process")
        host.delete()
    }

    @Test func anErrorBecomesATrap() throws {
        let host = try Host("host")
        let linker = try linker(host, Count()) { _, _, _, _ in wasi_threads_error_new("the tank is empty") }
        let process = try host.process(linker)
        let failure = look(process, 0).0
        #expect(failure?.kind == WASI_THREADS_ERROR_TRAP && failure?.trap == WASI_THREADS_TRAP_HOST_ERROR)
        #expect(failure?.message.contains("the tank is empty") == true)
        try succeed(wasi_threads_process_delete(process))
        wasi_threads_linker_delete(linker)
        host.delete()
    }

    @Test func whatWaitsForItselfIsRefused() throws {
        let host = try Host("host")
        let linker = try linker(host, Count()) { _, caller, arguments, results in
            var process: OpaquePointer?
            _ = Failure(wasi_threads_caller_process(caller, &process))
            let kinds = [
                Failure(wasi_threads_process_delete(process)), Failure(wasi_threads_process_wait(process)),
                Failure(wasi_threads_process_join(process, 1)),
                Failure(wasi_threads_process_run(process, nil)),
                Failure(wasi_threads_process_initialize(process)),
            ].map { $0?.kind }
            let areRefused = kinds.allSatisfy {
                $0 == WASI_THREADS_ERROR_MISUSE || $0 == WASI_THREADS_ERROR_EXPORT
            }
            results![0].of.externref = areRefused ? arguments![0].of.externref : nil
            return nil
        }
        let process = try host.process(linker)
        let (failure, reference) = look(process, 0)
        #expect(failure == nil && reference != nil)
        try succeed(wasi_threads_process_delete(process))
        wasi_threads_linker_delete(linker)
        host.delete()
    }

    @Test func functionReferencesAreOfTheProcess() throws {
        let host = try Host("host")
        let linker = try linker(host, Count()) { _, _, _, _ in nil }
        let (one, other) = (try host.process(linker), try host.process(linker))
        var function = wasi_threads_value_t()
        try succeed(wasi_threads_process_call(one, "function", nil, 0, &function, 1))
        #expect(function.kind == WASI_THREADS_FUNCREF && function.of.funcref != nil)
        var result = wasi_threads_value_t()
        let arguments = [function, i32(21)]
        try succeed(wasi_threads_process_call(one, "apply", arguments, 2, &result, 1))
        #expect(result.of.i32 == 42)
        expectFailure(
            WASI_THREADS_ERROR_MISUSE, wasi_threads_process_call(other, "apply", arguments, 2, &result, 1))
        try succeed(wasi_threads_process_delete(one))
        try succeed(wasi_threads_process_delete(other))
        wasi_threads_linker_delete(linker)
        host.delete()
    }

    @Test func definitions() throws {
        let host = try Host("host")
        let linker = try made { wasi_threads_linker_new(host.engine, $0) }
        let count = Count()
        let function: wasi_threads_host_function_t = { _, _, _ in }
        func define() -> OpaquePointer? {
            wasi_threads_linker_define(
                linker, "env", "mix", nil, 0, nil, 0, function, count.environment, { Count.add($0) })
        }
        try succeed(define())
        let twice = expectFailure(WASI_THREADS_ERROR_MISUSE, define())
        #expect(twice?.message.contains("env.mix") == true)
        try succeed(
            wasi_threads_linker_define_with_caller(
                linker, "env", "look", lookKinds, 2, [WASI_THREADS_EXTERNREF], 1, { _, _, _, _ in nil }, nil,
                nil))
        #expect(count.value == 0, "where a definition fails its finalizer is not called")
        var process: OpaquePointer?
        let wrong = expectFailure(
            WASI_THREADS_ERROR_LINK,
            wasi_threads_process_new(host.engine, host.module, linker, nil, &process))
        #expect(wrong?.message.contains("(func () -> ())") == true, "\(wrong?.message ?? "")")
        wasi_threads_linker_delete(linker)
        #expect(count.value == 1)
        host.delete()
    }
}
