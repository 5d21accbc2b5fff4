// The counts that tell what is worth compiling, and what happens at their ends.
//
// Always true: counts are a matter of speed only, so threads may lose some of each other's; but none passes its
// end unseen: what counts is whether a count is at its end or beyond it, never that it is exactly there, and
// whoever finds it there puts it back.

import CMachine
import Synchronization

extension UnsafeMutableRawPointer {
    /// A field of a structure that lies here.
    @inlinable @inline(__always)
    package func atomic<Value: AtomicRepresentable>(
        _ type: Value.Type, at offset: Int?
    ) -> UnsafeMutablePointer<Atomic<Value>> {
        (self + offset.unsafelyUnwrapped).assumingMemoryBound(to: Atomic<Value>.self)
    }
}

extension UnsafeMutablePointer<MachineCode> {
    /// Counts a call, where the function is not compiled: whether it is worth compiling by now and nobody has
    /// said so.
    @inlinable @inline(__always)
    package func countCall() -> Bool {
        let left = UnsafeMutableRawPointer(self)
            .atomic(UInt32.self, at: MemoryLayout<MachineCode>.offset(of: \.callsLeft))
        let count = left.pointee.load(ordering: .relaxed)
        guard count > 0 else { return false }
        left.pointee.store(count &- 1, ordering: .relaxed)
        return count == 1 && isFirst(toSet: MemoryLayout<MachineCode>.offset(of: \.isRequested))
    }

    /// Has the function compiled.
    @inline(never)
    package func requestCompilation() {
        // SAFETY: the caller runs the module's code, so it is alive.
        let module = Unmanaged<ModuleCode>.fromOpaque(pointee.module).takeUnretainedValue()
        module.compiler?.request(self, of: module)
    }

    /// Has code made for calls that are at one of its loops, the first time.
    fileprivate func requestOSREntry() {
        guard isFirst(toSet: MemoryLayout<MachineCode>.offset(of: \.isOSREntryRequested)) else { return }
        // SAFETY: as above.
        let module = Unmanaged<ModuleCode>.fromOpaque(pointee.module).takeUnretainedValue()
        module.compiler?.requestOSREntry(of: self, of: module)
    }

    @usableFromInline
    package func isFirst(toSet offset: Int?) -> Bool {
        UnsafeMutableRawPointer(self).atomic(UInt32.self, at: offset).pointee.exchange(1, ordering: .relaxed) == 0
    }
}

extension UnsafeMutablePointer<MachineLoop> {
    @inlinable @inline(__always)
    package var backEdgesLeft: UnsafeMutablePointer<Atomic<Int32>> {
        UnsafeMutableRawPointer(self).atomic(Int32.self, at: MemoryLayout<MachineLoop>.offset(of: \.backEdgesLeft))
    }

    /// Counts a back edge: whether someone is to look at the loop. Threads in the same loop may take the count
    /// beyond 0 together: each that finds it there looks.
    @inlinable @inline(__always)
    package func countBackEdge() -> Bool {
        let backEdgesLeft = backEdgesLeft
        let count = backEdgesLeft.pointee.load(ordering: .relaxed) &- 1
        backEdgesLeft.pointee.store(count, ordering: .relaxed)
        return count <= 0
    }

    /// How many back edges pass between two looks at a loop that is being compiled.
    private static var backEdgesBetweenLooks: Int32 { 64 }

    /// For a loop that compiled code has no room for: it is looked at again later.
    package func putOff() { backEdgesLeft.pointee.store(Self.backEdgesBetweenLooks, ordering: .relaxed) }

    /// Whether the loop can go on in compiled code already; asks for that the first time, for all loops of
    /// the function.
    @inline(never)
    package func isReady() -> Bool {
        let code = pointee.code.unsafelyUnwrapped
        if code.hasOSREntry {
            backEdgesLeft.pointee.store(1, ordering: .relaxed)
            return true
        }
        putOff()
        code.requestOSREntry()
        return false
    }
}
