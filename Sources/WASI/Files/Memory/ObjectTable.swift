// Objects that are found by a hash, in memory that the system may refuse. A dictionary of Swift's would end the
// host where it grows and cannot.
//
// Always true: the number of slots is a power of two or 0, at most three quarters are in use, and an object stands
// in the first free slot from that of its hash on.

import Platform
import WasmRuntime

struct ObjectTable<Object: AnyObject & Sendable>: ~Copyable, @unchecked Sendable {
    // SENDABLE: whoever has the table owns its memory, which holds the objects.
    @safe
    private struct Slot {
        var hash: UInt
        /// nil where the slot is free, as all are that read as zero.
        var object: Unmanaged<Object>?
    }

    private var memory = HostBytes()
    private(set) var count = 0

    private static var leastSlots: Int { 8 }

    init() {}

    deinit {
        for index in unsafe 0..<slots.count { unsafe slots[index].object?.release() }
    }

    private var slots: UnsafeMutableBufferPointer<Slot> {
        // SAFETY: only slots are ever written to this memory, and zeros are slots.
        unsafe memory.bytes.assumingMemoryBound(to: Slot.self)
    }

    private func place(of hash: UInt, in count: Int) -> Int {
        // The higher bits of the product are the better ones.
        Int(truncatingIfNeeded: (hash &* 0x9E37_79B9_7F4A_7C15) >> 20) & (count - 1)
    }

    private func index(_ hash: UInt, _ matches: (Object) -> Bool) -> Int? {
        let slots = unsafe slots
        guard !slots.isEmpty else { return nil }
        var index = place(of: hash, in: slots.count)
        while let object = unsafe slots[index].object {
            if unsafe slots[index].hash == hash, unsafe object._withUnsafeGuaranteedRef(matches) { return index }
            index = (index + 1) & (slots.count - 1)
        }
        return nil
    }

    func object(_ hash: UInt, where matches: (Object) -> Bool) -> Object? {
        index(hash, matches).map { unsafe slots[$0].object!.takeUnretainedValue() }
    }

    /// Adds an object that is not in it; false where the system refuses the memory.
    mutating func insert(_ object: Object, _ hash: UInt) -> Bool {
        let slotCount = unsafe slots.count
        if (count + 1) * 4 > slotCount * 3 {
            guard rebuild(max(slotCount * 2, Self.leastSlots)) else { return false }
        }
        unsafe put(Slot(hash: hash, object: .passRetained(object)), in: slots)
        count += 1
        return true
    }

    private func put(_ slot: Slot, in slots: UnsafeMutableBufferPointer<Slot>) {
        var index = place(of: slot.hash, in: slots.count)
        while unsafe slots[index].object != nil { index = (index + 1) & (slots.count - 1) }
        unsafe slots[index] = slot
    }

    /// Moves all to another number of slots.
    private mutating func rebuild(_ slotCount: Int) -> Bool {
        var fresh = HostBytes()
        guard fresh.resize(to: slotCount * MemoryLayout<Slot>.stride) else { return false }
        let target = unsafe fresh.bytes.assumingMemoryBound(to: Slot.self)
        for index in unsafe 0..<slots.count where unsafe slots[index].object != nil {
            unsafe put(slots[index], in: target)
        }
        memory = fresh
        return true
    }

    /// Takes an object out, if it is there.
    mutating func remove(_ hash: UInt, where matches: (Object) -> Bool) -> Object? {
        guard var hole = index(hash, matches) else { return nil }
        let slots = unsafe slots
        let mask = slots.count - 1
        let removed = unsafe slots[hole].object!.takeRetainedValue()
        var index = hole
        while true {
            index = (index + 1) & mask
            guard unsafe slots[index].object != nil else { break }
            // What would not be found after the hole moves into it.
            let home = unsafe place(of: slots[index].hash, in: slots.count)
            if (index - home) & mask >= (index - hole) & mask {
                unsafe slots[hole] = unsafe slots[index]
                hole = index
            }
        }
        unsafe slots[hole].object = nil
        count -= 1
        // What a guest has removed is not held. Where the smaller table is refused, the large one stays.
        if count * 8 < mask + 1, mask + 1 > Self.leastSlots { _ = rebuild((mask + 1) / 4) }
        return removed
    }
}
