// The one walk over structured control that all tiers share: what can run, which labels are open, what a branch
// takes along, which number a loop has. A tier asks for one step after another, and does what it says with its own
// operands (`OperandStack`).
//
// Always true between two steps: `labels` are the lowest of the walk's open blocks, those that could be entered;
// in code that can run, a tier has as many operands as the walk. A tier that spills all operands where a label
// begins, and those of a branch where it leaves, has the operands that live on in their own slots wherever ways
// join: so tiers agree on the frame at the head of a loop, where one can take a call over from another.

/// A block, loop, if, try or the function itself that can be left by branches.
package struct ControlLabel {
    package enum Kind: Equatable { case function, block, loop, ifThen, ifElse, tryTable, tryBody, tryHandler }

    package fileprivate(set) var kind: Kind
    /// Of the operands below its parameters.
    package let height: Int
    package let parameters: [ValueType]
    package let results: [ValueType]
    /// Whether a branch leads here so far.
    package fileprivate(set) var isTargeted = false

    /// What a branch takes along.
    package var branchTypes: [ValueType] { kind == .loop ? parameters : results }
    /// How many values a branch takes along.
    package var arity: Int { kind == .loop ? parameters.count : results.count }
}

/// What a tier has to do next. The numbers are of labels, the function's own being 0.
package enum ControlStep: BitwiseCopyable, Sendable {
    /// `instruction`, which is none of the family `control`.
    case instruction
    /// A label has begun, the last one; of a loop, with the number that it has in the order of the binary. All
    /// operands are to be spilled, after the condition of an if was popped.
    case begin
    /// The else of the last label's if. What falls through from before spills all operands and goes to the end.
    /// Then the operands are the label's parameters, in their slots.
    case otherwise(fallsThrough: Bool)
    /// The end of `endedLabel`, to which what falls through goes with all operands spilled. Where anything reaches
    /// the end, the operands then are the label's results, in their slots; where nothing does, what follows can
    /// not run.
    case end(fallsThrough: Bool, isReached: Bool)
    /// The rest of the block can not run after these four.
    case branch(to: Int)
    /// A branch to each of `targets`, the default last.
    case branchTable
    /// Leaves the function with the topmost operands as its results.
    case leave
    case unreachable
    case branchIf(to: Int)
    /// Takes the topmost operand, a reference, off the stack. The branch is taken where it is null; otherwise the
    /// operand is back.
    case branchOnNull(to: Int)
    /// The branch is taken with the topmost operand, a reference, where that is not null; otherwise it is gone.
    case branchOnNonNull(to: Int)
    /// Of these and the next, the last has the callee as its topmost operand.
    case call, callIndirect, callReference
    /// A call in place of the function, whose results are the function's.
    case tailCall, tailCallIndirect, tailCallReference
    /// `instruction` names the tag; the topmost operands are its values.
    case `throw`
    /// The topmost operand is what is thrown.
    case throwReference
    /// A `catch` or `catch_all` of the last label's try. What falls through from before goes to the end, as with
    /// `otherwise`. Then the operands are `caught`, in their slots.
    case handler(fallsThrough: Bool)
    /// Throws what the label has caught.
    case rethrow(from: Int)
    /// The end of a try, as `end`, whose exceptions go on as if thrown inside of a label.
    case delegate(to: Int, fallsThrough: Bool, isReached: Bool)
}

/// Where an exception goes from the body of a `try_table`.
package struct CatchTarget: Sendable {
    /// nil for any.
    package let tag: UInt32?
    package let hasReference: Bool
    /// The number of a label, which takes the values.
    package let label: Int
}

