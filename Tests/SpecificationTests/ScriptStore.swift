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


    private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    let stack: ValueStack
    private var instances: [Instance] = []

    init() {
        stack = ValueStack(memory: memory)
    }

    deinit { memory.deallocate() }

    func load(_ file: URL) throws -> ModuleCode {
        let bytes = try Data(contentsOf: file)
        let binary = bytes.withUnsafeBytes { ModuleBinary(copying: $0)! }
        return try TestedTier.code(try Module.decode(binary))
    }

    /// Throws a `LinkError` where an import does not fit, and the `Trap` of a segment or the start function.
    func instantiate(_ code: ModuleCode, imports: [External]) throws -> Instance {
        let instance: Instance
        do {
            instance = try Instance(code, imports: imports, limits: StoreLimits())
        } catch let error {
            guard case .importType = error else { throw error }
            throw LinkError(text: "incompatible import type")
        }
        // Also one that fails on its way lives on: tables may refer to it.
        instances.append(instance)
        try instance.initialize()
        try instance.runStart(on: stack.context)
        return instance
    }
}
