// Reads a module from its sections, and checks each definition as it is read.
//
// Function bodies are only found here; `FunctionWalk` reads them.
// https://webassembly.github.io/spec/core/binary/modules.html

import Platform

struct ModuleDecoder {
    var reader: ByteReader
    var sections: ModuleSections
    var features = FeatureSet()
    /// What the function section and the code section say about the same functions.
    var declaredTypeIndices: [UInt32] = []
    var bodies: [Range<Int>] = []
    /// Where the payload of the section with hints on branches stands.
    var branchHints: Range<Int>?
    /// A buffer that reading an instruction asks for.
    var labels: [UInt32] = []

    private init(_ binary: ModuleBinary) {
        sections = ModuleSections(binary: binary)
        reader = ByteReader(binary, 0..<binary.count, types: sections.heldTypes)
    }

    /// All sections of `binary`. Everything in them is valid, but function bodies have not been read.
    static func sections(
        of binary: ModuleBinary, refusing refused: FeatureSet = FeatureSet()
    ) throws(ModuleError) -> ModuleSections {
        guard binary.count <= ImplementationLimits.moduleSize else {
            throw ModuleError(.limit, at: 0, "the module has \(counted(binary.count, "byte"))")
        }
        var decoder = ModuleDecoder(binary)
        try decoder.readPreamble()
        var lastOrder = -1
        while !decoder.reader.isAtEnd {
            let first = decoder.reader.offset
            try decoder.readSection(after: &lastOrder)
            if let error = decoder.features.refusal(by: refused, at: first) { throw error }
        }
        try decoder.joinSections()
        decoder.sections.features = decoder.features.features
        return decoder.sections
    }

    private mutating func readPreamble() throws(ModuleError) {
        if looksLikeText {
            let advice = "make a binary of it, with wasm-tools parse or wat2wasm"
            throw ModuleError(.malformed, at: 0, "this is the text format of WebAssembly: \(advice)")
        }
        guard try reader.fixed(UInt32.self) == 0x6D73_6100 else {
            throw ModuleError(.malformed, at: 0, "magic header not detected: this is no WebAssembly binary")
        }
        switch try reader.fixed(UInt32.self) {
        case 1: break
        case 0x1_000D: throw ModuleError(.unsupported(nil), at: 4, "this is a component, not a module")
        case let version: throw ModuleError(.malformed, at: 4, "unknown binary version \(version)")
        }
    }

    /// Whether the bytes begin as a text with a module does, after spaces: with “(module”, or a comment.
    private var looksLikeText: Bool {
        let bytes = unsafe sections.binary.bytes
        let spaces = Set(" \t\r\n".utf8)
        guard let first = unsafe bytes.firstIndex(where: { !spaces.contains($0) }) else { return false }
        return ["(module", "(;", ";;"].contains { unsafe bytes[first...].starts(with: $0.utf8) }
    }

    private mutating func readSection(after lastOrder: inout Int) throws(ModuleError) {
        let first = reader.offset
        let byte = try reader.byte()
        guard let id = SectionID(rawValue: byte) else {
            throw ModuleError(.malformed, at: first, "malformed section id \(byte)")
        }
        if let order = id.order {
            guard order > lastOrder else {
                throw ModuleError(
                    .malformed, at: first,
                    "unexpected content after last section: the \(id) section is repeated or out of order")
            }
            lastOrder = order
        }
        let size = Int(try reader.u32())
        guard size <= reader.remaining else {
            throw ModuleError(
                .malformed, at: first, "length out of bounds: the \(id) section has \(counted(size, "byte"))")
        }
        let outerEnd = reader.narrow(to: size)
        try readContents(of: id, at: first)
        guard reader.isAtEnd else {
            throw ModuleError(
                .malformed, at: reader.offset,
                "section size mismatch: \(counted(reader.remaining, "byte")) left over in the \(id) section")
        }
        reader.widen(to: outerEnd)
    }

    private mutating func readContents(of id: SectionID, at first: Int) throws(ModuleError) {
        switch id {
        case .custom: try readCustomSection()
        case .type: try readTypes()
        case .import: try readImports()
        case .function: try readFunctions()
        case .table: try readTables()
        case .memory: try readMemories()
        case .tag: try readTags()
        case .global: try readGlobals()
        case .export: try readExports()
        case .start: try readStart()
        case .element: try readElements()
        case .dataCount:
            sections.dataCount = try reader.u32()
            features.insert(.bulkMemory)
        case .code:
            sections.codeSectionStart = reader.offset
            try readCode()
        case .data: try readData()
        }
    }

    private mutating func readCustomSection() throws(ModuleError) {
        let name = try reader.name()
        let contents = try reader.skip(reader.remaining)
        if name == "name" { sections.nameSection = contents }
        // Of a name that comes twice the first one counts, so that there are as many as are asked for.
        let isKept = name.utf8.starts(with: ".debug_".utf8) && sections.debugSections.count < 32
        if isKept, sections.debugSections[name] == nil { sections.debugSections[name] = contents }
        if name == BranchHints.sectionName { branchHints = contents }
    }

    /// Puts together what two sections say about functions and data.
    private mutating func joinSections() throws(ModuleError) {
        guard bodies.count == declaredTypeIndices.count else {
            throw ModuleError(
                .malformed, at: reader.offset,
                "function and code section have inconsistent lengths: "
                    + "\(declaredTypeIndices.count) and \(bodies.count)")
        }
        sections.functions = zip(declaredTypeIndices, bodies).map { Function(typeIndex: $0, body: $1) }
        if let branchHints {
            let imported = sections.functionTypeIndices.count - bodies.count
            sections.branchHints = BranchHints(
                sections.binary, branchHints, bodies: bodies, importedCount: imported)
        }
        guard sections.dataCount ?? UInt32(sections.data.count) == sections.data.count else {
            throw ModuleError(
                .malformed, at: reader.offset,
                "data count and data section have inconsistent lengths: "
                    + "\(sections.dataCount!) and \(sections.data.count)")
        }
    }
}
