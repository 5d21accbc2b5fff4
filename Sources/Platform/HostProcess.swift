// The process that this runs in.

import Glibc

package enum HostProcess {
    /// The kernel's number of it.
    package static var id: Int32 { getpid() }

    /// The words that it was started with, the first of which names the program.
    package static var arguments: [[UInt8]] {
        (0..<Int(CommandLine.argc)).map { index in
            let word = CommandLine.unsafeArgv[index]!
            return Array(UnsafeRawBufferPointer(start: word, count: strlen(word)))
        }
    }

    /// Ends it at once: nothing runs that would at an exit.
    package static func exitAtOnce(_ status: Int32) -> Never { _exit(status) }

    /// Has `function` called when the process exits, before what was registered earlier.
    package static func atExit(_ function: @convention(c) () -> Void) { atexit(function) }
}
