// The numbers that DWARF's tables are made of. https://dwarfstd.org/doc/DWARF4.pdf, section 7.6

/// Reads without ever passing the end: there, everything is 0.
struct DwarfReader {
    let bytes: [UInt8]
    var offset: Int
    let end: Int

    mutating func integer(_ count: Int) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<count where offset + index < end {
            value |= UInt64(bytes[offset + index]) << UInt64(8 * index)
        }
        offset = min(offset + count, end)
        return value
    }

    mutating func unsigned() -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while offset < end {
            let byte = integer(1)
            if shift < 64 { value |= (byte & 0x7F) << shift }
            shift += 7
            if byte & 0x80 == 0 { break }
        }
        return value
    }

    mutating func signed() -> Int64 {
        var value: Int64 = 0
        var shift: Int64 = 0
        while offset < end {
            let byte = Int64(integer(1))
            if shift < 64 { value |= (byte & 0x7F) << shift }
            shift += 7
            if byte & 0x80 == 0 {
                if shift < 64, byte & 0x40 != 0 { value |= -1 << shift }
                break
            }
        }
        return value
    }
}
