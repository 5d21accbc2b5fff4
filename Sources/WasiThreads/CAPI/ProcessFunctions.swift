// wasi_threads_process_*.

import CWasiThreads
import Synchronization
import WASI
import WasmRuntime

/// Runs `body` with the process behind `pointer`, which lives at least as long.
private func using(
    _ pointer: OpaquePointer?, _ body: (Process) throws(EmbedderError) -> Void
) -> OpaquePointer? {
    unsafe reportingWhole { () throws(EmbedderError) in
        try body(unsafe try Handle.object(pointer, as: Process.self))
    }
}

// MARK: Life

@c @implementation
public func wasi_threads_process_new(
    _ engine: OpaquePointer?, _ module: OpaquePointer?, _ linker: OpaquePointer?, _ config: OpaquePointer?,
    _ process: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
    unsafe reportingWhole { () throws(EmbedderError) in
        let result = unsafe try required(process, "process")
        let engine = unsafe try Handle.object(engine, as: Engine.self)
        let module = unsafe try Handle.object(module, as: LoadedModule.self)
        let linker = unsafe linker == nil ? nil : unsafe try Handle.object(linker, as: Linker.self)
        let configuration = unsafe try WasiThreads.configuration(config)
        let made = try Process(engine: engine, module: module, linker: linker, configuration: configuration)
        unsafe result.pointee = made.handle()
    }
}

/// What a configuration says now; nothing for NULL.
func configuration(_ config: OpaquePointer?) throws(EmbedderError) -> ProcessConfiguration {
    guard unsafe config != nil else { return ProcessConfiguration() }
    let object = unsafe try Handle.object(config, as: WASIConfigurationObject.self)
    return object.value.withLock { $0 }
}

extension Process {
    /// The pointer of a new process, by which functions of the host find it too.
    func handle() -> OpaquePointer {
        let handle = unsafe Handle.make(self)
        group.embedderWord.store(UInt(bitPattern: handle), ordering: .releasing)
        return handle
    }
}

@c @implementation
public func wasi_threads_process_delete(_ process: OpaquePointer?) -> OpaquePointer? {
    guard unsafe process != nil else { return nil }
    return unsafe using(process) { found throws(EmbedderError) in
        // The handle stays good until the host functions that may use it have returned.
        try found.close()
        guard unsafe Handle.remove(process, as: Process.self) != nil else {
            throw EmbedderError(.misuse, "The process was deleted by another thread.")
        }
    }
}

// MARK: Calls

@c @implementation
public func wasi_threads_process_run(
    _ process: OpaquePointer?, _ exitStatus: UnsafeMutablePointer<UInt32>?
) -> OpaquePointer? {
    unsafe using(process) { process throws(EmbedderError) in
        let status = try process.run()
        unsafe exitStatus?.pointee = status
    }
}

@c @implementation
public func wasi_threads_process_run_as_library(
    _ process: OpaquePointer?, _ isAlive: UnsafeMutablePointer<Bool>?, _ exitStatus: UnsafeMutablePointer<UInt32>?
) -> OpaquePointer? {
    unsafe using(process) { process throws(EmbedderError) in
        let isAlive = unsafe try required(isAlive, "is_alive")
        let status = try process.runAsLibrary()
        unsafe isAlive.pointee = status == nil
        unsafe exitStatus?.pointee = status ?? 0
    }
}

@c @implementation
public func wasi_threads_process_initialize(_ process: OpaquePointer?) -> OpaquePointer? {
    unsafe using(process) { process throws(EmbedderError) in try process.initialize() }
}

@c @implementation
public func wasi_threads_process_call(
    _ process: OpaquePointer?, _ name: UnsafePointer<CChar>?,
    _ arguments: UnsafePointer<wasi_threads_value_t>?, _ argumentCount: Int,
    _ results: UnsafeMutablePointer<wasi_threads_value_t>?, _ resultCount: Int
) -> OpaquePointer? {
    unsafe using(process) { process throws(EmbedderError) in
        let name = unsafe try string(name, "name")
        _ = unsafe try valueArray(UnsafePointer(results), resultCount, "results")
        let values = unsafe try values(arguments, argumentCount, of: name)
        for (index, value) in try process.call(name, values, resultCount: resultCount).enumerated() {
            unsafe results![index] = wasi_threads_value_t(value)
        }
    }
}

// MARK: Threads

@c @implementation
public func wasi_threads_process_spawn(
    _ process: OpaquePointer?, _ startArgument: UInt32, _ thread: UnsafeMutablePointer<UInt32>?
) -> OpaquePointer? {
    unsafe using(process) { process throws(EmbedderError) in
        let id = try process.spawn(startArgument: startArgument)
        unsafe thread?.pointee = id
    }
}

