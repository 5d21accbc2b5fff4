// Blocks, branches, returns and calls.

import CLLVM
import CMachine
import WasmModule
import WasmRuntime

extension FunctionCompiler {
    mutating func compile(_ step: ControlStep) {
        switch step {
        case .instruction: compile(control.instruction)
        case .begin: beginLabel()
        case .otherwise(let fallsThrough): beginElse(fallsThrough)
        case .end(let fallsThrough, let isReached): endLabel(fallsThrough, isReached)
        case .branch(let index): branch(to: index)
        case .branchIf(let index): branchIf(to: index)
        case .branchOnNull(let index): branchOnNull(to: index)
        case .branchOnNonNull(let index): branchOnNonNull(to: index)
        case .branchTable: branchTable()
        case .leave: emitReturn()
        case .unreachable: trap(.unreachable)
        case .call: compileCall(control.instruction.first)
        case .callIndirect: compileIndirectCall(control.instruction)
        case .callReference: compileReferenceCall(control.instruction.first)
        case .throw: compileThrow(control.instruction)
        case .throwReference: compileThrowReference()
        case .handler(let fallsThrough): beginHandler(fallsThrough)
        case .rethrow(let index): compileRethrow(from: index)
        case .delegate(let index, let fallsThrough, let isReached):
            endLabel(fallsThrough, isReached, passingOnTo: index)
        case .tailCall: compileTailCall(control.instruction.first)
        case .tailCallIndirect: compileIndirectTailCall(control.instruction)
        case .tailCallReference: compileReferenceTailCall(control.instruction.first)
        }
    }

    // MARK: Labels

    private mutating func beginLabel() {
        switch control.labels[control.labels.count - 1].kind {
        case .loop: beginLoop()
        case .ifThen: beginIf()
        case .tryTable, .tryBody: beginTry()
        default:
            spillAll()
            pushLabel(ir.block(in: code))
        }
    }

    mutating func pushLabel(_ target: IRBlock, otherwise: IRBlock? = nil) {
        labels.append(Label(target: target, otherwise: otherwise, chainAtStart: chain))
    }

    private mutating func beginLoop() {
        spillAll()
        if let head = outerHead() {
            pushLabel(head)
            leaveSecondBody()
            return
        }
        let head = ir.block(in: code)
        limitChain()
        pushLabel(head)
        noteLoop(head)
        if entries.isWorthMore, let loop = countedLoop() {
            countedBudget -= loop.cost
            let after = ir.block(in: code)
            labels[labels.count - 1].after = after
            compileCounted(loop, otherwise: head, after: after)
        } else {
            ir.branch(head)
        }
        ir.position(head)
    }

    /// From how a loop counts LLVM works out what those after it count from, which becomes more and more to
    /// remember. After some of them it is kept from knowing.
    private mutating func limitChain() {
        chain += 1
        guard chain > CompilationLimits.chainedLoops else { return }
        chain = 0
        // A second way here, which is never taken, ends what holds because of the branches before.
        let (aside, ahead) = (ir.block(in: code), ir.block(in: code))
        let unknown = ir.opaque(ir.i32(0), ir.types.i32)
        ir.branch(if: ir.icmp(LLVMIntNE, unknown, ir.i32(0)), aside, else: ahead)
        ir.position(aside)
        ir.keepBlock()
        ir.branch(ahead)
        ir.position(ahead)
        var places = locals.indices.map { (locals[$0], control.locals[$0]) }
        for height in 0..<operands.count {
            let type = operands[height].type
            places.append((variable(at: height, type), type))
        }
        for (place, type) in places where type == .i32 || type == .i64 {
            ir.store(ir.opaque(ir.load(ir.types.of(type), place), ir.types.of(type)), place)
        }
    }

    private mutating func beginIf() {
        let condition = isTrue(pop())
        spillAll()
        let (then, otherwise) = (ir.block(in: code), ir.block(in: code))
        ir.branch(if: condition, then, else: otherwise, isLikely: isLikely)
        ir.position(then)
        pushLabel(ir.block(in: code), otherwise: otherwise)
    }

