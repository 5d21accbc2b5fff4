// wasi_threads_wasi_config_*.

import CWasiThreads
import Platform
import Synchronization
import WasmRuntime

/// A configuration that an embedder is still setting.
final class WASIConfigurationObject: HandleObject {
    static let handleName = "WASI configuration"
    let value = Mutex(ProcessConfiguration())

    /// Connects a stream. What it was connected to before may be a function with a finalizer, which runs
    /// behind the lock.
    func connect(_ stream: Int, _ target: ProcessConfiguration.Stream) {
        let before = value.withLock { value in
            let before = value.streams[stream]
            value.streams[stream] = target
            return before
        }
        withExtendedLifetime(before) {}
    }
}

/// Has `change` change the configuration behind `config`.
func changing(
    _ config: OpaquePointer?, _ change: (inout ProcessConfiguration) throws(EmbedderError) -> Void
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        let config = unsafe try Handle.object(config, as: WASIConfigurationObject.self)
        try config.value.withLock { value throws(EmbedderError) in try change(&value) }
    }
}

/// Connects a stream to what `choose` says.
private func connecting(
    _ config: OpaquePointer?,
    _ choose: () throws(EmbedderError) -> (stream: Int, target: ProcessConfiguration.Stream)
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        let config = unsafe try Handle.object(config, as: WASIConfigurationObject.self)
        let (stream, target) = try choose()
        config.connect(stream, target)
    }
}

/// The descriptor of a standard stream.
func index(of stream: wasi_threads_stream_t) throws(EmbedderError) -> Int {
    guard stream.rawValue <= 2 else {
        throw EmbedderError(.misuse, "There is no standard stream with the number \(stream.rawValue).")
    }
    return Int(stream.rawValue)
}

/// The same for what must be standard output or error.
func outputIndex(of stream: wasi_threads_stream_t) throws(EmbedderError) -> Int {
    let index = try index(of: stream)
    guard index > 0 else {
        throw EmbedderError(.misuse, "Standard input cannot be captured, and takes no output.")
    }
    return index
}

@c @implementation
public func wasi_threads_wasi_config_new() -> OpaquePointer? {
    unsafe Handle.make(WASIConfigurationObject())
}

@c @implementation
public func wasi_threads_wasi_config_delete(_ config: OpaquePointer?) {
    _ = unsafe Handle.remove(config, as: WASIConfigurationObject.self)
}

@c @implementation
public func wasi_threads_wasi_config_set_arguments(
    _ config: OpaquePointer?, _ arguments: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int
) -> OpaquePointer? {
    unsafe changing(config) { config throws(EmbedderError) in
        var copies: [[UInt8]] = []
        for unsafe argument in unsafe try array(arguments, count, "arguments") {
            copies.append(unsafe try bytes(argument, "arguments"))
        }
        try config.setArguments(copies)
    }
}

@c @implementation
public func wasi_threads_wasi_config_add_argument(
    _ config: OpaquePointer?, _ argument: UnsafePointer<CChar>?, _ length: Int
) -> OpaquePointer? {
    unsafe changing(config) { config throws(EmbedderError) in
        let characters = unsafe try array(argument, length, "argument")
        try config.addArgument(unsafe characters.map { UInt8(bitPattern: $0) })
    }
}

@c @implementation
public func wasi_threads_wasi_config_set_environment(
    _ config: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ value: UnsafePointer<CChar>?
) -> OpaquePointer? {
    unsafe changing(config) { config throws(EmbedderError) in
        try config.setEnvironment(unsafe try bytes(name, "name"), to: unsafe try bytes(value, "value"))
    }
}

@c @implementation
public func wasi_threads_wasi_config_inherit_environment(_ config: OpaquePointer?) -> OpaquePointer? {
    unsafe changing(config) { config throws(EmbedderError) in
        for (name, value) in hostEnvironment() { try config.setEnvironment(name, to: value) }
    }
}

@c @implementation
public func wasi_threads_wasi_config_inherit_stream(
    _ config: OpaquePointer?, _ stream: wasi_threads_stream_t
) -> OpaquePointer? {
    unsafe connecting(config) { () throws(EmbedderError) in (try index(of: stream), .inherited) }
}

@c @implementation
public func wasi_threads_wasi_config_set_stream_descriptor(
    _ config: OpaquePointer?, _ stream: wasi_threads_stream_t, _ descriptor: Int32
) -> OpaquePointer? {
    unsafe connecting(config) { () throws(EmbedderError) in
        guard isOpenDescriptor(descriptor) else {
            throw EmbedderError(.system, "The descriptor \(descriptor) is not open.")
        }
        return (try index(of: stream), .descriptor(descriptor))
    }
}

@c @implementation
public func wasi_threads_wasi_config_set_stream_null(
    _ config: OpaquePointer?, _ stream: wasi_threads_stream_t
) -> OpaquePointer? {
    unsafe connecting(config) { () throws(EmbedderError) in (try index(of: stream), .null) }
}

@c @implementation
public func wasi_threads_wasi_config_set_input(
    _ config: OpaquePointer?, _ bytes: UnsafePointer<UInt8>?, _ length: Int
) -> OpaquePointer? {
    unsafe connecting(config) { () throws(EmbedderError) in
        (0, .input(unsafe Array(try array(bytes, length, "bytes"))))
    }
}

@c @implementation
public func wasi_threads_wasi_config_capture_output(
    _ config: OpaquePointer?, _ stream: wasi_threads_stream_t
) -> OpaquePointer? {
    unsafe connecting(config) { () throws(EmbedderError) in (try outputIndex(of: stream), .captured) }
}
