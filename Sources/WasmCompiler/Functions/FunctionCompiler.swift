// Compiles one function in one walk over its validated body.
//
// Operands are values of LLVM's until a block, a loop, an if or a branch: there, those that live on are put
// into variables, one for each slot and type, so that all ways to a label agree, and a call that is under
// way can come in at a loop. LLVM turns the variables back into values. Always true: an operand without a
// value is in its variable.

import CLLVM
import CMachine
import WasmModule
import WasmRuntime

struct Operand {
    /// nil where the operand is in the variable of its slot and type.
    var value: IRValue?
    let type: ValueType
}

/// What LLVM has of a label.
struct Label {
    /// Where a branch to it goes: the head of a loop, after the end of all others.
    let target: IRBlock
    /// Where the else of an if begins.
    var otherwise: IRBlock?
    /// Where a loop that was compiled twice goes on.
    var after: IRBlock?
    /// How many loops in a row lead here, by the longest way, and where it began.
    var chain = 0
    var chainAtStart = 0
    /// Of a try: where its exceptions go, as long as its body is not over.
    var region: Int?
    var isRegionOpen = false
    /// The variable with what its handler has caught.
    var caught: IRValue?

    init(target: IRBlock, otherwise: IRBlock? = nil, chainAtStart: Int = 0) {
        self.target = target
        self.otherwise = otherwise
        self.chainAtStart = chainAtStart
    }
}

struct FunctionCompiler {
    enum Form: Equatable {
        /// `MachineNativeCode`.
        case function
        /// `MachineOSREntry`.
        case loops
    }

    var unit: CompilationUnit
    let ir: IRModule
    let module: Module
    let type: FunctionType
    let code: IRValue
    let form: Form
    var control: ControlWalk
    /// Slots are counted from the first operand's on.
    var operands = OperandStack<Operand>(firstSlot: 0)
    /// As many as those of `control`.
    var labels: [Label] = []
    var locals: [IRValue] = []
    /// How many loops LLVM may see as one after another here.
    var chain = 0
    /// How many instructions of counted loops may be compiled twice.
    var countedBudget = CompilationLimits.countedInstructions
    let context: IRValue
    let instance: IRValue
    /// Of memory 0, where there is one.
    var memoryBase: IRValue?
    /// What the function has of memories, by index.
    var memories: [UInt32: CompiledMemory] = [:]
    /// Where variables are made: runs first of all.
    let head: IRBlock
    /// The instruction at hand.
    var offset = 0
    /// The loop whose body is being compiled for iterations in which nothing traps.
    var untrapped: UntrappedLoop?
    var exceptions: ExceptionCode
    /// Where calls that are under way come in.
    var entries = OSREntries()
    private(set) var variables: [Variable: IRValue] = [:]
    /// Of a function, not of its loops: the arguments, and where several results go.
    private(set) var parameters: [IRValue] = []
    /// Where it goes on that calls itself in place of itself.
    var repetition: IRBlock?
    /// Of what stays while a call is under way.
    private var greatestSlotsBelowCall = 0
    /// Room for results, by how many there is room for.
    var resultAreas: [Int: IRValue] = [:]
    /// Whether it calls anything that returns.
    var callsOut = false
    /// How many calls choose at their place between compiled code and the runtime.
    var choosingCalls = 0
    private let scope: LLVMMetadataRef
    let definedIndex: Int
    /// How the interpreter lays out a call's frame.
    let layout: FrameLayout

    struct Variable: Hashable, Comparable {
        let slot: Int
        let type: ValueType

        static func < (left: Variable, right: Variable) -> Bool {
            (left.slot, "\(left.type)") < (right.slot, "\(right.type)")
        }
    }

    init(_ unit: CompilationUnit, function index: Int, code: IRValue, form: Form) {
        self.unit = unit
        ir = unit.ir
        module = unit.module
        self.code = code
        self.form = form
        definedIndex = index
        type = unit.type(ofDefined: index)
        control = ControlWalk(module, function: index)
        exceptions = ExceptionCode(module.exceptionUse(ofDefined: index))
        layout = FrameLayout(type, locals: control.locals, caught: exceptions.use.handlerDepth)
        let firstParameter = form == .function ? 1 : 0
        context = ir.parameter(code, firstParameter)
        instance = ir.parameter(code, firstParameter + 1)
        head = ir.block(in: code)
        let start = module.functions[index].body.lowerBound
        let name = module.functionName(UInt32(module.importedFunctionCount + index)) ?? "function \(index)"
        scope = ir.debug.scope(of: code, named: name, at: start, ir.f.pointee)
        offset = start
    }

