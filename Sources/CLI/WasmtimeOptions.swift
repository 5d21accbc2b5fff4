// The options of Wasmtime's command that scripts give for threaded programs: -S, -W, -C and -D with KEY[=VALUE],…
//
// Always true: what is accepted means the same here; what has no meaning here is refused by name.
// https://docs.wasmtime.dev/cli-options.html

import ArgumentParser
import Platform
import WasiThreads
import WasmModule

struct WasmtimeOptions: ParsableArguments {
    @Option(
        name: [.customShort("S", allowingJoined: true), .customLong("wasi")], parsing: .singleValue,
        help: ArgumentHelp("As Wasmtime's: threads, cli, preview2=n, inherit-env.", valueName: "key[=value],…"))
    var wasi: [Word] = []

    @Option(
        name: [.customShort("W", allowingJoined: true), .customLong("wasm")], parsing: .singleValue,
        help: ArgumentHelp(
            "As Wasmtime's: features, shared-memory, timeout, max-memory-size.", valueName: "key[=value],…"))
    var wasm: [Word] = []

    @Option(
        name: [.customShort("C", allowingJoined: true), .customLong("codegen")], parsing: .singleValue,
        help: ArgumentHelp("As Wasmtime's: cache.", valueName: "key[=value],…"))
    var codegen: [Word] = []

    @Option(
        name: [.customShort("O", allowingJoined: true), .customLong("optimize")], parsing: .singleValue,
        help: .hidden)
    var optimize: [Word] = []

    @Option(
        name: [.customShort("D", allowingJoined: true), .customLong("debug")], parsing: .singleValue,
        help: ArgumentHelp("As Wasmtime's: coredump.", valueName: "key[=value],…"))
    var debug: [Word] = []

    /// What they say together; of several for the same the last counts. Throws what is refused.
    func settings() throws(EmbedderError) -> WasmtimeSettings {
        var settings = WasmtimeSettings()
        for setting in Self.split(wasi, "-S") { try settings.takeWASI(setting) }
        for setting in Self.split(wasm, "-W") { try settings.takeWasm(setting) }
        for setting in Self.split(codegen, "-C") { try settings.takeCodegen(setting) }
        for setting in Self.split(debug, "-D") { try settings.takeDebug(setting) }
        for setting in Self.split(optimize, "-O") { throw setting.refusal() }
        return settings
    }

    private static func split(_ words: [Word], _ option: String) -> [WasmtimeSetting] {
        words.flatMap { word in
            word.bytes.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map { part in
                let middle = part.firstIndex(of: UInt8(ascii: "="))
                return WasmtimeSetting(
                    option: option, key: shown(Array(part[..<(middle ?? part.endIndex)])),
                    bytes: middle.map { Array(part[($0 + 1)...]) })
            }
        }
    }
}

/// One KEY or KEY=VALUE.
struct WasmtimeSetting {
    let option: String
    let key: String
    let bytes: [UInt8]?

    /// As messages show it.
    var value: String? { bytes.map { shown($0) } }

    func refusal(_ reason: String = "it is an option of Wasmtime's that means nothing here") -> EmbedderError {
        EmbedderError(.misuse, "\(option) \(key)\(value.map { "=\($0)" } ?? "") cannot be had: \(reason).")
    }

    /// Whether it is switched on.
    func isOn() throws(EmbedderError) -> Bool {
        switch value {
        case nil, "y", "yes", "true": return true
        case "n", "no", "false": return false
        default: throw refusal("it is y or n")
        }
    }

    func require(_ wanted: Bool, _ reason: String) throws(EmbedderError) {
        if try isOn() != wanted { throw refusal(reason) }
    }

    /// A time, in seconds unless it says another unit.
    func seconds() throws(EmbedderError) -> Double {
        let units: [(String, Double)] = [("ns", 1e-9), ("us", 1e-6), ("ms", 1e-3), ("s", 1), ("", 1)]
        for (unit, scale) in units where value?.hasSuffix(unit) ?? false {
            guard let number = UInt64(value!.dropLast(unit.utf8.count)), number > 0 else { break }
            let seconds = Double(number) * scale
            if seconds < 1e9 { return seconds }
        }
        throw refusal("it takes a time, as 5s or 500ms")
    }
}

struct WasmtimeSettings {
    var inheritsEnvironment = false
    var refusedFeatures: Set<Feature> = []
    var timeout: Double?
    var memoryBytes: UInt64?
    var keepsCode = true
    var coredump: HostPath?

    fileprivate mutating func takeWASI(_ setting: WasmtimeSetting) throws(EmbedderError) {
        switch setting.key {
        case "threads": try setting.require(true, "guests can always ask for threads; --max-threads 0 gives none")
        case "cli", "common": try setting.require(true, "guests always have WASI preview 1")
        case "preview2": try setting.require(false, "this is an implementation of WASI preview 1")
        case "inherit-env": inheritsEnvironment = try setting.isOn()
        default: throw setting.refusal()
        }
    }

    fileprivate mutating func takeWasm(_ setting: WasmtimeSetting) throws(EmbedderError) {
        switch setting.key {
        case "shared-memory": try setting.require(true, "-W threads=n refuses shared memories")
        case "timeout": timeout = try setting.seconds()
        case "max-memory-size":
            guard let value = setting.value, let bytes = UInt64(value) else {
                throw setting.refusal("it takes a number of bytes")
            }
            memoryBytes = bytes
        default:
            guard let feature = Self.feature(setting.key) else { throw setting.refusal() }
            if try !setting.isOn() {
                refusedFeatures.insert(feature)
            } else if Feature.supported.contains(feature) {
                refusedFeatures.remove(feature)
            } else {
                throw setting.refusal("the feature is not supported")
            }
        }
    }

    /// Most names are the same in both.
    private static func feature(_ key: String) -> Feature? {
        key == "exceptions" ? .exceptionHandling : Feature(rawValue: key)
    }

    fileprivate mutating func takeCodegen(_ setting: WasmtimeSetting) throws(EmbedderError) {
        guard setting.key == "cache" else { throw setting.refusal() }
        keepsCode = try setting.isOn()
    }

    fileprivate mutating func takeDebug(_ setting: WasmtimeSetting) throws(EmbedderError) {
        guard setting.key == "coredump" else { throw setting.refusal() }
        guard let bytes = setting.bytes, !bytes.isEmpty else { throw setting.refusal("it takes the name of a file") }
        coredump = HostPath(bytes)
    }
}
