// C functions that a guest's standard streams are connected to.

import CWasiThreads
import WASI
import WasmRuntime

/// A C function with its environment, for as long as a configuration or a process uses it.
@safe
private final class StreamCallback<Function>: @unchecked Sendable {
    // SENDABLE: nothing changes after the initialiser; the C side answers for what `environment` is.
    let function: Function
    let environment: UnsafeMutableRawPointer?
    private let finalizer: wasi_threads_finalizer_t?

    init(
        _ function: Function?, _ environment: UnsafeMutableRawPointer?, _ finalizer: wasi_threads_finalizer_t?
    ) throws(EmbedderError) {
        guard let function else { throw EmbedderError(.misuse, "The argument function is NULL.") }
        self.function = function
        unsafe self.environment = environment
        unsafe self.finalizer = finalizer
    }

    deinit { unsafe finalizer?(environment) }
}

@c @implementation
public func wasi_threads_wasi_config_set_input_function(
    _ config: OpaquePointer?, _ function: wasi_threads_input_function_t?,
    _ environment: UnsafeMutableRawPointer?, _ finalizer: wasi_threads_finalizer_t?
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        let config = unsafe try Handle.object(config, as: WASIConfigurationObject.self)
        let callback = unsafe try StreamCallback(function, environment, finalizer)
        config.connect(
            0,
            .inputFunction { capacity in
                var bytes = [UInt8](repeating: 0, count: capacity)
                let count = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
                    unsafe callback.function(callback.environment, buffer.baseAddress, buffer.count)
                }
                // SIZE_MAX, which says that it failed, comes as a negative number.
                guard (0...capacity).contains(count) else { return nil }
                bytes.removeLast(capacity - count)
                return bytes
            })
    }
}

@c @implementation
public func wasi_threads_wasi_config_set_output_function(
    _ config: OpaquePointer?, _ stream: wasi_threads_stream_t, _ function: wasi_threads_output_function_t?,
    _ environment: UnsafeMutableRawPointer?, _ finalizer: wasi_threads_finalizer_t?
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        let config = unsafe try Handle.object(config, as: WASIConfigurationObject.self)
        let callback = unsafe try StreamCallback(function, environment, finalizer)
        config.connect(
            try outputIndex(of: stream),
            .outputFunction { bytes in
                unsafe bytes.withUnsafeBufferPointer { buffer in
                    unsafe callback.function(callback.environment, buffer.baseAddress, buffer.count)
                }
            })
    }
}
