// A view of a linear memory for functions of WASI: every access checks its bounds.
//
// Always true: what a guest's pointer means is read once, checked, and used from the copy, since other
// threads of the guest may change memory at any time. It stands in this target, because
// only so do the checks become part of the functions that make them.

import CMachine
import WasmRuntime

@safe
struct GuestMemory {
    // SAFETY: the memory outlives the call that this view was made for; its base does not move, and its
    // length does not shrink.
    private let machine: UnsafeMutablePointer<MachineMemory>

    @inline(__always)
    init(_ machine: UnsafeMutablePointer<MachineMemory>) { unsafe self.machine = machine }

    /// The bytes from `address` on; a `fault` where they are not all inside the memory.
    @inline(__always)
    func bytes(at address: UInt32, count: UInt32) throws(Failure) -> UnsafeMutableRawBufferPointer {
        guard unsafe UInt64(address) + UInt64(count) <= machine.length else { throw .errno(.fault) }
        return unsafe UnsafeMutableRawBufferPointer(
            start: machine.pointee.base + Int(address), count: Int(count))
    }

    /// Writes a little-endian integer.
    @inline(__always)
    func put<Integer: FixedWidthInteger & BitwiseCopyable>(
        _ value: Integer, at address: UInt32
    ) throws(Failure) {
        let bytes = try unsafe bytes(at: address, count: UInt32(MemoryLayout<Integer>.size))
        unsafe bytes.storeBytes(of: value.littleEndian, as: Integer.self)
    }

    /// Checks a place for a result before anything happens; it stays good.
    @inline(__always)
    func require(_ count: UInt32, at address: UInt32) throws(Failure) {
        _ = try unsafe bytes(at: address, count: count)
    }
}
