// Translation of blocks and branches, and the fusing of comparisons with the branches that take them.

import CMachine
import WasmModule
import WasmRuntime

extension Translator {
    mutating func translate(_ step: ControlStep) throws(TranslationError) {
        switch step {
        case .instruction: try translate(control.instruction)
        case .begin: beginLabel()
        case .otherwise(let fallsThrough): try beginElse(fallsThrough)
        case .end(let fallsThrough, let isReached): try endLabel(fallsThrough, isReached)
        case .branch(let index):
            moveArguments(to: index)
            connect(emitForward(.br), to: index)
        case .branchIf(let index): branch(on: takeCondition(), to: index)
        case .branchOnNull(let index): branchOnNull(to: index)
        case .branchOnNonNull(let index): branchOnNonNull(to: index)
        case .branchTable: branchTable()
        case .leave: emitReturn()
        case .unreachable: emit(.unreachable)
        case .call: try translateCall(control.instruction)
        case .callIndirect: try translateCallIndirect(control.instruction)
        case .callReference: try translateCallReference(control.instruction.first)
        case .tailCall: try translateTailCall(control.instruction)
        case .tailCallIndirect: try translateTailCallIndirect(control.instruction)
        case .tailCallReference: translateTailCallReference(control.instruction.first)
        case .throw: translateThrow(control.instruction.first)
        case .throwReference: emit(.throwReference, popSlot())
        case .handler(let fallsThrough): try beginHandler(fallsThrough)
        case .rethrow(let index): emit(.throwReference, labels[index].caught.unsafelyUnwrapped)
        case .delegate(let index, let fallsThrough, let isReached):
            delegate(to: index)
            try endLabel(fallsThrough, isReached)
        }
    }

    // MARK: Labels

    private mutating func beginLabel() {
        var label = Label()
        switch control.labels[control.labels.count - 1].kind {
        case .loop:
            spillAll()
            label.start = words.count
            countBackEdges()
        case .ifThen:
            let condition = takeCondition()
            spillAll()
            label.elseBranch = emitBranch(condition, when: false)
        case .tryTable, .tryBody:
            spillAll()
            label.region = beginRegion()
            label.isRegionOpen = true
        default: spillAll()
        }
        labels.append(label)
        forgetOperations()
    }

    private mutating func beginElse(_ fallsThrough: Bool) throws(TranslationError) {
        let index = labels.count - 1
        if fallsThrough {
            spillAll()
            labels[index].patches.append(emitForward(.br))
        }
        labels[index].elseBranch.map { bind($0) }
        labels[index].elseBranch = nil
        try reset(to: control.labels[index].height, pushing: control.labels[index].parameters)
    }

    private mutating func endLabel(_ fallsThrough: Bool, _ isReached: Bool) throws(TranslationError) {
        if fallsThrough, labels.count > 1 { spillAll() }
        endRegion(of: labels.count - 1)
        let label = labels.removeLast()
        let (height, results) = (control.endedLabel.height, control.endedLabel.results)
        if labels.isEmpty {
            if fallsThrough { emitReturn() }
            guard control.endedLabel.isTargeted else { return }
            bindAll(of: label)
            try reset(to: height, pushing: results)
            return emitReturn()
        }
        bindAll(of: label)
        if isReached { try reset(to: height, pushing: results) }
    }

    /// Lets all that leads to the end of a label end here.
    private mutating func bindAll(of label: Label) {
        label.patches.forEach { bind($0) }
        label.elseBranch.map { bind($0) }
        for (region, number) in label.handlers { regions[region].handlers[number].target = words.count }
    }

    /// After a label: operands below `height` stay, and more are in their slots.
    mutating func reset(to height: Int, pushing types: [ValueType]) throws(TranslationError) {
        drop(operands.count - min(operands.count, height))
        for type in types { try push(type) }
        forgetOperations()
        // Whatever is below was spilled when the block began, and nothing has touched it since.
        operands.markSpilled()
    }

    // MARK: Branches

