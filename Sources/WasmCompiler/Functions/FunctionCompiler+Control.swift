// Blocks, branches, returns and calls.

import CLLVM
import CMachine
import WasmModule
import WasmRuntime

extension FunctionCompiler {
    mutating func compileControl(_ instruction: Instruction) {
        switch instruction.opcode {
        case .unreachable:
            trap(.unreachable)
            isReachable = false
        case .block: beginBlock(.block, target: ir.block(in: code))
        case .loop: beginLoop()
        case .if: beginIf()
        case .else: beginElse()
        case .end: endBlock()
        case .br: branch(to: Int(instruction.first))
        case .brIf: branchIf(to: Int(instruction.first))
        case .brTable: branchTable()
        case .return: emitReturn()
        case .call: compileCall(instruction.first)
        case .callIndirect: compileIndirectCall(instruction)
        default: preconditionFailure("\(instruction.opcode) is no opcode of this file")
        }
    }

    /// Follows the blocks of code that can not run. Only what can be reached again gets a label.
    mutating func compileUnreachable(_ instruction: Instruction) {
        switch instruction.opcode {
        case .loop: loopCount += 1
        case .else where walk.controls.count == labels.count: beginElse()
        case .end where walk.controls.count < labels.count: endBlock()
        default: break
        }
    }

    // MARK: Blocks

    private mutating func beginBlock(_ kind: Label.Kind, target: IRBlock, otherwise: IRBlock? = nil) {
        settleAll()
        let frame = walk.controls[walk.controls.count - 1]
        labels.append(
            Label(
                kind: kind, height: operands.count - frame.parameters.count, parameters: frame.parameters,
                results: frame.results, target: target, otherwise: otherwise))
    }

    private mutating func beginLoop() {
        let head = ir.block(in: code)
        beginBlock(.loop, target: head)
        enterLoop(at: head)
        loopCount += 1
        ir.branch(head)
        ir.position(head)
    }

    private mutating func beginIf() {
        let condition = isTrue(pop())
        settleAll()
        let (then, otherwise) = (ir.block(in: code), ir.block(in: code))
        ir.branch(if: condition, then, else: otherwise)
        ir.position(then)
        beginBlock(.ifThen, target: ir.block(in: code), otherwise: otherwise)
    }

    private mutating func beginElse() {
        var label = labels.removeLast()
        if isReachable {
            settleAll()
            ir.branch(label.target)
            label.isTargeted = true
        }
        label.kind = .ifElse
        ir.position(label.otherwise!)
        reset(to: label.height, pushing: label.parameters)
        labels.append(label)
    }

    private mutating func endBlock() {
        let label = labels.removeLast()
        if label.kind == .function { return endFunction(label) }
        if isReachable { settleAll() }
        if label.kind == .loop {
            // What follows is reached by falling through alone, so it goes on in the same block.
            if isReachable { reset(to: label.height, pushing: label.results) }
            return
        }
        if isReachable { ir.branch(label.target) }
        var isReached = isReachable || label.isTargeted
        if label.kind == .ifThen, let otherwise = label.otherwise {
            ir.position(otherwise)
            ir.branch(label.target)
            isReached = true
        }
        ir.position(label.target)
        if isReached {
            reset(to: label.height, pushing: label.results)
        } else {
            ir.unreachable()
            drop(operands.count - min(operands.count, label.height))
            isReachable = false
        }
    }

    private mutating func endFunction(_ label: Label) {
        if isReachable { emitReturn() }
        ir.position(label.target)
        guard label.isTargeted else { return ir.unreachable() }
        reset(to: 0, pushing: label.results)
        emitReturn()
    }

    /// Behind a label: operands below `height` stay, and more are in their variables.
    private mutating func reset(to height: Int, pushing types: [ValueType]) {
        operands.removeLast(operands.count - min(operands.count, height))
        for type in types { operands.append(Operand(value: nil, type: type)) }
        settledHeight = operands.count
        isReachable = true
    }

    // MARK: Branches

    /// Puts the topmost operands where the label wants them. They stay on the stack as they are.
    private mutating func moveArguments(to label: Label) {
        let types = label.labelTypes
        let first = operands.count - types.count
        // All are read before one is written: the two ranges may overlap.
        let values = types.indices.map { value(at: first + $0) }
        for (index, value) in values.enumerated() {
            ir.store(hidden(value, types[index]), variable(label.height + index, types[index]))
        }
    }

    private mutating func branch(to depth: Int) {
        let index = labels.count - 1 - depth
        labels[index].isTargeted = true
        moveArguments(to: labels[index])
        ir.branch(labels[index].target)
        isReachable = false
    }

    private mutating func branchIf(to depth: Int) {
        let index = labels.count - 1 - depth
        labels[index].isTargeted = true
        let condition = isTrue(pop())
        let (taken, passed) = (ir.block(in: code), ir.block(in: code))
        ir.branch(if: condition, taken, else: passed)
        ir.position(taken)
        moveArguments(to: labels[index])
        ir.branch(labels[index].target)
        ir.position(passed)
    }

