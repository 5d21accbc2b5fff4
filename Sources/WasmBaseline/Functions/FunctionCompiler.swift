// Compiles one function in one walk over its validated body.
//
// Operands are constants, registers, locals that are not read yet, or slots of the frame, until a block, a loop, an
// if or a branch: there, those that live on are spilled to their own slots, so that all ways to a label agree, and a
// call that is under way can come in at a loop. Locals are where the survey has put them, all the time.
//
// The frame, from `rbp` down: registers that are given back; the instance; the pointer to several results; the
// locals in ascending order. From `rsp` up: what is passed on the stack; the operands. How many operands there are is
// known at the end of the body, when the size of the frame is filled in.

import CMachine
import WasmModule
import WasmRuntime

struct Operand {
    enum Kind: UInt8 {
        /// In its own slot, which is `bits` once it is popped.
        case slot
        /// `bits`.
        case constant
        /// In a register that belongs to it.
        case gp, xmm
        /// In the local `bits`.
        case local
        /// What the last instruction has compared, as a `Comparison`.
        case flags
    }

    var kind: Kind
    var register: UInt8 = 0
    let type: ValueType
    var bits: UInt64 = 0

    var gp: GP { GP(rawValue: register).unsafelyUnwrapped }
    var xmm: XMM { XMM(rawValue: register).unsafelyUnwrapped }
}

/// What is in the flags.
enum Comparison: Equatable {
    case condition(Condition)
    /// Of floating-point numbers, which may be unordered.
    case floatEqual, floatNotEqual

    var inverted: Comparison {
        switch self {
        case .condition(let condition): .condition(condition.inverted)
        case .floatEqual: .floatNotEqual
        case .floatNotEqual: .floatEqual
        }
    }
}

/// What the code has of a label.
struct Label {
    let target: CodeLabel
    /// Where the else of an if begins.
    var otherwise: CodeLabel?
}

struct FunctionCompiler {
    let unit: CompilationUnit
    let module: Module
    let survey: FunctionSurvey
    let convention: Convention
    let definedIndex: Int
    var asm: Assembler
    var control: ControlWalk
    var operands = OperandStack<Operand>(firstSlot: 0)
    /// As many as those of `control`.
    var labels: [Label] = []
    /// Registers that hold nothing.
    var free: UInt16
    var freeFloats: UInt16
    var comparison = Comparison.condition(.equal)
    /// How many operands are locals that are not read yet.
    var waitingLocals = 0
    var outOfLine: [OutOfLineCode] = []
    /// Of the instruction at hand.
    var offset = 0
    let epilogue: CodeLabel
    var loopHeads: [(number: Int, label: CodeLabel, slots: Int)] = []
    let layout: FrameLayout
    /// Known after the body.
    private(set) var frameBytes = 0
    /// The moves of a call, whose room is used again for the next one.
    var moves = ParallelMoves()
    private let localsBase: Int
    private var frameFields: [(end: Int, isNegative: Bool)] = []

    init(_ unit: CompilationUnit, _ index: Int, _ survey: FunctionSurvey) {
        self.unit = unit
        module = unit.module
        self.survey = survey
        definedIndex = index
        convention = unit.convention(ofType: Int(module.functions[index].typeIndex))
        asm = unit.asm
        // One owner at a time.
        unit.asm = Assembler.none
        control = ControlWalk(module, function: index)
        let type = FunctionType(parameters: convention.parameters, results: convention.results)
        layout = FrameLayout(type, locals: survey.locals, caught: 0)
        let locals = max(survey.locals.count, convention.results.count)
        localsBase = -8 * (survey.saved.count + 2 + locals)
        (free, freeFloats) = (Self.temporaries, Self.floatTemporaries)
        for (type, register) in zip(survey.locals, survey.registers) where register != FunctionSurvey.inMemory {
            if type.isFloat { freeFloats &= ~(1 << UInt16(register)) } else { free &= ~(1 << UInt16(register)) }
        }
        epilogue = asm.newLabel()
    }

