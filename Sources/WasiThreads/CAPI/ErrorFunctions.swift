// wasi_threads_error_*: what C code reads of an error, and how every other function reports one.

import CWasiThreads
import Platform
import WasmModule
import WasmRuntime

/// An error that C code holds, with the strings that it borrows.
@safe
final class ErrorObject: HandleObject, @unchecked Sendable {
    // SENDABLE: nothing changes after the initialiser.
    static let handleName = "error"

    let error: EmbedderError
    let message: UnsafePointer<CChar>
    let frames: UnsafePointer<wasi_threads_frame_t>
    let frameCount: Int
    let waiters: UnsafePointer<wasi_threads_waiter_t>
    let waiterCount: Int
    private let storage = CStringStorage()

    init(_ error: EmbedderError) {
        self.error = error
        unsafe message = storage.string(shownText(error.message.utf8))
        let storage = self.storage
        let frames = unsafe storage.frames(error.trap?.frames ?? [])
        unsafe self.frames = unsafe frames.first
        frameCount = unsafe frames.count
        let waiters = unsafe error.waiters.map { unsafe wasi_threads_waiter_t($0, storage) }
        unsafe self.waiters = unsafe storage.array(waiters)
        waiterCount = unsafe waiters.count
    }
}

extension CStringStorage {
    func frames(
        _ frames: [Trap.Frame]
    ) -> (first: UnsafePointer<wasi_threads_frame_t>, count: Int) {
        let copies = unsafe frames.map { frame in
            unsafe wasi_threads_frame_t(
                function_name: frame.name.map { unsafe string($0) },
                function_index: frame.functionIndex, module_offset: UInt64(frame.offset),
                source_file: frame.place.map { unsafe string($0.file) }, line: frame.place?.line ?? 0,
                column: frame.place?.column ?? 0, is_inlined: frame.isInlined)
        }
        return unsafe (array(copies), copies.count)
    }
}

extension wasi_threads_waiter_t {
    fileprivate init(_ waiter: Deadlock.Waiter, _ storage: CStringStorage) {
        unsafe self.init()
        unsafe thread = waiter.id
        unsafe origin = wasi_threads_thread_origin_t(rawValue: waiter.origin.rawValue)
        unsafe name = unsafe waiter.name.map { unsafe storage.string($0) }
        unsafe wait_offset = waiter.offset
        unsafe wait_bytes = UInt32(waiter.byteCount)
        unsafe expected = waiter.expected
        unsafe value = waiter.value
        unsafe nanoseconds = waiter.nanoseconds
        unsafe object = unsafe waiter.object.map { unsafe storage.string($0.description) }
        unsafe holder = waiter.object?.holder.map(Int64.init) ?? -1
        let frames = unsafe storage.frames(waiter.frames)
        unsafe self.frames = unsafe frames.first
        unsafe frame_count = unsafe frames.count
        unsafe description = unsafe storage.string(waiter.description)
    }
}

/// Runs `body` and makes of what it throws the error that a C function returns.
func reporting(_ body: () throws(EmbedderError) -> Void) -> OpaquePointer? {
    do {
        try body()
        return nil
    } catch {
        return unsafe Handle.make(ErrorObject(error))
    }
}

/// The same for what may wait, or leave something half done that others wait for: the calling thread is not
/// cancelled meanwhile. Calls of an attached thread, which are to be cheap, do without.
func reportingWhole(_ body: () throws(EmbedderError) -> Void) -> OpaquePointer? {
    unsafe HostThread.withoutCancellation { unsafe reporting(body) }
}

/// What a pointer that C code gave as an out parameter may be written through.
func required<T: ~Copyable>(
    _ pointer: UnsafeMutablePointer<T>?, _ name: StaticString
) throws(EmbedderError) -> UnsafeMutablePointer<T> {
    guard let pointer = unsafe pointer else { throw EmbedderError(.misuse, "The argument \(name) is NULL.") }
    return unsafe pointer
}

/// A string that C code gave, copied.
func string(_ pointer: UnsafePointer<CChar>?, _ name: StaticString) throws(EmbedderError) -> String {
    guard let pointer = unsafe pointer else { throw EmbedderError(.misuse, "The argument \(name) is NULL.") }
    guard let text = unsafe String(validatingCString: pointer) else {
        throw EmbedderError(.misuse, "The argument \(name) is not UTF-8.")
    }
    return text
}

/// The bytes of a string that C code gave, which need not be UTF-8.
func bytes(_ pointer: UnsafePointer<CChar>?, _ name: StaticString) throws(EmbedderError) -> [UInt8] {
    guard let pointer = unsafe pointer else { throw EmbedderError(.misuse, "The argument \(name) is NULL.") }
    var count = 0
    while unsafe pointer[count] != 0 { count += 1 }
    return unsafe UnsafeBufferPointer(start: pointer, count: count).map { UInt8(bitPattern: $0) }
}

