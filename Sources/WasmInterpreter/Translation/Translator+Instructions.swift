// Translation of everything but control: values, locals, globals, memory, tables and numbers.

import CMachine
import WasmModule
import WasmRuntime

extension Translator {
    mutating func translate(_ instruction: Instruction) throws(TranslationError) {
        switch instruction.kind {
        case .control: preconditionFailure("the walk makes a step of \(instruction.opcode)")
        case .parametric(let parametric): try translate(parametric)
        case .variable(let variable): try translate(variable, instruction.first)
        case .constant(let constant):
            switch constant {
            case .i32Const, .i64Const, .f32Const, .f64Const: try push(constant: instruction.constant)
            }
        case .reference(let reference): try translate(reference, instruction)
        case .table(let table): try translate(table, instruction)
        case .memory(let memory): try translate(memory, instruction)
        case .load(let load): try translate(load, instruction)
        case .store(let store): translate(store, instruction)
        case .numeric(let numeric):
            let operation = Operation(numeric)
            if instruction.opcode.signature!.operandCount == 2 {
                try translateBinary(operation, isCommutative: instruction.opcode.isCommutative)
            } else {
                try translateUnary(operation)
            }
        case .atomic(let atomic): try translate(atomic, instruction)
        case .synchronization(let synchronization): try translate(synchronization, instruction)
        }
    }

    // MARK: Values

    private mutating func translate(_ parametric: ParametricInstruction) throws(TranslationError) {
        switch parametric {
        case .nop: break
        case .drop: drop(1)
        case .select, .selectT: try translateSelect()
        }
    }

    private mutating func translate(
        _ variable: VariableInstruction, _ index: UInt32
    ) throws(TranslationError) {
        switch variable {
        case .localGet: try push(local: index)
        case .localSet: try setLocal(index, keeping: false)
        case .localTee: try setLocal(index, keeping: true)
        case .globalGet:
            let place = try place(ofGlobal: Int(index))
            emit(place.get, result: try push(), place.word)
        case .globalSet:
            let place = try place(ofGlobal: Int(index))
            emit(place.set, popSlot(), place.word)
        }
    }

    private mutating func translate(
        _ reference: ReferenceInstruction, _ instruction: Instruction
    ) throws(TranslationError) {
        switch reference {
        case .refNull: try push(constant: 0)
        case .refIsNull: try translateUnary(.i64Eqz)
        case .refFunc:
            try emitOutOfLine(instruction, 0, hasResult: true)
            append(imm: instruction.first)
        }
    }

