// Where the sections of a module's debug information stand, and the values in them.
//
// Always true: a text or a reference that leads out of its section is none.
// https://dwarfstd.org/dwarf5std.html (7.5.5, forms); https://yurydelendik.github.io/webassembly-dwarf

import WasmModule

/// The custom sections that are read.
enum DebugSection: String, CaseIterable {
    case line = ".debug_line"
    case lineStrings = ".debug_line_str"
    case info = ".debug_info"
    case abbreviations = ".debug_abbrev"
    case strings = ".debug_str"
    case stringOffsets = ".debug_str_offsets"
    case addresses = ".debug_addr"
    case ranges = ".debug_ranges"
    case rangeLists = ".debug_rnglists"
}

@safe
struct DebugSections: Sendable {
    private let module: Module
    let meter = Meter()

    init(_ module: Module) { self.module = module }

    /// Of nothing, where reading has cost all that it may.
    func reader(_ section: DebugSection, at offset: Int = 0) -> DebugReader {
        meter.charge(32)
        guard meter.left > 0, let range = module.debugSections[section.rawValue] else {
            return unsafe DebugReader(UnsafeRawBufferPointer(start: nil, count: 0), at: offset)
        }
        // SAFETY: the decoder took the range from the binary, which the module keeps, as this does the module.
        return unsafe DebugReader(UnsafeRawBufferPointer(rebasing: module.binary.bytes[range]), at: offset)
    }

    /// A unit of a section, after the version in its head; nil for what is none. `next` is where the next one begins.
    func unit(
        _ section: DebugSection, at offset: Int, next: inout Int
    ) -> (reader: DebugReader, isWide: Bool, version: UInt16)? {
        var reader = reader(section, at: offset)
        let (length, isWide) = reader.initialLength()
        reader.narrow(to: length)
        guard !reader.isBroken else {
            next = count(section)
            return nil
        }
        next = reader.end
        let version = reader.u16()
        return 2...5 ~= version ? (reader, isWide, version) : nil
    }

    func count(_ section: DebugSection) -> Int { module.debugSections[section.rawValue]?.count ?? 0 }

    func text(_ value: AttributeValue) -> String? {
        guard case .text(let section, let offset) = value else { return nil }
        var reader = reader(section, at: offset)
        let range = reader.skipString()
        return reader.isBroken ? nil : reader.text(range)
    }
}

/// What an attribute has, as far as it is of use here.
enum AttributeValue {
    case number(UInt64)
    case address(UInt64)
    case addressIndex(UInt64)
    case text(DebugSection, Int)
    case textIndex(UInt64)
    /// To an entry, by its offset in the section.
    case reference(Int)
    case listIndex(UInt64)
    case other

    struct Unit {
        let version: UInt16
        let addressBytes: Int
        let isWide: Bool
        /// Where the unit begins in its section.
        let start: Int
    }

    /// Reads a value. Nil for a form that is not known: nothing after it can be read.
    init?(form: UInt64, _ reader: inout DebugReader, _ unit: Unit, section: DebugSection, implicit: Int64 = 0) {
        func skip(_ count: UInt64) { reader.skip(Int(exactly: count) ?? .max) }
        switch form {
        case 0x01: self = .address(reader.unsigned(bytes: unit.addressBytes))
        case 0x03: skip(UInt64(reader.u16())); self = .other
        case 0x04: skip(UInt64(reader.u32())); self = .other
        case 0x05: self = .number(UInt64(reader.u16()))
        case 0x06: self = .number(UInt64(reader.u32()))
        case 0x07: self = .number(reader.u64())
        case 0x08: self = .text(section, reader.skipString().lowerBound)
        case 0x09, 0x18: skip(reader.uleb()); self = .other
        case 0x0A: skip(UInt64(reader.u8())); self = .other
        case 0x0B, 0x0C: self = .number(UInt64(reader.u8()))
        case 0x0D: self = .number(UInt64(bitPattern: reader.sleb()))
        case 0x0E: self = .text(.strings, reader.sectionOffset(unit.isWide))
        case 0x0F: self = .number(reader.uleb())
        case 0x10:
            self = .reference(
                unit.version == 2
                    ? Int(exactly: reader.unsigned(bytes: unit.addressBytes)) ?? .max
                    : reader.sectionOffset(unit.isWide))
        case 0x11: self = Self.local(UInt64(reader.u8()), unit)
        case 0x12: self = Self.local(UInt64(reader.u16()), unit)
        case 0x13: self = Self.local(UInt64(reader.u32()), unit)
        case 0x14: self = Self.local(reader.u64(), unit)
        case 0x15: self = Self.local(reader.uleb(), unit)
        case 0x17: self = .number(UInt64(reader.sectionOffset(unit.isWide)))
        case 0x19: self = .number(1)
        case 0x1A: self = .textIndex(reader.uleb())
        case 0x1B: self = .addressIndex(reader.uleb())
        case 0x1C: skip(4); self = .other
        case 0x1D: _ = reader.sectionOffset(unit.isWide); self = .other
        case 0x1E: skip(16); self = .other
        case 0x1F: self = .text(.lineStrings, reader.sectionOffset(unit.isWide))
        case 0x20, 0x24: skip(8); self = .other
        case 0x21: self = .number(UInt64(bitPattern: implicit))
        case 0x22: _ = reader.uleb(); self = .other
        case 0x23: self = .listIndex(reader.uleb())
        case 0x25...0x28: self = .textIndex(Self.index(form - 0x25, &reader))
        case 0x29...0x2C: self = .addressIndex(Self.index(form - 0x29, &reader))
        default: return nil
        }
    }

    private static func local(_ offset: UInt64, _ unit: Unit) -> AttributeValue {
        guard let offset = Int(exactly: offset), offset < Int.max - unit.start else { return .other }
        return .reference(unit.start + offset)
    }

    /// Of 1, 2, 3 or 4 bytes.
    private static func index(_ form: UInt64, _ reader: inout DebugReader) -> UInt64 {
        reader.unsigned(bytes: Int(form) + 1)
    }
}
