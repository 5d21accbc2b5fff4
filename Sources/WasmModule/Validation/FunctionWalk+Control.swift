// Blocks, branches and calls.
// https://webassembly.github.io/spec/core/valid/instructions.html#control-instructions

import Platform

extension FunctionWalk {
    // MARK: Frames

    mutating func enterBlock(_ kind: ControlFrame.Kind, _ instruction: Instruction) throws(ModuleError) {
        switch instruction.blockForm {
        case .empty:
            try pushFrame(kind, parameters: [], results: [])
        case .result:
            let type = ValueType(word: instruction.first)
            features.formUnion(FeatureSet(of: type))
            try pushFrame(kind, parameters: [], results: SingleResult.types(type))
        case .typeIndex:
            let type = try functionType(instruction.first)
            features.insert(.multiValue)
            try pop(type.parameters)
            try pushFrame(kind, parameters: type.parameters, results: type.results)
        }
    }

    mutating func pushFrame(
        _ kind: ControlFrame.Kind, parameters: [ValueType], results: [ValueType]
    ) throws(ModuleError) {
        controls.append(
            ControlFrame(kind: kind, parameters: parameters, results: results, height: operands.count))
        height = operands.count
        isReachable = true
        uninitialized.enterBlock()
        try push(parameters)
    }

    /// Closes the top frame, whose results must be all that it leaves.
    mutating func popFrame() throws(ModuleError) -> ControlFrame {
        let frame = controls[controls.count - 1]
        try pop(frame.results)
        guard operands.count == frame.height else {
            throw invalid(
                "type mismatch: \(counted(operands.count - frame.height, "value")) too many at the end of a block")
        }
        controls.removeLast()
        uninitialized.leaveBlock()
        height = controls.last?.height ?? 0
        isReachable = controls.last.map { !$0.isUnreachable } ?? false
        return frame
    }

    mutating func markUnreachable() {
        operands.removeLast(operands.count - height)
        controls[controls.count - 1].isUnreachable = true
        isReachable = false
    }

    mutating func applyElse() throws(ModuleError) {
        guard controls[controls.count - 1].kind == .if else {
            throw ModuleError(
                .malformed, at: current.offset, "END opcode expected: else stands outside of an if")
        }
        let frame = try popFrame()
        try pushFrame(.else, parameters: frame.parameters, results: frame.results)
    }

    mutating func applyEnd() throws(ModuleError) {
        let frame = try popFrame()
        guard frame.kind != .if || frame.parameters.match(frame.results) else {
            throw invalid("type mismatch: an if without else must give back its parameters")
        }
        if frame.kind != .function { try push(frame.results) }
    }

    // MARK: Branches

    func labelTypes(_ depth: UInt32) throws(ModuleError) -> [ValueType] {
        guard depth < controls.count else {
            throw invalid("unknown label \(depth): \(counted(controls.count, "label")) in scope")
        }
        return controls[controls.count - 1 - Int(depth)].labelTypes
    }

    mutating func applyBranch(_ depth: UInt32) throws(ModuleError) {
        try pop(labelTypes(depth))
        markUnreachable()
    }

    mutating func applyConditionalBranch(_ depth: UInt32) throws(ModuleError) {
        try pop(.i32)
        let types = try labelTypes(depth)
        try pop(types)
        try push(types)
    }

    mutating func applyBranchOnNull(_ depth: UInt32) throws(ModuleError) {
        let type = try popReference()
        let types = try labelTypes(depth)
        try pop(types)
        try push(types)
        operands.append(type.nullable(false))
    }

    mutating func applyBranchOnNonNull(_ depth: UInt32) throws(ModuleError) {
        let type = try popReference()
        let types = try labelTypes(depth)
        guard let last = types.last, type.nullable(false).matches(last) else {
            throw invalid(
                "type mismatch: \(current.opcode.name) takes \(type.nullable(false)) to a label that takes "
                    + list(types))
        }
        try pop(types.dropLast())
        try push(types.dropLast())
    }

    mutating func applyBranchTable() throws(ModuleError) {
        try pop(.i32)
        let arity = try labelTypes(labels[labels.count - 1]).count
        // Each label once where the table must repeat some, so that a table's cost has a bound.
        for depth in labels.count > controls.count ? Array(Set(labels)) : labels {
            let types = try labelTypes(depth)
            guard types.count == arity else {
                throw invalid(
                    "type mismatch: label \(depth) of br_table takes \(counted(types.count, "value")), "
                        + "the default takes \(arity)")
            }
            try checkTop(types)
        }
        markUnreachable()
    }

    // MARK: Calls

    mutating func applyCall(_ index: UInt32) throws(ModuleError) {
        guard index < module.functionTypeIndices.count else {
            throw unknown("function", index, count: module.functionTypeIndices.count)
        }
        try apply(module.functionType(index))
    }

    mutating func applyIndirectCall(_ instruction: Instruction) throws(ModuleError) {
        try apply(indirectCallee(instruction))
    }

    /// The type of what is called through a table, whose index is popped.
    private mutating func indirectCallee(_ instruction: Instruction) throws(ModuleError) -> FunctionType {
        let table = try tableType(instruction.second)
        guard table.element.matches(.funcref) else {
            throw invalid("type mismatch: call_indirect expects a table of funcref, not of \(table.element)")
        }
        if instruction.second != 0 { features.insert(.referenceTypes) }
        let type = try functionType(instruction.first)
        try pop(table.addressType.valueType)
        return type
    }

    mutating func applyReturnCall(_ index: UInt32) throws(ModuleError) {
        guard index < module.functionTypeIndices.count else {
            throw unknown("function", index, count: module.functionTypeIndices.count)
        }
        try applyReturning(module.functionType(index))
    }

    mutating func applyIndirectReturnCall(_ instruction: Instruction) throws(ModuleError) {
        try applyReturning(indirectCallee(instruction))
    }

    /// A call whose results are those of the function.
    mutating func applyReturning(_ type: FunctionType) throws(ModuleError) {
        let results = controls[0].results
        guard type.results.match(results) else {
            throw invalid(
                "type mismatch: \(current.opcode.name) of a function of type \(type) where \(list(results)) "
                    + "is returned")
        }
        try pop(type.parameters)
        markUnreachable()
    }

    private func list(_ types: [ValueType]) -> String { "(\(types.map(\.description).joined(separator: " ")))" }

    /// Pops a reference to a function of the type that the instruction names, which is called.
    mutating func referencedCallee(_ index: UInt32) throws(ModuleError) -> FunctionType {
        let type = try functionType(index)
        try pop(.reference(nullable: true, .concrete(module.heldTypes.numbers[Int(index)])))
        return type
    }

    mutating func apply(_ type: FunctionType) throws(ModuleError) {
        try pop(type.parameters)
        try push(type.results)
    }

    private func functionType(_ index: UInt32) throws(ModuleError) -> FunctionType {
        guard index < module.types.count else { throw unknown("type", index, count: module.types.count) }
        switch module.types[Int(index)] {
        case .function(let type): return type
        }
    }
}

/// Result types of one value, kept so that a block does not allocate.
private enum SingleResult {
    private static let i32: [ValueType] = [.i32]
    private static let i64: [ValueType] = [.i64]
    private static let f32: [ValueType] = [.f32]
    private static let f64: [ValueType] = [.f64]

    static func types(_ type: ValueType) -> [ValueType] {
        switch type {
        case .i32: i32
        case .i64: i64
        case .f32: f32
        case .f64: f64
        default: [type]
        }
    }
}
