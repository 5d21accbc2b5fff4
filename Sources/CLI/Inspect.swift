// wasi-threads inspect: what a module needs and offers.

import ArgumentParser
import Platform
import WasiThreads
import WasmModule

struct Inspect: ParsableCommand {
    static let configuration = WasiThreadsCommand.configuration(
        of: "inspect", abstract: "Prints the imports, exports, memories and features of a module.")

    @Flag(help: "Print JSON, for programs: an object with the lists imports, exports, memories and features.")
    var json = false

    @Argument(help: "The file with the module, in the binary format, or “-” for standard input.")
    var module: Word

    func run() {
        let module = reportingFailure { () throws(EmbedderError) in try Engine().load(naming: self.module) }.module
        if json { return printLine(module.json.lines(depth: 2)) }
        section("imports", module.imports.map { "\(quoted($0.module)) \(quoted($0.name)) \($0.type)" })
        section("exports", module.exports.map { "\(quoted($0.name)) \(module.type(of: $0))" })
        section("memories", module.memories.enumerated().map { index, type in
            let origin = index < module.importedMemoryCount ? "imported" : "defined"
            return "\(index) \(ExternalType.memory(type)) \(origin)"
        })
        section("features", module.featureNames)
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

extension Module {
    fileprivate var featureNames: [String] { features.map(\.rawValue).sorted() }

    fileprivate var json: JSON {
        .object([
            ("imports", .list(imports.map { wanted in
                .object([("module", .text(wanted.module)), ("name", .text(wanted.name))] + wanted.type.members)
            })),
            ("exports", .list(exports.map { .object([("name", .text($0.name))] + type(of: $0).members) })),
            ("memories", .list(memories.enumerated().map { index, memory in
                let origin: [(name: String, value: JSON)] = [
                    ("index", .number(UInt64(index))), ("imported", .bool(index < importedMemoryCount)),
                ]
                return .object(origin + ExternalType.memory(memory).members.dropFirst())
            })),
            ("features", .list(featureNames.map(JSON.text))),
        ])
    }
}

extension ExternalType {
    /// The members of the object that describes it, with its kind first.
    fileprivate var members: [(name: String, value: JSON)] {
        switch self {
        case .function(let type): [("kind", .text("func"))] + type.members
        case .tag(let type): [("kind", .text("tag"))] + type.members
        case .table(let type):
            [("kind", .text("table")), ("element", .text("\(type.element)"))] + type.limits.members(type.addressType)
        case .memory(let type):
            [("kind", .text("memory")), ("shared", .bool(type.isShared))] + type.limits.members(type.addressType)
                + [("page_size", .number(type.pageSize))]
        case .global(let type):
            [("kind", .text("global")), ("type", .text("\(type.value)")), ("mutable", .bool(type.isMutable))]
        }
    }
}

extension FunctionType {
    fileprivate var members: [(name: String, value: JSON)] {
        [("parameters", Self.list(parameters)), ("results", Self.list(results))]
    }

    private static func list(_ types: [ValueType]) -> JSON { .list(types.map { .text("\($0)") }) }
}

extension Limits {
    fileprivate func members(_ address: AddressType) -> [(name: String, value: JSON)] {
        let maximum: [(name: String, value: JSON)] = maximum.map { [("maximum", .number($0))] } ?? []
        return [("address", .text(address == .i64 ? "i64" : "i32")), ("minimum", .number(minimum))] + maximum
    }
}