    private mutating func beginElse(_ fallsThrough: Bool) {
        let index = labels.count - 1
        if fallsThrough {
            spillAll()
            ir.branch(labels[index].target)
            labels[index].chain = max(labels[index].chain, chain)
        }
        chain = labels[index].chainAtStart
        ir.position(labels[index].otherwise.unsafelyUnwrapped)
        reset(to: control.labels[index].height, pushing: control.labels[index].parameters)
    }

    /// With `passingOnTo`, exceptions that come out of the label go on as if thrown inside of another one.
    private mutating func endLabel(_ fallsThrough: Bool, _ isReached: Bool, passingOnTo outer: Int? = nil) {
        var label = labels.removeLast()
        endTry(label, in: outer.map { $0 + 1 } ?? labels.count)
        let ended = control.endedLabel
        if ended.kind == .function { return endFunction(label, fallsThrough) }
        if fallsThrough { spillAll() }
        if ended.kind == .loop {
            // What follows is reached by falling through only, so it goes on in the same block, unless the loop
            // was compiled twice.
            if fallsThrough, let after = label.after {
                ir.branch(after)
                ir.position(after)
            }
            if fallsThrough { reset(to: ended.height, pushing: ended.results) }
            return
        }
        if fallsThrough { ir.branch(label.target) }
        if ended.kind == .ifThen {
            ir.position(label.otherwise.unsafelyUnwrapped)
            ir.branch(label.target)
            label.chain = max(label.chain, label.chainAtStart)
        }
        chain = fallsThrough ? max(chain, label.chain) : label.chain
        ir.position(label.target)
        if isReached { reset(to: ended.height, pushing: ended.results) } else { ir.unreachable() }
    }

    private mutating func endFunction(_ label: Label, _ fallsThrough: Bool) {
        if fallsThrough { emitReturn() }
        ir.position(label.target)
        guard control.endedLabel.isTargeted else { return ir.unreachable() }
        reset(to: 0, pushing: type.results)
        emitReturn()
    }

    /// After a label: operands below `height` stay, and more are in their variables.
    mutating func reset(to height: Int, pushing types: [ValueType]) {
        drop(operands.count - min(operands.count, height))
        for type in types { operands.push(Operand(value: nil, type: type), slots: type.slots) }
        operands.markSpilled()
    }

    // MARK: Branches

    /// Puts the topmost operands where the label wants them. They stay on the stack as they are.
    private mutating func moveArguments(to index: Int) {
        let label = control.labels[index]
        let types = label.branchTypes
        let first = operands.count - types.count
        // All are read before one is written: the two ranges may overlap.
        let values = types.indices.map { value(at: first + $0) }
        var slot = operands.slot(label.height)
        for (value, type) in zip(values, types) {
            ir.store(laundered(value, type), variable(slot, type))
            slot += type.slots
        }
    }

    private mutating func branch(to index: Int) {
        moveArguments(to: index)
        labels[index].chain = max(labels[index].chain, chain)
        ir.branch(labels[index].target)
    }

    private mutating func branchIf(to index: Int) { branch(to: index, if: isTrue(pop())) }

    private mutating func branch(to index: Int, if condition: IRValue) {
        let (taken, passed) = (ir.block(in: code), ir.block(in: code))
        ir.branch(if: condition, taken, else: passed, isLikely: isLikely)
        ir.position(taken)
        branch(to: index)
        ir.position(passed)
    }

    private mutating func branchOnNull(to index: Int) {
        let reference = pop()
        branch(to: index, if: ir.icmp(LLVMIntEQ, reference, ir.i64(0)))
        push(reference, control.type(at: operands.count))
    }

    private mutating func branchOnNonNull(to index: Int) {
        branch(to: index, if: ir.icmp(LLVMIntNE, value(at: operands.count - 1), ir.i64(0)))
        drop(1)
    }

    private mutating func branchTable() {
        let selector = pop()
        let targets = control.targets
        var blocks: [Int: IRBlock] = [:]
        for index in targets where blocks[index] == nil { blocks[index] = ir.block(in: code) }
        let cases = targets.dropLast().enumerated().map { ($0, blocks[$1]!) }
        ir.switchOver(selector, blocks[targets[targets.count - 1]]!, cases: cases)
        for (index, block) in blocks.sorted(by: { $0.key > $1.key }) {
            ir.position(block)
            branch(to: index)
        }
    }

