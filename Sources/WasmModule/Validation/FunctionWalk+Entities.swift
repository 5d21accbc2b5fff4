// Instructions on locals, globals, tables, memories, segments and references.
// https://webassembly.github.io/spec/core/valid/instructions.html

import Platform

extension FunctionWalk {
    // MARK: Variables and select

    @inline(__always)
    func localType(_ index: UInt32) throws(ModuleError) -> ValueType {
        guard index < locals.count else {
            throw invalid("unknown local \(index): the function has \(locals.count)")
        }
        return locals[Int(index)]
    }

    func globalType(_ index: UInt32) throws(ModuleError) -> GlobalType {
        guard index < module.globalTypes.count else {
            throw unknown("global", index, count: module.globalTypes.count)
        }
        return module.globalTypes[Int(index)]
    }

    mutating func applyGlobalSet(_ index: UInt32) throws(ModuleError) {
        let type = try globalType(index)
        guard type.isMutable else { throw invalid("immutable global \(index) cannot be set") }
        try pop(type.value)
    }

    mutating func applySelect() throws(ModuleError) {
        try pop(.i32)
        let second = try popAny()
        let first = try popAny()
        for type in [first, second] where type?.isReference == true {
            throw invalid("type mismatch: select of \(type!) must name its type")
        }
        if let first, let second, first != second {
            throw invalid("type mismatch: select has operands of types \(first) and \(second)")
        }
        operands.append(first ?? second)
    }

    mutating func applyTypedSelect(_ instruction: Instruction) throws(ModuleError) {
        guard instruction.second == 1 else {
            throw invalid("invalid result arity: select names \(counted(instruction.second, "type"))")
        }
        let type = ValueType(word: instruction.first)
        features.formUnion(FeatureSet(of: type))
        try pop(.i32)
        try pop(type)
        try pop(type)
        operands.append(type)
    }

    // MARK: References and tables

    mutating func applyRule(
        _ reference: ReferenceInstruction, _ instruction: Instruction
    ) throws(ModuleError) {
        switch reference {
        case .refNull:
            let type = ValueType(word: instruction.first)
            features.formUnion(FeatureSet(of: type))
            operands.append(type)
        case .refIsNull:
            _ = try popReference()
            operands.append(.i32)
        case .refAsNonNull: operands.append(try popReference().nullable(false))
        case .refFunc: try applyFunctionReference(instruction.first)
        }
    }

    mutating func applyRule(_ table: TableInstruction, _ instruction: Instruction) throws(ModuleError) {
        switch table {
        case .tableGet:
            let type = try tableType(instruction.first)
            try pop(type.addressType.valueType)
            operands.append(type.element)
        case .tableSet:
            let type = try tableType(instruction.first)
            try pop(type.element)
            try pop(type.addressType.valueType)
        case .tableSize: operands.append(try tableType(instruction.first).addressType.valueType)
        case .tableGrow:
            let type = try tableType(instruction.first)
            try pop(type.addressType.valueType)
            try pop(type.element)
            operands.append(type.addressType.valueType)
        case .tableFill:
            let type = try tableType(instruction.first)
            try pop(type.addressType.valueType)
            try pop(type.element)
            try pop(type.addressType.valueType)
        case .tableInit: try applyTableInit(instruction)
        case .tableCopy: try applyTableCopy(instruction)
        case .elemDrop: _ = try elementType(instruction.first)
        }
    }

    func tableType(_ index: UInt32) throws(ModuleError) -> TableType {
        guard index < module.tables.count else { throw unknown("table", index, count: module.tables.count) }
        return module.tables[Int(index)]
    }

    private mutating func applyFunctionReference(_ index: UInt32) throws(ModuleError) {
        guard index < module.functionTypeIndices.count else {
            throw unknown("function", index, count: module.functionTypeIndices.count)
        }
        guard module.declaredFunctions.contains(index) else {
            throw invalid("undeclared function reference \(index)")
        }
        operands.append(.reference(nullable: false, .concrete(module.typeNumber(ofFunction: index))))
    }

    private func elementType(_ index: UInt32) throws(ModuleError) -> ValueType {
        guard index < module.elements.count else {
            throw unknown("elem segment", index, count: module.elements.count)
        }
        return module.elements[Int(index)].type
    }

    private mutating func applyTableInit(_ instruction: Instruction) throws(ModuleError) {
        let table = try tableType(instruction.second)
        let segment = try elementType(instruction.first)
        guard segment.matches(table.element) else {
            throw invalid("type mismatch: a segment of \(segment) cannot go to a table of \(table.element)")
        }
        try pop(.i32)
        try pop(.i32)
        try pop(table.addressType.valueType)
    }

