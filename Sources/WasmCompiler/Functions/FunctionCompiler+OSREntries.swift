// OSR entries: where calls that are under way come in, at any loop of the function.
//
// A loop that is entered from outside of the loops around it leaves these with several heads, and with
// numbers whose first values nobody knows: LLVM makes less of both. So the body is compiled twice where loops
// are inside of others. The first body has OSR entries at the outermost loops only. The second has one at each
// loop inside of these, and goes over to the first as soon as it comes to the head of an outermost loop.
// Always true: at the head of a loop all that lives is in the variables, which both bodies share.

import CLLVM
import WasmModule
import WasmRuntime

struct OSREntries {
    fileprivate struct OuterLoop {
        let front: IRBlock
        let head: IRBlock
    }

    /// By the numbers of the loops.
    fileprivate var fronts: [(number: Int, block: IRBlock)] = []
    fileprivate var outerLoops: [Int: OuterLoop] = [:]
    /// How many slots the operands at an OSR entry have at most.
    fileprivate var slots = 0
    fileprivate(set) var needSecondBody = false
    var isSecondBody = false
    /// Whether loops are worth being compiled for speed: the second body is left soon.
    var isWorthMore: Bool { !isSecondBody }
}

extension FunctionCompiler {
    /// Whether the loop that begins here is inside of another one.
    private var isInLoop: Bool { control.labels.dropLast().contains { $0.kind == .loop } }

    /// In the second body, where an outermost loop begins, the head of that loop in the first.
    func outerHead() -> IRBlock? {
        entries.isSecondBody && !isInLoop ? entries.outerLoops[control.loopNumber]!.head : nil
    }

    /// Goes over to the first body. What comes next is reached at loops inside of this one.
    mutating func leaveSecondBody() {
        ir.branch(entries.outerLoops[control.loopNumber]!.front)
        ir.position(ir.block(in: code))
    }

    /// The place in front of the loop that begins here, and whose label is there already.
    mutating func noteLoop(_ head: IRBlock) {
        guard form == .loops else { return }
        let isInner = isInLoop
        if isInner != entries.isSecondBody {
            entries.needSecondBody = true
            return
        }
        let front = ir.block(in: code)
        ir.branch(front)
        ir.position(front)
        entries.fronts.append((control.loopNumber, front))
        entries.slots = max(entries.slots, operands.slot(operands.count))
        if !isInner { entries.outerLoops[control.loopNumber] = .init(front: front, head: head) }
    }

    /// Takes over what the interpreter has of a call, and goes to where the call is. A loop that can not be
    /// reached has no place to go to.
    func compileOSREntries() {
        let frame = ir.parameter(code, 2)
        for (index, local) in locals.enumerated() {
            ir.store(ir.loadSlot(frame, layout.locals[index], control.locals[index]), local)
        }
        // What is in a slot when another loop begins is of no use here, and does no harm.
        let first = layout.firstOperand
        let operands = variables.filter { $0.key.slot >= 0 && $0.key.slot + $0.key.type.slots <= entries.slots }
        for (key, variable) in operands.sorted(by: { $0.key < $1.key }) {
            ir.store(ir.loadSlot(frame, first + key.slot, key.type), variable)
        }
        for (key, variable) in variables.sorted(by: { $0.key < $1.key }) {
            guard let number = Self.caughtNumber(ofSlot: key.slot) else { continue }
            ir.store(ir.loadSlot(frame, layout.firstCaught + number, key.type), variable)
        }
        let nowhere = ir.block(in: code)
        ir.switchOver(ir.parameter(code, 3), nowhere, cases: entries.fronts)
        ir.position(nowhere)
        ir.unreachable()
    }
}
