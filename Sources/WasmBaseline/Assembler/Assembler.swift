// Writes instructions of x86-64 into a buffer, and lets jumps and calls refer to labels.
//
// Always true: an instruction is complete once its function returns, apart from distances to labels that are not
// bound yet; those are filled in when the label is. Distances are within the buffer, so what is in it can be
// copied to anywhere.
// https://www.intel.com/content/www/us/en/developer/articles/technical/intel-sdm.html, volume 2

/// A place in the code, which may be known later.
package struct CodeLabel: Hashable, Sendable {
    fileprivate let index: Int
}

/// A short jump forward whose distance is filled in later.
package struct ShortJump {
    fileprivate let end: Int
}

package struct Assembler {
    /// What is written so far is `count` bytes.
    package private(set) var bytes: UnsafeMutablePointer<UInt8>
    package private(set) var count = 0
    private var capacity: Int
    /// Of each label: its place; or, where it is not bound, -1 less the end of the last reference to it. A
    /// reference holds the end of the one before, until it holds the distance.
    private var labels: [Int] = []

    /// As long as the longest instruction, with room.
    private static let longest = 32

    package init(capacity: Int = 1 << 16) {
        self.capacity = max(capacity, Self.longest)
        bytes = .allocate(capacity: self.capacity)
    }

    /// Without a buffer, to stand in the place of one that is elsewhere.
    init(taken: Void) {
        capacity = 0
        bytes = UnsafeMutablePointer(bitPattern: 1).unsafelyUnwrapped
    }

    /// Ends the time of the buffer.
    package func deallocate() { bytes.deallocate() }

    package var code: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: bytes, count: count) }

    // MARK: Bytes

    @inline(__always)
    mutating func reserve(_ size: Int = Assembler.longest) {
        if count + size > capacity { grow(size) }
    }

    @inline(never)
    private mutating func grow(_ size: Int) {
        let larger = max(2 * capacity, count + size)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        moved.update(from: bytes, count: count)
        bytes.deallocate()
        (bytes, capacity) = (moved, larger)
    }

    /// There must be room for it.
    @inline(__always)
    mutating func put(_ byte: UInt8) {
        bytes[count] = byte
        count += 1
    }

    @inline(__always)
    mutating func put<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value, as type: Value.Type) {
        UnsafeMutableRawPointer(bytes + count).storeBytes(of: value, as: Value.self)
        count += MemoryLayout<Value>.size
    }

    /// Fills up with zeros, for a table of numbers of this size.
    package mutating func align(to size: Int) {
        reserve(size)
        while count % size != 0 { put(0) }
    }

    /// Gives the immediate or the displacement of four bytes that the instruction before `end` closes with.
    package mutating func setField(before end: Int, to value: Int32) {
        UnsafeMutableRawPointer(bytes + (end - 4)).storeBytes(of: value, as: Int32.self)
    }

    // MARK: Labels

    package mutating func newLabel() -> CodeLabel {
        labels.append(-1)
        return CodeLabel(index: labels.count - 1)
    }

    package var labelCount: Int { labels.count }

    /// Forgets all labels but the first ones. Those that go must be bound or have no references.
    package mutating func keepLabels(_ count: Int) { labels.removeLast(labels.count - count) }

    /// nil where the label is not bound.
    package func place(of label: CodeLabel) -> Int? { labels[label.index] >= 0 ? labels[label.index] : nil }

    package mutating func bind(_ label: CodeLabel) {
        var end = -1 - labels[label.index]
        precondition(end >= 0, "a label is bound once")
        while end > 0 {
            let field = UnsafeMutableRawPointer(bytes + (end - 4))
            let before = Int(field.loadUnaligned(as: Int32.self))
            field.storeBytes(of: Int32(count - end), as: Int32.self)
            end = before
        }
        labels[label.index] = count
    }

    /// A distance from its end to the label. There must be room for it.
    mutating func putDistance(to label: CodeLabel) {
        let place = labels[label.index]
        if place >= 0 { return put(Int32(place - (count + 4)), as: Int32.self) }
        put(Int32(-1 - place), as: Int32.self)
        labels[label.index] = -1 - count
    }

    /// An element of a table of distances from `table`, which is bound, to labels that are.
    package mutating func distance(from table: CodeLabel, to label: CodeLabel) {
        reserve()
        put(Int32(labels[label.index] - labels[table.index]), as: Int32.self)
    }

    // MARK: Jumps

    package mutating func jump(_ label: CodeLabel) {
        reserve()
        if let distance = shortDistance(to: label) {
            put(0xEB)
            return put(distance, as: Int8.self)
        }
        put(0xE9)
        putDistance(to: label)
    }

    package mutating func jump(_ condition: Condition, _ label: CodeLabel) {
        reserve()
        if let distance = shortDistance(to: label) {
            put(0x70 | condition.rawValue)
            return put(distance, as: Int8.self)
        }
        put(0x0F)
        put(0x80 | condition.rawValue)
        putDistance(to: label)
    }

    /// Of an instruction of two bytes that begins here.
    private func shortDistance(to label: CodeLabel) -> Int8? {
        place(of: label).flatMap { Int8(exactly: $0 - (count + 2)) }
    }

    package mutating func call(_ label: CodeLabel) {
        reserve()
        put(0xE8)
        putDistance(to: label)
    }

    /// Jumps over what follows, up to `land`, which is no more than 127 bytes.
    package mutating func jumpShort(_ condition: Condition?) -> ShortJump {
        reserve()
        put(condition.map { 0x70 | $0.rawValue } ?? 0xEB)
        put(0)
        return ShortJump(end: count)
    }

    package mutating func land(_ jump: ShortJump) { bytes[jump.end - 1] = UInt8(Int8(count - jump.end)) }

    // MARK: The form of instructions

    /// An instruction with a register, or more of the opcode, in `reg`. `opcode` has up to three bytes, the last one
    /// lowest; `prefix` is 0 for none. `isByte`: `reg` is a register of 8 bits; `isByteRM`: so is `rm`.
    @inline(__always)
    mutating func encode(
        prefix: UInt8 = 0, wide: Bool, _ opcode: UInt32, reg: UInt8, _ rm: RM, isByte: Bool = false,
        isByteRM: Bool = false
    ) {
        reserve()
        if prefix != 0 { put(prefix) }
        var rex: UInt8 = (wide ? 8 : 0) | (reg & 8) >> 1
        var isNeeded = isByte && reg >= 4
        switch rm {
        case .register(let register):
            rex |= register >> 3
            isNeeded = isNeeded || (isByteRM && register >= 4)
        case .memory(let address):
            rex |= address.base.rawValue >> 3
            if let index = address.index { rex |= (index.rawValue & 8) >> 2 }
        }
        if rex != 0 || isNeeded { put(0x40 | rex) }
        if opcode > 0xFFFF { put(UInt8(truncatingIfNeeded: opcode >> 16)) }
        if opcode > 0xFF { put(UInt8(truncatingIfNeeded: opcode >> 8)) }
        put(UInt8(truncatingIfNeeded: opcode))
        switch rm {
        case .register(let register): put(0xC0 | (reg & 7) << 3 | register & 7)
        case .memory(let address): put(address, reg: reg & 7)
        }
    }

    /// ModRM, SIB and displacement.
    @inline(__always)
    private mutating func put(_ address: Address, reg: UInt8) {
        let base = address.base.rawValue & 7
        let displacement = address.displacement
        // With mode 0, the base of `rbp` and `r13` would mean something else.
        let mode: UInt8 = displacement == 0 && base != 5 ? 0 : Int8(exactly: displacement) != nil ? 1 : 2
        if let index = address.index {
            put(mode << 6 | reg << 3 | 4)
            put(UInt8(address.scale.trailingZeroBitCount) << 6 | (index.rawValue & 7) << 3 | base)
        } else {
            put(mode << 6 | reg << 3 | base)
            // The base of `rsp` and `r12` would mean that an index follows.
            if base == 4 { put(0x24) }
        }
        if mode == 1 { put(Int8(displacement), as: Int8.self) }
        if mode == 2 { put(displacement, as: Int32.self) }
    }
}
