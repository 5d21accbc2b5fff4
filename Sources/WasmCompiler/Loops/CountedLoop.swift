// Loops whose number of iterations and whose addresses are known before the first iteration.
//
// Where all of a loop's accesses stay inside the memory, none of them can trap, and LLVM may reorder and
// merge them as it likes. A memory never shrinks, so it is enough to look once, in front of the loop.
//
// Always true of a loop that is recognised: its body is one block, whose last instruction branches back or
// leaves; nothing in it traps but its accesses; it touches locals and memory 0 only; and what it computes
// addresses and its end from are locals that grow by a constant in each iteration, or stay as they are.

import WasmModule

struct CountedLoop {
    struct Access {
        /// Without the offset of the instruction.
        let address: LinearValue
        let offset: UInt64
        let bytes: UInt64
    }

    /// What a iteration has to find for another one to come.
    enum Condition {
        case isNotZero(LinearValue)
        case isLess(LinearValue, LinearValue, isSigned: Bool)
    }

    /// The instructions of a iteration, and about as many as are in front of the first.
    var cost: Int { length + 50 }
    private var length = 0
    /// In the order of the body.
    private(set) var accesses: [Access] = []
    private(set) var condition = Condition.isNotZero(LinearValue(constant: 0))
    /// By how much a local grows in each iteration; nil for one that changes in another way.
    private var steps: [UInt32: UInt32?] = [:]

    /// Larger ones gain little, and are compiled twice.
    private static let mostInstructions = 300

    /// `walk` stands after the instruction that begins the loop; nil where the loop is not one of these.
    init?(after walk: FunctionWalk) {
        guard let frame = walk.controls.last, frame.parameters.isEmpty, frame.results.isEmpty else {
            return nil
        }
        var walk = walk
        var body = LoopBody(locals: walk.locals)
        for length in 0..<Self.mostInstructions {
            guard let instruction = try? walk.next() else { return nil }
            if instruction.opcode == .brIf {
                guard instruction.first == 0, let last = try? walk.next(), last.opcode == .end,
                    let condition = body.condition()
                else { return nil }
                self.condition = condition
                self.length = length
                accesses = body.accesses
                steps = body.steps()
                guard isCounted else { return nil }
                return
            }
            guard body.execute(instruction) else { return nil }
        }
        return nil
    }

    private var isCounted: Bool {
        guard !accesses.isEmpty, accesses.allSatisfy({ step(of: $0.address) != nil }) else { return false }
        switch condition {
        case .isNotZero(let value): return step(of: value).map { $0 != 0 && $0 != .min } ?? false
        case .isLess(let low, let high, _):
            guard let first = step(of: low), let second = step(of: high) else { return false }
            return (first > 0 && second == 0) || (first == 0 && second < 0 && second != .min)
        }
    }

    /// What an iteration sets to something else than its value before and a constant.
    var localsOfUnknownSteps: [UInt32] { steps.filter { $0.value == nil }.map(\.key).sorted() }

    /// By how much a value grows in each iteration; nil where that differs between iterations.
    func step(of value: LinearValue) -> Int32? {
        var sum: UInt32 = 0
        for (local, coefficient) in value.terms {
            guard let step = steps[local] ?? 0 else { return nil }
            sum &+= coefficient &* step
        }
        return Int32(bitPattern: sum)
    }
}

/// One iteration of a loop, executed on what is known of its operands.
private struct LoopBody {
    private enum Operand {
        case unknown
        case linear(LinearValue)
        case comparison(CountedLoop.Condition)
    }

    private let types: [ValueType]
    private var operands: [Operand] = []
    /// The locals that were set; nil for what is not linear.
    private var locals: [UInt32: LinearValue?] = [:]
    private(set) var accesses: [CountedLoop.Access] = []

    init(locals types: [ValueType]) { self.types = types }

    /// What decides whether there is another iteration, when that is all that is on the stack.
    func condition() -> CountedLoop.Condition? {
        guard operands.count == 1 else { return nil }
        switch operands[0] {
        case .unknown: return nil
        case .linear(let value): return .isNotZero(value)
        case .comparison(let condition): return condition
        }
    }

