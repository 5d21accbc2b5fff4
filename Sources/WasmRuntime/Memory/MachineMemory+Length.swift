// The atomic view of a memory's length.

import CMachine
import Synchronization

extension MachineMemory {
    /// The length in bytes, which other threads may grow.
    @inlinable @inline(__always)
    package var currentLength: UInt64 {
        mutating get {
            withUnsafeMutablePointer(to: &byteLength) {
                UnsafeMutableRawPointer($0).assumingMemoryBound(to: Atomic<UInt64>.self)
                    .pointee.load(ordering: .relaxed)
            }
        }
    }
}
