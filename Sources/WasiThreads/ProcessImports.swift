// What the instances of one process are given for the imports of their module.
//
// Always true: all threads get the same objects, so the memories among them are shared by all.
// https://github.com/WebAssembly/wasi-threads#design-choice-instance-per-thread

import WASI
import WasmModule
import WasmRuntime

struct ProcessImports {
    let engine: Engine
    let limits: StoreLimits
    /// The embedder's, which go before those of WASI.
    let definitions: [ImportName: External]
    let wasi: WASIContext

    /// One object for each import, in their order. Types are compared when a module is instantiated.
    /// Calls of functions are noted where they are `recorded`.
    func resolve(_ imports: [Import], recorded: Bool) throws(EmbedderError) -> [External] {
        let externals = try resolve(imports)
        guard recorded else { return externals }
        return externals.enumerated().map { index, given in
            if case .function(let function) = given { function.recorded(as: index) } else { given }
        }
    }

    private func resolve(_ imports: [Import]) throws(EmbedderError) -> [External] {
        var memories: [ImportName: External] = [:]
        var externals: [External] = []
        var missing: [String] = []
        for wanted in imports {
            let name = ImportName(wanted)
            try compare(wanted, definitions[name])
            if let given = definitions[name]
                ?? wasi.external(module: wanted.module, name: wanted.name)
                ?? memories[name]
            {
                externals.append(given)
            } else if case .memory(let type) = wanted.type, type.isShared {
                let memory = External.memory(try makeMemory(type, name))
                memories[name] = memory
                externals.append(memory)
            } else {
                missing.append("\(name) as (\(wanted.type))")
            }
        }
        if !missing.isEmpty { throw Self.error(naming: missing) }
        return externals
    }

    /// Names all at once, so that nobody finds them one run at a time.
    private static func error(naming missing: [String]) -> EmbedderError {
        let named = missing.prefix(namedCount).joined(separator: ", ")
        let more = missing.count > namedCount ? " and \(missing.count - namedCount) more" : ""
        return EmbedderError(.link, "The module imports \(named)\(more), which nobody defines.")
    }

    /// More than that are no slip: the module is for another host.
    private static let namedCount = 20

    /// Refuses a function of another type than the import's, in the words that it was defined with. The
    /// types of all else are compared when the module is instantiated.
    private func compare(_ wanted: Import, _ given: External?) throws(EmbedderError) {
        guard case .function(let function) = given, !wanted.accepts(.function(function)),
            case .host(let host) = function.owner, let words = host.declaration
        else { return }
        let name = ImportName(wanted)
        let given = "what is defined there is (func \(function.type)), by \"\(words)\""
        throw EmbedderError(.link, "The module imports \(name) as (\(wanted.type)), but \(given).")
    }

    private func makeMemory(_ type: MemoryType, _ name: ImportName) throws(EmbedderError) -> MemoryInstance {
        do {
            return try MemoryInstance(type: type, limits: limits)
        } catch {
            throw EmbedderError(error)
        }
    }
}

extension EngineLimits {
    /// For one process, or one store of the standard C API.
    package var store: StoreLimits {
        var limits = StoreLimits()
        limits.memoryPages = self[.memoryPages]
        limits.tableElements = self[.tableElements]
        limits.tableBudget = StoreBudget(limit: self[.totalTableElements])
        return limits
    }

    package var thread: ThreadLimits {
        var limits = ThreadLimits()
        limits.maximumThreads = Int(self[.threads])
        limits.hostStackBytes = Int(self[.hostStackBytes])
        limits.valueStackBytes = Int(self[.valueStackBytes])
        return limits
    }
}

extension EmbedderError {
    init(_ error: InstantiationError) {
        switch error {
        case .importType: self.init(.link, error.description)
        case .outOfMemory, .unguardedMemory: self.init(.system, error.description)
        case .limit: self.init(.limit, error.description)
        }
    }
}
