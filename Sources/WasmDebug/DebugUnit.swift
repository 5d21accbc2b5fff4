// A unit of .debug_info: the functions of one source file, and what was inlined into them.
//
// Always true: a walk goes forward only, one entry after the other, so that it ends with the unit's bytes.
// https://dwarfstd.org/dwarf5std.html (7.5)

/// What is read of an entry.
struct DebugEntry {
    var tag: UInt64 = 0
    var hasChildren = false
    var low: AttributeValue?
    var high: AttributeValue?
    var ranges: AttributeValue?
    var name: AttributeValue?
    var linkageName: AttributeValue?
    /// The entry that this is one of: its abstract origin, or its declaration.
    var origin: Int?
    var callFile: UInt64 = 0
    var callLine: UInt64 = 0
    var callColumn: UInt64 = 0
    var lineTable: Int?
    var stringOffsetsBase = 0
    var addressBase = 0
    var rangeListsBase = 0

    static let subprogram: UInt64 = 0x2E
    static let inlinedSubroutine: UInt64 = 0x1D

    mutating func take(_ attribute: UInt64, _ value: AttributeValue) {
        func number() -> UInt64 { if case .number(let number) = value { number } else { 0 } }
        func offset() -> Int { Int(exactly: number()) ?? .max }
        switch attribute {
        case 0x03: name = value
        case 0x10: lineTable = offset()
        case 0x11: low = value
        case 0x12: high = value
        case 0x31, 0x47: if case .reference(let entry) = value { origin = entry }
        case 0x55: ranges = value
        case 0x57: callColumn = number()
        case 0x58: callFile = number()
        case 0x59: callLine = number()
        case 0x6E, 0x2007: linkageName = value
        case 0x72: stringOffsetsBase = offset()
        case 0x73: addressBase = offset()
        case 0x74: rangeListsBase = offset()
        default: break
        }
    }
}

struct DebugUnit {
    struct Abbreviation {
        let tag: UInt64
        let hasChildren: Bool
        let attributes: [(name: UInt64, form: UInt64, implicit: Int64)]
    }

    let sections: DebugSections
    let shape: AttributeValue.Unit
    let firstEntry: Int
    let end: Int
    let abbreviations: Int
    private(set) var root = DebugEntry()

    /// Nil for what is no unit of code; `next` is where the next one begins.
    init?(_ sections: DebugSections, at offset: Int, next: inout Int) {
        self.sections = sections
        guard let unit = sections.unit(.info, at: offset, next: &next) else { return nil }
        var reader = unit.reader
        let (isWide, version) = (unit.isWide, unit.version)
        end = reader.end
        let kind = version == 5 ? reader.u8() : 1
        // Version 5 has the two the other way round.
        let early = version < 5 ? reader.sectionOffset(isWide) : 0
        let addressBytes = Int(reader.u8())
        abbreviations = version < 5 ? early : reader.sectionOffset(isWide)
        guard kind == 1 || kind == 3, 1...8 ~= addressBytes, !reader.isBroken else { return nil }
        shape = AttributeValue.Unit(version: version, addressBytes: addressBytes, isWide: isWide, start: offset)
        firstEntry = reader.offset
    }

    /// The table of shapes that the entries name. Linear in its bytes.
    func table() -> [UInt64: Abbreviation] {
        var table: [UInt64: Abbreviation] = [:]
        var reader = sections.reader(.abbreviations, at: abbreviations)
        defer { sections.meter.charge(reader.offset - abbreviations) }
        while !reader.isAtEnd {
            let code = reader.uleb()
            if code == 0 { break }
            let tag = reader.uleb()
            let hasChildren = reader.u8() != 0
            var attributes: [(UInt64, UInt64, Int64)] = []
            while !reader.isBroken {
                let (name, form) = (reader.uleb(), reader.uleb())
                let implicit = form == 0x21 ? reader.sleb() : 0
                if name == 0, form == 0 { break }
                attributes.append((name, form, implicit))
            }
            let abbreviation = Abbreviation(tag: tag, hasChildren: hasChildren, attributes: attributes)
            if table[code] == nil { table[code] = abbreviation }
        }
        return table
    }

    mutating func readRoot(_ table: [UInt64: Abbreviation]) {
        var reader = sections.reader(.info, at: firstEntry)
        if let entry = entry(&reader, table) { root = entry }
    }

