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
    private let context: UnsafeMutablePointer<MachineContext>

    /// What the call does with bytes, for the race detector.
    enum Use {
        case reads, writes
        /// Not yet, or not with all of them.
        case none
    }

    @inline(__always)
    init(_ machine: UnsafeMutablePointer<MachineMemory>, _ context: UnsafeMutablePointer<MachineContext>) {
        unsafe self.machine = machine
        unsafe self.context = context
    }

    /// The bytes from `address` on; a `fault` where they are not all inside the memory.
    @inline(__always)
    func bytes(at address: UInt32, count: UInt32, _ use: Use) throws(Failure) -> UnsafeMutableRawBufferPointer {
        guard unsafe UInt64(address) + UInt64(count) <= machine.length else { throw .errno(.fault) }
        if use != .none { note(UInt64(address), UInt64(count), use) }
        return unsafe UnsafeMutableRawBufferPointer(
            start: machine.pointee.base + Int(address), count: Int(count))
    }

    @inline(__always)
    private func note(_ address: UInt64, _ count: UInt64, _ use: Use) {
        unsafe context.noteHostAccess(to: machine, at: address, count: count, isWrite: use == .writes)
    }

    /// Whether somebody wants to know what is done with the bytes.
    var isWatched: Bool {
        @inline(__always)
        get { unsafe context.race != nil }
    }

    /// Of bytes of this memory's, of which nothing was said before.
    func note(_ bytes: UnsafeMutableRawBufferPointer, _ use: Use) {
        guard let start = bytes.baseAddress else { return }
        let address = unsafe start - UnsafeMutableRawPointer(machine.pointee.base)
        note(UInt64(address), UInt64(bytes.count), use)
    }

    /// Writes a little-endian integer.
    @inline(__always)
    func put<Integer: FixedWidthInteger & BitwiseCopyable>(
        _ value: Integer, at address: UInt32
    ) throws(Failure) {
        let bytes = try unsafe bytes(at: address, count: UInt32(MemoryLayout<Integer>.size), .writes)
        unsafe bytes.storeBytes(of: value.littleEndian, as: Integer.self)
    }

    /// Checks a place for a result before anything happens; it stays good.
    @inline(__always)
    func require(_ count: UInt32, at address: UInt32) throws(Failure) {
        _ = try unsafe bytes(at: address, count: count, .none)
    }
}
