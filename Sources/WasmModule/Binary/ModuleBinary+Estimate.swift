// How much memory a module takes when it is decoded, told from the sizes of its sections.
//
// Always true: reading never leaves the binary, and a binary that is broken has an estimate too.

extension ModuleBinary {
    /// More than this the decoder refuses.
    package static let maximumByteCount = ImplementationLimits.moduleSize

    /// What the definitions of the module take at most, in bytes: an index of one byte becomes an expression with
    /// an array of its own, and a function's type of one byte a function with all that is known of it.
    package var decodedByteEstimate: Int {
        var total = 0
        var offset = 8
        while let (id, start) = header(at: &offset) {
            let size = offset - start
            switch SectionID(rawValue: id) {
            case .element: total += 128 * size
            case .function: total += 256 * size
            case .type, .import, .table, .memory, .global, .export: total += 48 * size
            // Of one body at a time: the labels of a table of branches.
            case .code: total += 4 * min(size, ImplementationLimits.bodySize)
            // Hints on branches: a word for each three bytes, and what an array that grows has beside.
            case .custom: total += 4 * size
            case .start, .data, .dataCount, .tag, nil: break
            }
        }
        return total
    }

    /// Reads the header of a section and skips its contents: the id, and where they start; nil at the end.
    private func header(at offset: inout Int) -> (id: UInt8, start: Int)? {
        guard offset < count else { return nil }
        let id = unsafe bytes[offset]
        var size = 0
        var shift = 0
        repeat {
            offset += 1
            guard offset < count, shift < 35 else { return nil }
            size |= unsafe Int(bytes[offset] & 0x7F) << shift
            shift += 7
        } while unsafe bytes[offset] & 0x80 != 0
        offset += 1
        let start = offset
        guard size <= count - offset else { return nil }
        offset += size
        return (id, start)
    }
}
