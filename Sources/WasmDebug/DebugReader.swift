// A cursor over one section of debug information.
//
// Always true: no read passes the end; the first that would makes the reader broken for good, and what is read from
// then on is 0. So whoever reads untrusted tables looks at `isBroken` where it decides, and at each loop.
// https://dwarfstd.org/dwarf5std.html (7.4 to 7.6)

import Platform

@safe
struct DebugReader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var offset: Int
    private(set) var end: Int
    private(set) var isBroken = false

    init(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) {
        unsafe self.bytes = bytes
        end = bytes.count
        self.offset = 0
        seek(offset)
    }

    var isAtEnd: Bool { isBroken || offset >= end }

    mutating func seek(_ offset: Int) {
        guard offset >= 0, offset <= end else { return break_() }
        self.offset = offset
    }

    /// Lets reads end after `count` more bytes.
    mutating func narrow(to count: Int) {
        guard count >= 0, count <= end - offset else { return break_() }
        end = offset + count
    }

    mutating func skip(_ count: Int) {
        guard count >= 0, count <= end - offset else { return break_() }
        offset += count
    }

    private mutating func break_() {
        isBroken = true
        offset = end
    }

    mutating func fixed<Word: FixedWidthInteger & BitwiseCopyable>(_: Word.Type) -> Word {
        let size = MemoryLayout<Word>.size
        guard size <= end - offset else {
            break_()
            return 0
        }
        defer { offset += size }
        // SAFETY: 0 <= offset, and offset + size <= end <= the number of bytes.
        return unsafe Word(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Word.self))
    }

    mutating func u8() -> UInt8 { fixed(UInt8.self) }
    mutating func u16() -> UInt16 { fixed(UInt16.self) }
    mutating func u32() -> UInt32 { fixed(UInt32.self) }
    mutating func u64() -> UInt64 { fixed(UInt64.self) }

    /// An unsigned number of 1 to 8 bytes.
    mutating func unsigned(bytes count: Int) -> UInt64 {
        switch count {
        case 1: return UInt64(u8())
        case 2: return UInt64(u16())
        case 4: return UInt64(u32())
        case 8: return u64()
        default:
            var value: UInt64 = 0
            for index in 0..<min(count, 8) { value |= UInt64(u8()) << (8 * UInt64(index)) }
            return value
        }
    }

    /// LEB128. Bits beyond 64 are lost.
    mutating func uleb() -> UInt64 {
        var (value, shift): (UInt64, UInt64) = (0, 0)
        while true {
            let byte = u8()
            if shift < 64 { value |= UInt64(byte & 0x7F) << shift }
            shift += 7
            if byte & 0x80 == 0 || isBroken { return value }
        }
    }

    mutating func sleb() -> Int64 {
        var (value, shift): (UInt64, UInt64) = (0, 0)
        while true {
            let byte = u8()
            if shift < 64 { value |= UInt64(byte & 0x7F) << shift }
            shift += 7
            if byte & 0x80 != 0, !isBroken { continue }
            if shift < 64, byte & 0x40 != 0 { value |= ~0 << shift }
            return Int64(bitPattern: value)
        }
    }

    /// The length of what follows, and whether it is of the 64-bit format.
    mutating func initialLength() -> (length: Int, isWide: Bool) {
        let first = u32()
        if first < 0xFFFF_FFF0 { return (Int(first), false) }
        guard first == 0xFFFF_FFFF, let length = Int(exactly: u64()) else {
            break_()
            return (0, true)
        }
        return (length, true)
    }

    mutating func sectionOffset(_ isWide: Bool) -> Int {
        let value = isWide ? u64() : UInt64(u32())
        return Int(exactly: value) ?? .max
    }

    /// Up to a NUL byte.
    mutating func skipString() -> Range<Int> {
        let first = offset
        while u8() != 0 {}
        return first..<max(first, offset - 1)
    }

    /// What stands in a range that was read, cut where it is long.
    func text(_ range: Range<Int>) -> String {
        let range = range.prefix(Self.longestText)
        // SAFETY: the range was read, so it lies in the bytes.
        let text = unsafe UnsafeRawBufferPointer(rebasing: bytes[range.startIndex..<range.endIndex])
        return unsafe String(decoding: text, as: UTF8.self)
    }

    private static let longestText = 2048
}
