// The sections that define or name something: type, import, function, table, memory, global, export,
// start.
// https://webassembly.github.io/spec/core/binary/modules.html

extension ModuleDecoder {
    mutating func readTypes() throws(ModuleError) {
        let count = try reader.count(of: "types", limit: ImplementationLimits.types)
        sections.types.reserveCapacity(count)
        for _ in 0..<count {
            let first = reader.offset
            let form = try reader.byte()
            guard form == 0x60 else {
                guard let feature = UnsupportedEncodings.feature(ofTypeForm: form) else {
                    throw ModuleError(.malformed, at: first, "malformed type form \(hexadecimal(form))")
                }
                throw ModuleError(.unsupported(feature), at: first, "type form \(hexadecimal(form))")
            }
            reader.groupSize = 1
            let spelling = FunctionType(
                parameters: try readValueTypes("parameters", limit: ImplementationLimits.parameters),
                results: try readValueTypes("results", limit: ImplementationLimits.results))
            reader.groupSize = 0
            if spelling.results.count > 1 { features.insert(.multiValue) }
            guard let type = sections.heldTypes.append(spelling) else {
                throw ModuleError(.limit, at: first, "all modules together have too many types")
            }
            sections.types.append(.function(type))
        }
    }

    private mutating func readValueTypes(_ what: String, limit: Int) throws(ModuleError) -> [ValueType] {
        let count = try reader.count(of: what, limit: limit)
        var types: [ValueType] = []
        types.reserveCapacity(count)
        for _ in 0..<count {
            let type = try reader.valueType()
            features.formUnion(FeatureSet(of: type))
            types.append(type)
        }
        return types
    }

    mutating func readImports() throws(ModuleError) {
        let count = try reader.count(of: "imports", limit: ImplementationLimits.imports)
        sections.imports.reserveCapacity(count)
        for _ in 0..<count {
            let module = try reader.name()
            let name = try reader.name()
            let type = try readImportedType()
            let number: UInt32? =
                switch type {
                case .function: sections.functionTypeIndices.last.map { sections.heldTypes.numbers[Int($0)] }
                case .tag: sections.tagTypeIndices.last.map { sections.heldTypes.numbers[Int($0)] }
                case .table, .memory, .global: nil
                }
            sections.imports.append(Import(module: module, name: name, type: type, typeNumber: number))
        }
    }

    /// Reads the type of an import, and adds the import to its index space.
    private mutating func readImportedType() throws(ModuleError) -> ExternalType {
        let first = reader.offset
        switch try reader.byte() {
        case 0:
            let typeFirst = reader.offset
            let index = try reader.u32()
            let type = try sections.functionType(index, at: typeFirst)
            sections.functionTypeIndices.append(index)
            return .function(type)
        case 1: return .table(try readTable())
        case 2: return .memory(try readMemory())
        case 3:
            let type = try readGlobalType()
            if type.isMutable { features.insert(.mutableGlobals) }
            sections.globalTypes.append(type)
            return .global(type)
        case 4: return .tag(try readTag())
        case let kind: throw ModuleError(.malformed, at: first, "malformed import kind \(kind)")
        }
    }

    mutating func readFunctions() throws(ModuleError) {
        let count = try reader.count(of: "functions", limit: ImplementationLimits.functions)
        declaredTypeIndices.reserveCapacity(count)
        for _ in 0..<count {
            let first = reader.offset
            let index = try reader.u32()
            _ = try sections.functionType(index, at: first)
            declaredTypeIndices.append(index)
        }
        sections.functionTypeIndices += declaredTypeIndices
    }

    mutating func readTables() throws(ModuleError) {
        let count = try reader.count(of: "tables", limit: ImplementationLimits.tables)
        for _ in 0..<count {
            sections.tableInitializers.append(try readTableWithInitializer())
        }
    }

    /// Reads a table, and the expression that its elements begin with; nil where that is null.
    private mutating func readTableWithInitializer() throws(ModuleError) -> ConstantExpression? {
        let first = reader.offset
        guard reader.peek() == 0x40 else {
            let type = try readTable()
            guard type.element.isDefaultable else {
                throw ModuleError(
                    .invalid, at: first, "type mismatch: a table of \(type.element) begins with no value")
            }
            return nil
        }
        _ = try reader.byte()
        let reserved = reader.offset
        guard try reader.byte() == 0 else {
            throw ModuleError(.malformed, at: reserved, "zero byte expected: malformed table")
        }
        features.insert(.functionReferences)
        return try readConstantExpression(try readTable().element)
    }

