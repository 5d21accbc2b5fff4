// The standard streams, and the way out.

import Platform
import WasmModule

/// Prints a line on standard output; where that takes nothing, leaves with the reason.
func printLine(_ text: String) {
    do {
        try HostDescriptor.standardOutput.write(all: Array("\(text)\n".utf8))
    } catch {
        leave("Cannot write to the standard output: \(error).", status: Status.failure)
    }
}

/// Prints a line, or several, on standard error. What is in it may be a guest's: it moves no cursor.
func printError(_ text: String) {
    let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let bytes = Array(lines.map { withoutControls(Substring($0)) }.joined(separator: "\n").utf8) + [10]
    // Where standard error takes nothing there is nowhere else to say so.
    try? HostDescriptor.standardError.write(all: bytes)
}

private func withoutControls(_ line: Substring) -> String {
    var text = ""
    for scalar in line.unicodeScalars {
        let isControl = scalar.properties.generalCategory == .control && scalar != "\t"
        text += isControl ? shown(String(scalar)) : String(scalar)
    }
    return text
}

/// Leaves without the ends of libraries, which may run on other threads still: all output is written.
func leave(status: Int32) -> Never { HostProcess.exitAtOnce(status) }

/// Prints `text` on standard error and exits.
func leave(_ text: String, status: Int32) -> Never {
    printError("wasi-threads: \(text)")
    leave(status: status)
}
