// The sections with contents: element, code, data.
// https://webassembly.github.io/spec/core/binary/modules.html#element-section

import Platform

extension ModuleDecoder {
    // MARK: Element segments

    mutating func readElements() throws(ModuleError) {
        let count = try reader.count(of: "element segments", limit: ImplementationLimits.elementSegments)
        sections.elements.reserveCapacity(count)
        for _ in 0..<count { sections.elements.append(try readElementSegment()) }
    }

    /// The bits of a segment's flags: 0 passive or declarative, 1 a table index or declarative, 2 the
    /// elements are expressions.
    private mutating func readElementSegment() throws(ModuleError) -> ElementSegment {
        let first = reader.offset
        let flags = try reader.u32()
        guard flags < 8 else {
            throw ModuleError(.malformed, at: first, "malformed element segment flags \(flags)")
        }
        let hasExpressions = flags & 4 != 0
        let mode = try readElementMode(flags, at: first)
        var type = hasExpressions ? .funcref : Self.functionReference
        if flags & 3 != 0 {
            type = hasExpressions ? try reader.referenceType() : try readElementKind()
        }
        if case .active(let table, _) = mode {
            try sections.checkSegment(of: type, intoTable: table, at: first)
        }
        if flags & 3 != 0 { features.insert(.bulkMemory) }
        if hasExpressions { features.formUnion(FeatureSet(of: type)) }
        let elements = hasExpressions ? try readElementExpressions(type) : try readElementFunctions()
        return ElementSegment(type: type, mode: mode, elements: elements)
    }

    private mutating func readElementMode(
        _ flags: UInt32, at first: Int
    ) throws(ModuleError) -> ElementSegment.Mode {
        guard flags & 1 == 0 else { return flags & 2 == 0 ? .passive : .declarative }
        let table = flags & 2 == 0 ? 0 : try reader.u32()
        try sections.checkTable(table, at: first)
        return .active(
            table: table,
            offset: try readConstantExpression(sections.tables[Int(table)].addressType.valueType))
    }

    private mutating func readElementKind() throws(ModuleError) -> ValueType {
        let first = reader.offset
        let kind = try reader.byte()
        guard kind == 0 else {
            throw ModuleError(.malformed, at: first, "malformed element kind \(kind)")
        }
        return Self.functionReference
    }

    /// What a segment of functions has.
    private static let functionReference = ValueType.reference(nullable: false, .func)

    private mutating func readElementExpressions(
        _ type: ValueType
    ) throws(ModuleError) -> [ConstantExpression] {
        let count = try reader.count(of: "elements", limit: ImplementationLimits.segmentEntries)
        var elements: [ConstantExpression] = []
        elements.reserveCapacity(count)
        for _ in 0..<count { elements.append(try readConstantExpression(type)) }
        return elements
    }

    private mutating func readElementFunctions() throws(ModuleError) -> [ConstantExpression] {
        let count = try reader.count(of: "elements", limit: ImplementationLimits.segmentEntries)
        var elements: [ConstantExpression] = []
        elements.reserveCapacity(count)
        for _ in 0..<count {
            let first = reader.offset
            let index = try reader.u32()
            try sections.checkFunction(index, at: first)
            sections.declaredFunctions.insert(index)
            elements.append(ConstantExpression(.refFunc(index)))
        }
        return elements
    }

    // MARK: Code

    mutating func readCode() throws(ModuleError) {
        let count = try reader.count(of: "function bodies", limit: ImplementationLimits.functions)
        bodies.reserveCapacity(count)
        for _ in 0..<count {
            let first = reader.offset
            let size = Int(try reader.u32())
            let body = try reader.skip(size)
            guard size <= ImplementationLimits.bodySize else {
                throw ModuleError(.limit, at: first, "a function body has \(counted(size, "byte"))")
            }
            bodies.append(body)
        }
    }

    // MARK: Data segments

    mutating func readData() throws(ModuleError) {
        let count = try reader.count(of: "data segments", limit: ImplementationLimits.dataSegments)
        sections.data.reserveCapacity(count)
        for _ in 0..<count { sections.data.append(try readDataSegment()) }
    }

    private mutating func readDataSegment() throws(ModuleError) -> DataSegment {
        let first = reader.offset
        let mode: DataSegment.Mode
        switch try reader.u32() {
        case 0: mode = try readActiveMode(memory: 0, at: first)
        case 1:
            mode = .passive
            features.insert(.bulkMemory)
        case 2: mode = try readActiveMode(memory: try reader.u32(), at: first)
        case let flags: throw ModuleError(.malformed, at: first, "malformed data segment flags \(flags)")
        }
        return DataSegment(mode: mode, bytes: try reader.skip(Int(try reader.u32())))
    }

    private mutating func readActiveMode(
        memory: UInt32, at first: Int
    ) throws(ModuleError) -> DataSegment.Mode {
        try sections.checkMemory(memory, at: first)
        let type = sections.memories[Int(memory)].addressType.valueType
        return .active(memory: memory, offset: try readConstantExpression(type))
    }
}
