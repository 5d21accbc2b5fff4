// What the tests of the C ABI share: guests, objects that are freed, errors as values.

import CWasiThreads
import Foundation
import Testing
// Implements what CWasiThreads declares.
import WasiThreads

/// A pointer of the ABI that another thread may use.
struct Object: @unchecked Sendable {
    // SENDABLE: any thread may use the objects of the ABI.
    let pointer: OpaquePointer?

    init(_ pointer: OpaquePointer?) { self.pointer = pointer }
}

/// What an error said.
struct Failure: Error, CustomStringConvertible {
    let kind: wasi_threads_error_kind_t
    let message: String
    let trap: wasi_threads_trap_code_t
    let thread: UInt32
    let exitStatus: UInt32
    let offset: UInt64
    let frames: [(name: String?, index: UInt32, offset: UInt64)]

    /// Reads an error and frees it; nil for success.
    init?(_ error: OpaquePointer?) {
        guard let error else { return nil }
        kind = wasi_threads_error_kind(error)
        message = String(cString: wasi_threads_error_message(error))
        trap = wasi_threads_error_trap_code(error)
        thread = wasi_threads_error_thread(error)
        exitStatus = wasi_threads_error_exit_status(error)
        offset = wasi_threads_error_module_offset(error)
        frames = (0..<wasi_threads_error_frame_count(error)).map { index in
            let frame = wasi_threads_error_frame(error, index)!.pointee
            return (
                frame.function_name.map { String(cString: $0) }, frame.function_index, frame.module_offset)
        }
        wasi_threads_error_delete(error)
    }

    var description: String { "\(kind.rawValue): \(message)" }
}

/// Fails the test where a call fails.
func succeed(_ error: OpaquePointer?) throws {
    if let failure = Failure(error) { throw failure }
}

/// Expects a failure of a kind, and gives its message.
@discardableResult
func expectFailure(
    _ kind: wasi_threads_error_kind_t, _ error: OpaquePointer?, _ comment: Comment? = nil,
    at location: SourceLocation = #_sourceLocation
) -> Failure? {
    let failure = Failure(error)
    #expect(
        failure?.kind == kind, comment ?? "\(failure.map(\.description) ?? "no error")",
        sourceLocation: location)
    #expect(failure?.message.isEmpty == false, comment, sourceLocation: location)
    return failure
}

/// The object that a `_new` function stores.
func made(_ new: (UnsafeMutablePointer<OpaquePointer?>) -> OpaquePointer?) throws -> OpaquePointer {
    var object: OpaquePointer?
    try succeed(new(&object))
    return try #require(object)
}

enum Guests {
    static func path(_ name: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let path = root.appending(path: "build/guests/\(name).wasm").path()
        try #require(FileManager.default.fileExists(atPath: path), "scripts/guests makes \(path)")
        return path
    }
}

/// An engine with one module, one configuration and processes of it; `delete` frees all.
struct Host {
    let engine: OpaquePointer
    let module: OpaquePointer
    let config: OpaquePointer

    /// `limits` is a configuration for the engine.
    init(_ guest: String, arguments: [String] = [], limits: OpaquePointer? = nil) throws {
        engine = try made { wasi_threads_engine_new(limits, $0) }
        let path = try Guests.path(guest)
        let engine = self.engine
        module = try made { wasi_threads_module_new_from_file(engine, path, $0) }
        config = wasi_threads_wasi_config_new()
        for argument in [guest] + arguments {
            try succeed(wasi_threads_wasi_config_add_argument(config, argument, argument.utf8.count))
        }
        try succeed(wasi_threads_wasi_config_capture_output(config, WASI_THREADS_STDOUT))
    }

    func process(_ linker: OpaquePointer? = nil) throws -> OpaquePointer {
        try made { wasi_threads_process_new(engine, module, linker, config, $0) }
    }

    func delete() {
        wasi_threads_wasi_config_delete(config)
        wasi_threads_module_delete(module)
        wasi_threads_engine_delete(engine)
    }
}

/// Runs `body` on a thread of its own, and gives what it returned.
final class Background<Result>: @unchecked Sendable {
    // SENDABLE: `result` is written before the semaphore is signalled and read after it was waited for.
    private var result: Result?
    private let done = DispatchSemaphore(value: 0)

    init(_ body: @escaping @Sendable () -> Result) {
        Thread.detachNewThread {
            self.result = body()
            self.done.signal()
        }
    }

    func wait() -> Result {
        done.wait()
        return result!
    }
}

func text(_ process: OpaquePointer, _ stream: wasi_threads_stream_t = WASI_THREADS_STDOUT) throws -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 5)
    while true {
        var length = 0
        try succeed(wasi_threads_process_read_output(process, stream, &buffer, buffer.count, &length))
        if length == 0 { return String(decoding: bytes, as: UTF8.self) }
        bytes += buffer[..<length]
    }
}

func i32(_ value: Int32) -> wasi_threads_value_t {
    var result = wasi_threads_value_t()
    result.kind = WASI_THREADS_I32
    result.of.i32 = value
    return result
}

/// Calls an export that takes and gives i32.
func call(_ process: OpaquePointer?, _ name: String, _ arguments: Int32...) throws -> Int32 {
    var result = wasi_threads_value_t()
    try succeed(wasi_threads_process_call(process, name, arguments.map(i32), arguments.count, &result, 1))
    #expect(result.kind == WASI_THREADS_I32)
    return result.of.i32
}
