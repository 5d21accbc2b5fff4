// wasi-threads inspect: what a module needs and offers.

import ArgumentParser
import Platform
import WasiThreads
import WasmModule

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints the imports, exports, memories and features of a module.")

    @Argument(help: "The file with the module, in the binary format.")
    var module: Word

    func run() {
        let file = module.path
        let module = reportingFailure { () throws(EmbedderError) in try Engine().load(naming: file) }.module
        section("imports", module.imports.map { "\(quoted($0.module)) \(quoted($0.name)) \($0.type)" })
        section("exports", module.exports.map { "\(quoted($0.name)) \(module.type(of: $0))" })
        section("memories", module.memories.enumerated().map { index, type in
            let origin = index < module.importedMemoryCount ? "imported" : "defined"
            return "\(index) \(ExternalType.memory(type)) \(origin)"
        })
        section("features", module.features.map(\.rawValue).sorted())
    }

    private func section(_ title: String, _ lines: [String]) {
        printLine("\(title): \(lines.count)")
        for line in lines { printLine("  \(line)") }
    }

    /// A name as the text format writes it, so that no name can move the cursor or forge a line.
    private func quoted(_ name: String) -> String {
        let parts = shown(name).utf8.split(separator: UInt8(ascii: "\""), omittingEmptySubsequences: false)
        return "\"\(parts.map { String(Substring($0)) }.joined(separator: "\\\""))\""
    }
}
