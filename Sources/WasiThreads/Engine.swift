// What modules and processes share: limits, stacks that wait for a thread, numbers of function types.

import Platform
import WasmModule
import WasmNative
import WasmRuntime

/// Immutable, and any thread may use it.
package final class Engine: HandleObject {
    package static let handleName = "engine"

    package let limits: EngineLimits
    package let types = FunctionTypeNumbers()
    package let stacks = StackCache()
    let tier: TierChoice
    /// Compiles what runs often; nil where only the interpreter is wanted.
    let compiler: BackgroundCompiler?
    /// Whether what is compiled is kept on disk.
    let keepsCode: Bool

    /// The environment's WASI_THREADS_TIER goes before `tier`, so that a program can be tried on another one
    /// without being changed.
    package init(
        limits: EngineLimits = EngineLimits(), tier: TierChoice = .auto, cache settings: CacheSettings? = nil
    ) {
        self.limits = limits
        let tier = hostVariable("WASI_THREADS_TIER").flatMap(TierChoice.init) ?? tier
        self.tier = tier
        var cache: CodeCache?
        if let settings, tier == .auto || tier == .compiled {
            cache = CodeCache(
                directory: settings.directory, byteLimit: settings.byteLimit,
                version: Version.text.description)
        }
        keepsCode = cache != nil
        compiler = tier == .interpreter ? nil : BackgroundCompiler(
            llvmPath: hostVariable("WASI_THREADS_LLVM"),
            callThreshold: tier == .eager ? 1 : Tuning.callThreshold,
            turnThreshold: tier == .eager ? 1 : Tuning.turnThreshold,
            nanosecondsPerByte: tier == .eager ? 0 : Tuning.nanosecondsPerByte, cache: cache)
    }

    deinit { compiler?.close() }

    /// Compiles all functions of a module that have no code yet.
    func compileAll(_ code: ModuleCode) throws(EmbedderError) {
        do {
            try compiler?.compileAll(code)
        } catch {
            throw EmbedderError(error)
        }
    }

    /// Decodes and validates a module, and keeps nothing.
    package static func validate(_ binary: ModuleBinary) throws(EmbedderError) -> Module {
        do {
            return try Module.decode(binary)
        } catch {
            throw EmbedderError(error)
        }
    }

    package func load(_ binary: ModuleBinary) throws(EmbedderError) -> LoadedModule {
        let isCompiled = unsafe CompiledFile.hasMagic(binary.bytes)
        if isCompiled {
            throw EmbedderError(.malformed, "This is a compiled module, which is loaded in another way.")
        }
        return unsafe try LoadedModule(try Engine.validate(binary), engine: self, objects: nil)
    }

    /// Loads the module in the file at `path`.
    package func load(file path: String) throws(EmbedderError) -> LoadedModule {
        let bytes: [UInt8]
        do {
            bytes = try fileContents(path)
        } catch {
            throw EmbedderError(.file, "Cannot read \(path): \(error.description).")
        }
        return try load(unsafe bytes.withUnsafeBytes { unsafe ModuleBinary(copying: $0) })
    }
}
