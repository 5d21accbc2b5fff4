// The atomic view of a memory's length.

import CMachine
import Synchronization

extension MachineMemory {
    /// The length in bytes, which other threads may grow. Only `MemoryInstance` sets it.
    @inlinable @inline(__always)
    package var currentLength: UInt64 {
        mutating get {
            withUnsafeMutablePointer(to: &byteLength) {
                UnsafeMutableRawPointer($0).assumingMemoryBound(to: Atomic<UInt64>.self)
                    .pointee.load(ordering: .relaxed)
            }
        }
        set {
            withUnsafeMutablePointer(to: &byteLength) {
                // Releasing: whoever sees the new length may touch the new pages.
                UnsafeMutableRawPointer($0).assumingMemoryBound(to: Atomic<UInt64>.self)
                    .pointee.store(newValue, ordering: .releasing)
            }
        }
    }
}
