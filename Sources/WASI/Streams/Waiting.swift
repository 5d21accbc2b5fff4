// The one place where a WASI function waits for descriptors.

import Glibc
import Platform
import WasmRuntime

/// Waits until an entry is ready, `timeout` nanoseconds are over, or the group of `thread` ends, which
/// fails with `interrupted`. May return early with nothing ready.
func waitUntilReady(
    _ entries: inout [pollfd], timeout: UInt64?, on thread: CallingThread
) throws(Failure) {
    guard let thread = thread.guest, timeout != 0 else {
        return try Failure.guarding { () throws(SystemError) in try poll(&entries, timeout: timeout) }
    }
    let wake = try Failure.guarding { () throws(SystemError) in try thread.group.wakeDescriptor() }
    guard let wake else { throw .trap(.interrupted) }
    entries.append(pollfd(fd: wake, events: Int16(POLLIN), revents: 0))
    try Failure.guarding { () throws(SystemError) in try poll(&entries, timeout: timeout) }
    if entries.removeLast().revents != 0 { throw .trap(.interrupted) }
}
