// Which tier the scripts run on: the interpreter, unless WASI_THREADS_TEST_TIER says otherwise.

import Foundation
import WasmInterpreter
import WasmModule
import WasmNative
import WasmRuntime

enum TestedTier {
    /// `compiled`: every function is compiled when its module is loaded. `auto`: each after its first call,
    /// and each loop after its first back edge, while the script goes on.
    private static let name = ProcessInfo.processInfo.environment["WASI_THREADS_TEST_TIER"] ?? "interpreter"

    private static let compiler: BackgroundCompiler? =
        name == "interpreter" ? nil : BackgroundCompiler(llvmPath: nil, callThreshold: 1, backEdgeThreshold: 1)

    static func code(_ module: Module) throws -> ModuleCode {
        let code = ModuleCode(module, portable: Interpreter(), compiler: compiler)
        if name == "compiled" { try compiler?.compileAll(code) }
        return code
    }
}
