// The memory of one guest thread's frames, with its `MachineContext` at the low end.
//
// Always true: frames grow up from `stackBase` and never beyond `stackEnd`; `stackLimit` is `stackEnd`,
// or 0 while an interrupt, by the end or by a pause, waits for the thread.

import CMachine
import Synchronization

package struct ValueStack: @unchecked Sendable {
    // SENDABLE: only the thread that runs on the stack touches the context, but for `stackLimit`, which
    // is atomic.
    package let context: UnsafeMutablePointer<MachineContext>

    /// Makes a context at the low end of `memory`, which must be aligned for it and outlive the stack.
    package init(memory: UnsafeMutableRawBufferPointer) {
        let room = (MemoryLayout<MachineContext>.size + Self.frameAlignment - 1) & ~(Self.frameAlignment - 1)
        precondition(memory.count > room, "a value stack has room for its context")
        let low = memory.baseAddress!
        context = low.bindMemory(to: MachineContext.self, capacity: 1)
        context.initialize(to: MachineContext())
        let base = (low + room).assumingMemoryBound(to: MachineSlot.self)
        context.pointee.stackBase = base
        context.pointee.stackTop = base
        context.pointee.stackEnd = UInt(bitPattern: low + memory.count)
        context.threadState = ThreadState.outside
        takeBackInterrupt()
    }

    /// Of the first frame; others begin at any slot.
    private static let frameAlignment = MemoryLayout<MachineSlot>.alignment

    /// Under the group's lock, but for a new stack.
    func takeBackInterrupt() {
        context.atomicLimit.pointee.store(context.pointee.stackEnd, ordering: .relaxed)
    }

    /// From any thread: the guest code that runs on this stack leaves at its next call or taken branch.
    package func interrupt() {
        context.atomicLimit.pointee.store(0, ordering: .relaxed)
    }
}
