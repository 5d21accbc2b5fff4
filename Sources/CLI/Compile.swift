// wasi-threads compile: a module and compiled code for all its functions, in one file.

import ArgumentParser
import Glibc
import WasiThreads

struct Compile: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compiles all functions of a module ahead of time.",
        discussion: """
            The file holds the module and machine code for it, for processors that can do all that this \
            one can; “wasi-threads FILE” runs it, without LLVM. It is made on all processors, and appears \
            whole or not at all. Run only files whose makers you trust: their code is not checked as a \
            module is.
            """)

    @Argument(help: "The file with the module, in the binary format.")
    var module: String

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp(
            "The file to write; the module's name with .cwasm for its .wasm.", valueName: "file"))
    var output: String?

    func run() {
        let (file, output) = (module, output ?? Self.usualOutput(for: module))
        reportingFailure { () throws(EmbedderError) in
            let loaded = try Engine(tier: .interpreter).load(naming: file)
            let bar = ProgressBar(label: "compiling \(file)")
            defer { bar?.clear() }
            let compiled = try CompiledModule(compiling: loaded) { bar?.show($0) }
            bar?.clear()
            // Ctrl-C ends the command at once until here, and from here on when nothing half is left.
            let signals = TerminationSignals.block()
            try compiled.write(to: output) { signals.pending != nil }
            if let signal = signals.pending { leave(status: Status.signal(signal)) }
        }
    }

    private static func usualOutput(for module: String) -> String {
        let ending = ".wasm"
        return (module.hasSuffix(ending) ? String(module.dropLast(ending.count)) : module) + ".cwasm"
    }
}

/// How much is done, on one line of a terminal.
struct ProgressBar {
    private let label: String
    private static let width = 40

    /// nil where standard error is no terminal.
    init?(label: String) {
        guard isatty(STDERR_FILENO) == 1 else { return nil }
        // What a name of a file has in it must not move the cursor.
        self.label = String(
            label.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : Character($0) })
    }

    /// `part` is from 0 to 1.
    func show(_ part: Double) {
        let full = Int(part * Double(Self.width))
        let bar = String(repeating: "#", count: full) + String(repeating: "-", count: Self.width - full)
        write("\r\(label) [\(bar)] \(Int(part * 100)) %")
    }

    /// Takes the line away.
    func clear() { write("\r\u{1B}[K") }

    private func write(_ text: String) {
        var text = text
        text.withUTF8 { _ = unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