/// A path that C code gave, copied.
func hostPath(_ pointer: UnsafePointer<CChar>?, _ name: StaticString) throws(EmbedderError) -> HostPath {
    HostPath(unsafe try bytes(pointer, name))
}

/// An array that C code gave: NULL is allowed where it is empty.
func array<Element>(
    _ pointer: UnsafePointer<Element>?, _ count: Int, _ name: StaticString
) throws(EmbedderError) -> UnsafeBufferPointer<Element> {
    guard count >= 0, unsafe pointer != nil || count == 0 else {
        throw EmbedderError(.misuse, "The argument \(name) is NULL or its count is too large.")
    }
    return unsafe UnsafeBufferPointer(start: pointer, count: count)
}

/// The same for values, which other languages may have put anywhere.
@inline(__always)
func valueArray(
    _ pointer: UnsafePointer<wasi_threads_value_t>?, _ count: Int, _ name: StaticString
) throws(EmbedderError) -> UnsafeBufferPointer<wasi_threads_value_t> {
    let alignment = unsafe UInt(MemoryLayout<wasi_threads_value_t>.alignment)
    guard count == 0 || UInt(bitPattern: pointer) % alignment == 0 else {
        throw EmbedderError(
            .misuse, "The argument \(name) is no array of wasi_threads_value_t: it is not aligned to 16 bytes.")
    }
    return unsafe try array(pointer, count, name)
}

private func errorObject(_ error: OpaquePointer?) -> ErrorObject? {
    unsafe try? Handle.object(error, as: ErrorObject.self)
}

@c @implementation
public func wasi_threads_error_new(_ message: UnsafePointer<CChar>?) -> OpaquePointer? {
    let text = unsafe (try? bytes(message, "message")).map { shownText($0) } ?? ""
    return unsafe Handle.make(ErrorObject(EmbedderError(.host, text)))
}

@c @implementation
public func wasi_threads_error_delete(_ error: OpaquePointer?) {
    _ = unsafe Handle.remove(error, as: ErrorObject.self)
}

@c @implementation
public func wasi_threads_error_kind(_ error: OpaquePointer?) -> wasi_threads_error_kind_t {
    let kind = unsafe errorObject(error)?.error.kind ?? .misuse
    return wasi_threads_error_kind_t(rawValue: kind.rawValue)
}

@c @implementation
public func wasi_threads_error_message(_ error: OpaquePointer?) -> UnsafePointer<CChar>? {
    if let object = unsafe errorObject(error) { return unsafe object.message }
    let text: StaticString = "The pointer given as the error is no error of this library, or was deleted."
    return unsafe UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}

@c @implementation
public func wasi_threads_error_trap_code(_ error: OpaquePointer?) -> wasi_threads_trap_code_t {
    let reason = unsafe errorObject(error)?.error.trap?.reason
    return wasi_threads_trap_code_t(rawValue: reason?.rawValue ?? 0)
}

@c @implementation
public func wasi_threads_error_thread(_ error: OpaquePointer?) -> UInt32 {
    unsafe errorObject(error)?.error.thread ?? 0
}

@c @implementation
public func wasi_threads_error_exit_status(_ error: OpaquePointer?) -> UInt32 {
    unsafe errorObject(error)?.error.exitStatus ?? 0
}

@c @implementation
public func wasi_threads_error_module_offset(_ error: OpaquePointer?) -> UInt64 {
    unsafe UInt64(errorObject(error)?.error.moduleOffset ?? 0)
}

@c @implementation
public func wasi_threads_error_frame_count(_ error: OpaquePointer?) -> Int {
    unsafe errorObject(error)?.frameCount ?? 0
}

@c @implementation
public func wasi_threads_error_frame(
    _ error: OpaquePointer?, _ index: Int
) -> UnsafePointer<wasi_threads_frame_t>? {
    guard let object = unsafe errorObject(error), index >= 0, index < object.frameCount else { return nil }
    return unsafe object.frames + index
}

@c @implementation
public func wasi_threads_error_waiter_count(_ error: OpaquePointer?) -> Int {
    unsafe errorObject(error)?.waiterCount ?? 0
}

@c @implementation
public func wasi_threads_error_waiter(
    _ error: OpaquePointer?, _ index: Int
) -> UnsafePointer<wasi_threads_waiter_t>? {
    guard let object = unsafe errorObject(error), index >= 0, index < object.waiterCount else { return nil }
    return unsafe object.waiters + index
}