    func steps() -> [UInt32: UInt32?] {
        var steps: [UInt32: UInt32?] = [:]
        for (local, value) in locals {
            let change = value.map { $0 - LinearValue(local: local) }
            steps.updateValue(change.flatMap { $0.terms.isEmpty ? $0.constant : nil }, forKey: local)
        }
        return steps
    }

    /// False for an instruction that no counted loop has.
    mutating func execute(_ instruction: Instruction) -> Bool {
        let opcode = instruction.opcode
        switch opcode {
        case .nop: return true
        case .localGet: push(local(instruction.first))
        case .localTee: set(instruction.first)
        case .localSet:
            set(instruction.first)
            operands.removeLast()
        case .i32Const:
            push(LinearValue(constant: UInt32(truncatingIfNeeded: instruction.constant)))
        case .i32Add: combine(+)
        case .i32Sub: combine(-)
        case .i32Mul: scale { $0 }
        case .i32Shl: scale { 1 << ($0 & 31) }
        case .i32Ne: compare { .isNotZero($0 - $1) }
        case .i32LtS: compare { .isLess($0, $1, isSigned: true) }
        case .i32LtU: compare { .isLess($0, $1, isSigned: false) }
        case .i32GtS: compare { .isLess($1, $0, isSigned: true) }
        case .i32GtU: compare { .isLess($1, $0, isSigned: false) }
        default:
            switch instruction.kind {
            case .load, .store:
                guard access(instruction, UInt64(opcode.transferredBytes!)) else { return false }
            case .constant, .numeric:
                guard opcode.isPure, !opcode.mayTrap else { return false }
            case .parametric(.nop), .parametric(.drop), .parametric(.select): break
            case .parametric(.selectT), .control, .variable, .reference, .table, .memory, .wide, .vector, .atomic,
                .synchronization:
                return false
            }
            takeOperands(of: instruction)
        }
        return true
    }

    private mutating func push(_ value: LinearValue?) {
        operands.append(value.map(Operand.linear) ?? .unknown)
    }

    private func local(_ index: UInt32) -> LinearValue? {
        if let known = locals[index] { return known }
        return types[Int(index)] == .i32 ? LinearValue(local: index) : nil
    }

    private mutating func set(_ index: UInt32) {
        locals.updateValue(linear(operands[operands.count - 1]), forKey: index)
    }

    private func linear(_ operand: Operand) -> LinearValue? {
        if case .linear(let value) = operand { value } else { nil }
    }

    private mutating func popPair() -> (LinearValue, LinearValue)? {
        let second = operands.removeLast()
        let first = operands.removeLast()
        guard let left = linear(first), let right = linear(second) else { return nil }
        return (left, right)
    }

    private mutating func combine(_ operation: (LinearValue, LinearValue) -> LinearValue) {
        push(popPair().map(operation))
    }

    private mutating func scale(_ factor: (UInt32) -> UInt32) {
        push(popPair().flatMap { $1.terms.isEmpty ? $0.times(factor($1.constant)) : nil })
    }

    private mutating func compare(_ condition: (LinearValue, LinearValue) -> CountedLoop.Condition) {
        operands.append(popPair().map { .comparison(condition($0, $1)) } ?? .unknown)
    }

    /// Notes an access, whose address must be linear.
    private mutating func access(_ instruction: Instruction, _ bytes: UInt64) -> Bool {
        guard instruction.first == 0 else { return false }
        let isStore = if case .store = instruction.kind { true } else { false }
        guard let address = linear(operands[operands.count - (isStore ? 2 : 1)]) else { return false }
        accesses.append(.init(address: address, offset: instruction.constant, bytes: bytes))
        return true
    }

    /// Takes the operands of an instruction, and pushes its result, of which nothing is known.
    private mutating func takeOperands(of instruction: Instruction) {
        let (taken, given) =
            switch instruction.kind {
            case .parametric(.nop): (0, 0)
            case .parametric(.drop): (1, 0)
            case .parametric(.select), .parametric(.selectT): (3, 1)
            default: (instruction.opcode.signature!.operandCount, instruction.opcode.signature!.resultCount)
            }
        operands.removeLast(taken)
        for _ in 0..<given { operands.append(.unknown) }
    }
}