    /// Emits a branch without conditions whose distance comes later.
    mutating func emitForward(_ operation: Operation) -> Label.Patch {
        let start = words.count
        emit(operation)
        append(imm: 0)
        return Label.Patch(operation: start, distance: start + 1)
    }

    /// Writes the distance from a branch to `target`, an index of `words`.
    private mutating func resolve(_ patch: Label.Patch, to target: Int) {
        let distance = UInt32(bitPattern: Int32(target - patch.operation))
        words[patch.distance] = MachineWord(truncatingIfNeeded: distance)
        words[patch.distance + 1] = MachineWord(truncatingIfNeeded: distance >> 16)
    }

    /// Lets a branch end here.
    private mutating func bind(_ patch: Label.Patch) {
        resolve(patch, to: words.count)
        forgetOperations()
    }

    /// Connects a branch with the label at an index of `labels`.
    private mutating func connect(_ patch: Label.Patch, to index: Int) {
        if let start = labels[index].start {
            resolve(patch, to: start)
        } else {
            labels[index].patches.append(patch)
        }
    }

    /// Whether the operands that a branch to the label takes are where it wants them.
    private func isInPlace(_ label: ControlLabel) -> Bool {
        label.arity == 0 || label.height + label.arity == operands.count
    }

    /// Puts the topmost operands where the label wants them. They stay on the stack as they are.
    private mutating func moveArguments(to index: Int) {
        let label = control.labels[index]
        let first = operands.count - label.arity
        // Upwards: a target never lies above its source, so nothing is overwritten that is still needed.
        moveOperands(from: first, to: slot(label.height))
    }

    /// Puts the operands from a height on into the slots from `target` on.
    private mutating func moveOperands(from height: Int, to target: MachineWord) {
        var target = target
        for height in height..<operands.count {
            let slots = operands.slots(at: height)
            move(operands[height], to: target, slots: slots)
            target += MachineWord(slots)
        }
    }

    private mutating func branch(on condition: Condition, to index: Int) {
        let label = control.labels[index]
        if isInPlace(label) {
            for height in (operands.count - label.arity)..<operands.count { spill(height) }
            connect(emitBranch(condition, when: true), to: index)
        } else {
            let skip = emitBranch(condition, when: false)
            moveArguments(to: index)
            connect(emitForward(.br), to: index)
            bind(skip)
        }
    }

    private mutating func branchTable() {
        let selector = popSlot()
        let targets = control.targets
        let arity = control.labels[targets[targets.count - 1]].arity
        for height in (operands.count - arity)..<operands.count { spill(height) }

        let start = words.count
        emit(.brTable, selector)
        append(imm: UInt32(targets.count - 1))
        let entries = words.count
        words.append(contentsOf: repeatElement(0, count: 2 * targets.count))
        // Where the operands have to move, the entry leads to a piece of code that moves them.
        var movers: [Int: Int] = [:]
        for (entry, index) in targets.enumerated() {
            let patch = Label.Patch(operation: start, distance: entries + 2 * entry)
            if isInPlace(control.labels[index]) {
                connect(patch, to: index)
            } else if let mover = movers[index] {
                resolve(patch, to: mover)
            } else {
                movers[index] = words.count
                resolve(patch, to: words.count)
                moveArguments(to: index)
                connect(emitForward(.br), to: index)
            }
        }
    }

    /// Leaves the function with the topmost operands as its results.
    private mutating func emitReturn() {
        let count = resultCount
        let first = operands.count - count
        if count == 1, case .slot(let source) = operands[first], source != 0, operands.slots(at: first) == 1 {
            emit(.return1, MachineWord(layout.localsEnd), source)
            return
        }
        // Operands that are locals still could be overwritten by a result before they are read.
        if count > 1 { for height in first..<operands.count { spill(height) } }
        moveOperands(from: first, to: 0)
        emit(.return0, MachineWord(layout.localsEnd))
    }

    // MARK: References

    /// A slot that has the topmost operand, a reference, which stays.
    private mutating func referenceSlot() -> MachineWord {
        let height = operands.count - 1
        if case .constant = operands[height] { spill(height) }
        guard case .slot(let slot) = operands[height] else { preconditionFailure("a spilled operand is in its slot") }
        return slot
    }

