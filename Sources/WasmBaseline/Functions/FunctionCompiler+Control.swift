// Blocks, branches and returns.

import CMachine
import WasmModule
import WasmRuntime

extension FunctionCompiler {
    mutating func compile(_ step: ControlStep) {
        if operands.last?.kind == .flags, !readsFlags(step) { materializeFlags() }
        switch step {
        case .instruction: compile(control.instruction)
        case .begin: beginLabel()
        case .otherwise(let fallsThrough): beginElse(fallsThrough)
        case .end(let fallsThrough, let isReached): endLabel(fallsThrough, isReached)
        case .branch(let index): branch(to: index)
        case .branchIf(let index): branch(to: index, if: popCondition())
        case .branchOnNull(let index): branchOnNull(to: index)
        case .branchOnNonNull(let index): branchOnNonNull(to: index)
        case .branchTable: branchTable()
        case .leave: emitReturn()
        case .unreachable: trap(.unreachable)
        case .call: compileCall(control.instruction.first)
        case .callIndirect: compileIndirectCall(control.instruction)
        case .callReference: compileReferenceCall(control.instruction.first)
        case .throw: compileThrow(control.instruction)
        case .tailCall, .tailCallIndirect, .tailCallReference, .throwReference, .handler, .rethrow, .delegate:
            preconditionFailure("a function with \(control.instruction.opcode) stays with the interpreter")
        }
    }

    private func readsFlags(_ step: ControlStep) -> Bool {
        switch step {
        case .branchIf: true
        case .begin: control.labels[control.labels.count - 1].kind == .ifThen
        case .instruction:
            switch control.instruction.kind {
            case .numeric(.i32Eqz), .parametric(.select), .parametric(.selectT): true
            default: false
            }
        default: false
        }
    }

    // MARK: Labels

    private mutating func beginLabel() {
        switch control.labels[control.labels.count - 1].kind {
        case .loop:
            spillAll()
            let head = asm.newLabel()
            asm.bind(head)
            labels.append(Label(target: head))
            loopHeads.append((control.loopNumber, head, operands.count))
        case .ifThen:
            let condition = popCondition()
            spillAll()
            let otherwise = asm.newLabel()
            jump(condition.inverted, otherwise)
            labels.append(Label(target: asm.newLabel(), otherwise: otherwise))
        default:
            spillAll()
            labels.append(Label(target: asm.newLabel()))
        }
    }

    private mutating func beginElse(_ fallsThrough: Bool) {
        let index = labels.count - 1
        if fallsThrough {
            spillAll()
            asm.jump(labels[index].target)
        }
        asm.bind(labels[index].otherwise.unsafelyUnwrapped)
        labels[index].otherwise = nil
        reset(to: control.labels[index].height, pushing: control.labels[index].parameters)
    }

    private mutating func endLabel(_ fallsThrough: Bool, _ isReached: Bool) {
        let label = labels.removeLast()
        let ended = control.endedLabel
        if ended.kind == .function {
            if fallsThrough { loadResults() }
            return
        }
        if fallsThrough { spillAll() }
        if ended.kind != .loop {
            if let otherwise = label.otherwise { asm.bind(otherwise) }
            asm.bind(label.target)
        }
        if ended.kind == .loop ? fallsThrough : isReached { reset(to: ended.height, pushing: ended.results) }
    }

    /// After a label: operands below `height` stay, and more are in their slots.
    private mutating func reset(to height: Int, pushing types: [ValueType]) {
        drop(operands.count - min(operands.count, height))
        for type in types { push(Operand(kind: .slot, type: type)) }
        operands.markSpilled()
    }

    // MARK: Branches

    /// Whether what a branch takes along is where the label wants it.
    private func isInPlace(for index: Int) -> Bool {
        let label = control.labels[index]
        let first = operands.count - label.arity
        return label.arity == 0
            || (first == label.height && (first..<operands.count).allSatisfy { operands[$0].kind == .slot })
    }

    /// Puts the topmost operands where the label wants them. They stay on the stack as they are. Each goes to a slot
    /// no higher than its own, so none is overwritten that is still to be read.
    private mutating func moveArguments(to index: Int) {
        let label = control.labels[index]
        let first = operands.count - label.arity
        for number in 0..<label.arity {
            var operand = operands[first + number]
            if operand.kind == .slot {
                if first == label.height { continue }
                operand.bits = UInt64(operands.slot(first + number))
            }
            store(operand, slot(operands.slot(label.height + number)))
        }
    }