    mutating func run() {
        let start = control
        begin()
        compileBody()
        if entries.needSecondBody {
            control = start
            entries.isSecondBody = true
            beginBody()
            compileBody()
        }
        finishHead()
        ir.clearDebugLocation()
    }

    private mutating func compileBody() {
        while let step = control.next() {
            offset = control.instruction.offset
            compile(step)
        }
    }

    // MARK: Entry

    /// Where the function begins; nil where calls come in at loops only.
    private var body: IRBlock?

    private mutating func begin() {
        ir.position(head)
        if !module.memories.isEmpty {
            memoryBase = ir.field(instance, MachineLayout.memory0Base)
            prepareCheckedMemories()
        }
        if form == .function { parameters = unit.form(of: type).parameters(of: code) }
        beginExceptions()
        for local in control.locals { locals.append(makeVariable(local)) }
        beginBody()
        if form == .function {
            body = ir.insertBlock
            for (index, local) in locals.enumerated() {
                let isParameter = index < type.parameters.count
                let value = isParameter ? parameters[index] : ir.zero(ir.types.of(control.locals[index]))
                ir.store(laundered(value, control.locals[index]), local)
            }
            beginRepetition()
        }
    }

    private mutating func beginBody() {
        ir.position(ir.block(in: code))
        labels = [Label(target: ir.block(in: code))]
        drop(operands.count)
        chain = 0
        setDebugLocation()
    }

    /// Ends the block of the variables, when all of them are known: a frame is bounded before it is used.
    private mutating func finishHead() {
        ir.position(head)
        offset = module.functions[definedIndex].body.lowerBound
        setDebugLocation()
        if callsOut || exceptions.roots > 0 || largestFrame > Self.smallFrame { boundFrame() }
        ir.limitFrame(of: code, to: largestFrame)
        holdRoots()
        if let body { return ir.branch(body) }
        leaveIfInterrupted()
        compileOSREntries()
    }

    /// There is always room below the limit for a function that calls nothing and whose frame is small.
    private static var smallFrame: Int { 4096 }

    /// Where too little of the host's stack is left for the frame, the runtime goes on with the call.
    private mutating func boundFrame() {
        let frame = ir.integer(ir.frameAddress())
        let limit = ir.load(ir.types.i64, ir.offset(context, bytes: MachineLayout.nativeLimit))
        let needed = ir.add(limit, ir.i64(UInt64(largestFrame)))
        let isPadded = form == .function && paddingSlots > ir.savedRegisters.count
        let padding = isPadded ? ir.alloca(ir.types.i64, count: paddingSlots) : nil
        let (deep, fits) = (ir.block(in: code), ir.block(in: code))
        var isDeep = ir.icmp(LLVMIntULT, frame, needed)
        if let lacksRootRoom = lacksRootRoom() { isDeep = ir.or(isDeep, lacksRootRoom) }
        ir.branch(if: isDeep, deep, else: fits)
        ir.position(deep)
        if let padding { ir.touch(padding) } else { ir.saveRegisters(ir.savedRegisters.prefix(paddingSlots)) }
        leaveDeep()
        ir.position(fits)
    }

    private mutating func leaveDeep() {
        guard form == .function else { return ir.ret(ir.i32(MACHINE_TOO_DEEP)) }
        let functions = ir.field(instance, MachineLayout.ownFunctions)
        let function = ir.offset(functions, bytes: definedIndex * MachineLayout.functionStride)
        let arguments = [function, context, instance] + parameters
        let result = ir.call(unit.nativeType(type), unit.deepCaller(of: type), arguments)
        ir.markNative(call: result)
        ir.ret(type.results.count == 1 ? result : nil)
    }

    /// What LLVM needs for the frame at most: as long as it has not complained, every local and variable at
    /// once, and every operand twice, since it may be an argument too.
    private var largestFrame: Int {
        let kept = layout.locals.slots + 2 * memories.count + variables.keys.reduce(0) { $0 + $1.type.slots }
        let slots = kept + resultAreas.keys.reduce(0, +) + 2 * operands.slotsEnd
        return (unit.frameBytes[definedIndex] ?? slots * MemoryLayout<MachineSlot>.stride + 1024) + paddingBytes
    }

