// What modules and processes share: limits, stacks that wait for a thread, numbers of function types.

import Platform
import Synchronization
import WasmBaseline
import WasmModule
import WasmNative
import WasmRuntime

/// Immutable, and any thread may use it.
package final class Engine: HandleObject {
    package static let handleName = "engine"

    package let limits: EngineLimits
    package let stacks = StackCache()
    let tier: TierChoice
    /// Compiles with LLVM what runs often; nil where that is not wanted, or LLVM is known to be missing.
    let compiler: BackgroundCompiler?
    /// Compiles in one pass; nil where that is not wanted.
    let baseline: BaselineTier?
    /// Whether what is compiled is kept on disk.
    let keepsCode: Bool
    /// What its modules may not use.
    let refusedFeatures: Set<Feature>
    /// Which races are not told; nil where none are looked for.
    let raceSuppressions: RaceSuppressions?
    /// Of the calls that make or compile a module of this engine's, and have not returned.
    private let cancellations = Mutex<[ObjectIdentifier: Cancellation]>([:])

    /// Where the embedder has not said which `tier`, the environment may, so that a program can be tried on
    /// another one without being changed.
    package init(
        limits: EngineLimits = EngineLimits(), tier: TierChoice? = nil, cache settings: CacheSettings? = nil,
        refusedFeatures: Set<Feature> = [], raceSuppressions: RaceSuppressions? = nil
    ) {
        self.raceSuppressions = raceSuppressions
        self.limits = limits
        self.refusedFeatures = refusedFeatures
        // Only the interpreter makes watched code.
        let tier = raceSuppressions == nil ? tier ?? TierChoice.ofEnvironment ?? .auto : .interpreter
        self.tier = tier
        var cache: CodeCache?
        if let settings, tier == .auto || tier == .compiled {
            cache = CodeCache(
                directory: settings.directory, byteLimit: settings.byteLimit,
                version: Version.text.description)
        }
        keepsCode = cache != nil
        baseline = BaselineTier.isAvailable ? Engine.baseline(for: tier) : nil
        let isWithoutLLVM = switch tier {
        case .interpreter, .baseline, .eagerBaseline: true
        case .auto: baseline != nil && NativeTier.isKnownMissing(llvmPath: HostVariable.llvm.path)
        case .compiled, .eager: false
        }
        compiler = isWithoutLLVM ? nil : BackgroundCompiler(
            llvmPath: HostVariable.llvm.path,
            callThreshold: tier == .eager ? 1 : Tuning.callThreshold,
            backEdgeThreshold: tier == .eager ? 1 : Tuning.backEdgeThreshold,
            nanosecondsPerByte: tier == .eager ? 0 : Tuning.nanosecondsPerByte,
            // Where all is compiled, what fits is what would fit in the interpreter, and no more.
            interpretsDeepCalls: tier != .compiled,
            memoryLimit: limits[.compilationBytes], cache: cache, substitute: baseline)
    }

    private static func baseline(for tier: TierChoice) -> BaselineTier? {
        switch tier {
        case .interpreter, .compiled, .eager: nil
        case .auto:
            BaselineTier(
                callThreshold: Tuning.baselineCallThreshold, backEdgeThreshold: Tuning.baselineBackEdgeThreshold)
        // As above.
        case .baseline: BaselineTier(callThreshold: 0, backEdgeThreshold: 0, interpretsDeepCalls: false)
        case .eagerBaseline: BaselineTier(callThreshold: 1, backEdgeThreshold: 1)
        }
    }

    /// What its modules ask for compiled code.
    var compilingTier: (any CompilingTier)? { compiler ?? baseline }

    deinit { compiler?.close() }

    // MARK: Compilations

    /// Calls `body` with what bounds a compilation that begins now, and that another thread may cancel.
    func bounding<Result>(
        _ body: (CompilationBounds) throws(EmbedderError) -> Result
    ) throws(EmbedderError) -> Result {
        let cancellation = Cancellation()
        cancellations.withLock { $0[ObjectIdentifier(cancellation)] = cancellation }
        defer { cancellations.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(cancellation)) } }
        let milliseconds = Int64(clamping: limits[.compilationMilliseconds])
        let (nanoseconds, isNever) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        let bounds = CompilationBounds(
            deadline: isNever ? nil : Deadline(after: nanoseconds), memory: limits[.compilationBytes],
            cancellation: cancellation)
        return try body(bounds)
    }

    /// Ends the calls that make or compile a module of this engine's.
    package func cancelCompilations() {
        for cancellation in cancellations.withLock({ Array($0.values) }) { cancellation.cancel() }
    }

    /// Compiles all functions of a module that have no code yet.
    func compileAll(_ code: ModuleCode, _ bounds: CompilationBounds) throws(EmbedderError) {
        do {
            try compiler?.compileAll(code, bounds)
        } catch {
            throw EmbedderError(error)
        }
    }

    /// Decodes and validates a module, and keeps nothing.
    package static func validate(
        _ binary: ModuleBinary, refusing features: Set<Feature> = []
    ) throws(EmbedderError) -> Module {
        // What the decoder makes are arrays of Swift's, which end the host where memory is refused.
        guard Mapping.hasRoom(for: binary.decodedByteEstimate + 1 << 20) else {
            throw EmbedderError(.system, "The system has no memory for the definitions of the module.")
        }
        do {
            return try Module.decode(binary, refusing: features)
        } catch {
            throw EmbedderError(error)
        }
    }

    package func load(_ binary: ModuleBinary) throws(EmbedderError) -> LoadedModule {
        let isCompiled = unsafe CompiledFile.hasMagic(binary.bytes)
        if isCompiled {
            throw EmbedderError(.malformed, "This is a compiled module, which is loaded in another way.")
        }
        return try bounding { bounds throws(EmbedderError) in
            let module = try Engine.validate(binary, refusing: refusedFeatures)
            return unsafe try LoadedModule(module, engine: self, objects: nil, bounds)
        }
    }

    /// Loads the module in the file at `path`.
    package func load(file path: HostPath) throws(EmbedderError) -> LoadedModule {
        let binary: ModuleBinary
        do throws(FileRefusal) {
            let contents = try fileContents(path, limit: ModuleBinary.maximumByteCount)
            let copy = unsafe ModuleBinary(copying: UnsafeRawBufferPointer(contents.bytes))
            withExtendedLifetime(contents) {}
            guard let copy else { throw .system(.nomem) }
            binary = copy
        } catch {
            throw EmbedderError(error, of: path)
        }
        return try load(binary)
    }
}

/// A copy of the bytes of a module.
func moduleBinary(_ bytes: UnsafeRawBufferPointer) throws(EmbedderError) -> ModuleBinary {
    guard let binary = unsafe ModuleBinary(copying: bytes) else {
        throw EmbedderError(.system, "The system has no memory for the \(counted(bytes.count, "byte")) of the module.")
    }
    return binary
}

extension EmbedderError {
    /// Why the module in the file at `path` is not read.
    init(_ refusal: FileRefusal, of path: HostPath) {
        let kind: Kind =
            switch refusal {
            case .tooLarge: .limit
            case .system(let error): error == .nomem ? .system : .file
            case .notRegular: .file
            }
        self.init(kind, "Cannot read \(path): \(refusal.description).")
    }
}
