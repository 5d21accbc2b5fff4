// Translation of everything but control: values, locals, globals, memory, tables and numbers.

import CMachine
import WasmModule
import WasmRuntime

extension Translator {
    mutating func translate(_ instruction: Instruction) throws(TranslationError) {
        switch instruction.opcode {
        case .call: try translateCall(instruction)
        case .callIndirect: try translateCallIndirect(instruction)
        case .drop: drop(1)
        case .select, .selectT: try translateSelect()
        case .localGet: try push(local: instruction.first)
        case .localSet: try setLocal(instruction.first, keeping: false)
        case .localTee: try setLocal(instruction.first, keeping: true)
        case .globalGet, .globalSet: try translateGlobal(instruction)
        case .i32Const, .i64Const, .f32Const, .f64Const: try push(constant: instruction.constant)
        case .refNull: try push(constant: 0)
        case .refIsNull: try translateUnary(.i64Eqz)
        case .refFunc:
            emit(.refFunc, result: try push())
            append(imm: instruction.first)
        default: try translateByRange(instruction)
        }
    }

    /// The families whose opcodes stand side by side in the table.
    private mutating func translateByRange(_ instruction: Instruction) throws(TranslationError) {
        let opcode = instruction.opcode
        switch opcode.rawValue {
        case Opcode.i32Load.rawValue...Opcode.i64Store32.rawValue: try translateAccess(instruction)
        case Opcode.i32Eqz.rawValue...Opcode.i64Extend32S.rawValue,
            Opcode.i32TruncSatF32S.rawValue...Opcode.i64TruncSatF64U.rawValue:
            if Opcode.table[Int(opcode.rawValue)].signature.operands.count == 2 {
                try translateBinary(opcode)
            } else {
                try translateUnary(Operation(numeric: opcode))
            }
        case Opcode.memoryAtomicNotify.rawValue...: try translateAtomic(instruction)
        default: try translateBulk(instruction)
        }
    }

    // MARK: Values

    private mutating func translateSelect() throws(TranslationError) {
        let condition = popSlot()
        let second = popSlot()
        let first = popSlot()
        let isWide = control.type(at: operands.count) == .v128
        emit(isWide ? .selectWide : .select, result: try push(), first, second, condition)
    }

    private mutating func setLocal(_ local: UInt32, keeping: Bool) throws(TranslationError) {
        let target = slot(ofLocal: local)
        let producer = lastResult
        let operand = pop()
        if case .slot(target) = operand {
            if keeping { try push(local: local) }
            return
        }
        spillReferences(to: target)
        if case .slot(let source) = operand, !isLocal(source), let producer, producer == lastResult,
            words[producer + 1] == source
        {
            // The operation just emitted writes to the local directly.
            words[producer + 1] = target
            lastResult = nil
        } else {
            move(operand, to: target, slots: control.locals[Int(local)].slots)
            lastResult = nil
        }
        if keeping {
            // A constant stays one, which serves the next instruction better.
            guard case .constant(let value) = operand else { return try push(local: local) }
            try push(constant: value)
        }
    }

    private mutating func translateGlobal(_ instruction: Instruction) throws(TranslationError) {
        let imported = module.importedGlobalCount
        let index = Int(instruction.first)
        let isImported = index < imported
        let isWide = module.globalTypes[index].value.slots > 1
        let place = isImported || isWide ? index : module.globalSlots[index - imported]
        guard let word = MachineWord(exactly: place) else { throw .frameTooLarge }
        if isWide {
            if instruction.opcode == .globalGet {
                emit(.globalGetWide, result: try push(), word)
            } else {
                emit(.globalSetWide, popSlot(), word)
            }
        } else if instruction.opcode == .globalGet {
            emit(isImported ? .globalGetImported : .globalGet, result: try push(), word)
        } else {
            emit(isImported ? .globalSetImported : .globalSet, popSlot(), word)
        }
    }

    // MARK: Numbers

    private mutating func translateUnary(_ operation: Operation) throws(TranslationError) {
        if operation == .i32Eqz, negateLastComparison() { return }
        let operand = popSlot()
        emit(operation, result: try push(), operand)
    }