package struct ControlWalk {
    package private(set) var walk: FunctionWalk
    /// The labels that are open, the function's own first.
    package private(set) var labels: [ControlLabel]
    /// Whether what comes next can run. The validator's notion is another one: to it, a block that begins after a
    /// branch is reachable.
    package private(set) var isReachable = true
    /// How many loops have begun, those that can not run included.
    package private(set) var loopCount = 0
    /// What the last step is about.
    package private(set) var instruction = Instruction(opcode: .nop, kind: .parametric(.nop), offset: 0)
    package private(set) var endedLabel: ControlLabel
    /// The labels of a `br_table`, the default last.
    package private(set) var targets: [Int] = []
    /// The clauses of the `try_table` that has begun.
    package private(set) var catchTargets: [CatchTarget] = []
    /// The types of the values that the handler which has begun catches, and its tag; nil for any.
    package private(set) var caught: (types: [ValueType], tag: UInt32?) = ([], nil)

    /// Begins the body of a function, `definedIndex` among those that the valid module defines.
    package init(_ module: Module, function definedIndex: Int) {
        do {
            walk = try FunctionWalk(module, function: definedIndex)
        } catch {
            preconditionFailure("a module is valid once it is loaded: \(error)")
        }
        endedLabel = ControlLabel(kind: .function, height: 0, parameters: [], results: walk.controls[0].results)
        labels = [endedLabel]
    }

    /// The number of the last loop that has begun.
    package var loopNumber: Int { loopCount - 1 }

    /// The types of the locals, parameters first.
    package var locals: [ValueType] { walk.locals }

    /// The type of the operand at a height.
    package func type(at height: Int) -> ValueType { walk.operands[height].unsafelyUnwrapped }

    /// The next step; nil after the function's end. What can not run is passed over.
    package mutating func next() -> ControlStep? {
        while readInstruction() {
            if isReachable {
                return step()
            } else if let step = stepWhereUnreachable() {
                return step
            }
        }
        return nil
    }

    private mutating func readInstruction() -> Bool {
        do {
            guard let next = try walk.next() else { return false }
            instruction = next
            return true
        } catch {
            preconditionFailure("a module is valid once it is loaded: \(error)")
        }
    }

    private mutating func step() -> ControlStep {
        guard case .control(let control) = instruction.kind else { return .instruction }
        switch control {
        case .block: return begin(.block)
        case .loop:
            loopCount += 1
            return begin(.loop)
        case .if: return begin(.ifThen)
        case .else: return otherwise()
        case .end: return end()
        case .br:
            isReachable = false
            let index = target(instruction.first)
            if index == 0 { return .leave }
            labels[index].isTargeted = true
            return .branch(to: index)
        case .brIf:
            let index = target(instruction.first)
            labels[index].isTargeted = true
            return .branchIf(to: index)
        case .brOnNull:
            let index = target(instruction.first)
            labels[index].isTargeted = true
            return .branchOnNull(to: index)
        case .brOnNonNull:
            let index = target(instruction.first)
            labels[index].isTargeted = true
            return .branchOnNonNull(to: index)
        case .brTable:
            isReachable = false
            targets = walk.labels.map(target)
            for index in targets { labels[index].isTargeted = true }
            return .branchTable
        case .return:
            isReachable = false
            return .leave
        case .unreachable:
            isReachable = false
            return .unreachable
        case .call: return .call
        case .callIndirect: return .callIndirect
        case .callRef: return .callReference
        case .returnCall:
            isReachable = false
            return .tailCall
        case .returnCallIndirect:
            isReachable = false
            return .tailCallIndirect
        case .returnCallRef:
            isReachable = false
            return .tailCallReference
        case .tryTable, .throw, .throwRef, .try, .catch, .catchAll, .delegate, .rethrow:
            return stepOfExceptions(control)
        }
    }

    private mutating func stepOfExceptions(_ control: ControlInstruction) -> ControlStep {
        switch control {
        case .tryTable:
            catchTargets = walk.catchClauses.map {
                CatchTarget(tag: $0.tag, hasReference: $0.hasReference, label: target($0.label))
            }
            for catchTarget in catchTargets { labels[catchTarget.label].isTargeted = true }
            return begin(.tryTable)
        case .try: return begin(.tryBody)
        case .catch: return handler(instruction.first)
        case .catchAll: return handler(nil)
        case .delegate: return delegate()
        case .rethrow:
            isReachable = false
            return .rethrow(from: target(instruction.first))
        case .throwRef:
            isReachable = false
            return .throwReference
        default:
            isReachable = false
            return .throw
        }
    }

    /// Follows the blocks of code that can not run. Only what can be reached again has a label.
    private mutating func stepWhereUnreachable() -> ControlStep? {
        switch instruction.opcode {
        case .loop:
            loopCount += 1
            return nil
        case .else where walk.controls.count == labels.count: return otherwise()
        case .end where walk.controls.count < labels.count: return end()
        case .catch where walk.controls.count == labels.count: return handler(instruction.first)
        case .catchAll where walk.controls.count == labels.count: return handler(nil)
        case .delegate where walk.controls.count < labels.count: return delegate()
        default: return nil
        }
    }

    private func target(_ depth: UInt32) -> Int { labels.count - 1 - Int(depth) }

    private mutating func begin(_ kind: ControlLabel.Kind) -> ControlStep {
        let frame = walk.controls[walk.controls.count - 1]
        labels.append(
            ControlLabel(kind: kind, height: frame.height, parameters: frame.parameters, results: frame.results))
        return .begin
    }

    private mutating func otherwise() -> ControlStep {
        let fallsThrough = isReachable
        labels[labels.count - 1].kind = .ifElse
        if fallsThrough { labels[labels.count - 1].isTargeted = true }
        isReachable = true
        return .otherwise(fallsThrough: fallsThrough)
    }

    private mutating func handler(_ tag: UInt32?) -> ControlStep {
        let fallsThrough = isReachable
        labels[labels.count - 1].kind = .tryHandler
        if fallsThrough { labels[labels.count - 1].isTargeted = true }
        caught = (tag.map { walk.module.tagType($0).parameters } ?? [], tag)
        isReachable = true
        return .handler(fallsThrough: fallsThrough)
    }

    private mutating func end() -> ControlStep {
        let fallsThrough = endLabel()
        return .end(fallsThrough: fallsThrough, isReached: isReachable)
    }

    private mutating func delegate() -> ControlStep {
        let fallsThrough = endLabel()
        return .delegate(to: target(instruction.first), fallsThrough: fallsThrough, isReached: isReachable)
    }

    /// Returns whether anything falls through the end.
    private mutating func endLabel() -> Bool {
        endedLabel = labels.removeLast()
        let fallsThrough = isReachable
        switch endedLabel.kind {
        case .loop: break
        // Without an else, the parameters are the results.
        case .ifThen: isReachable = true
        case .function, .block, .ifElse, .tryTable, .tryBody, .tryHandler:
            isReachable = fallsThrough || endedLabel.isTargeted
        }
        return fallsThrough
    }
}
