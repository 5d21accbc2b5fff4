// Instructions in the binary format: the opcode, then its immediates as the table of instructions gives them.
// https://webassembly.github.io/spec/core/binary/instructions.html

extension ByteReader {
    /// Reads one instruction. The labels of a `br_table` go to `labels`, the default last; so do the clauses of a
    /// `try_table`, as `readCatches` says.
    @inline(__always)
    mutating func instruction(
        _ lookup: OpcodeLookup, labels: inout [UInt32]
    ) throws(ModuleError) -> (Instruction, OpcodeLookup.Reference) {
        let first = offset
        let byte = try byte()
        var row = lookup[byte]
        if row.opcode == nil { row = try prefixedRow(byte, lookup, at: first) }
        var instruction = Instruction(opcode: row.opcode!, kind: row.kind, offset: first)
        try readImmediates(row.immediates, into: &instruction, labels: &labels)
        return (instruction, row)
    }

    @inline(never)
    private mutating func prefixedRow(
        _ byte: UInt8, _ lookup: OpcodeLookup, at first: Int
    ) throws(ModuleError) -> OpcodeLookup.Reference {
        guard OpcodeLookup.isPrefix(byte) else {
            guard let refused = RefusedInstruction.find(0, UInt32(byte)) else {
                throw ModuleError(.malformed, at: first, "illegal opcode \(hexadecimal(byte))")
            }
            throw ModuleError(
                .unsupported(refused.feature), at: first, "opcode \(hexadecimal(byte)), \(refused.name)")
        }
        let number = try u32()
        if let row = lookup[byte, number] { return row }
        guard let refused = RefusedInstruction.find(byte, number) else {
            throw ModuleError(.malformed, at: first, "illegal opcode \(hexadecimal(byte)) \(number)")
        }
        throw ModuleError(
            .unsupported(refused.feature), at: first, "opcode \(hexadecimal(byte)) \(number), \(refused.name)")
    }

    @inline(__always)
    private mutating func readImmediates(
        _ immediates: Immediates, into instruction: inout Instruction, labels: inout [UInt32]
    ) throws(ModuleError) {
        switch immediates {
        case .none: break
        case .block: try blockType(into: &instruction)
        case .label, .function, .typeIndex, .local, .global, .table, .element, .memoryIndex, .data, .tag:
            instruction.first = try u32()
        case .typeAndTable, .elementAndTable, .twoTables, .dataAndMemory, .twoMemories:
            instruction.first = try u32()
            instruction.second = try u32()
        case .labels: try readLabels(into: &labels)
        case .catches:
            try blockType(into: &instruction)
            try readCatches(into: &labels)
        case .valueTypes: try readValueTypes(into: &instruction)
        case .heapType:
            instruction.first = ValueType.reference(nullable: true, try heapType()).word
        case .i32: instruction.constant = UInt64(UInt32(bitPattern: try s32()))
        case .i64: instruction.constant = UInt64(bitPattern: try s64())
        case .f32: instruction.constant = UInt64(try fixed(UInt32.self))
        case .f64: instruction.constant = try fixed(UInt64.self)
        case .access, .atomic: try readMemoryArgument(into: &instruction)
        case .v128, .shuffle:
            instruction.constant = try fixed(UInt64.self)
            instruction.high = try fixed(UInt64.self)
        case .lane: instruction.high = UInt64(try byte())
        case .accessLane:
            try readMemoryArgument(into: &instruction)
            instruction.high = UInt64(try byte())
        case .zero: try readZeroByte()
        }
    }

    private mutating func readLabels(into labels: inout [UInt32]) throws(ModuleError) {
        let count = try count(of: "labels", limit: ImplementationLimits.bodySize)
        labels.removeAll(keepingCapacity: true)
        labels.reserveCapacity(count + 1)
        for _ in 0...count { labels.append(try u32()) }
    }

    /// Three numbers for each clause: what it is, the tag, and the label.
    private mutating func readCatches(into labels: inout [UInt32]) throws(ModuleError) {
        let count = try count(of: "catch clauses", limit: ImplementationLimits.bodySize)
        labels.removeAll(keepingCapacity: true)
        for _ in 0..<count {
            let first = offset
            let kind = try byte()
            guard kind < 4 else { throw ModuleError(.malformed, at: first, "malformed catch clause \(kind)") }
            labels.append(UInt32(kind))
            labels.append(kind < 2 ? try u32() : 0)
            labels.append(try u32())
        }
    }

    private mutating func readValueTypes(into instruction: inout Instruction) throws(ModuleError) {
        let count = try count(of: "types", limit: ImplementationLimits.results)
        for _ in 0..<count { instruction.first = try valueType().word }
        instruction.second = UInt32(count)
    }

    @inline(__always)
    private mutating func readMemoryArgument(into instruction: inout Instruction) throws(ModuleError) {
        let first = offset
        let flags = try u32()
        guard flags < 2 * Instruction.namesMemory else {
            throw ModuleError(.malformed, at: first, "malformed memop flags \(flags)")
        }
        instruction.second = flags
        if flags & Instruction.namesMemory != 0 { instruction.first = try u32() }
        instruction.constant = try u64()
    }

    private mutating func readZeroByte() throws(ModuleError) {
        let first = offset
        guard try byte() == 0 else {
            throw ModuleError(.malformed, at: first, "zero byte expected")
        }
    }
}

extension RefusedInstruction {
    static func find(_ prefix: UInt8, _ number: UInt32) -> RefusedInstruction? {
        all.first { $0.prefix == prefix && $0.numbers.contains(number) }
    }
}
