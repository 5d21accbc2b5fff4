// Translation of everything but control: values, locals, globals, memory, tables and numbers.

import CMachine
import WasmModule
import WasmRuntime

extension Translator {
    mutating func translate(_ instruction: Instruction) throws(TranslationError) {
        if let watching = moduleCode.watch { watch(before: instruction, for: watching) }
        switch instruction.kind {
        case .control: preconditionFailure("the walk makes a step of \(instruction.opcode)")
        case .parametric(let parametric): try translate(parametric)
        case .variable(let variable): try translate(variable, instruction.first)
        case .constant(let constant):
            switch constant {
            case .i32Const, .i64Const, .f32Const, .f64Const: try push(constant: instruction.constant)
            }
        case .reference(let reference): try translate(reference, instruction)
        case .load(let load): try translate(load, instruction)
        case .store(let store): try translate(store, instruction)
        case .wide(let wide): try translate(wide, instruction)
        case .numeric(let numeric):
            let operation = Operation(numeric)
            if instruction.opcode.signature!.operandCount == 2 {
                try translateBinary(operation, isCommutative: instruction.opcode.isCommutative)
            } else {
                try translateUnary(operation)
            }
        case .vector(let vector): try translate(vector, instruction)
        case .atomic(let atomic): try translate(atomic, instruction)
        case .table, .memory, .synchronization: try translateOutOfLine(instruction)
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
            keepException(module.globalTypes[Int(index)].value, at: operands.count - 1)
            emit(place.set, popSlot(), place.word)
        }
    }