    private mutating func branchOnNull(to index: Int) {
        let reference = referenceSlot()
        let operand = pop()
        branch(on: .isNull(reference), to: index)
        restore(operand)
    }

    private mutating func branchOnNonNull(to index: Int) {
        branch(on: .isNotNull(referenceSlot()), to: index)
        drop(1)
    }

    mutating func trapOnNull() {
        let skip = emitBranch(.isNotNull(referenceSlot()), when: true)
        emit(.nullReference)
        bind(skip)
    }

    // MARK: Conditions

    /// A condition that is not on the stack any more: the branches that test it, and their operands.
    private struct Condition {
        var ifTrue: Operation
        var ifFalse: Operation
        var trueOperands: [MachineWord]
        var falseOperands: [MachineWord]

        static func isNull(_ slot: MachineWord) -> Condition {
            Condition(ifTrue: .brUnlessI64, ifFalse: .brIfI64, trueOperands: [slot], falseOperands: [slot])
        }

        static func isNotNull(_ slot: MachineWord) -> Condition {
            Condition(ifTrue: .brIfI64, ifFalse: .brUnlessI64, trueOperands: [slot], falseOperands: [slot])
        }
    }

    /// Pops a condition. A comparison that was just emitted for it is taken back.
    private mutating func takeCondition() -> Condition {
        if let start = producer(of: operands.last), let condition = fusible(at: start) {
            retract(start)
            _ = pop()
            return condition
        }
        let slot = popSlot()
        return Condition(ifTrue: .brIf, ifFalse: .brUnless, trueOperands: [slot], falseOperands: [slot])
    }

    private func fusible(at start: Int) -> Condition? {
        let operation = Operation(rawValue: words[start])!
        // All of these have an operand; what else is there may have none.
        guard words.count > start + 2 else { return nil }
        let first = words[start + 2]
        if let (ifTrue, ifFalse) = operation.testBranches {
            return Condition(ifTrue: ifTrue, ifFalse: ifFalse, trueOperands: [first], falseOperands: [first])
        }
        if let form = BranchForm(operation) {
            let second = words[start + 3]
            return Condition(
                ifTrue: form.ifTrue, ifFalse: form.ifFalse,
                trueOperands: form.swapsTrue ? [second, first] : [first, second],
                falseOperands: form.swapsFalse ? [second, first] : [first, second])
        }
        guard let ifTrue = operation.immediateBranch else { return nil }
        guard let complement = operation.complementBranch(immediate(at: start + 3)) else { return nil }
        return Condition(
            ifTrue: ifTrue, ifFalse: complement.operation,
            trueOperands: [first, words[start + 3], words[start + 4]],
            falseOperands: [
                first, MachineWord(truncatingIfNeeded: complement.immediate),
                MachineWord(truncatingIfNeeded: complement.immediate >> 16),
            ])
    }

    /// Emits a branch that is taken when the condition has the given truth value.
    private mutating func emitBranch(_ condition: Condition, when truth: Bool) -> Label.Patch {
        let operation = truth ? condition.ifTrue : condition.ifFalse
        let operands = truth ? condition.trueOperands : condition.falseOperands
        if operation == .brIfI32NeImm, let counting = emitCountingBranch(operands) { return counting }
        let start = words.count
        emit(operation)
        words.append(contentsOf: operands)
        let distance = words.count
        append(imm: 0)
        return Label.Patch(operation: start, distance: distance)
    }

    /// The end of a counting loop: an addition to what is then compared, and the branch, in one.
    private mutating func emitCountingBranch(_ operands: [MachineWord]) -> Label.Patch? {
        guard let start = lastOperation, words[start] == Operation.i32AddImm.rawValue,
            words[start + 1] == operands[0]
        else { return nil }
        let addition = Array(words[(start + 1)...])
        retract(start)
        emit(.brIfI32AddNe)
        words.append(contentsOf: addition)
        words.append(contentsOf: operands[1...])
        let distance = words.count
        append(imm: 0)
        return Label.Patch(operation: start, distance: distance)
    }

