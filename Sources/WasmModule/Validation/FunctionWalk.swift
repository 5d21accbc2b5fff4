// The one walk over a function body: it decodes and validates an instruction at a time, and its owner,
// who asks for the next one, sees the types on the stack.
//
// Always true between two calls of `next`: `controls` and `operands` are the stacks of the validation
// algorithm after the last instruction; `height` and `isReachable` repeat what the top frame says.
// https://webassembly.github.io/spec/core/appendix/algorithm.html

import Platform

package struct FunctionWalk {
    package let module: Module
    /// The types of the locals, parameters first.
    package let locals: [ValueType]
    /// The types of the operands, bottom first; nil is a value of any type, in code that cannot run.
    package internal(set) var operands: [ValueType?] = []
    /// The blocks that are open, the function's own first.
    package internal(set) var controls: [ControlFrame] = []
    /// The labels of the last `br_table`, the default last; or of the last `try_table` three numbers for each
    /// clause: what it is, the tag, the label.
    package private(set) var labels: [UInt32] = []
    /// Whether the next instruction can run; false after the last `end`.
    package internal(set) var isReachable = true

    /// The features that the instructions so far belong to.
    var features = FeatureSet()
    /// The operands below this height are not the current block's.
    var height = 0
    var uninitialized: UninitializedLocals
    /// The instruction at hand, for messages.
    var current = Instruction(opcode: .nop, kind: .parametric(.nop), offset: 0)
    private var reader: ByteReader
    private let lookup = OpcodeLookup.shared

    /// Begins the body of a function, `definedIndex` among those that the module defines.
    package init(_ module: Module, function definedIndex: Int) throws(ModuleError) {
        let function = module.functions[definedIndex]
        let type = module.functionType(UInt32(module.importedFunctionCount + definedIndex))
        self.module = module
        reader = ByteReader(module.binary, function.body, types: module.heldTypes)
        locals = try reader.locals(after: type.parameters, features: &features)
        uninitialized = UninitializedLocals(locals, parameterCount: type.parameters.count)
        controls.append(ControlFrame(kind: .function, parameters: [], results: type.results, height: 0))
    }

    /// Decodes and validates one instruction; nil after the function's last `end`.
    package mutating func next() throws(ModuleError) -> Instruction? {
        guard !controls.isEmpty else { return nil }
        let (instruction, row) = try reader.instruction(lookup, labels: &labels)
        current = instruction
        features.formUnion(row.features)
        if row.isSpecial {
            try applyRule(of: instruction)
        } else {
            try applySignature(row, of: instruction)
        }
        if controls.isEmpty && !reader.isAtEnd {
            throw ModuleError(
                .malformed, at: reader.offset,
                "section size mismatch: \(counted(reader.remaining, "byte")) after the end of the function")
        }
        return instruction
    }

    /// Applies a rule that the table of instructions spells out.
    @inline(__always)
    private mutating func applySignature(
        _ row: OpcodeLookup.Reference, of instruction: Instruction
    ) throws(ModuleError) {
        if row.hasBounds {
            try popOperands(of: instruction, row)
        } else {
            if row.operandCount > 0 { try pop(row.operands.0) }
            if row.operandCount > 1 { try pop(row.operands.1) }
            if row.operandCount > 2 { try pop(row.operands.2) }
            if row.operandCount > 3 { try pop(row.operands.3) }
        }
        if row.resultCount > 0 { operands.append(row.results.0) }
        if row.resultCount > 1 { operands.append(row.results.1) }
    }

    /// Checks the immediates, and pops the operands, one of which may be an address.
    private mutating func popOperands(
        of instruction: Instruction, _ row: OpcodeLookup.Reference
    ) throws(ModuleError) {
        let address = try checkImmediates(of: instruction, row.immediates)
        let types = row.operands
        func resolved(_ type: ValueType) -> ValueType { type == OpcodeLookup.Row.address ? address : type }
        try pop(resolved(types.0))
        if row.operandCount > 1 { try pop(resolved(types.1)) }
        if row.operandCount > 2 { try pop(resolved(types.2)) }
    }

    /// Applies a rule that depends on the context.
    private mutating func applyRule(of instruction: Instruction) throws(ModuleError) {
        switch instruction.kind {
        case .variable(let variable): try applyRule(variable, instruction.first)
        case .control(let control): try applyRule(control, instruction)
        case .parametric(let parametric): try applyRule(parametric, instruction)
        case .reference(let reference): try applyRule(reference, instruction)
        case .table(let table): try applyRule(table, instruction)
        case .memory(let memory): try applyRule(memory, instruction)
        case .constant, .load, .store, .numeric, .wide, .vector, .atomic, .synchronization:
            preconditionFailure("the rule of \(instruction.opcode.name) is its signature")
        }
    }

    private mutating func applyRule(
        _ variable: VariableInstruction, _ index: UInt32
    ) throws(ModuleError) {
        switch variable {
        case .localGet:
            operands.append(try localType(index))
            guard !uninitialized.contains(index) else { throw invalid("uninitialized local \(index)") }
        case .localSet:
            try pop(localType(index))
            uninitialized.remove(index)
        case .localTee:
            let type = try localType(index)
            try pop(type)
            operands.append(type)
            uninitialized.remove(index)
        case .globalGet: operands.append(try globalType(index).value)
        case .globalSet: try applyGlobalSet(index)
        }
    }

    private mutating func applyRule(
        _ parametric: ParametricInstruction, _ instruction: Instruction
    ) throws(ModuleError) {
        switch parametric {
        case .nop: break
        case .drop: _ = try popAny()
        case .select: try applySelect()
        case .selectT: try applyTypedSelect(instruction)
        }
    }

    private mutating func applyRule(
        _ control: ControlInstruction, _ instruction: Instruction
    ) throws(ModuleError) {
        switch control {
        case .unreachable: markUnreachable()
        case .block: try enterBlock(.block, instruction)
        case .loop: try enterBlock(.loop, instruction)
        case .if:
            try pop(.i32)
            try enterBlock(.if, instruction)
        case .else: try applyElse()
        case .end: try applyEnd()
        case .br: try applyBranch(instruction.first)
        case .brIf: try applyConditionalBranch(instruction.first)
        case .brTable: try applyBranchTable()
        case .brOnNull: try applyBranchOnNull(instruction.first)
        case .brOnNonNull: try applyBranchOnNonNull(instruction.first)
        case .return:
            try pop(controls[0].results)
            markUnreachable()
        case .returnCall: try applyReturnCall(instruction.first)
        case .returnCallIndirect: try applyIndirectReturnCall(instruction)
        case .tryTable: try applyTryTable(instruction)
        case .throw: try applyThrow(instruction.first)
        case .throwRef:
            try pop(.exnref)
            markUnreachable()
        case .try: try enterBlock(.try, instruction)
        case .catch: try applyCatch(instruction.first)
        case .catchAll: try applyCatch(nil)
        case .delegate: try applyDelegate(instruction.first)
        case .rethrow: try applyRethrow(instruction.first)
        case .call: try applyCall(instruction.first)
        case .callIndirect: try applyIndirectCall(instruction)
        case .callRef: try apply(referencedCallee(instruction.first))
        case .returnCallRef:
            features.insert(.tailCalls)
            try applyReturning(referencedCallee(instruction.first))
        }
    }
}

extension ByteReader {
    /// The types of a function's locals: its parameters, then what its body declares.
    /// https://webassembly.github.io/spec/core/binary/modules.html#code-section
    mutating func locals(
        after parameters: [ValueType], features: inout FeatureSet
    ) throws(ModuleError) -> [ValueType] {
        let first = offset
        var locals = parameters
        var total = UInt64(parameters.count)
        for _ in 0..<(try u32()) {
            let count = try u32()
            let type = try valueType()
            features.formUnion(FeatureSet(of: type))
            total += UInt64(count)
            guard total <= UInt32.max else {
                throw ModuleError(.malformed, at: first, "too many locals: more than 2^32-1")
            }
            if total <= ImplementationLimits.locals { locals += repeatElement(type, count: Int(count)) }
        }
        guard total <= ImplementationLimits.locals else {
            throw ModuleError(
                .limit, at: first, "\(total) locals are more than the \(ImplementationLimits.locals) allowed")
        }
        return locals
    }
}
