// The atomic view of a memory's length.

import CMachine
import Synchronization

extension UnsafeMutablePointer<MachineMemory> {
    /// The length in bytes, which other threads may grow. Only `MemoryInstance` sets it.
    @inlinable @inline(__always)
    package var length: UInt64 {
        get { atomicLength.pointee.load(ordering: .relaxed) }
        nonmutating set {
            // Releasing: whoever sees the new length may touch the new pages.
            atomicLength.pointee.store(newValue, ordering: .releasing)
        }
    }

    @inlinable @inline(__always)
    package var atomicLength: UnsafeMutablePointer<Atomic<UInt64>> {
        let offset = MemoryLayout<MachineMemory>.offset(of: \.byteLength).unsafelyUnwrapped
        return (UnsafeMutableRawPointer(self) + offset).assumingMemoryBound(to: Atomic<UInt64>.self)
    }
}
