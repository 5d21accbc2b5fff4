// The calling instance's memory, for the time of one call.

import CMachine
import Platform
import WasmRuntime

/// Always true: the bytes below `length` can be read and written, whatever other threads do: a memory neither
/// moves nor shrinks.
struct MemoryView {
    let base: UnsafeMutablePointer<UInt8>
    let length: UInt64

    @inline(__always)
    init(_ machine: UnsafeMutablePointer<MachineMemory>) {
        base = machine.pointee.base
        length = machine.length
    }

    /// Where the elements lie that a guest points to. They are all in the memory, and aligned.
    @inline(__always)
    func pointer(
        _ address: UInt64, elements: UInt64, size: UInt64, alignment: UInt64, parameter: Int?
    ) throws(CallFailure) -> UnsafeMutableRawPointer {
        guard address & (alignment - 1) == 0 else {
            throw CallFailure(reason: .misaligned, address: address, parameter: parameter)
        }
        let (bytes, isTooLarge) = elements.multipliedReportingOverflow(by: size)
        guard !isTooLarge, address <= length, bytes <= length - address else {
            let reason = CallFailure.Reason.outOfBounds(count: elements, memory: length)
            throw CallFailure(reason: reason, address: address, parameter: parameter)
        }
        return UnsafeMutableRawPointer(base) + Int(address)
    }

    /// How many bytes a string has before its NUL byte; nil where it has none in the memory.
    @inline(__always)
    func stringLength(_ address: UInt64) -> Int? {
        guard address < length else { return nil }
        return UnsafeRawBufferPointer(start: base + Int(address), count: Int(length - address)).firstZero
    }
}

/// Copies of a call's strings. A guest may take a NUL byte away while the host reads, so it reads a copy.
struct StringArea {
    private var next: UnsafeMutableRawPointer
    private var room = CallShape.stringBytes

    @inline(__always)
    init(at start: UnsafeMutableRawPointer) { next = start }

    /// A copy of the string at an address, which ends in any case. A long one is allocated, and stored at
    /// `overflow` to be freed.
    @inline(__always)
    mutating func copy(
        _ address: UInt64, _ memory: MemoryView, overflow: UnsafeMutableRawPointer, parameter: Int
    ) throws(CallFailure) -> UnsafeMutableRawPointer {
        guard let length = memory.stringLength(address) else {
            throw CallFailure(reason: .endless, address: address, parameter: parameter)
        }
        let copy: UnsafeMutableRawPointer
        if length < room {
            copy = next
            next += length + 1
            room -= length + 1
        } else {
            guard let memory = HostHeap.allocate(length + 1) else {
                throw CallFailure(reason: .hostMemory, parameter: parameter)
            }
            copy = memory
            overflow.storeBytes(of: memory, as: UnsafeMutableRawPointer?.self)
        }
        copy.copyMemory(from: memory.base + Int(address), byteCount: length)
        (copy + length).storeBytes(of: 0, as: UInt8.self)
        return copy
    }
}
