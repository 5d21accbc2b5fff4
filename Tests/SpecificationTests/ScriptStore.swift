// Where the scripts meet the runtime: loading, instantiating, and the module `spectest`.

import Foundation
import WasmInterpreter
import WasmModule
import WasmRuntime

/// The store of one thread of a script.
final class ScriptStore {
    /// Why an import is refused, in the words of the scripts.
    struct LinkError: Error {
        let text: String
    }

    private static let tier = Interpreter()
    private static let types = FunctionTypeNumbers()

    let stack: ValueStack

    init() throws {
        stack = try ValueStack(byteCount: 1 << 20)
    }

    func load(_ file: URL) throws -> ModuleCode {
        let bytes = try Data(contentsOf: file)
        let binary = bytes.withUnsafeBytes { ModuleBinary(copying: $0) }
        return ModuleCode(try Module.decode(binary), tier: Self.tier, types: Self.types)
    }

    /// Throws a `LinkError` where an import does not fit, and the `Trap` of a segment or the start function.
    func instantiate(_ code: ModuleCode, imports: [External]) throws -> Instance {
        let instance: Instance
        do {
            instance = try Instance(code, imports: imports, limits: StoreLimits(), sharing: nil)
        } catch let error {
            switch error {
            case .incompatibleImport: throw LinkError(text: "incompatible import type")
            case .trap(let trap): throw trap
            default: throw error
            }
        }
        try instance.runStart(on: stack)
        return instance
    }
}
