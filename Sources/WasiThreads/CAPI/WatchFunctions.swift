// wasi_threads_process_watch_threads, _threads, _name_thread, _pause, _resume and limits of a process.

import CWasiThreads
import WasmRuntime

/// Runs `body` with the process behind `pointer`.
private func using(
    _ pointer: OpaquePointer?, _ body: (Process) throws(EmbedderError) -> Void
) -> OpaquePointer? {
    unsafe reportingWhole { () throws(EmbedderError) in
        try body(unsafe try Handle.object(pointer, as: Process.self))
    }
}

// MARK: Watching

extension Watcher<wasi_threads_thread_watcher_t> {
    fileprivate func tell(_ event: ThreadEvent) {
        var told = wasi_threads_thread_event_t()
        told.kind = event.exit == nil ? WASI_THREADS_THREAD_STARTED : WASI_THREADS_THREAD_ENDED
        told.thread = event.id
        told.origin = wasi_threads_thread_origin_t(rawValue: event.origin.rawValue)
        told.exit = wasi_threads_thread_exit_t(rawValue: event.exit?.rawValue ?? 0)
        unsafe function(environment, process, &told)
    }
}

@c @implementation
public func wasi_threads_process_watch_threads(
    _ process: OpaquePointer?, _ watcher: wasi_threads_thread_watcher_t?,
    _ environment: UnsafeMutableRawPointer?, _ finalizer: wasi_threads_finalizer_t?
) -> OpaquePointer? {
    unsafe using(process) { found throws(EmbedderError) in
        let watcher = unsafe try Watcher(watcher, environment, process)
        try found.watchThreads { watcher.tell($0) }
        unsafe watcher.finalizer = finalizer
    }
}

@c @implementation
public func wasi_threads_process_threads(
    _ process: OpaquePointer?, _ infos: UnsafeMutablePointer<wasi_threads_thread_info_t>?, _ capacity: Int,
    _ count: UnsafeMutablePointer<Int>?
) -> OpaquePointer? {
    unsafe using(process) { process throws(EmbedderError) in
        let count = unsafe try required(count, "count")
        _ = unsafe try array(UnsafePointer(infos), capacity, "infos")
        let threads = process.group.threads()
        for (index, thread) in threads.prefix(capacity).enumerated() {
            unsafe infos![index] = wasi_threads_thread_info_t(thread, of: process)
        }
        unsafe count.pointee = threads.count
    }
}

extension wasi_threads_thread_info_t {
    fileprivate init(_ thread: ThreadInfo, of process: Process) {
        self.init()
        self.thread = thread.id
        origin = wasi_threads_thread_origin_t(rawValue: thread.origin.rawValue)
        cpu_nanoseconds = thread.processorTime
        copy(thread.name ?? "", to: &name)
        switch thread.state {
        case ThreadState.guest: state = WASI_THREADS_THREAD_RUNNING
        case ThreadState.outside: state = WASI_THREADS_THREAD_OUTSIDE
        case ThreadState.paused: state = WASI_THREADS_THREAD_PAUSED
        case ThreadState.waiting:
            state = WASI_THREADS_THREAD_WAITING
            wait_offset = thread.waitOffset
        case let code:
            state = WASI_THREADS_THREAD_IN_HOST_CALL
            copy(process.hostFunctionName(code), to: &function)
        }
    }
}

/// Stores a string with a NUL byte, cut after a whole character where it is too long.
func copy<Characters>(_ text: String, to characters: inout Characters) {
    unsafe withUnsafeMutableBytes(of: &characters) { buffer in
        var length = 0
        for character in text {
            let bytes = Array(character.utf8)
            guard length + bytes.count < buffer.count else { break }
            for byte in bytes {
                unsafe buffer[length] = byte
                length += 1
            }
        }
        unsafe buffer[length] = 0
    }
}

@c @implementation
public func wasi_threads_process_name_thread(
    _ process: OpaquePointer?, _ thread: UInt32, _ name: UnsafePointer<CChar>?
) -> OpaquePointer? {
    unsafe using(process) { process throws(EmbedderError) in
        try process.nameThread(thread, unsafe try string(name, "name"))
    }
}

// MARK: Governing

@c @implementation
public func wasi_threads_process_set_limit(
    _ process: OpaquePointer?, _ limit: wasi_threads_process_limit_t, _ value: UInt64
) -> OpaquePointer? {
    unsafe using(process) { process throws(EmbedderError) in
        guard let limit = ProcessLimit(rawValue: limit.rawValue) else {
            throw EmbedderError(.misuse, "There is no limit of a process with the number \(limit.rawValue).")
        }
        try process.setLimit(limit, to: value)
    }
}

@c @implementation
public func wasi_threads_process_set_cpu_limit(
    _ process: OpaquePointer?, _ nanoseconds: UInt64
) -> OpaquePointer? {
    unsafe using(process) { process throws(EmbedderError) in
        try process.setProcessorTimeLimit(nanoseconds: nanoseconds)
    }
}

@c @implementation
public func wasi_threads_process_detect_deadlocks(_ process: OpaquePointer?) -> OpaquePointer? {
    unsafe using(process) { process throws(EmbedderError) in try process.detectDeadlocks() }
}

@c @implementation
public func wasi_threads_process_pause(_ process: OpaquePointer?) -> OpaquePointer? {
    unsafe using(process) { process throws(EmbedderError) in try process.pause() }
}

@c @implementation
public func wasi_threads_process_resume(_ process: OpaquePointer?) -> OpaquePointer? {
    unsafe using(process) { process throws(EmbedderError) in try process.resume() }
}