    private mutating func applyTableCopy(_ instruction: Instruction) throws(ModuleError) {
        let destination = try tableType(instruction.first)
        let source = try tableType(instruction.second)
        guard source.element.matches(destination.element) else {
            throw invalid(
                "type mismatch: a table of \(source.element) cannot be copied to one of "
                    + "\(destination.element)")
        }
        try applyCopy(destination.addressType, source.addressType)
    }

    /// Pops two addresses and a length, which counts in the smaller of the two types.
    private mutating func applyCopy(
        _ destination: AddressType, _ source: AddressType
    ) throws(ModuleError) {
        try pop(destination == .i64 && source == .i64 ? .i64 : .i32)
        try pop(source.valueType)
        try pop(destination.valueType)
    }

    // MARK: Memories and segments

    private func memoryType(_ index: UInt32) throws(ModuleError) -> MemoryType {
        guard index < module.memories.count else {
            throw unknown("memory", index, count: module.memories.count)
        }
        return module.memories[Int(index)]
    }

    mutating func applyRule(_ memory: MemoryInstruction, _ instruction: Instruction) throws(ModuleError) {
        switch memory {
        case .memorySize: operands.append(try addressType(instruction.first))
        case .memoryGrow:
            let address = try addressType(instruction.first)
            try pop(address)
            operands.append(address)
        case .memoryInit:
            let address = try addressType(instruction.second)
            try checkData(instruction.first)
            try pop(.i32)
            try pop(.i32)
            try pop(address)
        case .dataDrop: try checkData(instruction.first)
        case .memoryCopy:
            let destination = try memoryType(instruction.first).addressType
            let source = try memoryType(instruction.second).addressType
            try applyCopy(destination, source)
        case .memoryFill:
            let address = try addressType(instruction.first)
            try pop(address)
            try pop(.i32)
            try pop(address)
        }
    }

    private func addressType(_ memory: UInt32) throws(ModuleError) -> ValueType {
        try memoryType(memory).addressType.valueType
    }

    /// Checks immediates with bounds of their own, and gives the type of an address among the operands.
    /// Mutating, since a call that is not would copy the walk.
    mutating func checkImmediates(
        of instruction: Instruction, _ immediates: Immediates
    ) throws(ModuleError) -> ValueType {
        switch immediates {
        case .access(let bytes): return try checkAccess(instruction, bytes)
        case .atomic(let bytes):
            guard instruction.alignment == bytes.trailingZeroBitCount else {
                throw invalid(
                    "alignment must not be larger than natural, and an atomic access needs just that: "
                        + "2^\(instruction.alignment) for \(counted(bytes, "byte"))")
            }
            return try checkAccess(instruction, bytes)
        case .accessLane(let bytes):
            try checkLane(instruction.high, below: 16 / UInt64(bytes))
            return try checkAccess(instruction, bytes)
        case .lane(let count):
            try checkLane(instruction.high, below: UInt64(count))
            return .i32
        case .shuffle:
            for half in [instruction.constant, instruction.high] {
                for lane in 0..<8 { try checkLane(half >> (8 * UInt64(lane)) & 0xFF, below: 32) }
            }
            return .i32
        default: preconditionFailure("the immediates of \(instruction.opcode.name) have no bounds")
        }
    }

    private mutating func checkAccess(_ access: Instruction, _ bytes: UInt8) throws(ModuleError) -> ValueType {
        let memory = try memoryType(access.first)
        if access.second != access.alignment { features.insert(.multipleMemories) }
        guard access.alignment <= bytes.trailingZeroBitCount else {
            throw invalid(
                "alignment must not be larger than natural: 2^\(access.alignment) for \(counted(bytes, "byte"))")
        }
        try checkOffset(access, memory)
        return memory.addressType.valueType
    }

    private mutating func checkLane(_ lane: UInt64, below count: UInt64) throws(ModuleError) {
        guard lane < count else { throw invalid("invalid lane index \(lane): there are \(count)") }
    }

    private func checkOffset(_ instruction: Instruction, _ memory: MemoryType) throws(ModuleError) {
        guard memory.addressType == .i64 || instruction.constant <= UInt32.max else {
            throw invalid("offset out of range: \(instruction.constant) for 32-bit addresses")
        }
    }

    private func checkData(_ index: UInt32) throws(ModuleError) {
        guard let count = module.dataCount else {
            throw ModuleError(.malformed, at: current.offset, "data count section required")
        }
        guard index < count else { throw unknown("data segment", index, count: Int(count)) }
    }
}