    /// The entry at the reader; nil at the end of a list, and, with a broken reader, where it is not understood.
    func entry(_ reader: inout DebugReader, _ table: [UInt64: Abbreviation]) -> DebugEntry? {
        let code = reader.uleb()
        guard code != 0 else { return nil }
        guard let shape = table[code] else {
            reader.skip(.max)
            return nil
        }
        var entry = DebugEntry()
        entry.tag = shape.tag
        entry.hasChildren = shape.hasChildren
        for attribute in shape.attributes {
            var form = attribute.form
            // A form that the entry says itself.
            if form == 0x16 { form = reader.uleb() }
            guard let value = AttributeValue(
                form: form, &reader, self.shape, section: .info, implicit: attribute.implicit)
            else {
                reader.skip(.max)
                return nil
            }
            entry.take(attribute.name, value)
        }
        return reader.isBroken ? nil : entry
    }

    // MARK: Values that lie elsewhere

    func text(_ value: AttributeValue) -> String? {
        guard case .textIndex(let index) = value else { return sections.text(value) }
        let size = shape.isWide ? 8 : 4
        guard let index = Int(exactly: index), index < Int.max / 16 else { return nil }
        var reader = sections.reader(.stringOffsets, at: root.stringOffsetsBase)
        reader.skip(index * size)
        let offset = reader.sectionOffset(shape.isWide)
        return reader.isBroken ? nil : sections.text(.text(.strings, offset))
    }

    func address(_ value: AttributeValue?) -> UInt64? {
        switch value {
        case .address(let address): return address
        case .addressIndex(let index):
            guard let index = Int(exactly: index), index < Int.max / 16 else { return nil }
            var reader = sections.reader(.addresses, at: root.addressBase)
            reader.skip(index * shape.addressBytes)
            let address = reader.unsigned(bytes: shape.addressBytes)
            return reader.isBroken ? nil : address
        default: return nil
        }
    }

    /// Whether an entry has an address. The first of a function that was left out is 0, or one of the highest.
    func contains(_ entry: DebugEntry, _ address: UInt64) -> Bool {
        if let ranges = entry.ranges { return rangesContain(ranges, address) }
        guard let low = self.address(entry.low), low > 0, low <= address else { return false }
        switch entry.high {
        case .number(let length): return address - low < length
        case let high: return self.address(high).map { address < $0 } ?? false
        }
    }

    private func rangesContain(_ ranges: AttributeValue, _ address: UInt64) -> Bool {
        let base = self.address(root.low) ?? 0
        switch ranges {
        case .number(let offset) where shape.version < 5:
            return olderRanges(Int(exactly: offset) ?? .max, contain: address, base)
        case .number(let offset): return rangeList(Int(exactly: offset) ?? .max, contains: address, base)
        case .listIndex(let index):
            guard let index = Int(exactly: index), index < Int.max / 16 else { return false }
            var reader = sections.reader(.rangeLists, at: root.rangeListsBase)
            reader.skip(index * (shape.isWide ? 8 : 4))
            let offset = reader.sectionOffset(shape.isWide)
            guard !reader.isBroken, offset < Int.max - root.rangeListsBase else { return false }
            return rangeList(root.rangeListsBase + offset, contains: address, base)
        default: return false
        }
    }

    private func olderRanges(_ offset: Int, contain address: UInt64, _ base: UInt64) -> Bool {
        var reader = sections.reader(.ranges, at: offset)
        let first = reader.offset
        defer { sections.meter.charge(reader.offset - first) }
        let highest = shape.addressBytes == 8 ? UInt64.max : (1 << (8 * UInt64(shape.addressBytes))) - 1
        var base = base
        while !reader.isBroken {
            let low = reader.unsigned(bytes: shape.addressBytes)
            let high = reader.unsigned(bytes: shape.addressBytes)
            if low == 0, high == 0 { return false }
            if low == highest {
                base = high
            } else if address >= base &+ low, address < base &+ high {
                return true
            }
        }
        return false
    }

    private func rangeList(_ offset: Int, contains address: UInt64, _ base: UInt64) -> Bool {
        var reader = sections.reader(.rangeLists, at: offset)
        let first = reader.offset
        defer { sections.meter.charge(reader.offset - first) }
        var base = base
        func plain() -> UInt64 { reader.unsigned(bytes: shape.addressBytes) }
        func indexed() -> UInt64 { self.address(.addressIndex(reader.uleb())) ?? 0 }
        while !reader.isBroken {
            let range: (low: UInt64, high: UInt64)
            switch reader.u8() {
            case 1:
                base = indexed()
                continue
            case 2: range = (indexed(), indexed())
            case 3:
                let low = indexed()
                range = (low, low &+ reader.uleb())
            case 4: range = (base &+ reader.uleb(), base &+ reader.uleb())
            case 5:
                base = plain()
                continue
            case 6: range = (plain(), plain())
            case 7:
                let low = plain()
                range = (low, low &+ reader.uleb())
            default: return false
            }
            if range.low > 0, range.low <= address, address < range.high { return true }
        }
        return false
    }
}