    private mutating func readTable() throws(ModuleError) -> TableType {
        let first = reader.offset
        let type = try reader.tableType()
        try sections.check(type, at: first)
        sections.tables.append(type)
        if type.element != .funcref || sections.tables.count > 1 { features.formUnion(FeatureSet(of: type.element)) }
        if type.addressType == .i64 { features.insert(.memory64) }
        return type
    }

    mutating func readMemories() throws(ModuleError) {
        let count = try reader.count(of: "memories", limit: ImplementationLimits.memories)
        for _ in 0..<count { _ = try readMemory() }
    }

    private mutating func readMemory() throws(ModuleError) -> MemoryType {
        let first = reader.offset
        let namesPageSize = reader.peek().map { $0 & 8 != 0 } ?? false
        let type = try reader.memoryType()
        try sections.check(type, at: first)
        // Those that a module defines are counted in their section; here they are counted with the imported ones.
        guard sections.memories.count < ImplementationLimits.memories else {
            throw ModuleError(
                .limit, at: first, "more than the \(ImplementationLimits.memories) memories allowed")
        }
        sections.memories.append(type)
        if type.isShared { features.insert(.threads) }
        if type.addressType == .i64 { features.insert(.memory64) }
        if namesPageSize { features.insert(.customPageSizes) }
        if sections.memories.count > 1 { features.insert(.multipleMemories) }
        return type
    }

    mutating func readGlobals() throws(ModuleError) {
        let count = try reader.count(of: "globals", limit: ImplementationLimits.globals)
        sections.globals.reserveCapacity(count)
        for _ in 0..<count {
            let type = try readGlobalType()
            let initializer = try readConstantExpression(type.value)
            sections.globals.append(Global(type: type, initializer: initializer))
            // Not before: a global's initializer may name only the globals in front of it.
            sections.globalTypes.append(type)
        }
    }

    private mutating func readGlobalType() throws(ModuleError) -> GlobalType {
        let type = try reader.globalType()
        features.formUnion(FeatureSet(of: type.value))
        return type
    }

    mutating func readTags() throws(ModuleError) {
        let count = try reader.count(of: "tags", limit: ImplementationLimits.tags)
        for _ in 0..<count { _ = try readTag() }
    }

    private mutating func readTag() throws(ModuleError) -> FunctionType {
        let first = reader.offset
        let attribute = try reader.byte()
        guard attribute == 0 else {
            throw ModuleError(.malformed, at: first, "malformed tag attribute \(attribute)")
        }
        let index = try reader.u32()
        let type = try sections.functionType(index, at: first)
        guard type.results.isEmpty else {
            throw ModuleError(.invalid, at: first, "non-empty tag result type: \(type)")
        }
        sections.tagTypeIndices.append(index)
        features.insert(.exceptionHandling)
        return type
    }

    mutating func readExports() throws(ModuleError) {
        let count = try reader.count(of: "exports", limit: ImplementationLimits.exports)
        sections.exports.reserveCapacity(count)
        var names: Set<ExactName> = []
        for _ in 0..<count {
            let first = reader.offset
            let export = try readExport()
            guard names.insert(ExactName(export.name)).inserted else {
                throw ModuleError(.invalid, at: first, "duplicate export name \"\(export.name)\"")
            }
            sections.exports.append(export)
        }
    }

    private mutating func readExport() throws(ModuleError) -> Export {
        let name = try reader.name()
        let first = reader.offset
        let byte = try reader.byte()
        guard let kind = Export.Kind(rawValue: byte) else {
            throw ModuleError(.malformed, at: first, "malformed export kind \(byte)")
        }
        let index = try reader.u32()
        switch kind {
        case .function:
            try sections.checkFunction(index, at: first)
            sections.declaredFunctions.insert(index)
        case .table: try sections.checkTable(index, at: first)
        case .memory: try sections.checkMemory(index, at: first)
        case .global:
            try sections.checkGlobal(index, at: first)
            if sections.globalTypes[Int(index)].isMutable { features.insert(.mutableGlobals) }
        case .tag: try sections.checkTag(index, at: first)
        }
        return Export(name: name, kind: kind, index: index)
    }

    mutating func readStart() throws(ModuleError) {
        let first = reader.offset
        let index = try reader.u32()
        try sections.checkStart(index, at: first)
        sections.start = index
    }
}
