// Where the specification's suite and its tool are, and how a script becomes JSON and binaries.

import Foundation

/// The suite in a folder of its own, outside of this package.
struct Suite {
    /// Beside this file: what the tests need besides the suite.
    static let sources = URL(filePath: #filePath).deletingLastPathComponent()
    private static let package = sources.deletingLastPathComponent().deletingLastPathComponent()

    /// `SPEC_TESTSUITE`, or the folder that lies beside the package; nil where neither is there.
    static let installed: Suite? = {
        let folder = ProcessInfo.processInfo.environment["SPEC_TESTSUITE"].map { URL(filePath: $0) }
            ?? package.appending(path: "../shared/spec-testsuite").standardizedFileURL
        let isThere = FileManager.default.fileExists(atPath: folder.appending(path: "address.wast").path)
        return isThere ? Suite(folder: folder) : nil
    }()

    /// Scripts for what the specification leaves to us, such as what has happened when a trap comes.
    static let ours = Suite(folder: sources.appending(path: "Scripts"))

    let folder: URL
    /// For what is made of the scripts.
    static let output = package.appending(path: "build/specification")

    /// `SPEC_SCRIPTS`, separated by spaces; nil stands for all.
    static let chosenScripts = ProcessInfo.processInfo.environment["SPEC_SCRIPTS"].map {
        $0.split(separator: " ").map(String.init)
    }

    /// The scripts to run, as paths inside the folder.
    func scripts() -> [String] {
        Self.chosenScripts ?? allScripts()
    }

    func allScripts() -> [String] {
        let paths = FileManager.default.enumerator(atPath: folder.path)!.compactMap { $0 as? String }
        return paths.filter { $0.hasSuffix(".wast") }.sorted()
    }

    /// The script as commands, and the folder of the modules that they name.
    func load(_ script: String) throws -> (Script, URL) {
        let converted = Self.output.appending(path: script.dropLast(".wast".count))
        let json = converted.appending(path: "script.json")
        let source = folder.appending(path: script)
        if !isNewer(json, than: source) { try convert(source, into: converted, json) }
        return (try JSONDecoder().decode(Script.self, from: Data(contentsOf: json)), converted)
    }

    private func convert(_ source: URL, into folder: URL, _ json: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // Under another name first, so that an interrupted run leaves nothing that looks complete.
        let unfinished = folder.appending(path: "script.unfinished")
        try WasmTools.run("json-from-wast", source.path, "--wasm-dir", folder.path, "-o", unfinished.path)
        _ = try? FileManager.default.removeItem(at: json)
        try FileManager.default.moveItem(at: unfinished, to: json)
    }

    private func isNewer(_ file: URL, than source: URL) -> Bool {
        func date(_ url: URL) -> Date? {
            (try? FileManager.default.attributesOfItem(atPath: url.path))?[.modificationDate] as? Date
        }
        guard let made = date(file), let changed = date(source) else { return false }
        return made > changed
    }
}

/// The command `wasm-tools`.
enum WasmTools {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// `WASM_TOOLS`, or what `PATH` finds.
    static let path: String? = {
        let environment = ProcessInfo.processInfo.environment
        if let path = environment["WASM_TOOLS"] { return path }
        return (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/wasm-tools" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    static func run(_ arguments: String...) throws {
        guard let path else { throw Failure(description: "wasm-tools is not installed") }
        let process = Process()
        let errors = Pipe()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.standardError = errors
        try process.run()
        let message = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "wasm-tools \(arguments.joined(separator: " ")): \(message)")
        }
    }
}