    /// What the module says of the branch at hand.
    private var isLikely: Bool? { module.branchHints.isLikely(at: control.instruction.offset) }

    private func isTrue(_ value: IRValue) -> IRValue { ir.icmp(LLVMIntNE, value, ir.i32(0)) }

    private mutating func emitReturn() {
        let first = operands.count - type.results.count
        let values = type.results.indices.map { value(at: first + $0) }
        releaseRoots()
        switch form {
        case .function where !unit.isReturnedInSlots(type): return ir.ret(values.first)
        case .function: storeResults(values, parameters[type.parameters.count])
            ir.ret(nil)
        case .loops: storeResults(values, ir.parameter(code, 2))
            ir.ret(ir.i32(0))
        }
    }

    private func storeResults(_ values: [IRValue], _ slots: IRValue) {
        let layout = SlotLayout(type.results)
        for (index, value) in values.enumerated() { ir.storeSlot(value, slots, layout[index], type.results[index]) }
    }

    // MARK: Calls

    private mutating func compileCall(_ index: UInt32) {
        let type = module.functionType(index)
        let imported = module.importedFunctionCount
        setDebugLocation()
        guard Int(index) >= imported else {
            let functions = ir.field(instance, MachineLayout.importedFunctions)
            let stride = MemoryLayout<UnsafeRawPointer>.stride
            let function = ir.field(functions, Int(index) * stride)
            return call(function, ir.field(function, MachineLayout.functionCode), type)
        }
        let defined = Int(index) - imported
        if let callee = unit.code(ofDefined: defined) {
            let (arguments, results) = takeArguments(type)
            let form = unit.form(of: type)
            let fixed = [ir.poison(ir.types.pointer), context, instance]
            let result = emitCall(callee, form.type, form.arguments(fixed, arguments))
            return pushResults(of: type, result, results)
        }
        let functions = ir.field(instance, MachineLayout.ownFunctions)
        let function = ir.offset(functions, bytes: defined * MachineLayout.functionStride)
        call(function, ir.field(function, MachineLayout.functionCode), type)
    }

    private mutating func compileIndirectCall(_ instruction: Instruction) {
        setDebugLocation()
        let function = indirectCallee(instruction)
        call(function, ir.field(function, MachineLayout.functionCode), functionType(instruction.first))
    }

    private mutating func compileReferenceCall(_ index: UInt32) {
        setDebugLocation()
        let function = referencedCallee()
        call(function, ir.field(function, MachineLayout.functionCode), functionType(index))
    }

    /// What a call through a reference calls, or the trap.
    mutating func referencedCallee() -> IRValue {
        let reference = pop()
        trap(.nullFunctionReference, if: ir.icmp(LLVMIntEQ, reference, ir.i64(0)))
        return ir.pointer(reference)
    }

    /// What an indirect call calls, or the trap.
    mutating func indirectCallee(_ instruction: Instruction) -> IRValue {
        let (table, expected) = inFrontOfLoops { compiler in
            let tables = compiler.ir.field(compiler.instance, MachineLayout.tables)
            let place = Int(instruction.second) * MemoryLayout<UnsafeRawPointer>.stride
            return (compiler.ir.field(tables, place), compiler.typeNumber(instruction.first))
        }
        let isWide = module.tables[Int(instruction.second)].addressType == .i64
        let index = isWide ? pop() : ir.zext(pop(), ir.types.i64)
        let count = ir.load(ir.types.i64, ir.offset(table, bytes: MachineLayout.elementCount))
        trap(.tableOutOfBounds, if: ir.icmp(LLVMIntUGE, index, count))
        let elements = ir.load(ir.types.pointer, ir.offset(table, bytes: MachineLayout.elements))
        let element = ir.load(
            ir.types.i64, ir.offset(elements, bytes: ir.shl(index, ir.i64(3))))
        trap(.uninitializedElement, if: ir.icmp(LLVMIntEQ, element, ir.i64(0)))
        let function = ir.pointer(element)
        let callee = ir.field(function, MachineLayout.functionCode)
        let number = ir.loadInvariant(ir.types.i32, ir.offset(callee, bytes: MachineLayout.codeTypeNumber))
        trap(.indirectCallTypeMismatch, if: ir.icmp(LLVMIntNE, number, expected))
        return function
    }