@c @implementation
public func wasi_threads_process_join(_ process: OpaquePointer?, _ thread: UInt32) -> OpaquePointer? {
    unsafe using(process) { process throws(EmbedderError) in try process.join(thread) }
}

@c @implementation
public func wasi_threads_process_wait(_ process: OpaquePointer?) -> OpaquePointer? {
    unsafe using(process) { process throws(EmbedderError) in try process.waitForThreads() }
}

// MARK: End

@c @implementation
public func wasi_threads_process_end(
    _ process: OpaquePointer?, _ reason: UnsafePointer<CChar>?
) -> OpaquePointer? {
    unsafe using(process) { process throws(EmbedderError) in
        guard unsafe reason != nil else { return process.end("The process was ended by its embedder.") }
        process.end(unsafe try string(reason, "reason"))
    }
}

@c @implementation
public func wasi_threads_process_set_time_limit(
    _ process: OpaquePointer?, _ nanoseconds: UInt64
) -> OpaquePointer? {
    unsafe using(process) { process throws(EmbedderError) in
        try process.setTimeLimit(nanoseconds: nanoseconds)
    }
}

@c @implementation
public func wasi_threads_process_outcome(
    _ process: OpaquePointer?, _ outcome: UnsafeMutablePointer<wasi_threads_outcome_t>?,
    _ exitStatus: UnsafeMutablePointer<UInt32>?, _ reason: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
    unsafe using(process) { process throws(EmbedderError) in
        let ended = process.outcome
        unsafe outcome?.pointee = wasi_threads_outcome_t(ended)
        let status: UInt32 = if case .exited(let status) = ended { status } else { 0 }
        unsafe exitStatus?.pointee = status
        guard let reason = unsafe reason else { return }
        unsafe reason.pointee = nil
        switch ended {
        case .trapped, .ended, .deadlocked:
            unsafe reason.pointee = unsafe Handle.make(ErrorObject(EmbedderError(ended!)))
        case .returned, .exited, nil: break
        }
    }
}

extension wasi_threads_outcome_t {
    fileprivate init(_ outcome: Outcome?) {
        self =
            switch outcome {
            case nil: WASI_THREADS_OUTCOME_ALIVE
            case .returned: WASI_THREADS_OUTCOME_RETURNED
            case .exited: WASI_THREADS_OUTCOME_EXITED
            case .trapped: WASI_THREADS_OUTCOME_TRAPPED
            case .ended: WASI_THREADS_OUTCOME_ENDED
            case .deadlocked: WASI_THREADS_OUTCOME_DEADLOCKED
            }
    }
}

// MARK: Output and memory

@c @implementation
public func wasi_threads_process_read_output(
    _ process: OpaquePointer?, _ stream: wasi_threads_stream_t, _ buffer: UnsafeMutablePointer<UInt8>?,
    _ capacity: Int, _ length: UnsafeMutablePointer<Int>?
) -> OpaquePointer? {
    unsafe using(process) { process throws(EmbedderError) in
        let length = unsafe try required(length, "length")
        _ = unsafe try array(UnsafePointer(buffer), capacity, "buffer")
        let output = try process.output(try index(of: stream))
        let room = unsafe UnsafeMutableRawBufferPointer(start: buffer, count: capacity)
        unsafe length.pointee = unsafe output.take(room)
    }
}

@c @implementation
public func wasi_threads_process_output_length(
    _ process: OpaquePointer?, _ stream: wasi_threads_stream_t, _ length: UnsafeMutablePointer<Int>?
) -> OpaquePointer? {
    unsafe using(process) { process throws(EmbedderError) in
        let length = unsafe try required(length, "length")
        unsafe length.pointee = try process.output(try index(of: stream)).count
    }
}

@c @implementation
public func wasi_threads_process_memory(
    _ process: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ memory: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
    unsafe using(process) { process throws(EmbedderError) in
        let result = unsafe try required(memory, "memory")
        let name = unsafe name == nil ? nil : unsafe try string(name, "name")
        unsafe result.pointee = unsafe Handle.make(try process.memory(exportedAs: name))
    }
}

@c @implementation
public func wasi_threads_process_memory_at(
    _ process: OpaquePointer?, _ index: UInt32, _ memory: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
    unsafe using(process) { process throws(EmbedderError) in
        let result = unsafe try required(memory, "memory")
        unsafe result.pointee = unsafe Handle.make(try process.memory(at: Int(index)))
    }
}

@c @implementation
public func wasi_threads_process_imported_memory(
    _ process: OpaquePointer?, _ module: UnsafePointer<CChar>?, _ name: UnsafePointer<CChar>?,
    _ memory: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
    unsafe using(process) { process throws(EmbedderError) in
        let result = unsafe try required(memory, "memory")
        let name = ImportName(
            module: unsafe try string(module, "module"), name: unsafe try string(name, "name"))
        unsafe result.pointee = unsafe Handle.make(try process.memory(importedAs: name))
    }
}
