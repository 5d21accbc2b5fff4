// A module that processes of its engine can run.

import WasmInterpreter
import WasmModule
import WasmRuntime

/// Immutable, and any thread may use it.
package final class LoadedModule: HandleObject {
    package static let handleName = "module"

    package let module: Module
    package let code: ModuleCode
    package let engine: Engine
    /// What `wasi_threads_module_imports` and `_exports` give out.
    let descriptions: ExternalDescriptions

    init(_ module: Module, engine: Engine) {
        self.module = module
        self.engine = engine
        code = ModuleCode(module, tier: Interpreter(), types: engine.types)
        descriptions = ExternalDescriptions(module)
    }
}
