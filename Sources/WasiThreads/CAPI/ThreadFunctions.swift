// wasi_threads_process_attach and wasi_threads_thread_*.

import CMachine
import CWasiThreads
import Platform
import WasmModule
import WasmRuntime

/// Runs `body` with the thread behind `pointer`.
@inline(__always)
private func using(
    _ pointer: OpaquePointer?, _ body: (AttachedThread) throws(EmbedderError) -> Void
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        try body(unsafe try Handle.object(pointer, as: AttachedThread.self))
    }
}

/// The same for what is no call.
private func usingWhole(
    _ pointer: OpaquePointer?, _ body: (AttachedThread) throws(EmbedderError) -> Void
) -> OpaquePointer? {
    unsafe reportingWhole { () throws(EmbedderError) in
        try body(unsafe try Handle.object(pointer, as: AttachedThread.self))
    }
}

@c @implementation
public func wasi_threads_process_attach(
    _ process: OpaquePointer?, _ thread: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
    unsafe reportingWhole { () throws(EmbedderError) in
        let result = unsafe try required(thread, "thread")
        let process = unsafe try Handle.object(process, as: Process.self)
        unsafe result.pointee = unsafe Handle.make(try process.attach())
    }
}

@c @implementation
public func wasi_threads_thread_detach(_ thread: OpaquePointer?) -> OpaquePointer? {
    guard unsafe thread != nil else { return nil }
    return unsafe usingWhole(thread) { found throws(EmbedderError) in
        var isDetached = false
        defer { if isDetached { _ = unsafe Handle.remove(thread, as: AttachedThread.self) } }
        do throws(EmbedderError) {
            try found.detach()
            isDetached = true
        } catch {
            isDetached = error.kind != .misuse
            throw error
        }
    }
}

@c @implementation
public func wasi_threads_thread_move(_ thread: OpaquePointer?) -> OpaquePointer? {
    unsafe usingWhole(thread) { thread throws(EmbedderError) in try thread.move() }
}

@c @implementation
public func wasi_threads_thread_id(
    _ thread: OpaquePointer?, _ id: UnsafeMutablePointer<UInt32>?
) -> OpaquePointer? {
    unsafe using(thread) { thread throws(EmbedderError) in
        let result = unsafe try required(id, "id")
        unsafe result.pointee = thread.id
    }
}

@c @implementation
public func wasi_threads_thread_function(
    _ thread: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ function: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
    unsafe using(thread) { thread throws(EmbedderError) in
        let result = unsafe try required(function, "function")
        let address = try thread.address(ofExport: unsafe try string(name, "name"))
        unsafe result.pointee = OpaquePointer(bitPattern: address)
    }
}

@c @implementation
public func wasi_threads_thread_call(
    _ thread: OpaquePointer?, _ name: UnsafePointer<CChar>?,
    _ arguments: UnsafePointer<wasi_threads_value_t>?, _ argumentCount: Int,
    _ results: UnsafeMutablePointer<wasi_threads_value_t>?, _ resultCount: Int
) -> OpaquePointer? {
    unsafe using(thread) { thread throws(EmbedderError) in
        let name = unsafe try string(name, "name")
        let values = unsafe CallValues(
            arguments: try valueArray(arguments, argumentCount, "arguments"), results: results,
            resultCount: try valueArray(UnsafePointer(results), resultCount, "results").count)
        unsafe try values.call(thread) { inner throws(EmbedderError) in try inner.function(named: name) }
    }
}

@c @implementation
public func wasi_threads_thread_call_function(
    _ thread: OpaquePointer?, _ function: OpaquePointer?,
    _ arguments: UnsafePointer<wasi_threads_value_t>?, _ argumentCount: Int,
    _ results: UnsafeMutablePointer<wasi_threads_value_t>?, _ resultCount: Int
) -> OpaquePointer? {
    unsafe using(thread) { thread throws(EmbedderError) in
        let address = UInt(bitPattern: function)
        guard address != 0 else { throw EmbedderError(.misuse, "The argument function is NULL.") }
        let values = unsafe CallValues(
            arguments: try valueArray(arguments, argumentCount, "arguments"), results: results,
            resultCount: try valueArray(UnsafePointer(results), resultCount, "results").count)
        unsafe try values.call(thread) { inner throws(EmbedderError) in try inner.function(at: address) }
    }
}

@c @implementation
public func wasi_threads_thread_take_error(
    _ thread: OpaquePointer?
) -> OpaquePointer? {
    unsafe using(thread) { thread throws(EmbedderError) in
        if let last = try thread.takeLastError() { throw last }
    }
}

@c @implementation
public func wasi_threads_thread_native(
    _ thread: OpaquePointer?, _ name: UnsafePointer<CChar>?,
    _ function: UnsafeMutablePointer<wasi_threads_native_function_t?>?
) -> OpaquePointer? {
    unsafe using(thread) { thread throws(EmbedderError) in
        let result = unsafe try required(function, "function")
        let native = unsafe try thread.native(named: unsafe try string(name, "name"))
        unsafe result.pointee = unsafe unsafeBitCast(native, to: wasi_threads_native_function_t.self)
    }
}

/// The arguments and the room for results of one call.
@unsafe
private struct CallValues {
    let arguments: UnsafeBufferPointer<wasi_threads_value_t>
    let results: UnsafeMutablePointer<wasi_threads_value_t>?
    let resultCount: Int

    @inline(__always)
    func call(
        _ thread: AttachedThread,
        _ find: (AttachedThread.Inner) throws(EmbedderError) -> ThreadFunction
    ) throws(EmbedderError) {
        unsafe try thread.call(find) { function, instance, frame throws(EmbedderError) in
            let kinds = function.kinds
            guard unsafe arguments.count == kinds.parameterCount, unsafe resultCount == kinds.resultCount
            else { throw unsafe mismatch(function) }
            for index in 0..<kinds.parameterCount {
                let place = kinds.parameter(index)
                let kind = place.kind
                let argument = unsafe arguments[index]
                guard unsafe argument.kind.rawValue == kind.rawValue else { throw unsafe mismatch(function) }
                let slot = unsafe argument.slot(as: kind)
                if kind.rawValue == WASI_THREADS_FUNCREF.rawValue, slot != 0,
                    instance.functionIndex(of: UInt(slot)) == nil
                {
                    let message = "An argument of \(function.name) is a funcref of no function of the thread."
                    throw EmbedderError(.misuse, message)
                }
                unsafe frame[Int(place.slot)] = slot
            }
            if function.isNarrow { unsafe try function.checkNarrow(frame) }
        } take: { function, frame in
            for index in unsafe 0..<resultCount {
                unsafe results![index] = wasi_threads_value_t(frame, function.kinds.result(index))
            }
        }
    }

    private func mismatch(_ function: ThreadFunction) -> EmbedderError {
        var kinds: [String] = []
        for unsafe argument in unsafe arguments {
            guard let value = unsafe argument.value else {
                let message = "An argument of \(function.name) has a kind that stands for none."
                return EmbedderError(.misuse, message)
            }
            kinds.append(value.type.description)
        }
        let given = unsafe "(\(kinds.joined(separator: " "))) and room for \(counted(resultCount, "result"))."
        return EmbedderError(
            .type, "The function \(function.name) is func \(function.type); it was called with \(given)")
    }
}
