// What makes LLVM slow, counted in one walk over a function.
//
// Always true: counts are upper bounds. What cannot run is counted too.

import WasmModule

struct FunctionShape {
    /// A block that has not ended, or the function.
    private struct Label {
        let isLoop: Bool
        /// Whether calls lead from it to its handlers.
        var isTry = false
        /// How many values a branch takes along.
        let arity: Int
        var ways = 1
        /// Branches that leave it for an outer label.
        var exits = 0
        /// Which locals are set inside, a bit for each.
        var changed: [UInt64]
    }

    private var labels: [Label]
    private var loops = 0
    private var loopValues = 0
    private var loopExits = 0
    private var backEdgesOfOneLoop = 0
    private var conditions = 0
    private var tableLabels = 0
    private var accesses = 0
    private var instructions = 0
    private var blocks = 0
    private var merges = 0
    private var passed = 0
    private var greatestHeight = 0
    private let locals: Int
    private let unchanged: [UInt64]

    init(_ walk: borrowing FunctionWalk) {
        locals = walk.locals.count
        unchanged = Array(repeating: 0, count: (locals + 63) / 64)
        labels = [Label(isLoop: false, arity: walk.controls[0].results.count, changed: unchanged)]
    }

    mutating func note(_ instruction: Instruction, _ walk: borrowing FunctionWalk) {
        greatestHeight = max(greatestHeight, walk.operands.count)
        instructions += 1
        switch instruction.kind {
        case .control(let control): note(control, instruction, walk)
        case .variable(.localSet), .variable(.localTee):
            labels[labels.count - 1].changed[Int(instruction.first) / 64] |= 1 << UInt64(instruction.first % 64)
        default:
            if instruction.opcode.transferredBytes != nil,
                !walk.module.memories[Int(instruction.first)].isGuardable
            {
                check(2)
            }
            noteOther(instruction)
        }
    }

    private mutating func note(
        _ control: ControlInstruction, _ instruction: Instruction, _ walk: borrowing FunctionWalk
    ) {
        switch control {
        case .block, .loop, .if: begin(instruction.opcode, walk.controls[walk.controls.count - 1])
        case .else: endRow()
        case .end: end()
        case .br: branch(instruction.first)
        case .brIf, .brOnNull, .brOnNonNull:
            branch(instruction.first)
            conditions += 1
            blocks += 2
        case .brTable:
            tableLabels += walk.labels.count
            let distinct = Set(walk.labels)
            for depth in distinct { branch(depth) }
            blocks += distinct.count
        case .return: branch(UInt32(labels.count - 1))
        case .call: call(walk.module.functionType(instruction.first), blocks: 3)
        case .callIndirect:
            if case .function(let type) = walk.module.types[Int(instruction.first)] { call(type, blocks: 9) }
        case .callRef:
            if case .function(let type) = walk.module.types[Int(instruction.first)] { call(type, blocks: 5) }
        case .throw:
            passed += 1 + walk.module.tagType(instruction.first).parameters.count
            throwOut(blocks: 3)
        case .throwRef, .rethrow: throwOut(blocks: 3)
        case .tryTable:
            for clause in walk.catchClauses { clauseBegins(clause.tag, walk) }
            for clause in walk.catchClauses { branch(clause.label) }
            begin(instruction.opcode, walk.controls[walk.controls.count - 1])
        case .try: begin(instruction.opcode, walk.controls[walk.controls.count - 1])
        case .catch, .catchAll:
            endRow()
            labels[labels.count - 1].ways += 1
            labels[labels.count - 1].isTry = false
            clauseBegins(control == .catch ? instruction.first : nil, walk)
        case .delegate: end()
        case .returnCall:
            tailCall(walk.module.functionType(instruction.first), blocks: 3)
        case .returnCallIndirect:
            if case .function(let type) = walk.module.types[Int(instruction.first)] { tailCall(type, blocks: 9) }
        case .returnCallRef:
            if case .function(let type) = walk.module.types[Int(instruction.first)] { tailCall(type, blocks: 5) }
        case .unreachable: break
        }
    }

