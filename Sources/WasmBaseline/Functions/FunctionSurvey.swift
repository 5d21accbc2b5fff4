// What one look at a function tells before its code is made: whether this tier has code for all of it, how large
// its frame is but for the operands, and which locals are worth a register. The look reads instructions, and no types:
// values that this tier has no code for come from what is seen to make them.
//
// Always true: a local that has a register is in it wherever the function's own code runs, but for calls,
// around which a register that calls may change is kept in the local's slot.

import WasmModule

struct FunctionSurvey {
    /// What a local that has no register has as one.
    static let inMemory: UInt8 = 0xFF

    /// By local: the number of a register of its kind, or `inMemory`.
    private(set) var registers: [UInt8] = []
    private(set) var locals: [ValueType] = []
    /// Locals in registers that calls change.
    private(set) var keptAroundCalls: [Int] = []
    /// What the function has to give back as it was.
    private(set) var saved: [GP] = []
    private(set) var stackSlots = 0
    private(set) var callsOut = false
    private(set) var accessesMemory = false
    private(set) var loopCount = 0

    /// How often each local is used, by a guess from the loops around it.
    private var uses: [UInt64] = []
    private var callWeight: UInt64 = 0
    /// The loops around each open block.
    private var depths: [UInt8] = [0]

    /// nil where the interpreter is to run the function.
    init?(_ unit: CompilationUnit, _ definedIndex: Int) {
        let module = unit.module
        let body = module.functions[definedIndex].body.count
        guard body <= BaselineLimits.bodyBytes else { return nil }
        var scan = BodyScan(module, function: definedIndex)
        guard scan.locals.count <= BaselineLimits.locals, scan.locals.allSatisfy(\.isInBaseline) else { return nil }
        locals = scan.locals
        uses = Array(repeating: 0, count: locals.count)
        while let instruction = scan.next() {
            guard note(instruction, unit) else { return nil }
            if instruction.opcode == .brTable, scan.labels.count > BaselineLimits.tableLabels { return nil }
        }
        let type = unit.convention(ofType: Int(module.functions[definedIndex].typeIndex))
        guard type.isSupported, 8 * (locals.count + stackSlots) <= BaselineLimits.frameBytes else { return nil }
        chooseRegisters()
    }

    // MARK: The look

    /// False for what this tier has no code for.
    @inline(__always)
    private mutating func note(_ instruction: Instruction, _ unit: CompilationUnit) -> Bool {
        switch instruction.kind {
        case .variable(let variable):
            switch variable {
            case .localGet, .localSet, .localTee: uses[Int(instruction.first)] &+= weight
            case .globalGet, .globalSet: return unit.module.globalTypes[Int(instruction.first)].value.isInBaseline
            }
        case .control(let control): return note(control, instruction, unit)
        case .load, .store, .atomic:
            guard instruction.first == 0, unit.module.memories[0].isGuardable else { return false }
            accessesMemory = true
        case .table:
            noteCall()
            return unit.module.tables.allSatisfy(\.element.isInBaseline)
        case .reference(.refNull): return instruction.first != ValueType.exnref.word
        case .memory, .synchronization: noteCall()
        case .vector, .wide: return false
        case .parametric, .constant, .reference, .numeric: break
        }
        return true
    }

    private mutating func note(
        _ control: ControlInstruction, _ instruction: Instruction, _ unit: CompilationUnit
    ) -> Bool {
        switch control {
        case .loop:
            loopCount += 1
            depths.append(min(depth + 1, 4))
        case .block, .if: depths.append(depth)
        case .end: depths.removeLast()
        case .call: return noteCall(unit.convention(ofFunction: instruction.first))
        case .callIndirect, .callRef: return noteCall(unit.convention(ofType: Int(instruction.first)))
        case .throw:
            noteCall()
            return unit.module.tagType(instruction.first).parameters.allSatisfy(\.isInBaseline)
        case .unreachable, .else, .br, .brIf, .brOnNull, .brOnNonNull, .brTable, .return: break
        case .tryTable, .throwRef, .try, .catch, .catchAll, .delegate, .rethrow, .returnCall, .returnCallIndirect,
            .returnCallRef:
            return false
        }
        return depths.count <= BaselineLimits.depth
    }

    private var depth: UInt8 { depths.last ?? 0 }
    @inline(__always) private var weight: UInt64 { 1 << (3 * UInt64(depth)) }

    private mutating func noteCall() {
        callsOut = true
        callWeight &+= weight
    }

    private mutating func noteCall(_ type: Convention) -> Bool {
        noteCall()
        stackSlots = max(stackSlots, type.stackSlots)
        return type.isSupported
    }

    // MARK: Registers

    private static let calleeSaved: [GP] = [.rbx, .r12, .r15, .r14]
    private static let callerSaved: [GP] = [.r8, .r9, .r10]
    private static let floats: [XMM] = [.xmm8, .xmm9, .xmm10, .xmm11, .xmm12, .xmm13, .xmm14]

    private mutating func chooseRegisters() {
        registers = Array(repeating: Self.inMemory, count: locals.count)
        let candidates = locals.indices.filter { uses[$0] > 1 }.sorted { uses[$0] > uses[$1] }
        let callee = Self.calleeSaved.dropLast(accessesMemory ? 1 : 0)
        if accessesMemory { saved.append(.r14) }
        var integers = callee.makeIterator()
        var (others, floats) = (Self.callerSaved.makeIterator(), Self.floats.makeIterator())
        for local in candidates {
            let isWorthKeeping = uses[local] > 2 &* callWeight
            if locals[local].isFloat {
                guard isWorthKeeping, let register = floats.next() else { continue }
                registers[local] = register.rawValue
                keptAroundCalls.append(local)
            } else if let register = integers.next() {
                registers[local] = register.rawValue
                saved.append(register)
            } else if isWorthKeeping, let register = others.next() {
                registers[local] = register.rawValue
                keptAroundCalls.append(local)
            }
        }
    }
}