    /// Turns a comparison that was just emitted around, for an `i32.eqz` of it.
    mutating func negateLastComparison() -> Bool {
        guard let start = producer(of: operands.last),
            let complement = Operation(rawValue: words[start])!.complement
        else { return false }
        words[start] = complement.rawValue
        return true
    }

    // MARK: Calls

    private mutating func translateCall(_ instruction: Instruction) throws(TranslationError) {
        let index = Int(instruction.first)
        let base = try spillArguments(module.functionType(instruction.first))
        let imported = module.importedFunctionCount
        if index < imported {
            guard let word = MachineWord(exactly: index) else { throw .frameTooLarge }
            watchCall()
            emit(.callImported, word, base)
        } else {
            emit(.call)
            append(imm64: UInt64(UInt(bitPattern: moduleCode.codes + (index - imported))))
            words.append(base)
        }
    }

    private mutating func translateCallIndirect(_ instruction: Instruction) throws(TranslationError) {
        guard case .function(let type) = module.types[Int(instruction.first)],
            let table = MachineWord(exactly: instruction.second)
        else { throw .frameTooLarge }
        let selector = popIndex(ofTable: instruction.second)
        let base = try spillArguments(type)
        watchCall()
        emit(.callIndirect, selector, table)
        append(imm: moduleCode.typeNumbers[Int(instruction.first)])
        words.append(base)
    }

    private mutating func translateCallReference(_ index: UInt32) throws(TranslationError) {
        guard case .function(let type) = module.types[Int(index)] else { throw .frameTooLarge }
        let reference = popSlot()
        let base = try spillArguments(type)
        emit(.callReference, reference, base)
    }

    private mutating func translateTailCallReference(_ index: UInt32) {
        guard case .function(let type) = module.types[Int(index)] else { return }
        let reference = popSlot()
        let base = spillArguments(type.parameters.count)
        emit(.returnCallReference, reference, base, MachineWord(layout.localsEnd))
    }

    private mutating func translateTailCall(_ instruction: Instruction) throws(TranslationError) {
        let index = Int(instruction.first)
        let base = spillArguments(module.functionType(instruction.first).parameters.count)
        let imported = module.importedFunctionCount
        if index < imported {
            guard let word = MachineWord(exactly: index) else { throw .frameTooLarge }
            watchCall()
            emit(.returnCallImported, word, base, MachineWord(layout.localsEnd))
        } else {
            emit(.returnCall)
            append(imm64: UInt64(UInt(bitPattern: moduleCode.codes + (index - imported))))
            words.append(base)
            words.append(MachineWord(layout.localsEnd))
        }
    }

    private mutating func translateTailCallIndirect(_ instruction: Instruction) throws(TranslationError) {
        guard case .function(let type) = module.types[Int(instruction.first)],
            let table = MachineWord(exactly: instruction.second)
        else { throw .frameTooLarge }
        let selector = popIndex(ofTable: instruction.second)
        let base = spillArguments(type.parameters.count)
        watchCall()
        emit(.returnCallIndirect, selector, table)
        append(imm: moduleCode.typeNumbers[Int(instruction.first)])
        words.append(base)
        words.append(MachineWord(layout.localsEnd))
    }

    private mutating func translateThrow(_ tag: UInt32) {
        let base = spillArguments(module.tagType(tag).parameters.count)
        emit(.throw)
        append(imm: tag)
        words.append(base)
    }

    /// Puts the topmost operands into their slots, and gives the first of these.
    private mutating func spillArguments(_ count: Int) -> MachineWord {
        let height = operands.count - count
        for argument in height..<operands.count { spill(argument) }
        return slot(height)
    }

    /// Puts the arguments of a call into their slots, which become the callee's first ones, and replaces
    /// them by the results. Gives the slot where the callee's frame begins.
    private mutating func spillArguments(_ type: FunctionType) throws(TranslationError) -> MachineWord {
        let base = spillArguments(type.parameters.count)
        drop(type.parameters.count)
        for result in type.results { try push(result) }
        return base
    }
}