    /// Has what never changes computed when the function begins, where a loop would do it again and again.
    private func inFrontOfLoops<Result>(_ compute: (FunctionCompiler) -> Result) -> Result {
        guard control.labels.contains(where: { $0.kind == .loop }), let here = ir.insertBlock else {
            return compute(self)
        }
        ir.position(head)
        defer { ir.position(here) }
        return compute(self)
    }

    /// Calls what has compiled code by then directly, and anything else through the runtime. A branch, which
    /// is foreseen, and no choice, for which the call would wait.
    private mutating func call(_ function: IRValue, _ callee: IRValue, _ type: FunctionType) {
        let (arguments, results) = takeArguments(type)
        let nativeType = unit.nativeType(type)
        choosingCalls += 1
        if choosingCalls > CompilationLimits.choosingCalls {
            let result = emitCall(unit.dispatcher(of: type), nativeType, [function, context, instance] + arguments)
            return pushResults(of: type, result, results)
        }
        let native = ir.load(ir.types.pointer, ir.offset(callee, bytes: MachineLayout.codeNative))
        let (missing, present, after) = (ir.block(in: code), ir.block(in: code), ir.block(in: code))
        ir.branch(if: ir.icmp(LLVMIntEQ, ir.integer(native), ir.i64(0)), missing, else: present)
        let result = type.results.count == 1 ? variable(Self.resultSlot, type.results[0]) : nil

        ir.position(missing)
        // A function of the host has no instance; it is told who called.
        let indirect = emitCall(unit.caller(of: type), nativeType, [function, context, instance] + arguments)
        if let result { ir.store(indirect, result) }
        ir.branch(after)

        ir.position(present)
        let owner = ir.loadInvariant(
            ir.types.pointer, ir.offset(function, bytes: MachineLayout.functionInstance))
        let direct = emitCall(native, nativeType, [ir.poison(ir.types.pointer), context, owner] + arguments)
        if let result { ir.store(direct, result) }
        ir.branch(after)

        ir.position(after)
        pushResults(of: type, result.map { ir.load(ir.types.of(type.results[0]), $0) }, results)
    }

    /// The variable of a result is in no operand's slot.
    private static var resultSlot: Int { -2 }

    /// The arguments of a call, and where it is to leave several results.
    private mutating func takeArguments(_ type: FunctionType) -> (values: [IRValue], results: IRValue?) {
        let first = operands.count - type.parameters.count
        var values: [IRValue] = []
        for height in first..<operands.count { values.append(value(at: height)) }
        drop(type.parameters.count)
        noteCall()
        let results = unit.isReturnedInSlots(type) ? resultSlots(type.resultSlots) : nil
        if let results { values.append(results) }
        return (values, results)
    }

    private mutating func emitCall(
        _ target: IRValue, _ native: IRType, _ arguments: [IRValue]
    ) -> IRValue {
        callsOut = true
        setDebugLocation()
        let result = landingPad.map { ir.invoke(native, target, arguments, in: code, catchingAt: $0) }
            ?? ir.call(native, target, arguments)
        ir.markNative(call: result)
        ir.markDistinct(call: result)
        return result
    }

    private mutating func pushResults(of type: FunctionType, _ result: IRValue?, _ results: IRValue?) {
        loadLengths()
        if let results {
            let layout = SlotLayout(type.results)
            for (index, type) in type.results.enumerated() { push(ir.loadSlot(results, layout[index], type), type) }
        } else if let only = type.results.first, let result {
            push(result, only)
        }
    }

    /// Room for the operands or results of a call, in the frame. They are read before the next call, so one
    /// place serves all calls of about a size.
    mutating func resultSlots(_ count: Int) -> IRValue {
        var size = 1
        while size < count { size *= 2 }
        if let slots = resultAreas[size] { return slots }
        let here = ir.insertBlock
        ir.position(head)
        let slots = ir.alloca(ir.types.i64, count: size)
        resultAreas[size] = slots
        if let here { ir.position(here) }
        return slots
    }

    func functionType(_ index: UInt32) -> FunctionType {
        switch module.types[Int(index)] { case .function(let type): type }
    }
}
