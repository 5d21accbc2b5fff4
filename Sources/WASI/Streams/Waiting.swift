// The places where a WASI function waits, and where it finds out that its process ends.
//
// Always true: a thread of the guest waits for a descriptor in `waitUntilReady`, for another thread in an
// `InterruptibleLock`, and inside of any other system call between the ends of `waiting`. The end of the
// process reaches it in all three. A call that waits for a device only needs none of them, and moves so few
// bytes at once that its thread looks in between.

import Platform
import WasmRuntime

/// Waits until an entry is ready, `timeout` nanoseconds are over, or the group of `thread` ends, which
/// fails with `interrupted`. May return early with nothing ready.
func waitUntilReady(
    _ entries: inout [PollEntry], timeout: UInt64?, on thread: CallingThread
) throws(Failure) {
    guard let thread = thread.guest, timeout != 0 else {
        return try Failure.guarding { () throws(SystemError) in try poll(&entries, timeout: timeout) }
    }
    let wake = try Failure.guarding { () throws(SystemError) in try thread.group.wakeDescriptor() }
    guard let wake else { throw .trap(.interrupted) }
    entries.append(PollEntry(wake, for: .readable))
    try Failure.guarding { () throws(SystemError) in try poll(&entries, timeout: timeout) }
    if !entries.removeLast().ready.isEmpty { throw .trap(.interrupted) }
}

extension CallingThread {
    /// Whether the process ends, for system calls to look at.
    var endFlag: EndFlag {
        @inline(__always)
        get { unsafe context.endFlag }
    }

    /// Fails where the process ends.
    @inline(__always)
    func checkEnd() throws(Failure) {
        if endFlag.isSet { throw .trap(.interrupted) }
    }

    /// Makes system calls that wait for a device at most.
    @inline(__always)
    func guarding<Value>(_ call: (EndFlag) throws(SystemError) -> Value) throws(Failure) -> Value {
        do { return try call(endFlag) } catch { throw failure(error) }
    }

    /// Makes system calls that may wait for anything, and nothing else that waits.
    @inline(never)
    func waiting<Value>(_ call: (EndFlag) throws(SystemError) -> Value) throws(Failure) -> Value {
        do throws(SystemError) {
            return try unsafe context.waiting { end throws(SystemError) in try call(end) }
        } catch {
            throw failure(error)
        }
    }

    @inline(never)
    func failure(_ error: SystemError) -> Failure {
        error == .intr && endFlag.isSet ? .trap(.interrupted) : .errno(Errno(error))
    }
}
