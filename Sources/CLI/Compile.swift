// wasi-threads compile: a module and compiled code for all its functions, in one file.

import ArgumentParser
import Platform
import WasiThreads
import WasmRuntime

struct Compile: ParsableCommand {
    static let configuration = WasiThreadsCommand.configuration(
        of: "compile", abstract: "Compiles all functions of a module ahead of time.",
        discussion: """
            The file holds the module and machine code for it, for processors that can do all that this \
            one can; “wasi-threads FILE” runs it, without LLVM. It is made on all processors, and appears \
            whole or not at all. Run only files whose makers you trust: their code is not checked as a \
            module is.
            """)

    @Argument(help: "The file with the module, in the binary format, or “-” for standard input, with --output.")
    var module: Word

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp(
            "The file to write; the module's name with .cwasm for its .wasm.", valueName: "file"))
    var output: Word?

    func validate() throws {
        if module.isStandardInput, output == nil {
            throw ValidationError("With the module from standard input, --output says which file to write.")
        }
    }

    func run() {
        let output = output?.path ?? Self.defaultOutput(for: module)
        reportingFailure { () throws(EmbedderError) in
            let loaded = try Engine(tier: .interpreter).load(naming: module)
            let bar = ProgressBar(label: "compiling \(module)")
            defer { bar?.clear() }
            let compiled = try CompiledModule(compiling: loaded) { bar?.show($0) }
            bar?.clear()
            // Ctrl-C ends the command at once until here, and from here on when nothing half is left.
            let signals = TerminationSignals.block()
            try compiled.write(to: output) { signals.pending != nil }
            if let signal = signals.pending { TerminationSignals.die(of: signal) }
        }
    }

    private static func defaultOutput(for module: Word) -> HostPath {
        HostPath((module.hasSuffix(".wasm") ? module.bytes.dropLast(5) : module.bytes[...]) + ".cwasm".utf8)
    }
}

/// How much is done, on one line of a terminal.
struct ProgressBar {
    private let label: String
    private static let width = 40

    /// nil where standard error is no terminal. `label` is as messages show it.
    init?(label: String) {
        guard HostDescriptor.standardError.isTerminal else { return nil }
        self.label = label
    }

    /// `part` is from 0 to 1.
    func show(_ part: Double) {
        let full = Int(part * Double(Self.width))
        let bar = String(repeating: "#", count: full) + String(repeating: "-", count: Self.width - full)
        write("\r\(label) [\(bar)] \(Int(part * 100)) %")
    }

    /// Takes the line away.
    func clear() { write("\r\u{1B}[K") }

    private func write(_ text: String) { try? HostDescriptor.standardError.write(all: Array(text.utf8)) }
}