    /// A way out, or back to the function's start, where each local gets another value.
    private mutating func tailCall(_ type: FunctionType, blocks count: Int) {
        branch(UInt32(labels.count - 1))
        labels[0].changed = labels[0].changed.map { _ in UInt64.max }
        blocks += count
        passed += 1 + type.parameters.count
    }

    private mutating func clauseBegins(_ tag: UInt32?, _ walk: borrowing FunctionWalk) {
        conditions += 1
        blocks += 3
        passed += 2 + (tag.map { walk.module.tagType($0).parameters.count } ?? 0)
    }

    /// What may throw is a way to the handlers of the innermost try.
    private mutating func throwOut(blocks count: Int) {
        blocks += count
        guard let index = labels.lastIndex(where: \.isTry) else { return }
        blocks += 1
        labels[index].ways += 1
    }

    private mutating func noteOther(_ instruction: Instruction) {
        check(instruction.opcode.checks)
        switch instruction.kind {
        case .load, .store: accesses += 1
        case .atomic, .synchronization:
            accesses += 1
            blocks += 4
        // A call of the runtime.
        case .memory, .table: blocks += 8
        case .vector: accesses += instruction.opcode.transferredBytes == nil ? 0 : 1
        case .control, .parametric, .variable, .constant, .reference, .numeric, .wide: break
        }
    }

    private mutating func check(_ count: Int) {
        conditions += count
        blocks += 2 * count
    }

    private mutating func call(_ type: FunctionType, blocks count: Int) {
        throwOut(blocks: count)
        passed += 1 + type.parameters.count + type.results.count
    }

    // MARK: Labels

    private mutating func begin(_ opcode: Opcode, _ frame: ControlFrame) {
        endRow()
        let isLoop = opcode == .loop
        let isTry = opcode == .tryTable || opcode == .try
        if isLoop { loops += 1 }
        if opcode == .if { conditions += 1 }
        blocks += opcode == .if || isTry ? 3 : 1
        labels.append(
            Label(
                isLoop: isLoop, isTry: isTry, arity: isLoop ? frame.parameters.count : frame.results.count,
                ways: opcode == .if ? 2 : 1, changed: unchanged))
    }

    private mutating func end() {
        endRow()
        let label = labels.removeLast()
        let changed = label.changed.reduce(0) { $0 + $1.nonzeroBitCount }
        if label.isLoop {
            loopValues += changed
            backEdgesOfOneLoop = max(backEdgesOfOneLoop, label.ways)
            loopExits += changed * label.exits
        }
        if label.ways > 1 { merges += changed * label.ways }
        guard !labels.isEmpty else { return }
        for (index, bits) in label.changed.enumerated() where bits != 0 {
            labels[labels.count - 1].changed[index] |= bits
        }
    }

    private mutating func branch(_ depth: UInt32) {
        endRow()
        let index = labels.count - 1 - Int(depth)
        labels[index].ways += 1
        merges += labels[index].arity
        for inner in labels.indices.dropFirst(index + 1) { labels[inner].exits += 1 }
    }

    private mutating func endRow() {
        accesses = 0
        instructions = 0
    }

    var isBeyondLimits: Bool {
        typealias Limits = CompilationLimits
        return labels.count > Limits.depth || loops > Limits.loops || loopValues > Limits.loopValues
            || loops * locals > Limits.loopsByLocals || loopExits > Limits.loopExits
            || backEdgesOfOneLoop > Limits.backEdgesOfOneLoop || conditions > Limits.conditions
            || tableLabels > Limits.labels || accesses > Limits.accessesInARow
            || instructions > Limits.instructionsInARow || blocks > Limits.blocks
            || (locals + greatestHeight) * blocks > Limits.valuesInBlocks
            || merges > Limits.merges || passed > Limits.passed
    }
}
