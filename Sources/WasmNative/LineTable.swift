// Which instruction of a module the code at an address comes from: the DWARF line table, whose lines are
// offsets in the module. It is read when a trap asks.
// https://dwarfstd.org/doc/DWARF4.pdf, section 6.2

package struct LineTable: Sendable {
    private let bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// 0 where no row covers the address.
    package func line(of address: UInt) -> Int {
        var best = (address: UInt(0), line: 0)
        forEachRow { start, line in
            if start <= address, start >= best.address { best = (start, line) }
        }
        return best.line
    }

    /// The line of what stands after the row that covers an address.
    package func lineBehind(_ address: UInt) -> Int {
        var next = (address: UInt.max, line: 0)
        forEachRow { start, line in
            if start > address, start < next.address { next = (start, line) }
        }
        return next.line
    }

    /// Calls `body` with the address and the line of each row.
    private func forEachRow(_ body: (UInt, Int) -> Void) {
        var reader = DwarfReader(bytes: bytes, offset: 0, end: bytes.count)
        while reader.offset < bytes.count {
            let length = Int(reader.integer(4))
            let end = min(reader.offset + length, bytes.count)
            guard length > 0 else { return }
            var unit = DwarfReader(bytes: bytes, offset: reader.offset, end: end)
            unit.runProgram(body)
            reader.offset = end
        }
    }
}

extension DwarfReader {
    /// The header of a unit, as far as the program needs it.
    private struct Header {
        var minimumLength: UInt64 = 1
        var lineBase: Int64 = 0
        var lineRange: UInt64 = 1
        var opcodeBase: UInt64 = 1
        var lengths: [UInt64] = []
    }

    mutating func runProgram(_ body: (UInt, Int) -> Void) {
        guard let header = programHeader() else { return }
        var address: UInt64 = 0
        var line: Int64 = 1
        func row() { body(UInt(truncatingIfNeeded: address), Int(line)) }
        while offset < end {
            let opcode = integer(1)
            if opcode >= header.opcodeBase {
                let adjusted = opcode - header.opcodeBase
                address &+= adjusted / header.lineRange &* header.minimumLength
                line &+= header.lineBase &+ Int64(adjusted % header.lineRange)
                row()
                continue
            }
            switch opcode {
            case 0:
                let length = Int(truncatingIfNeeded: unsigned() & 0xFFFF)
                let next = min(offset + length, end)
                switch integer(1) {
                case 1:
                    // After the last instruction of a sequence: no line.
                    line = 0
                    row()
                    (address, line) = (0, 1)
                case 2: address = integer(8)
                default: break
                }
                offset = max(next, offset)
            case 1: row()
            case 2: address &+= unsigned() &* header.minimumLength
            case 3: line &+= signed()
            case 8: address &+= UInt64(255 - header.opcodeBase) / header.lineRange &* header.minimumLength
            case 9: address &+= integer(2)
            default: for _ in 0..<header.lengths[Int(opcode) - 1] { _ = unsigned() }
            }
        }
    }

    private mutating func programHeader() -> Header? {
        var header = Header()
        let version = integer(2)
        guard version == 4 else { return nil }
        let headerLength = Int(integer(4))
        let program = offset + headerLength
        header.minimumLength = integer(1)
        _ = integer(2)
        header.lineBase = Int64(Int8(truncatingIfNeeded: integer(1)))
        header.lineRange = max(integer(1), 1)
        header.opcodeBase = max(integer(1), 1)
        header.lengths = (1..<header.opcodeBase).map { _ in integer(1) }
        guard program <= end else { return nil }
        offset = program
        return header
    }
}