    private mutating func branchTable() {
        let selector = pop()
        let depths = walk.labels
        var blocks: [UInt32: IRBlock] = [:]
        for depth in depths where blocks[depth] == nil { blocks[depth] = ir.block(in: code) }
        ir.switchOver(selector, blocks[depths[depths.count - 1]]!, cases: depths.dropLast().map { blocks[$0]! })
        for (depth, block) in blocks.sorted(by: { $0.key < $1.key }) {
            let index = labels.count - 1 - Int(depth)
            labels[index].isTargeted = true
            ir.position(block)
            moveArguments(to: labels[index])
            ir.branch(labels[index].target)
        }
        isReachable = false
    }

    private func isTrue(_ value: IRValue) -> IRValue { ir.icmp(LLVMIntNE, value, ir.i32(0)) }

    private mutating func emitReturn() {
        isReachable = false
        let first = operands.count - type.results.count
        let values = type.results.indices.map { value(at: first + $0) }
        switch form {
        case .function where !unit.isReturnedInSlots(type): return ir.ret(values.first)
        case .function: storeResults(values, ir.parameter(code, type.parameters.count + 3))
            ir.ret(nil)
        case .loopEntry: storeResults(values, ir.parameter(code, 2))
            ir.ret(ir.i32(0))
        }
    }

    private func storeResults(_ values: [IRValue], _ slots: IRValue) {
        for (index, value) in values.enumerated() { ir.storeSlot(value, slots, index, type.results[index]) }
    }

    // MARK: Calls

    private mutating func compileCall(_ index: UInt32) {
        let type = module.functionType(index)
        let imported = module.importedFunctionCount
        markPlace()
        guard Int(index) >= imported else {
            let functions = ir.field(instance, MachineLayout.importedFunctions)
            let stride = MemoryLayout<UnsafeRawPointer>.stride
            let function = ir.field(functions, Int(index) * stride)
            return call(function, ir.field(function, MachineLayout.functionCode), type)
        }
        let defined = Int(index) - imported
        if let callee = unit.code(ofDefined: defined) {
            return emitCall(callee, type, function: ir.poison(ir.types.pointer), of: instance)
        }
        let functions = ir.field(instance, MachineLayout.ownFunctions)
        let function = ir.offset(functions, bytes: defined * MachineLayout.functionStride)
        call(function, ir.field(function, MachineLayout.functionCode), type)
    }

    private mutating func compileIndirectCall(_ instruction: Instruction) {
        markPlace()
        let type = functionType(instruction.first)
        let tables = ir.field(instance, MachineLayout.tables)
        let table = ir.field(tables, Int(instruction.second) * MemoryLayout<UnsafeRawPointer>.stride)
        let index = ir.zext(pop(), ir.types.i64)
        let count = ir.load(ir.types.i64, ir.offset(table, bytes: MachineLayout.elementCount))
        trap(.tableOutOfBounds, if: ir.icmp(LLVMIntUGE, index, count))
        let elements = ir.load(ir.types.pointer, ir.offset(table, bytes: MachineLayout.elements))
        let element = ir.load(
            ir.types.i64, ir.offset(elements, bytes: ir.shl(index, ir.i64(3))))
        trap(.uninitializedElement, if: ir.icmp(LLVMIntEQ, element, ir.i64(0)))
        let function = ir.pointer(element)
        let callee = ir.field(function, MachineLayout.functionCode)
        let number = ir.loadInvariant(ir.types.i32, ir.offset(callee, bytes: MachineLayout.codeTypeNumber))
        trap(.indirectCallTypeMismatch, if: ir.icmp(LLVMIntNE, number, typeNumber(instruction.first)))
        call(function, callee, type)
    }

    /// Calls what has compiled code by then directly, and anything else through the runtime.
    private mutating func call(_ function: IRValue, _ callee: IRValue, _ type: FunctionType) {
        let native = ir.load(ir.types.pointer, ir.offset(callee, bytes: MachineLayout.codeNative))
        let isMissing = ir.icmp(LLVMIntEQ, ir.integer(native), ir.i64(0))
        let target = ir.select(isMissing, unit.caller(of: type), native)
        let owner = ir.loadInvariant(
            ir.types.pointer, ir.offset(function, bytes: MachineLayout.functionInstance))
        // A function of the host has no instance; it is told who called.
        emitCall(target, type, function: function, of: ir.select(isMissing, instance, owner))
    }

    private mutating func emitCall(
        _ target: IRValue, _ type: FunctionType, function: IRValue, of instance: IRValue
    ) {
        let first = operands.count - type.parameters.count
        var arguments = [function, context, instance]
        for height in first..<operands.count { arguments.append(value(at: height)) }
        drop(type.parameters.count)
        let results = unit.isReturnedInSlots(type) ? resultSlots(type.results.count) : nil
        if let results { arguments.append(results) }
        markPlace()
        let result = ir.call(unit.nativeType(type), target, arguments)
        ir.markStaticChain(call: result, parameter: 0)
        if let results {
            for (index, type) in type.results.enumerated() { push(ir.loadSlot(results, index, type), type) }
        } else if let only = type.results.first {
            push(result, only)
        }
    }

    /// Room for the results of a call, in the frame.
    mutating func resultSlots(_ count: Int) -> IRValue {
        let here = ir.insertBlock
        ir.position(head)
        let slots = ir.alloca(ir.types.i64, count: count)
        resultSlotCount += max(count, 1)
        if let here { ir.position(here) }
        return slots
    }

    private func functionType(_ index: UInt32) -> FunctionType {
        switch module.types[Int(index)] { case .function(let type): type }
    }
}
