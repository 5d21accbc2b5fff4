// What modules and processes share: limits, stacks that wait for a thread, numbers of function types.

import WasmModule
import WasmRuntime

/// Immutable, and any thread may use it.
package final class Engine: HandleObject {
    package static let handleName = "engine"

    package let limits: EngineLimits
    package let types = FunctionTypeNumbers()
    package let stacks = StackCache()

    package init(limits: EngineLimits = EngineLimits()) {
        self.limits = limits
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
        LoadedModule(try Engine.validate(binary), engine: self)
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