    /// Not `r11` and `xmm15`, which hold nothing from one machine instruction to the next but one.
    private static let temporaries: UInt16 = [GP.rax, .rcx, .rdx, .rsi, .rdi, .r8, .r9, .r10]
        .reduce(0) { $0 | 1 << UInt16($1.rawValue) }
    private static let floatTemporaries: UInt16 = 0x7FFF

    mutating func run() {
        emitPrologue()
        labels = [Label(target: epilogue)]
        while let step = control.next() {
            offset = control.instruction.offset
            compile(step)
        }
        emitEpilogue()
        emitOutOfLine()
        fillInFrame()
        unit.asm = asm
        asm = Assembler.none
        if unit.hasOSREntries, !loopHeads.isEmpty { emitOSREntry() }
    }

    // MARK: The frame

    func slot(_ number: Int) -> Address { Address(.rsp, 8 * (survey.stackSlots + number)) }
    func local(_ index: Int) -> Address { Address(.rbp, localsBase + 8 * index) }
    var instance: Address { Address(.rbp, -8 * (survey.saved.count + 1)) }
    var resultPointer: Address { Address(.rbp, -8 * (survey.saved.count + 2)) }

    /// nil where the local is in memory.
    func register(of local: Int) -> UInt8? {
        let register = survey.registers[local]
        return register == FunctionSurvey.inMemory ? nil : register
    }

    /// There is always room below the limit for a function that calls nothing and whose frame is small.
    private static let smallFrame = 2048
    /// Takes four bytes until it is filled in.
    private static let unknownBytes = Int(Int32.max)

    private mutating func emitPrologue() {
        asm.enter()
        // Each byte of a body makes one operand at most.
        if survey.callsOut || 8 * module.functions[definedIndex].body.count - localsBase > Self.smallFrame {
            let deep = asm.newLabel()
            asm.loadAddress(.rax, Address(.rbp, Self.unknownBytes))
            frameFields.append((asm.count, true))
            asm.compute(.compare, .rax, .memory(Address(.r13, MachineLayout.nativeLimit)), .bits64)
            asm.jump(.below, deep)
            outOfLine.append(OutOfLineCode(.deep, label: deep, back: deep, offset: 0))
        }
        emitFrame(Self.unknownBytes)
        frameFields.append((asm.count, false))
        saveRegisters()
        if survey.callsOut || !module.globalTypes.isEmpty || !module.memories.isEmpty || !module.tables.isEmpty {
            asm.store(.rdi, instance)
        }
        clearLocals()
        takeParameters()
        if survey.accessesMemory { asm.load(.r14, Address(.rdi, MachineLayout.memory0Base)) }
    }

    mutating func emitFrame(_ byteCount: Int) {
        asm.compute(.sub, .gp(.rsp), immediate: Int32(byteCount), .bits64)
    }

    mutating func saveRegisters() {
        for (index, register) in survey.saved.enumerated() { asm.store(register, Address(.rbp, -8 * (index + 1))) }
    }

    /// Gives the locals that are no parameters their first value.
    private mutating func clearLocals() {
        let first = convention.parameters.count
        let inMemory = (first..<max(first, survey.locals.count)).filter { register(of: $0) == nil }
        if inMemory.count > 24 {
            asm.loadAddress(.r11, local(first))
            asm.move(.rax, immediate: UInt64(survey.locals.count - first))
            let turn = asm.newLabel()
            asm.bind(turn)
            asm.store(immediate: 0, Address(.r11), .quad)
            asm.compute(.add, .gp(.r11), immediate: 8, .bits64)
            asm.compute(.sub, .gp(.rax), immediate: 1, .bits32)
            asm.jump(.notEqual, turn)
        } else {
            for index in inMemory { asm.store(immediate: 0, local(index), .quad) }
        }
    }

