// Constant expressions: those of version 3, extended constants included.
// https://webassembly.github.io/spec/core/valid/instructions.html#constant-expressions

extension ModuleDecoder {
    /// Reads an expression up to its end, which must be constant and give one value of type `expected`.
    mutating func readConstantExpression(_ expected: ValueType) throws(ModuleError) -> ConstantExpression {
        let start = reader.offset
        var head: ConstantExpression.Instruction?
        var tail: [ConstantExpression.Instruction] = []
        var operands: [ValueType] = []
        while true {
            let (instruction, row) = try reader.instruction(.shared, labels: &labels)
            if instruction.opcode == .end { break }
            features.formUnion(row.features)
            let constant = try readConstant(instruction, row, operands: &operands)
            if head == nil { head = constant } else { tail.append(constant) }
        }
        guard let head, operands.count == 1, operands[0].matches(expected) else {
            let stack = operands.map(\.description).joined(separator: " ")
            throw ModuleError(
                .invalid, at: start,
                "type mismatch: a constant expression of type \(expected) leaves [\(stack)]")
        }
        return ConstantExpression(head, then: tail)
    }

    private mutating func readConstant(
        _ instruction: Instruction, _ row: OpcodeLookup.Reference, operands: inout [ValueType]
    ) throws(ModuleError) -> ConstantExpression.Instruction {
        let bits = instruction.constant
        switch instruction.opcode {
        case .i32Const:
            operands.append(.i32)
            return .i32(Int32(truncatingIfNeeded: bits))
        case .i64Const:
            operands.append(.i64)
            return .i64(Int64(bitPattern: bits))
        case .f32Const:
            operands.append(.f32)
            return .f32(UInt32(truncatingIfNeeded: bits))
        case .f64Const:
            operands.append(.f64)
            return .f64(bits)
        case .v128Const:
            operands.append(.v128)
            return .v128(SIMD2(bits, instruction.high))
        case .refNull:
            let type = ValueType(word: instruction.first)
            features.formUnion(FeatureSet(of: type))
            operands.append(type)
            return .refNull(type.heapType!)
        case .refFunc:
            try sections.checkFunction(instruction.first, at: instruction.offset)
            sections.declaredFunctions.insert(instruction.first)
            let type = sections.functionTypeIndices[Int(instruction.first)]
            let number = sections.heldTypes.numbers[Int(type)]
            operands.append(.reference(nullable: false, .concrete(number)))
            return .refFunc(instruction.first)
        case .globalGet:
            operands.append(try sections.constantGlobal(instruction.first, at: instruction.offset).value)
            return .globalGet(instruction.first)
        default:
            return try readArithmetic(instruction, row, operands: &operands)
        }
    }

    private mutating func readArithmetic(
        _ instruction: Instruction, _ row: OpcodeLookup.Reference, operands: inout [ValueType]
    ) throws(ModuleError) -> ConstantExpression.Instruction {
        let operation: ConstantExpression.Instruction
        switch instruction.opcode {
        case .i32Add: operation = .i32Add
        case .i32Sub: operation = .i32Sub
        case .i32Mul: operation = .i32Mul
        case .i64Add: operation = .i64Add
        case .i64Sub: operation = .i64Sub
        case .i64Mul: operation = .i64Mul
        default:
            throw ModuleError(
                .invalid, at: instruction.offset,
                "constant expression required: \(instruction.opcode.name) is not constant")
        }
        guard operands.suffix(2) == [row.operands.1, row.operands.0] else {
            throw ModuleError(
                .invalid, at: instruction.offset,
                "type mismatch: \(instruction.opcode.name) expects two values of type \(row.operands.0)")
        }
        operands.removeLast()
        features.insert(.extendedConstants)
        return operation
    }
}
