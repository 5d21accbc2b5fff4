// The module `spectest`, which the scripts import without defining it.

import Foundation
import WasmRuntime

/// Written in the text format, in the two files beside this one.
struct SpectestModule {
    private static let binaries = Result {
        try ["spectest", "spectest-shared"].map { name in
            let binary = Suite.output.appending(path: "\(name).wasm")
            try FileManager.default.createDirectory(at: Suite.output, withIntermediateDirectories: true)
            let text = Suite.sources.appending(path: "\(name).wat")
            try WasmTools.run("parse", text.path, "-o", binary.path)
            return binary
        }
    }

    private let instances: [Instance]

    init(in store: ScriptStore) throws {
        instances = try Self.binaries.get().map { try store.instantiate(store.load($0), imports: []) }
    }

    func export(_ name: String) -> External? {
        instances.lazy.compactMap { $0.export(name) }.first
    }
}
