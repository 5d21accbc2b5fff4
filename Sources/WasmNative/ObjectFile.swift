// Reading an ELF object that the compiler made.
//
// The bytes may come from a file, so nothing in them is trusted: what does not fit is refused.
// https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html

import Platform
import WasmRuntime

/// Why an object cannot be used.
package enum ObjectError: Error, Sendable, Equatable {
    case malformed(String)
    case unsupported(String)
    case system(Int32)
}

extension ObjectError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformed(let reason), .unsupported(let reason): reason
        case .system(let code): SystemError(code).description
        }
    }
}

struct ObjectFile {
    struct Section {
        let name: String
        let type: UInt32
        let flags: UInt64
        let offset: Int
        let size: Int
        /// Whether the file has its bytes.
        let hasBytes: Bool
        let alignment: Int
        /// Of relocations: the section that they change.
        let info: Int

        var isLoaded: Bool { flags & ELF.SectionFlags.allocated != 0 && type != ELF.SectionType.note }
        var isText: Bool { flags & ELF.SectionFlags.executable != 0 }
    }

    struct Symbol {
        let name: String
        let section: Int
        let value: UInt64
        let size: UInt64
        let isSectionItself: Bool
    }

    struct Relocation {
        let offset: Int
        let type: UInt32
        let symbol: Int
        let addend: Int64
    }

    /// They stay as long as this is used.
    let bytes: UnsafeRawBufferPointer
    private(set) var sections: [Section] = []
    private(set) var symbols: [Symbol] = []

    init(_ bytes: UnsafeRawBufferPointer) throws(ObjectError) {
        self.bytes = bytes
        let header = try read(ELF.Header.self, at: 0)
        guard header.e_ident.0 == 0x7F, header.e_ident.1 == 0x45, header.e_ident.4 == 2,
            header.e_type == ELF.relocatableFile, header.e_machine == ELF.machine
        else { throw .malformed("it is no relocatable object for this machine") }
        try readSections(header)
        try readSymbols()
    }

    private mutating func readSections(_ header: ELF.Header) throws(ObjectError) {
        headersOffset = Int(truncatingIfNeeded: header.e_shoff)
        var headers: [ELF.SectionHeader] = []
        for index in 0..<Int(header.e_shnum) {
            headers.append(
                try read(ELF.SectionHeader.self, at: headersOffset &+ index * MemoryLayout<ELF.SectionHeader>.stride))
        }
        guard Int(header.e_shstrndx) < headers.count else { throw .malformed("it has no names of sections") }
        let names = headers[Int(header.e_shstrndx)]
        for section in headers {
            let name = try text(in: names, at: Int(section.sh_name))
            let hasBytes = section.sh_type != ELF.SectionType.noBits && section.sh_type != ELF.SectionType.null
            let (offset, size) = (Int(truncatingIfNeeded: section.sh_offset), Int(truncatingIfNeeded: section.sh_size))
            guard !hasBytes || (offset >= 0 && size >= 0 && offset <= bytes.count && size <= bytes.count - offset),
                size >= 0, size < 1 << 30, section.sh_addralign <= 4096
            else { throw .malformed("the section \(name) reaches beyond the end") }
            sections.append(
                Section(
                    name: name, type: section.sh_type, flags: section.sh_flags, offset: hasBytes ? offset : 0,
                    size: size, hasBytes: hasBytes, alignment: max(Int(section.sh_addralign), 1),
                    info: Int(section.sh_info)))
        }
        self.headers = headers
    }

    private var headers: [ELF.SectionHeader] = []
    /// Where symbols and their names are, in bytes of the object.
    private(set) var symbolTable: (offset: Int, size: Int)?
    private(set) var nameTable: (index: Int, offset: Int, size: Int)?
    private var headersOffset = 0

    /// Where the header of a section is.
    func headerOffset(_ index: Int) -> Int { headersOffset + index * MemoryLayout<ELF.SectionHeader>.stride }

    private mutating func readSymbols() throws(ObjectError) {
        guard let index = sections.firstIndex(where: { $0.type == ELF.SectionType.symbolTable }) else { return }
        let link = Int(headers[index].sh_link)
        guard link < headers.count else { throw .malformed("its symbols have no names") }
        let table = sections[index]
        symbolTable = (table.offset, table.size)
        nameTable = (link, sections[link].offset, sections[link].size)
        for entry in 0..<(table.size / MemoryLayout<ELF.Symbol>.stride) {
            let symbol = try read(
                ELF.Symbol.self, at: table.offset + entry * MemoryLayout<ELF.Symbol>.stride)
            symbols.append(
                Symbol(
                    name: try text(in: headers[link], at: Int(symbol.st_name)),
                    section: Int(symbol.st_shndx), value: symbol.st_value, size: symbol.st_size,
                    isSectionItself: symbol.st_info & 0xF == ELF.sectionSymbol))
        }
    }

    private var relocationSections: [Section] { sections.filter { $0.type == ELF.SectionType.relocations } }

    /// What changes a section when it gets its address.
    func relocations(of index: Int) throws(ObjectError) -> [Relocation] {
        var relocations: [Relocation] = []
        for section in relocationSections where section.info == index {
            for entry in 0..<(section.size / MemoryLayout<ELF.Relocation>.stride) {
                let raw = try read(
                    ELF.Relocation.self, at: section.offset + entry * MemoryLayout<ELF.Relocation>.stride)
                relocations.append(
                    Relocation(
                        offset: Int(truncatingIfNeeded: raw.r_offset),
                        type: UInt32(truncatingIfNeeded: raw.r_info), symbol: Int(raw.r_info >> 32),
                        addend: raw.r_addend))
            }
        }
        return relocations
    }

    private func read<T: BitwiseCopyable>(_ type: T.Type, at offset: Int) throws(ObjectError) -> T {
        guard offset >= 0, offset <= bytes.count - MemoryLayout<T>.size else {
            throw .malformed("it ends at \(bytes.count)")
        }
        return bytes.loadUnaligned(fromByteOffset: offset, as: T.self)
    }

    private func text(in section: ELF.SectionHeader, at offset: Int) throws(ObjectError) -> String {
        let start = Int(truncatingIfNeeded: section.sh_offset)
        let size = Int(truncatingIfNeeded: section.sh_size)
        guard start >= 0, size >= 0, start <= bytes.count, size <= bytes.count - start, offset >= 0,
            offset <= size
        else { throw .malformed("a name is outside of its section") }
        let rest = UnsafeRawBufferPointer(rebasing: bytes[(start + offset)..<(start + size)])
        return String(decoding: rest.prefix { $0 != 0 }, as: UTF8.self)
    }
}
