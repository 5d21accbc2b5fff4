// Standard error, and the way out.

import Glibc

/// Prints a line on standard error.
func printError(_ text: String) {
    var bytes = Array("\(text)\n".utf8)
    unsafe bytes.withUnsafeMutableBytes { bytes in
        // Where standard error takes nothing there is nowhere else to say so.
        _ = unsafe write(STDERR_FILENO, bytes.baseAddress, bytes.count)
    }
}

func leave(status: Int32) -> Never { exit(status) }

/// Prints `text` on standard error and exits.
func leave(_ text: String, status: Int32) -> Never {
    printError("wasi-threads: \(text)")
    exit(status)
}
