// wasi_threads_engine_* and wasi_threads_engine_config_*.

import CWasiThreads
import Platform
import Synchronization
import WasmModule
import WasmRuntime

/// What an embedder is still setting.
final class EngineConfiguration: HandleObject {
    static let handleName = "engine configuration"
    let settings = Mutex(EngineSettings())
}

struct EngineSettings {
    var limits = EngineLimits()
    /// nil where the embedder has not said.
    var tier: TierChoice?
    var cache: CacheSettings?
    /// What modules may not use.
    var refusedFeatures: Set<Feature> = []
    /// nil where no data races are looked for.
    var raceSuppressions: RaceSuppressions?
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
    unsafe reportingWhole { () throws(EmbedderError) in
        let config = unsafe try Handle.object(config, as: EngineConfiguration.self)
        guard let name = EngineLimits.Name(rawValue: limit.rawValue) else {
            throw EmbedderError(.misuse, "There is no limit with the number \(limit.rawValue).")
        }
        try config.settings.withLock { settings throws(EmbedderError) in
            try settings.limits.set(name, to: value)
        }
    }
}

extension TierChoice {
    init(_ tier: wasi_threads_tier_t) throws(EmbedderError) {
        switch tier {
        case WASI_THREADS_TIER_AUTO: self = .auto
        case WASI_THREADS_TIER_INTERPRETER: self = .interpreter
        case WASI_THREADS_TIER_COMPILED: self = .compiled
        case WASI_THREADS_TIER_BASELINE: self = .baseline
        default: throw EmbedderError(.misuse, "There is no tier with the number \(tier.rawValue).")
        }
    }
}

@c @implementation
public func wasi_threads_engine_config_set_tier(
    _ config: OpaquePointer?, _ tier: wasi_threads_tier_t
) -> OpaquePointer? {
    unsafe reportingWhole { () throws(EmbedderError) in
        let config = unsafe try Handle.object(config, as: EngineConfiguration.self)
        let choice = try TierChoice(tier)
        config.settings.withLock { $0.tier = choice }
    }
}

@c @implementation
public func wasi_threads_engine_config_set_cache(
    _ config: OpaquePointer?, _ directory: UnsafePointer<CChar>?, _ byteLimit: UInt64
) -> OpaquePointer? {
    unsafe reportingWhole { () throws(EmbedderError) in
        let config = unsafe try Handle.object(config, as: EngineConfiguration.self)
        let isGiven = unsafe directory != nil
        let path = unsafe isGiven ? try hostPath(directory, "directory") : nil
        if path?.bytes.isEmpty == true { throw EmbedderError(.misuse, "The argument directory is empty.") }
        let cache = path.map { CacheSettings(directory: $0, byteLimit: byteLimit) }
        config.settings.withLock { $0.cache = cache }
    }
}

@c @implementation
public func wasi_threads_engine_config_set_feature(
    _ config: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ isOn: Bool
) -> OpaquePointer? {
    unsafe reportingWhole { () throws(EmbedderError) in
        let config = unsafe try Handle.object(config, as: EngineConfiguration.self)
        let name = unsafe try string(name, "name")
        guard let feature = Feature(rawValue: name), Feature.supported.contains(feature) else {
            throw EmbedderError(.misuse, "This version has no feature that is called \(name).")
        }
        config.settings.withLock { settings in
            if isOn { settings.refusedFeatures.remove(feature) } else { settings.refusedFeatures.insert(feature) }
        }
    }
}

@c @implementation
public func wasi_threads_engine_config_set_race_detection(
    _ config: OpaquePointer?, _ isOn: Bool, _ suppressions: UnsafePointer<CChar>?
) -> OpaquePointer? {
    unsafe reportingWhole { () throws(EmbedderError) in
        let config = unsafe try Handle.object(config, as: EngineConfiguration.self)
        let isGiven = unsafe suppressions != nil
        let text = unsafe isGiven ? try string(suppressions, "suppressions") : ""
        let all = try RaceSuppressions(adding: text, from: "the suppressions")
        config.settings.withLock { $0.raceSuppressions = isOn ? all : nil }
    }
}

/// Descriptions that C code has seen, by what they say: they live for ever.
private let descriptions = Mutex<[String: Int]>([:])

@c @implementation
public func wasi_threads_tier_available(
    _ tier: wasi_threads_tier_t, _ description: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> Bool {
    let (isAvailable, text) =
        switch Result(catching: { () throws(EmbedderError) in try TierChoice(tier) }) {
        case .success(let choice): choice.availability
        case .failure(let error): (false, error.message)
        }
    guard let description = unsafe description else { return isAvailable }
    let address = descriptions.withLock { descriptions in
        if let known = descriptions[text] { return known }
        let bytes = Array(text.utf8CString)
        let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: bytes.count)
        _ = unsafe copy.initialize(from: bytes)
        let address = Int(bitPattern: copy.baseAddress)
        descriptions[text] = address
        return address
    }
    unsafe description.pointee = UnsafePointer(bitPattern: address)
    return isAvailable
}

@c @implementation
public func wasi_threads_engine_new(
    _ config: OpaquePointer?, _ engine: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
    unsafe reportingWhole { () throws(EmbedderError) in
        let result = unsafe try required(engine, "engine")
        var settings = EngineSettings()
        if let config = unsafe config {
            settings = unsafe try Handle.object(config, as: EngineConfiguration.self).settings.withLock { $0 }
        }
        let engine = Engine(
            limits: settings.limits, tier: settings.tier, cache: settings.cache,
            refusedFeatures: settings.refusedFeatures, raceSuppressions: settings.raceSuppressions)
        unsafe result.pointee = unsafe Handle.make(engine)
    }
}

@c @implementation
public func wasi_threads_engine_delete(_ engine: OpaquePointer?) {
    // With the last one goes the thread that compiles, which is waited for.
    HostThread.withoutCancellation { _ = unsafe Handle.remove(engine, as: Engine.self) }
}

@c @implementation
public func wasi_threads_engine_cancel_compilation(_ engine: OpaquePointer?) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        unsafe try Handle.object(engine, as: Engine.self).cancelCompilations()
    }
}
