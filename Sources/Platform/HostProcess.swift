// The process that this runs in.

import Glibc

package enum HostProcess {
    /// The kernel's number of it.
    package static var id: Int32 { getpid() }

    /// Has `function` called when the process exits, before what was registered earlier.
    package static func atExit(_ function: @convention(c) () -> Void) { atexit(function) }
}
