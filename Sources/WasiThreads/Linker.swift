// Functions of the host by the names under which modules import them.

import Synchronization
import WasmModule
import WasmRuntime

/// The two names of an import.
struct ImportName: Hashable, Sendable {
    var module: String
    var name: String
}

/// Any thread may use it. A process takes the definitions as they are when it is made.
package final class Linker: HandleObject {
    package static let handleName = "linker"

    let engine: Engine
    private let table = Mutex<[ImportName: HostFunction]>([:])

    package init(engine: Engine) { self.engine = engine }

    var definitions: [ImportName: HostFunction] { table.withLock { $0 } }

    /// Defines an import. `makeFunction` is called where nobody has defined it yet.
    func define(
        _ name: ImportName, _ makeFunction: () -> HostFunction
    ) throws(EmbedderError) {
        let isNew = table.withLock { table in
            guard table[name] == nil else { return false }
            table[name] = makeFunction()
            return true
        }
        guard isNew else {
            throw EmbedderError(.misuse, "The import \(name.module).\(name.name) is defined already.")
        }
    }
}
