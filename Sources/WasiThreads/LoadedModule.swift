// A module that processes of its engine can run.

import Platform
import Synchronization
import WasmInterpreter
import WasmModule
import WasmNative
import WasmRuntime

/// Immutable, and any thread may use it.
package final class LoadedModule: HandleObject {
    package static let handleName = "module"

    package let module: Module
    package let code: ModuleCode
    package let engine: Engine
    /// The same for the interpreter only, for processes whose memory has no room for guards.
    private let portable = Mutex<ModuleCode?>(nil)
    /// What `wasi_threads_module_imports` and `_exports` give out.
    let descriptions: ExternalDescriptions
    /// Whether the code has a stack in shared memory of which no export tells; nil where nobody has looked.
    private let foundHiddenStack = Mutex<Bool?>(nil)

    /// `objects` are compiled code of the module, all that can be made of it; nil where there is none yet.
    init(
        _ module: Module, engine: Engine, objects: [UnsafeRawBufferPointer]?,
        _ bounds: CompilationBounds = CompilationBounds()
    ) throws(EmbedderError) {
        self.module = module
        self.engine = engine
        let digest = unsafe engine.keepsCode ? SHA256.digest(of: module.binary.bytes) : nil
        code = ModuleCode(
            module, portable: Interpreter(), compiler: engine.compilingTier, digest: digest,
            watch: engine.raceSuppressions.map { RaceWatching(module, $0) })
        descriptions = ExternalDescriptions(module)
        guard engine.compilingTier != nil else { return }
        if let objects = unsafe objects {
            for unsafe object in unsafe objects { unsafe try adopt(object) }
            return
        }
        engine.compiler?.restore(code)
        switch engine.tier {
        case .compiled: try engine.compileAll(code, bounds)
        case .baseline: engine.baseline?.compileAll(code)
        case .auto, .interpreter, .eager, .eagerBaseline: break
        }
    }

    private func adopt(_ object: UnsafeRawBufferPointer) throws(EmbedderError) {
        do {
            _ = unsafe try code.adopt(object)
        } catch {
            throw EmbedderError(.malformed, "The compiled code cannot be used: \(error.description).")
        }
    }

    /// An instance; on the interpreter only where there is no address space for guards.
    package func instantiate(
        _ imports: [External], _ limits: StoreLimits
    ) throws(InstantiationError) -> Instance {
        do throws(InstantiationError) {
            return try Instance(code, imports: imports, limits: limits)
        } catch .unguardedMemory {
            return try Instance(portableCode, imports: imports, limits: limits)
        }
    }

    /// Whether the code has a stack in a memory that threads share, and no export tells where.
    var hidesStack: Bool {
        foundHiddenStack.withLock { found in
            if let found { return found }
            let hides = module.export(named: "__stack_pointer") == nil
                && module.memories.first?.isShared == true && module.findStackPointer() != nil
            found = hides
            return hides
        }
    }

    private var portableCode: ModuleCode {
        portable.withLock { code in
            if let code { return code }
            let made = ModuleCode(module, portable: Interpreter(), watch: self.code.watch)
            code = made
            return made
        }
    }
}
