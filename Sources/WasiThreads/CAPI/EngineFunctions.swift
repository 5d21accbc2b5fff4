// wasi_threads_engine_* and wasi_threads_engine_config_*.

import CWasiThreads
import Synchronization

/// Limits that an embedder is still setting.
final class EngineConfiguration: HandleObject {
    static let handleName = "engine configuration"
    let limits = Mutex(EngineLimits())
}

@c @implementation
public func wasi_threads_engine_config_new() -> OpaquePointer? {
    unsafe Handle.make(EngineConfiguration())
}

@c @implementation
public func wasi_threads_engine_config_delete(_ config: OpaquePointer?) {
    _ = unsafe Handle.remove(config, as: EngineConfiguration.self)
}

@c @implementation
public func wasi_threads_engine_config_set_limit(
    _ config: OpaquePointer?, _ limit: wasi_threads_limit_t, _ value: UInt64
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        let config = unsafe try Handle.object(config, as: EngineConfiguration.self)
        guard let name = EngineLimits.Name(rawValue: limit.rawValue) else {
            throw EmbedderError(.misuse, "There is no limit with the number \(limit.rawValue).")
        }
        try config.limits.withLock { limits throws(EmbedderError) in try limits.set(name, to: value) }
    }
}

@c @implementation
public func wasi_threads_engine_new(
    _ config: OpaquePointer?, _ engine: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        let result = unsafe try required(engine, "engine")
        var limits = EngineLimits()
        if let config = unsafe config {
            limits = unsafe try Handle.object(config, as: EngineConfiguration.self).limits.withLock { $0 }
        }
        unsafe result.pointee = unsafe Handle.make(Engine(limits: limits))
    }
}

@c @implementation
public func wasi_threads_engine_delete(_ engine: OpaquePointer?) {
    _ = unsafe Handle.remove(engine, as: Engine.self)
}