    /// Makes a frame that calls at least as large as the interpreter's, so that what fits where everything is
    /// compiled fits where some of it is interpreted. What a call itself puts on the stack is as large as the
    /// interpreter's record; the arguments are part of the next frame there. A few slots are those of registers that
    /// most functions which call save anyway; more are a variable that nobody uses.
    private var paddingSlots: Int { max(layout.locals.slots, type.resultSlots) + greatestSlotsBelowCall }

    private var paddingBytes: Int { form == .function ? paddingSlots * MemoryLayout<MachineSlot>.stride : 0 }

    // MARK: Operands

    /// The variable for operands of a type in a slot.
    mutating func variable(_ slot: Int, _ type: ValueType) -> IRValue {
        // What is stored as one type may be loaded as one that it matches.
        let key = Variable(slot: slot, type: type.widest)
        if let variable = variables[key] { return variable }
        let here = ir.insertBlock
        ir.position(head)
        let variable = makeVariable(type)
        variables[key] = variable
        if let here { ir.position(here) }
        return variable
    }

    /// The builder is at the head.
    private mutating func makeVariable(_ type: ValueType) -> IRValue {
        type.isException ? makeRoot() : ir.alloca(ir.types.of(type))
    }

    mutating func push(_ value: IRValue, _ type: ValueType) {
        operands.push(Operand(value: value, type: type), slots: type.slots)
        guard type.isException else { return }
        // Where it is looked for.
        ir.store(value, variable(at: operands.count - 1, type))
        operands[operands.count - 1].value = nil
    }

    mutating func pop() -> IRValue {
        let operand = operands.pop()
        return operand.value ?? load(operand, at: operands.count)
    }

    /// The operands that are left stay while a call is under way.
    mutating func noteCall() { greatestSlotsBelowCall = max(greatestSlotsBelowCall, operands.slot(operands.count)) }

    mutating func drop(_ count: Int) { for _ in 0..<count { _ = operands.pop() } }

    private mutating func load(_ operand: Operand, at height: Int) -> IRValue {
        ir.load(ir.types.of(operand.type), variable(at: height, operand.type))
    }

    /// The variable of an operand at a height.
    mutating func variable(at height: Int, _ type: ValueType) -> IRValue { variable(operands.slot(height), type) }

    /// The operand at a height, which stays.
    mutating func value(at height: Int) -> IRValue {
        let operand = operands[height]
        return operand.value ?? load(operand, at: height)
    }

    /// Puts all operands into their variables.
    mutating func spillAll() {
        for height in operands.unspilled {
            guard let value = operands[height].value else { continue }
            let type = operands[height].type
            ir.store(laundered(value, type), variable(at: height, type))
            operands[height].value = nil
        }
        operands.markSpilled()
    }

    // MARK: Traps

    /// Lets what comes next be found as this instruction's.
    func setDebugLocation() {
        let location = ir.debug.location(offset, in: scope, ir.f.pointee)
        ir.f.pointee.LLVMSetCurrentDebugLocation2(ir.builder, location)
    }

    mutating func trap(_ reason: TrapReason, if condition: IRValue) {
        // LLVM takes long to put the pieces of a block together again.
        guard condition != ir.zero(ir.types.i1) else { return }
        let (failed, passed) = (ir.block(in: code), ir.block(in: code))
        ir.branch(if: condition, failed, else: passed)
        ir.position(failed)
        trap(reason)
        ir.position(passed)
    }

    /// Ends the block.
    func trap(_ reason: TrapReason) { ir.trap(context, ir.i32(reason.rawValue), at: offset) }

    func leaveIfInterrupted() { ir.leaveIfInterrupted(code, context, at: offset) }

    // MARK: Helpers

    /// Calls a helper that the code goes on after. The thread looks then whether it is to leave: a signal that came
    /// during the call has found no compiled code, and changed nothing. Where a helper `mayTrap`, it returns the
    /// reason.
    mutating func callHelper(
        _ byteOffset: Int, _ type: IRType, _ arguments: [IRValue], mayTrap: Bool = false
    ) -> IRValue {
        callsOut = true
        setDebugLocation()
        let result = ir.call(type, ir.helper(context, byteOffset), arguments)
        if mayTrap { ir.trapUnlessZero(result, in: code, context, at: offset) }
        leaveIfInterrupted()
        return result
    }
}
