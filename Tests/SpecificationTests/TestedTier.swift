// Which tier the scripts run on: the interpreter, unless WASI_THREADS_TEST_TIER says otherwise.

import Foundation
import WasmBaseline
import WasmInterpreter
import WasmModule
import WasmNative
import WasmRuntime

enum TestedTier {
    /// `compiled`: every function is compiled when its module is loaded. `auto`: each after its first call,
    /// and each loop after its first back edge, while the script goes on. `baseline` and `eager-baseline`: the
    /// same with the compiler of one pass.
    private static let name = ProcessInfo.processInfo.environment["WASI_THREADS_TEST_TIER"] ?? "interpreter"

    private static let compiler: BackgroundCompiler? =
        name == "compiled" || name == "auto"
        ? BackgroundCompiler(llvmPath: nil, callThreshold: 1, backEdgeThreshold: 1) : nil

    private static let baseline: BaselineTier? =
        name.hasSuffix("baseline") ? BaselineTier(callThreshold: 1, backEdgeThreshold: 1) : nil

    static func code(_ module: Module) throws -> ModuleCode {
        let code = ModuleCode(module, portable: Interpreter(), compiler: baseline ?? compiler)
        if name == "compiled" { try compiler?.compileAll(code) }
        if name == "baseline" { baseline?.compileAll(code) }
        return code
    }
}