    private mutating func translateSelect() throws(TranslationError) {
        let condition = popSlot()
        let second = popSlot()
        let first = popSlot()
        let isWide = control.type(at: operands.count).slots > 1
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

    /// How a global is read and written: its word is the module's index for imported and wide ones, its slot for
    /// others.
    private func place(
        ofGlobal index: Int
    ) throws(TranslationError) -> (word: MachineWord, get: Operation, set: Operation) {
        let imported = module.importedGlobalCount
        let isImported = index < imported
        let isWide = module.globalTypes[index].value.slots > 1
        let place = isImported || isWide ? index : module.globalSlots[index - imported]
        guard let word = MachineWord(exactly: place) else { throw .frameTooLarge }
        if isWide { return (word, .globalGetWide, .globalSetWide) }
        return isImported ? (word, .globalGetImported, .globalSetImported) : (word, .globalGet, .globalSet)
    }

    // MARK: Numbers

    private mutating func translateUnary(_ operation: Operation) throws(TranslationError) {
        if operation == .i32Eqz, negateLastComparison() { return }
        let operand = popSlot()
        emit(operation, result: try push(), operand)
    }

    private mutating func translateBinary(
        _ operation: Operation, isCommutative: Bool
    ) throws(TranslationError) {
        if try translateFused(operation) { return }
        let second = pop()
        let first = pop()
        if try translateWithImmediate(operation, first, second) { return }
        if isCommutative, try translateWithImmediate(operation, second, first) { return }
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

    private mutating func translate(
        _ load: LoadInstruction, _ instruction: Instruction
    ) throws(TranslationError) {
        let offset = UInt32(truncatingIfNeeded: instruction.constant)
        let operation = Operation(load)
        if try translateFusedLoad(operation, offset) { return }
        let address = popSlot()
        emit(operation, result: try push(), address)
        append(imm: offset)
    }

    private mutating func translate(_ store: StoreInstruction, _ instruction: Instruction) {
        let value = popSlot()
        let address = popSlot()
        emit(Operation(store), address, value)
        append(imm: UInt32(truncatingIfNeeded: instruction.constant))
    }

    private mutating func translate(
        _ atomic: AtomicInstruction, _ instruction: Instruction
    ) throws(TranslationError) {
        guard case .atomic(let bytes) = instruction.opcode.immediates else {
            preconditionFailure("\(instruction.opcode.name) is no atomic access")
        }
        try emitOutOfLine(instruction)
        append(imm: UInt32(truncatingIfNeeded: instruction.constant))
        words.append(AtomicAccess(bytes: bytes).word)
    }

    private mutating func translate(
        _ synchronization: SynchronizationInstruction, _ instruction: Instruction
    ) throws(TranslationError) {
        try emitOutOfLine(instruction)
        switch synchronization {
        case .memoryAtomicNotify, .memoryAtomicWait32, .memoryAtomicWait64:
            append(imm: UInt32(truncatingIfNeeded: instruction.constant))
        case .atomicFence: break
        }
    }

    // MARK: Out of line

    /// An instruction with the operands and the result of its signature; its immediates are to follow.
    private mutating func emitOutOfLine(_ instruction: Instruction) throws(TranslationError) {
        let signature = instruction.opcode.signature!
        try emitOutOfLine(instruction, signature.operandCount, hasResult: signature.resultCount > 0)
    }

    private mutating func emitOutOfLine(
        _ instruction: Instruction, _ operandCount: Int, hasResult: Bool
    ) throws(TranslationError) {
        // Operands in the order of the stack; the last is popped first.
        let arguments = (0..<operandCount).map { _ in popSlot() }.reversed()
        if hasResult {
            emit(.outOfLine, result: try push(), instruction.kind.word)
        } else {
            emit(.outOfLine, 0, instruction.kind.word)
        }
        words.append(contentsOf: arguments)
    }

    private mutating func translate(
        _ memory: MemoryInstruction, _ instruction: Instruction
    ) throws(TranslationError) {
        switch memory {
        case .memorySize: try emitOutOfLine(instruction, 0, hasResult: true)
        case .memoryGrow: try emitOutOfLine(instruction, 1, hasResult: true)
        case .memoryCopy, .memoryFill: try emitOutOfLine(instruction, 3, hasResult: false)
        case .memoryInit:
            try emitOutOfLine(instruction, 3, hasResult: false)
            append(imm: instruction.first)
        case .dataDrop:
            try emitOutOfLine(instruction, 0, hasResult: false)
            append(imm: instruction.first)
        }
    }

    private mutating func translate(
        _ table: TableInstruction, _ instruction: Instruction
    ) throws(TranslationError) {
        switch table {
        case .elemDrop: try emitOutOfLine(instruction, 0, hasResult: false)
        case .tableInit, .tableCopy, .tableFill: try emitOutOfLine(instruction, 3, hasResult: false)
        case .tableGet: try emitOutOfLine(instruction, 1, hasResult: true)
        case .tableSet: try emitOutOfLine(instruction, 2, hasResult: false)
        case .tableSize: try emitOutOfLine(instruction, 0, hasResult: true)
        case .tableGrow: try emitOutOfLine(instruction, 2, hasResult: true)
        }
        append(imm: instruction.first)
        switch table {
        case .tableInit, .tableCopy: append(imm: instruction.second)
        case .elemDrop, .tableFill, .tableGet, .tableSet, .tableSize, .tableGrow: break
        }
    }
}
