// System calls that wait, on a thread of a group that may end meanwhile.
//
// Always true: a thread that waits says so in `waits` before it looks at `mustEnd`, and whoever ends its group
// sets `mustEnd` before it looks at `waits`. So either the thread makes no call any more, or it is sent the
// signal that gets it out of one:
//
//     the thread:  store waits, load mustEnd, call        who ends:  store mustEnd, load waits, signal

import CMachine
import Platform
import Synchronization

extension UnsafeMutablePointer<MachineContext> {
    /// Whether the thread's group ends, for system calls to look at.
    @inlinable @inline(__always)
    package var endFlag: EndFlag {
        let offset = MemoryLayout<MachineContext>.offset(of: \.mustEnd).unsafelyUnwrapped
        return EndFlag((UnsafeRawPointer(self) + offset).assumingMemoryBound(to: UInt32.self))
    }

    var atomicMustEnd: UnsafeMutablePointer<Atomic<UInt32>> {
        let offset = MemoryLayout<MachineContext>.offset(of: \.mustEnd).unsafelyUnwrapped
        return (UnsafeMutableRawPointer(self) + offset).assumingMemoryBound(to: Atomic<UInt32>.self)
    }

    var atomicWaits: UnsafeMutablePointer<Atomic<UInt32>> {
        let offset = MemoryLayout<MachineContext>.offset(of: \.waits).unsafelyUnwrapped
        return (UnsafeMutableRawPointer(self) + offset).assumingMemoryBound(to: Atomic<UInt32>.self)
    }

    /// Runs `body`, whose system calls may wait for whatever is outside of this process: with the flag that it
    /// is given they fail with `EINTR` when the thread's group ends. It makes no other call that waits, and
    /// calls nothing of the embedder's or the guest's.
    package func waiting<Value, Failure: Error>(
        _ body: (EndFlag) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let wait = machine_wait_begin(self)
        defer { machine_wait_end(self, wait) }
        return try body(endFlag)
    }
}