    private mutating func translateBinary(_ opcode: Opcode) throws(TranslationError) {
        let operation = Operation(numeric: opcode)
        if try translateFused(operation) { return }
        let second = pop()
        let first = pop()
        if try translateWithImmediate(operation, first, second) { return }
        if operation.isCommutative, try translateWithImmediate(operation, second, first) { return }
        // What is symbolic goes to the slots that the two had.
        let left = locate(first, at: operands.count)
        let right = locate(second, at: operands.count + 1)
        emit(operation, result: try push(), left, right)
    }

    /// Translates an operation whose second operand is a constant that fits; false where it is not.
    private mutating func translateWithImmediate(
        _ operation: Operation, _ first: Operand, _ second: Operand
    ) throws(TranslationError) -> Bool {
        guard case .slot(let source) = first, case .constant(let value) = second,
            let form = ImmediateForm(operation, value)
        else { return false }
        emit(form.operation, result: try push(), source)
        append(imm: form.immediate)
        return true
    }

    /// A slot with the operand, which is popped already: its own, or the one of `height` for a constant.
    mutating func locate(_ operand: Operand, at height: Int) -> MachineWord {
        if case .slot(let slot) = operand { return slot }
        move(operand, to: slot(height))
        return slot(height)
    }

    // MARK: Memory

    private mutating func translateAccess(_ instruction: Instruction) throws(TranslationError) {
        let offset = UInt32(truncatingIfNeeded: instruction.constant)
        let operation = Operation(access: instruction.opcode)
        if instruction.opcode.rawValue >= Opcode.i32Store.rawValue {
            let value = popSlot()
            let address = popSlot()
            emit(operation, address, value)
        } else {
            if try translateFusedLoad(operation, offset) { return }
            let address = popSlot()
            emit(operation, result: try push(), address)
        }
        append(imm: offset)
    }

    private mutating func translateAtomic(_ instruction: Instruction) throws(TranslationError) {
        let offset = UInt32(truncatingIfNeeded: instruction.constant)
        guard let form = AtomicForm(instruction.opcode) else { return emit(.atomicFence) }
        // Operands in the order of the stack; the last is popped first.
        let arguments = (0..<form.operandCount).map { _ in popSlot() }.reversed()
        if form.hasResult { emit(form.operation, result: try push()) } else { emit(form.operation) }
        words.append(contentsOf: arguments)
        append(imm: offset)
        if let access = form.access { words.append(access.word) }
    }

    // MARK: Sizes, bulk operations and tables

    private mutating func translateBulk(_ instruction: Instruction) throws(TranslationError) {
        switch instruction.opcode {
        case .memorySize: emit(.memorySize, result: try push())
        case .memoryGrow: try translateUnary(.memoryGrow)
        case .memoryInit: emitTriple(.memoryInit, instruction.first)
        case .memoryCopy: emitTriple(.memoryCopy)
        case .memoryFill: emitTriple(.memoryFill)
        case .dataDrop, .elemDrop:
            emit(instruction.opcode == .dataDrop ? .dataDrop : .elemDrop)
            append(imm: instruction.first)
        case .tableInit: emitTriple(.tableInit, instruction.first, instruction.second)
        case .tableCopy: emitTriple(.tableCopy, instruction.first, instruction.second)
        case .tableFill: emitTriple(.tableFill, instruction.first)
        case .tableGet:
            try translateUnary(.tableGet)
            append(imm: instruction.first)
        case .tableSet:
            let value = popSlot()
            let index = popSlot()
            emit(.tableSet, index, value)
            append(imm: instruction.first)
        case .tableSize:
            emit(.tableSize, result: try push())
            append(imm: instruction.first)
        case .tableGrow:
            let delta = popSlot()
            let value = popSlot()
            emit(.tableGrow, result: try push(), value, delta)
            append(imm: instruction.first)
        default: preconditionFailure("\(instruction.opcode) is no opcode of this file")
        }
    }

    /// An operation with three operands and no result.
    private mutating func emitTriple(_ operation: Operation, _ immediates: UInt32...) {
        let third = popSlot()
        let second = popSlot()
        let first = popSlot()
        emit(operation, first, second, third)
        immediates.forEach { append(imm: $0) }
    }
}