    /// Puts the parameters where they live, and clears the other registers of locals.
    private mutating func takeParameters() {
        for (index, place) in convention.places.enumerated() {
            let type = convention.parameters[index]
            switch (place, register(of: index)) {
            case (.gp(let source), nil): asm.store(source, local(index), type == .i32 ? .double : .quad)
            case (.gp(let source), let target?):
                moves.add(source, GP(rawValue: target)!, type.width)
            case (.xmm(let source), nil): asm.store(source, local(index), type.precision)
            case (.xmm(let source), let target?): moves.add(source, XMM(rawValue: target)!)
            case (.stack(let number), nil):
                asm.load(.r11, Address(.rbp, 16 + 8 * number))
                asm.store(.r11, local(index))
            case (.stack, _?): break
            }
        }
        switch convention.resultPointer {
        case .gp(let register): asm.store(register, resultPointer)
        case .stack(let number):
            asm.load(.r11, Address(.rbp, 16 + 8 * number))
            asm.store(.r11, resultPointer)
        case .xmm, nil: break
        }
        moves.emit(&asm)
        for (index, place) in convention.places.enumerated() {
            guard case .stack(let number) = place else { continue }
            loadLocal(index, Address(.rbp, 16 + 8 * number))
        }
        for index in survey.locals.indices.dropFirst(convention.parameters.count) {
            guard let register = register(of: index) else { continue }
            if survey.locals[index].isFloat {
                asm.compute(.xor, XMM(rawValue: register)!, XMM(rawValue: register)!)
            } else {
                asm.compute(.xor, GP(rawValue: register)!, .gp(GP(rawValue: register)!), .bits32)
            }
        }
    }

    /// Loads the register of a local that has one.
    mutating func loadLocal(_ index: Int, _ address: Address) {
        guard let register = register(of: index) else { return }
        let type = survey.locals[index]
        if type.isFloat {
            asm.load(XMM(rawValue: register)!, address, type.precision)
        } else {
            asm.load(GP(rawValue: register)!, address, type.width)
        }
    }

    /// Keeps one slot more than there ever were operands, where the runtime leaves what it has no operand for.
    private mutating func fillInFrame() {
        frameBytes = (8 * (survey.stackSlots + operands.slotsEnd + 1) - localsBase + 15) & ~15
        for field in frameFields {
            asm.setField(before: field.end, to: Int32(field.isNegative ? -frameBytes : frameBytes))
        }
    }

    private mutating func emitEpilogue() {
        asm.bind(epilogue)
        for (index, register) in survey.saved.enumerated() { asm.load(register, Address(.rbp, -8 * (index + 1))) }
        asm.leave()
        asm.ret()
    }

    /// Lets the machine instruction that comes next be found as this instruction's.
    mutating func markPlace() {
        unit.places.append(CodePlace(start: UInt32(asm.count), offset: UInt32(offset)))
    }
}

extension Assembler {
    /// Without a buffer, to be in the place of one that is elsewhere.
    static var none: Assembler { Assembler(taken: ()) }
}

/// Moves between registers that happen all at once.
struct ParallelMoves {
    private var moves: [(source: GP, target: GP, width: Width)] = []
    private var floatMoves: [(source: XMM, target: XMM)] = []

    mutating func add(_ source: GP, _ target: GP, _ width: Width) { moves.append((source, target, width)) }
    mutating func add(_ source: XMM, _ target: XMM) { floatMoves.append((source, target)) }

    mutating func emit(_ asm: inout Assembler) {
        while !moves.isEmpty {
            let next = moves.indices.first { index in
                !moves.indices.contains { $0 != index && moves[$0].source == moves[index].target }
            }
            if let next {
                let move = moves.remove(at: next)
                // An i32 from outside has anything in its upper half.
                if move.source != move.target || move.width == .bits32 {
                    asm.move(move.target, move.source, move.width)
                }
            } else {
                // A circle: one source steps aside.
                let source = moves[0].source
                asm.move(.r11, source)
                for index in moves.indices where moves[index].source == source { moves[index].source = .r11 }
            }
        }
        while !floatMoves.isEmpty {
            let next = floatMoves.indices.first { index in
                !floatMoves.indices.contains { $0 != index && floatMoves[$0].source == floatMoves[index].target }
            }
            if let next {
                let move = floatMoves.remove(at: next)
                if move.source != move.target { asm.move(move.target, move.source) }
            } else {
                let source = floatMoves[0].source
                asm.move(.xmm15, source)
                for index in floatMoves.indices where floatMoves[index].source == source {
                    floatMoves[index].source = .xmm15
                }
            }
        }
    }
}
