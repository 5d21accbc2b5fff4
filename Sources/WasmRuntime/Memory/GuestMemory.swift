// A view of a linear memory for host functions: every access checks its bounds.

import CMachine
import Synchronization

/// The memory of a calling instance. Other guest threads may write the same bytes at any time, so a
/// host function reads a value once, checks it, and then uses its copy.
@safe
package struct GuestMemory: @unchecked Sendable {
    // SENDABLE: the memory outlives the call that this view was made for, and its length is atomic.
    @usableFromInline let machine: UnsafeMutablePointer<MachineMemory>

    @inlinable
    package init(_ machine: UnsafeMutablePointer<MachineMemory>) { unsafe self.machine = machine }

    @inlinable
    package var byteLength: UInt64 {
        unsafe machine.pointee.currentLength
    }

    /// The bytes from `address` on, or nil where they are not all inside the memory.
    @inlinable @inline(__always)
    package func buffer(at address: UInt32, count: UInt32) -> UnsafeMutableRawBufferPointer? {
        guard UInt64(address) + UInt64(count) <= byteLength else { return nil }
        return unsafe UnsafeMutableRawBufferPointer(start: machine.pointee.base + Int(address), count: Int(count))
    }

    /// Reads a little-endian integer; nil where it is out of bounds.
    @inlinable @inline(__always)
    package func load<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type, at address: UInt32) -> T? {
        guard let bytes = unsafe buffer(at: address, count: UInt32(MemoryLayout<T>.size)) else { return nil }
        return unsafe T(littleEndian: bytes.loadUnaligned(as: T.self))
    }

    /// Writes a little-endian integer; false where it is out of bounds.
    @inlinable @inline(__always)
    package func store<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at address: UInt32) -> Bool {
        guard let bytes = unsafe buffer(at: address, count: UInt32(MemoryLayout<T>.size)) else { return false }
        unsafe bytes.storeBytes(of: value.littleEndian, as: T.self)
        return true
    }
}