    private mutating func translate(
        _ reference: ReferenceInstruction, _ instruction: Instruction
    ) throws(TranslationError) {
        switch reference {
        case .refNull: try push(constant: 0)
        case .refIsNull: try translateUnary(.i64Eqz)
        case .refAsNonNull: trapOnNull()
        case .refFunc:
            try translateOutOfLine(instruction)
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
        if countsAsAtomic(instruction) { return try translateAsAtomic(.load, instruction) }
        guard isInFirst(instruction) else {
            let address = popSlot()
            emit(.withBody, result: try push())
            append(load.body, address)
            return appendPlace(of: instruction)
        }
        let offset = UInt32(truncatingIfNeeded: instruction.constant)
        let operation = Operation(load)
        if try translateFusedLoad(operation, offset) { return }
        let address = popSlot()
        emit(operation, result: try push(), address)
        append(imm: offset)
    }

    private mutating func translate(
        _ store: StoreInstruction, _ instruction: Instruction
    ) throws(TranslationError) {
        if countsAsAtomic(instruction) { return try translateAsAtomic(.store, instruction) }
        let value = popSlot()
        let address = popSlot()
        guard isInFirst(instruction) else {
            emit(.withBody, 0)
            append(store.body, address, value)
            return appendPlace(of: instruction)
        }
        emit(Operation(store), address, value)
        append(imm: UInt32(truncatingIfNeeded: instruction.constant))
    }

    /// Whether an access is to memory 0, and that has addresses of 32 bits: such ones have operations of their own.
    private func isInFirst(_ instruction: Instruction) -> Bool {
        instruction.first == 0 && module.memories[0].addressType == .i32
    }

    private mutating func appendPlace(of instruction: Instruction) {
        words.append(MemoryPlace(index: instruction.first, module.memories[Int(instruction.first)]).word)
        append(imm64: instruction.constant)
    }

    /// What follows the slot of the result.
    private mutating func append(_ body: OperationBody, _ arguments: MachineWord...) {
        append(imm64: UInt64(UInt(bitPattern: unsafeBitCast(body, to: UnsafeRawPointer.self))))
        words.append(contentsOf: arguments)
    }

    /// Not by way of `emit(_:result:)`: the place of two results cannot be changed.
    private mutating func translate(
        _ wide: WideInstruction, _ instruction: Instruction
    ) throws(TranslationError) {
        let arguments = popSlots(instruction.opcode.signature!.operandCount)
        let low = try push(.i64)
        try push(.i64)
        emit(.withBody, low)
        append(wide.body)
        words.append(contentsOf: arguments)
    }

    /// Pops the index of an indirect call and gives a slot that has it, in 32 bits.
    mutating func popIndex(ofTable table: UInt32) -> MachineWord {
        let index = popSlot()
        guard module.tables[Int(table)].addressType == .i64 else { return index }
        let slot = slot(operands.count)
        emit(.withBody, slot)
        append(narrowIndex, index)
        return slot
    }

    private mutating func translate(
        _ atomic: AtomicInstruction, _ instruction: Instruction
    ) throws(TranslationError) {
        guard case .atomic(let bytes) = instruction.opcode.immediates else {
            preconditionFailure("\(instruction.opcode.name) is no atomic access")
        }
        let operation: Operation = isWatched(instruction.first) ? .watchedAtomic : .atomic
        try translate(AtomicAccess(atomic.kind, bytes: bytes), by: operation, instruction)
    }

    /// A plain access of a library's that means it as an atomic one.
    private mutating func translateAsAtomic(
        _ kind: AtomicKind, _ instruction: Instruction
    ) throws(TranslationError) {
        guard case .access(let bytes) = instruction.opcode.immediates else {
            preconditionFailure("\(instruction.opcode.name) is no access")
        }
        try translate(AtomicAccess(kind, bytes: bytes, isPlain: true), by: .watchedAtomic, instruction)
    }

    private mutating func translate(
        _ access: AtomicAccess, by operation: Operation, _ instruction: Instruction
    ) throws(TranslationError) {
        let signature = instruction.opcode.signature!
        try emit(
            operation, [access.word], operandCount: signature.operandCount, hasResult: signature.resultCount > 0)
        appendPlace(of: instruction)
    }

    // MARK: Out of line

    /// An operation with words that say more; its immediates are to follow.
    private mutating func emit(
        _ operation: Operation, _ more: [MachineWord], operandCount: Int, hasResult: Bool
    ) throws(TranslationError) {
        let arguments = popSlots(operandCount)
        if hasResult { emit(operation, result: try push()) } else { emit(operation, 0) }
        words.append(contentsOf: more + arguments)
    }

    /// Operands in the order of the stack; the last is popped first.
    private mutating func popSlots(_ count: Int) -> [MachineWord] { (0..<count).map { _ in popSlot() }.reversed() }

    private mutating func translate(
        _ vector: VectorInstruction, _ instruction: Instruction
    ) throws(TranslationError) {
        let signature = instruction.opcode.signature!
        let arguments = popSlots(signature.operandCount)
        if signature.resultCount > 0 { emit(.withBody, result: try push()) } else { emit(.withBody, 0) }
        append(vector.body)
        words.append(contentsOf: arguments)
        switch instruction.opcode.immediates {
        case .access: appendPlace(of: instruction)
        case .accessLane:
            appendPlace(of: instruction)
            words.append(MachineWord(instruction.high))
        case .lane: words.append(MachineWord(instruction.high))
        case .v128, .shuffle:
            append(imm64: instruction.constant)
            append(imm64: instruction.high)
        default: break
        }
    }

    private mutating func translateOutOfLine(_ instruction: Instruction) throws(TranslationError) {
        keepException(before: instruction)
        guard let shape = instruction.kind.outOfLine else {
            preconditionFailure("the runtime executes no \(instruction.opcode.name)")
        }
        try emit(
            .outOfLine, [instruction.kind.word, shape.word], operandCount: shape.operandCount,
            hasResult: shape.hasResult)
        let immediates = instruction.outOfLineImmediates
        if shape.immediateCount > 0 { append(imm: immediates.first) }
        if shape.immediateCount > 1 { append(imm64: immediates.second) }
    }
}
