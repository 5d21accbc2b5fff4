// The line table of one unit: which line of which file an address belongs to.
//
// Always true: a program is run in time that is linear in its bytes, whatever they say, and keeps one row.
// https://dwarfstd.org/dwarf5std.html (6.2); version 4 differs in how directories and files are listed.

struct LineProgram {
    struct Row {
        var address: UInt64 = 0
        var file: UInt64 = 1
        var line: UInt64 = 1
        var column: UInt64 = 0
    }

    /// Where the unit begins in the section, and ends.
    let offset: Int
    let end: Int
    private let version: UInt16
    private let isWide: Bool
    private let minimumLength: UInt64
    private let lineBase: Int64
    private let lineRange: UInt64
    private let opcodeLengths: [UInt8]
    /// Where directories and files are listed, and where the program begins.
    private let lists: Int
    private let program: Int
    private let sections: DebugSections

    /// Nil where the header is not understood; `end` of the unit is found all the same.
    init?(_ sections: DebugSections, at offset: Int, end: inout Int) {
        guard let unit = sections.unit(.line, at: offset, next: &end) else { return nil }
        var reader = unit.reader
        (isWide, version) = (unit.isWide, unit.version)
        if version == 5 { reader.skip(2) }
        let headerLength = reader.sectionOffset(isWide)
        guard headerLength <= reader.end - reader.offset else { return nil }
        program = reader.offset + headerLength
        minimumLength = UInt64(reader.u8())
        if version >= 4 { reader.skip(1) }
        reader.skip(1)
        lineBase = Int64(Int8(bitPattern: reader.u8()))
        lineRange = UInt64(reader.u8())
        let opcodeBase = reader.u8()
        opcodeLengths = (0..<max(Int(opcodeBase), 1) - 1).map { _ in reader.u8() }
        guard lineRange > 0, opcodeBase > 0, !reader.isBroken else { return nil }
        lists = reader.offset
        self.offset = offset
        self.end = end
        self.sections = sections
    }

    // MARK: Running

    /// Calls `visit` with each row and where it ends: at the address of the next one of its sequence.
    func run(_ visit: (Row, UInt64) -> Void) {
        var reader = sections.reader(.line, at: program)
        reader.narrow(to: end - program)
        sections.meter.charge(end - program)
        var row = Row()
        var former: Row?
        func emit() {
            if let former, former.address <= row.address { visit(former, row.address) }
            former = row
        }
        func advance(_ steps: UInt64) { row.address &+= steps &* minimumLength }
        while !reader.isAtEnd {
            let opcode = reader.u8()
            if Int(opcode) > opcodeLengths.count {
                let adjusted = UInt64(opcode) - UInt64(opcodeLengths.count) - 1
                advance(adjusted / lineRange)
                row.line = row.line &+ UInt64(bitPattern: lineBase &+ Int64(adjusted % lineRange))
                emit()
                continue
            }
            switch opcode {
            case 0:
                let length = Int(exactly: reader.uleb()) ?? .max
                let first = reader.offset
                let extended = length == 0 ? 0 : reader.u8()
                switch extended {
                case 1:
                    emit()
                    (row, former) = (Row(), nil)
                case 2: row.address = reader.unsigned(bytes: min(length - 1, 8))
                default: break
                }
                guard length <= reader.end - first else { return }
                reader.seek(first + length)
            case 1: emit()
            case 2: advance(reader.uleb())
            case 3: row.line = row.line &+ UInt64(bitPattern: reader.sleb())
            case 4: row.file = reader.uleb()
            case 5: row.column = reader.uleb()
            case 6, 7, 10, 11: break
            case 8: advance((255 - UInt64(opcodeLengths.count) - 1) / lineRange)
            case 9: row.address &+= UInt64(reader.u16())
            case 12: _ = reader.uleb()
            default: for _ in 0..<opcodeLengths[Int(opcode) - 1] { _ = reader.uleb() }
            }
        }
    }

    /// The row that an address is in: the last, where sequences of functions that the linker left out lie over it.
    func row(at address: UInt64) -> Row? {
        var found: Row?
        run { row, end in
            if row.address <= address, address < end { found = row }
        }
        return found
    }

    // MARK: Files

    /// The path of a file by its number.
    func path(of file: UInt64) -> String? {
        var reader = sections.reader(.line, at: lists)
        reader.narrow(to: program - lists)
        sections.meter.charge(program - lists)
        return version == 5 ? path(of: file, &reader) : olderPath(of: file, &reader)
    }

    private func olderPath(of file: UInt64, _ reader: inout DebugReader) -> String? {
        var directories: [Range<Int>] = []
        while !reader.isBroken {
            let name = reader.skipString()
            if name.isEmpty { break }
            directories.append(name)
        }
        var number: UInt64 = 0
        while !reader.isBroken {
            let name = reader.skipString()
            if name.isEmpty { return nil }
            let directory = reader.uleb()
            _ = (reader.uleb(), reader.uleb())
            number += 1
            guard number == file else { continue }
            let isListed = directory > 0 && directory <= UInt64(directories.count)
            return joined(isListed ? reader.text(directories[Int(directory) - 1]) : "", reader.text(name))
        }
        return nil
    }

    private func path(of file: UInt64, _ reader: inout DebugReader) -> String? {
        // Paths of directories are looked for once the file has said which one.
        let directories = reader
        skipEntries(&reader)
        guard let entry = entry(file, &reader), let name = entry.name else { return nil }
        var list = directories
        let directory = self.entry(entry.directory, &list)?.name
        return joined(directory ?? "", name)
    }

    private func formats(_ reader: inout DebugReader) -> [(content: UInt64, form: UInt64)] {
        (0..<reader.u8()).map { _ in (reader.uleb(), reader.uleb()) }
    }

    private func skipEntries(_ reader: inout DebugReader) {
        let formats = formats(&reader)
        let count = reader.uleb()
        guard !formats.isEmpty else { return }
        var left = count
        while left > 0, !reader.isBroken {
            for format in formats { _ = read(format.form, &reader) }
            left -= 1
        }
    }

    private func entry(_ wanted: UInt64, _ reader: inout DebugReader) -> (name: String?, directory: UInt64)? {
        let formats = formats(&reader)
        let count = reader.uleb()
        guard wanted < count, !formats.isEmpty else { return nil }
        var number: UInt64 = 0
        while number <= wanted, !reader.isBroken {
            var name: String?
            var directory: UInt64 = 0
            for format in formats {
                let value = read(format.form, &reader)
                guard number == wanted else { continue }
                switch (format.content, value) {
                case (1, let value?): name = sections.text(value)
                case (2, .number(let number)?): directory = number
                default: break
                }
            }
            if number == wanted { return (name, directory) }
            number += 1
        }
        return nil
    }

    private func read(_ form: UInt64, _ reader: inout DebugReader) -> AttributeValue? {
        let unit = AttributeValue.Unit(version: version, addressBytes: 4, isWide: isWide, start: 0)
        return AttributeValue(form: form, &reader, unit, section: .line)
    }

    private func joined(_ directory: String, _ name: String) -> String {
        directory.isEmpty || name.utf8.first == UInt8(ascii: "/") ? name : "\(directory)/\(name)"
    }
}
