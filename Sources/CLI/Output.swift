// The standard streams, and the way out.

import Glibc
import Platform
import WasmModule


/// Fills the places of standard streams that are closed, so that no file of the command's own takes one. As
/// with a closed stream, what the guest reads or writes there fails.
func fillStandardStreams() {
    for number in STDIN_FILENO...STDERR_FILENO where fcntl(number, F_GETFD) < 0 {
        // The lowest free number is this one. It stays open until the command exits.
        _ = unsafe open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
}

/// Prints a line on standard output; where that takes nothing, leaves with the reason.
func printLine(_ text: String) {
    var rest = Array("\(text)\n".utf8)[...]
    while !rest.isEmpty {
        let count = unsafe rest.withUnsafeBytes { unsafe write(STDOUT_FILENO, $0.baseAddress, $0.count) }
        if count >= 0 {
            rest = rest.dropFirst(count)
        } else if errno != EINTR {
            let reason = unsafe String(cString: strerror(errno))
            leave("Cannot write to the standard output: \(reason).", status: Status.failure)
        }
    }
}

/// Prints a line, or several, on standard error. What is in it may be a guest's: it moves no cursor.
func printError(_ text: String) {
    let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    var bytes = Array(lines.map { withoutControls(Substring($0)) }.joined(separator: "\n").utf8) + [10]
    unsafe bytes.withUnsafeMutableBytes { bytes in
        // Where standard error takes nothing there is nowhere else to say so.
        _ = unsafe write(STDERR_FILENO, bytes.baseAddress, bytes.count)
    }
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
func leave(status: Int32) -> Never { _exit(status) }

/// Prints `text` on standard error and exits.
func leave(_ text: String, status: Int32) -> Never {
    printError("wasi-threads: \(text)")
    leave(status: status)
}
