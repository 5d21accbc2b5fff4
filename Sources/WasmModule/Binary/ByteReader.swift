// A cursor over the bytes of a module: bytes, LEB128 integers, floats and names.
//
// Always true: 0 <= offset <= end <= the size of the binary, and no read passes `end`.
// https://webassembly.github.io/spec/core/binary/values.html

import Platform

@safe
struct ByteReader {
    /// Keeps the bytes alive.
    private let binary: ModuleBinary
    private let start: UnsafeRawPointer
    private(set) var offset: Int
    private(set) var end: Int
    /// What type indices stand for; nil for what has none.
    let types: HeldTypes?
    /// How many types the recursive group has that is being read. They have no numbers yet.
    var groupSize = 0

    /// Reads `range`, which must lie in `binary`.
    init(_ binary: ModuleBinary, _ range: Range<Int>, types: HeldTypes? = nil) {
        precondition(range.lowerBound >= 0 && range.upperBound <= binary.count)
        self.binary = binary
        self.types = types
        unsafe start = binary.bytes.baseAddress!
        offset = range.lowerBound
        end = range.upperBound
    }

    var remaining: Int { end - offset }
    var isAtEnd: Bool { offset == end }

    /// Has reads end after `count` more bytes, of which there must be as many, and returns the end so far.
    mutating func narrow(to count: Int) -> Int {
        precondition(count <= remaining)
        defer { end = offset + count }
        return end
    }

    /// Undoes `narrow`.
    mutating func widen(to outerEnd: Int) {
        precondition(outerEnd >= end && outerEnd <= binary.count)
        end = outerEnd
    }

    // MARK: Bytes

    @inline(__always)
    mutating func byte() throws(ModuleError) -> UInt8 {
        guard offset < end else { throw unexpectedEnd() }
        // SAFETY: 0 <= offset < end <= binary.count.
        let byte = unsafe start.load(fromByteOffset: offset, as: UInt8.self)
        offset += 1
        return byte
    }

    /// Steps over `count` bytes and returns where they stand.
    mutating func skip(_ count: Int) throws(ModuleError) -> Range<Int> {
        guard count <= remaining else { throw unexpectedEnd() }
        defer { offset += count }
        return offset..<offset + count
    }

    /// The next byte, which stays unread.
    func peek() -> UInt8? {
        // SAFETY: 0 <= offset < end <= binary.count.
        isAtEnd ? nil : unsafe start.load(fromByteOffset: offset, as: UInt8.self)
    }

    /// A little-endian integer of fixed size: the bits of a float, or the version.
    mutating func fixed<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) throws(ModuleError) -> T {
        let range = try skip(MemoryLayout<T>.size)
        // SAFETY: `skip` has checked that the bytes are inside the binary.
        return unsafe T(littleEndian: start.loadUnaligned(fromByteOffset: range.lowerBound, as: T.self))
    }

    // MARK: Integers

    @inline(__always)
    mutating func u32() throws(ModuleError) -> UInt32 {
        if let byte = peek(), byte < 0x80 {
            offset += 1
            return UInt32(byte)
        }
        return UInt32(truncatingIfNeeded: try unsigned(bits: 32))
    }

    @inline(__always)
    mutating func u64() throws(ModuleError) -> UInt64 {
        if let byte = peek(), byte < 0x80 {
            offset += 1
            return UInt64(byte)
        }
        return try unsigned(bits: 64)
    }

    mutating func s32() throws(ModuleError) -> Int32 { Int32(truncatingIfNeeded: try signed(bits: 32)) }
    mutating func s33() throws(ModuleError) -> Int64 { try signed(bits: 33) }
    mutating func s64() throws(ModuleError) -> Int64 { try signed(bits: 64) }

    /// Unsigned LEB128: at most ceil(bits / 7) bytes, and no bit set beyond `bits`.
    @inline(never)
    private mutating func unsigned(bits: Int) throws(ModuleError) -> UInt64 {
        let first = offset
        var value: UInt64 = 0
        var shift = 0
        while true {
            let byte = try byte()
            if shift + 7 >= bits {
                guard byte & 0x80 == 0 else { throw tooLong(bits, at: first) }
                guard byte >> (bits - shift) == 0 else { throw tooLarge(bits, at: first) }
            }
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
    }

    /// Signed LEB128: as above, where the bits beyond `bits` must repeat the sign.
    private mutating func signed(bits: Int) throws(ModuleError) -> Int64 {
        let first = offset
        var value: Int64 = 0
        var shift = 0
        while true {
            let byte = try byte()
            let group = Int8(bitPattern: byte << 1) >> 1
            if shift + 7 >= bits {
                guard byte & 0x80 == 0 else { throw tooLong(bits, at: first) }
                let sign = group >> (bits - shift - 1)
                guard sign == 0 || sign == -1 else { throw tooLarge(bits, at: first) }
            }
            if byte & 0x80 == 0 { return value | Int64(group) << shift }
            value |= Int64(byte & 0x7F) << shift
            shift += 7
        }
    }

    // MARK: Vectors and names

    /// The length of a vector of `what`. Each element takes a byte at least, so that the length never
    /// says more than the bytes that remain, and may be reserved.
    mutating func count(of what: String, limit: Int) throws(ModuleError) -> Int {
        let first = offset
        let count = Int(try u32())
        guard count <= remaining else {
            throw ModuleError(
                .malformed, at: first,
                "unexpected end of section or function: the number of \(what), \(count), does not fit "
                    + counted(remaining, "byte"))
        }
        guard count <= limit else {
            throw ModuleError(.limit, at: first, "\(count) \(what) are more than the \(limit) allowed")
        }
        return count
    }

    /// A name, which must be UTF-8.
    mutating func name() throws(ModuleError) -> String {
        let first = offset
        let length = Int(try u32())
        guard length <= remaining else {
            throw ModuleError(.malformed, at: first, "length out of bounds: a name of \(counted(length, "byte"))")
        }
        let range = try skip(length)
        // SAFETY: `skip` has checked that the bytes are inside the binary.
        let bytes = unsafe UnsafeRawBufferPointer(start: start + range.lowerBound, count: length)
        guard let name = unsafe String(validating: bytes, as: UTF8.self) else {
            throw ModuleError(.malformed, at: range.lowerBound, "malformed UTF-8 encoding of a name")
        }
        return name
    }

    // MARK: Errors

    @inline(never)
    private func unexpectedEnd() -> ModuleError {
        ModuleError(.malformed, at: end, "unexpected end of section or function")
    }

    private func tooLong(_ bits: Int, at offset: Int) -> ModuleError {
        ModuleError(.malformed, at: offset, "integer representation too long for \(counted(bits, "bit"))")
    }

    private func tooLarge(_ bits: Int, at offset: Int) -> ModuleError {
        ModuleError(.malformed, at: offset, "integer too large for \(counted(bits, "bit"))")
    }
}
