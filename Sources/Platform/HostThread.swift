// A thread of the host's, on memory that we chose.
//
// Always true: no signal of the host is handled on such a thread. All are blocked before its first
// instruction, so that no handler of the embedder's runs on a stack made for guests.

import CMachine
import Glibc

package enum HostThread {
    /// What the C library knows a thread by. Another thread may get it when this one has been joined.
    package typealias Handle = pthread_t
    /// What the kernel knows a thread by. Another thread may get it when this one is gone.
    package typealias KernelID = pid_t

    package typealias Entry = @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer?

    /// Starts a thread. Its `stack` stays in use until `join` has returned.
    package static func start(
        on stack: UnsafeMutableRawBufferPointer, _ argument: UnsafeMutableRawPointer, entry: Entry
    ) throws(SystemError) -> Handle {
        var thread = Handle()
        let result = machine_thread_create(&thread, stack.baseAddress, stack.count, entry, argument)
        guard result == 0 else { throw SystemError(-result) }
        return thread
    }

    /// Starts a thread that nobody waits for, on a stack that the system takes back.
    package static func startDetached(
        stackBytes: Int, _ argument: UnsafeMutableRawPointer, entry: Entry
    ) throws(SystemError) {
        let result = machine_thread_create_detached(stackBytes, entry, argument)
        guard result == 0 else { throw SystemError(-result) }
    }

    /// Waits until the thread has left its stack.
    package static func join(_ thread: Handle) {
        let result = pthread_join(thread, nil)
        precondition(result == 0, "a host thread is joined once, and never by itself")
    }

    package static var current: Handle { pthread_self() }

    package static var kernelID: KernelID { machine_thread_id() }

    /// A number of the calling thread that no other thread of the program ever has.
    package static var number: UInt64 { machine_thread_number() }

    /// Whether the calling thread is the one that the process began with.
    package static var isFirst: Bool { machine_thread_is_first() != 0 }

    /// Runs `body` while the calling thread cannot be cancelled: a cancellation unwinds the stack, and frames of
    /// Swift's and of compiled code have nothing that would clean up. One that is asked for meanwhile comes at the
    /// first point for it after this.
    @inline(__always)
    package static func withoutCancellation<Result: ~Copyable>(_ body: () -> Result) -> Result {
        let before = machine_cancellation_disable()
        defer { machine_cancellation_restore(before) }
        return body()
    }

    /// Names the calling thread `prefix-number`, the prefix cut to what the kernel has room for. Allocates nothing:
    /// a thread begins with it, for which the system may have no memory left.
    package static func setName(_ prefix: String, _ number: UInt32) {
        machine_thread_set_numbered_name(prefix, number)
    }

    /// Names a thread that runs, the name cut to what the kernel has room for.
    package static func setName(_ name: String, of thread: Handle) { machine_thread_set_name(thread, name) }
}
