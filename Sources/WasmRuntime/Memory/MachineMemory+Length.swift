// The atomic view of a memory's length, and what its addresses are; the same of tables.

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

extension UnsafeMutablePointer<MachineMemory> {
    /// Whether its addresses have 64 bits.
    package var isWide: Bool { pointee.isWide != 0 }
}

extension UnsafeMutablePointer<MachineTable> {
    /// Whether its indices have 64 bits.
    package var isWide: Bool { pointee.isWide != 0 }
}