    private mutating func branch(to index: Int) {
        if index == 0 { return emitReturn() }
        moveArguments(to: index)
        asm.jump(labels[index].target)
    }

    private mutating func branch(to index: Int, if condition: Comparison) {
        if index != 0 ? isInPlace(for: index) : convention.results.isEmpty {
            return jump(condition, labels[index].target)
        }
        if index == 0, convention.results.count > 1 { spillAll() }
        let passed = asm.newLabel()
        jump(condition.inverted, passed)
        branch(to: index)
        asm.bind(passed)
    }

    /// Compares the topmost operand, which stays, with null.
    private mutating func compareWithNull() {
        spillAll()
        asm.load(.r11, slot(operands.slot(operands.count - 1)))
        asm.test(.r11, .r11, .bits64)
    }

    private mutating func branchOnNull(to index: Int) {
        compareWithNull()
        drop(1)
        branch(to: index, if: .condition(.equal))
        push(Operand(kind: .slot, type: control.type(at: operands.count)))
    }

    private mutating func branchOnNonNull(to index: Int) {
        compareWithNull()
        branch(to: index, if: .condition(.notEqual))
        drop(1)
    }

    private mutating func branchTable() {
        let selector = owned(pop())
        let targets = control.targets
        if convention.results.count > 1, targets.contains(0) { spillAll() }
        var ways: [Int: CodeLabel] = [:]
        var moving: [(index: Int, label: CodeLabel)] = []
        for index in targets where ways[index] == nil {
            let isDirect = index != 0 ? isInPlace(for: index) : convention.results.isEmpty
            let label = isDirect ? labels[index].target : asm.newLabel()
            ways[index] = label
            if !isDirect { moving.append((index, label)) }
        }
        release(selector)
        asm.compute(.compare, .gp(selector), immediate: Int32(targets.count - 1), .bits32)
        asm.jump(.aboveOrEqual, ways[targets[targets.count - 1]]!)
        let table = asm.newLabel()
        if targets.count > 1 {
            asm.loadAddress(.r11, of: table)
            asm.extend(selector, .memory(Address(.r11, index: selector, scale: 4)), .signed32, .bits64)
            asm.compute(.add, .r11, .gp(selector), .bits64)
            asm.jump(.gp(.r11))
        }
        for (index, label) in moving {
            asm.bind(label)
            branch(to: index)
        }
        guard targets.count > 1 else { return asm.bind(table) }
        let rows = targets.dropLast().map { ways[$0]! }
        outOfLine.append(OutOfLineCode(.table(rows), label: table, back: table, offset: 0))
    }

    // MARK: Returns

    private mutating func emitReturn() {
        loadResults()
        asm.jump(epilogue)
    }

    /// Puts the topmost operands where results are returned. They stay on the stack; several are spilled where
    /// another way goes on from here.
    private mutating func loadResults() {
        let types = convention.results
        let first = operands.count - types.count
        if types.count == 1 {
            let operand = popped(at: first)
            if types[0].isFloat { load(operand, XMM.xmm0) } else { load(operand, GP.rax) }
        } else if types.count > 1 {
            spillAll()
            asm.load(.rax, resultPointer)
            for (number, type) in types.enumerated() {
                storeAsSlot(popped(at: first + number), type, Address(.rax, 8 * number))
            }
        }
    }

    /// The operand at a height as if it was popped.
    func popped(at height: Int) -> Operand {
        var operand = operands[height]
        if operand.kind == .slot { operand.bits = UInt64(operands.slot(height)) }
        return operand
    }

    /// The high bits of a narrow value are zero.
    mutating func storeAsSlot(_ operand: Operand, _ type: ValueType, _ address: Address) {
        if type == .f32, operand.kind != .constant {
            if operand.kind == .slot {
                asm.load(.r11, slot(Int(operand.bits)), .bits32)
                return asm.store(.r11, address)
            }
            let value = floatSource(operand)
            if case .register(let number) = value {
                asm.move(.r11, bits: XMM(rawValue: number)!, .single)
                return asm.store(.r11, address)
            }
        }
        store(operand, address)
    }

    // MARK: Traps

    /// Ends the way.
    mutating func trap(_ reason: TrapReason) {
        markPlace()
        asm.call(unit.stubs.traps[Int(reason.rawValue)])
    }

    mutating func trap(_ reason: TrapReason, if condition: Condition) {
        let label = asm.newLabel()
        asm.jump(condition, label)
        outOfLine.append(OutOfLineCode(.trap(reason), label: label, back: label, offset: offset))
    }
}
