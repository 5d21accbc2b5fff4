// Functions, memories and tags of the host by the names under which modules import them.

import Synchronization
import WasmModule
import WasmRuntime

/// The two names of an import.
struct ImportName: Hashable, Sendable {
    let module: ExactName
    let name: ExactName

    init(module: String, name: String) {
        self.module = ExactName(module)
        self.name = ExactName(name)
    }

    init(_ wanted: Import) { self.init(module: wanted.module, name: wanted.name) }
}

extension ImportName: CustomStringConvertible {
    /// As messages show it.
    var description: String { "\(module).\(name)" }
}

/// Any thread may use it. A process takes the definitions as they are when it is made.
package final class Linker: HandleObject {
    package static let handleName = "linker"

    let engine: Engine
    private let table = Mutex<[ImportName: External]>([:])

    package init(engine: Engine) { self.engine = engine }

    var definitions: [ImportName: External] { table.withLock { $0 } }

    /// Defines an import as a function, which is made where nobody has defined it yet.
    func define(
        _ name: ImportName, _ makeFunction: () -> HostFunction
    ) throws(EmbedderError) {
        try define(name) { makeFunction().external }
    }

    /// Defines an import as a memory, which all processes made with this linker then share.
    func define(_ name: ImportName, _ memory: Memory) throws(EmbedderError) {
        guard memory.engine === engine else {
            throw EmbedderError(.misuse, "The memory must be of the engine of the linker.")
        }
        guard memory.instance.isShared else {
            throw EmbedderError(.misuse, "The memory is not shared: only the process that has it can use it.")
        }
        try define(name) { .memory(memory.instance) }
    }

    /// Defines an import as a tag, which is the same one in all processes made with this linker.
    func define(_ name: ImportName, _ tag: Tag) throws(EmbedderError) {
        guard tag.engine === engine else {
            throw EmbedderError(.misuse, "The tag must be of the engine of the linker.")
        }
        try define(name) { .tag(tag.instance) }
    }

    private func define(_ name: ImportName, _ make: () -> External) throws(EmbedderError) {
        let isNew = table.withLock { table in
            guard table[name] == nil else { return false }
            table[name] = make()
            return true
        }
        guard isNew else {
            throw EmbedderError(.misuse, "The import \(name) is defined already.")
        }
    }

    /// Defines all of these imports, or none where one of them is defined already. `makeFunction` is called
    /// for each in the first case only.
    func define<Plan>(
        all plans: [(name: ImportName, plan: Plan)], _ makeFunction: (ImportName, Plan) -> HostFunction
    ) throws(EmbedderError) {
        let taken = table.withLock { table -> ImportName? in
            var names: Set<ImportName> = []
            for (name, _) in plans where table[name] != nil || !names.insert(name).inserted { return name }
            for (name, plan) in plans { table[name] = makeFunction(name, plan).external }
            return nil
        }
        guard let taken else { return }
        let message = "The import \(taken) is defined already. Nothing of this call was defined."
        throw EmbedderError(.misuse, message)
    }
}
