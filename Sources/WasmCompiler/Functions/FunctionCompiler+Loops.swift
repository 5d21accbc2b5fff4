// Counted loops, compiled twice: once for iterations in which no access can trap, with plain accesses, which LLVM
// combines into vectors; and once as always, where that is not known, or not worth it.
//
// Always true: in front of the loop all addresses of all its iterations were compared with the memory's length,
// which never shrinks. Nothing that an iteration loads decides where it accesses or whether another one comes; so
// where other threads change the memory meanwhile, nothing rests on a value that was checked and read again
// (decision 18).

import CLLVM
import CMachine
import WasmModule
import WasmRuntime

/// The loop whose body is being compiled.
struct UntrappedLoop {
    /// Runs once, and has no end yet.
    let front: IRBlock
    /// The addresses of the accesses that are to come, in the order of the body.
    var addresses: ArraySlice<IRValue>
}

/// Accesses whose addresses differ by constants.
private struct AccessGroup {
    /// The lowest of the addresses, without its offset.
    var lowest: LinearValue
    /// The accesses, by their numbers, and how far each is above the lowest address.
    var members: [(index: Int, distance: UInt64)]
    /// Where the highest access of a iteration ends, from the lowest address on.
    var extent: UInt64 = 0

    init(_ accesses: [(index: Int, access: CountedLoop.Access)]) {
        let constants = accesses.map { Int32(bitPattern: $0.access.address.constant) }
        let least = constants.min()!
        lowest = accesses[0].access.address
        lowest.constant = UInt32(bitPattern: least)
        members = []
        for (constant, (index, access)) in zip(constants, accesses) {
            let distance = UInt64(Int64(constant) - Int64(least)) + access.offset
            members.append((index, distance))
            extent = max(extent, distance + access.bytes)
        }
    }

    static func groups(of loop: CountedLoop) -> [AccessGroup] {
        let byTerms = Dictionary(grouping: loop.accesses.enumerated().map { ($0, $1) }) { $0.1.address.terms }
        return byTerms.values.map(AccessGroup.init).sorted { $0.members[0].index < $1.members[0].index }
    }
}

extension FunctionCompiler {
    /// The loop that begins here, where it is worth compiling twice.
    func countedLoop() -> CountedLoop? {
        guard memoryBase != nil, module.memories[0].addressType == .i32,
            unit.watching == nil, let loop = CountedLoop(after: control.walk), loop.cost <= countedBudget,
            AccessGroup.groups(of: loop).count <= CompilationLimits.countedGroups
        else { return nil }
        return loop
    }

    /// Compiles the loop for the case that none of its accesses traps, and goes to `slow` in any other.
    mutating func compileCounted(_ loop: CountedLoop, otherwise slow: IRBlock, after: IRBlock) {
        let groups = AccessGroup.groups(of: loop)
        let iterations = lastIteration(of: loop)
        let memory = ir.field(instance, MachineLayout.memory0)
        let length = ir.load(ir.types.i64, ir.offset(memory, bytes: MachineLayout.byteLength))
        var isFast = iterations.isKnown
        var bases: [IRValue] = []
        for group in groups {
            let base = ir.zext(valueInFront(group.lowest), ir.types.i64)
            bases.append(base)
            isFast = ir.and(isFast, isInside(group, base, loop.step(of: group.lowest)!, iterations.last, length))
        }
        let (front, body, end) = (ir.block(in: code), ir.block(in: code), ir.block(in: code))
        ir.branch(if: isFast, front, else: slow)

        ir.position(body)
        let iteration = variable(Self.iterationSlot, .i64)
        let number = ir.load(ir.types.i64, iteration)
        let addresses = addresses(groups, bases, loop, in: front, iteration: number)
        untrapped = UntrappedLoop(front: front, addresses: addresses[...])
        compileBodyOnce()
        untrapped = nil
        ir.store(ir.add(number, ir.i64(1)), iteration)
        ir.branch(if: ir.icmp(LLVMIntEQ, number, iterations.last), end, else: body)

        ir.position(front)
        ir.store(ir.i64(0), iteration)
        ir.branch(body)
        ir.position(end)
        if module.memories[0].isShared { fixValues(of: loop) }
        ir.branch(after)
        ir.hasCountedLoops = true
    }

    /// Has what the loop may have loaded from a memory of several threads be one value from here on: what comes
    /// next may check it and then rest on it.
    private func fixValues(of loop: CountedLoop) {
        for local in loop.localsOfUnknownSteps {
            let type = ir.types.of(control.locals[Int(local)])
            ir.store(ir.opaque(ir.load(type, locals[Int(local)]), type, isRequired: true), locals[Int(local)])
        }
    }

    /// The address of the next access; nil outside of such a loop.
    mutating func untrappedAddress() -> IRValue? { untrapped?.addresses.popFirst() }

    /// The variable that counts iterations is in no operand's slot.
    private static var iterationSlot: Int { -1 }

    /// Compiles up to the branch, and then stands in front of the body again.
    private mutating func compileBodyOnce() {
        let (control, operands, offset) = (control, operands, offset)
        while case .instruction? = self.control.next() {
            self.offset = self.control.instruction.offset
            compile(self.control.instruction)
        }
        (self.control, self.operands, self.offset) = (control, operands, offset)
    }

    // MARK: In front of the loop

    /// A value as the first iteration finds it.
    private func valueInFront(_ value: LinearValue) -> IRValue {
        value.terms.sorted { $0.key < $1.key }.reduce(ir.i32(value.constant)) { sum, term in
            ir.add(sum, ir.mul(ir.load(ir.types.i32, locals[Int(term.key)]), ir.i32(term.value)))
        }
    }

    /// Fewer iterations are not worth the checks in front.
    private static var fewestIterations: UInt64 { 4 }

    /// The number of the last iteration, from 0 on, and whether that is the right one and large enough.
    private func lastIteration(of loop: CountedLoop) -> (last: IRValue, isKnown: IRValue) {
        let (last, isKnown) =
            switch loop.condition {
            case .isNotZero(let value): lastIteration(untilZero: value, step: loop.step(of: value)!)
            case .isLess(let low, let high, let isSigned): lastIteration(while: low, high, isSigned, loop)
            }
        return (last, ir.and(isKnown, ir.icmp(LLVMIntUGE, last, ir.i64(Self.fewestIterations - 1))))
    }

    private func lastIteration(untilZero value: LinearValue, step: Int32) -> (IRValue, IRValue) {
        let start = valueInFront(value)
        let distance = step < 0 ? start : ir.sub(ir.i32(0), start)
        let stride = ir.i32(step.magnitude)
        let isReached = ir.icmp(LLVMIntEQ, ir.urem(distance, stride), ir.i32(0))
        return (ir.zext(ir.udiv(distance, stride), ir.types.i64), isReached)
    }

    /// In 64 bits, so that nothing wraps but what wraps in the loop too.
    private func lastIteration(
        while low: LinearValue, _ high: LinearValue, _ isSigned: Bool, _ loop: CountedLoop
    ) -> (IRValue, IRValue) {
        let wide = { value in
            let narrow = valueInFront(value)
            return isSigned ? ir.sext(narrow, ir.types.i64) : ir.zext(narrow, ir.types.i64)
        }
        let (first, second) = (wide(low), wide(high))
        let step = max(Int64(loop.step(of: low)!), -Int64(loop.step(of: high)!))
        let stride = ir.i64(UInt64(step))
        let rounded = ir.add(ir.sub(second, first), ir.i64(UInt64(step - 1)))
        let count = ir.udiv(rounded, stride)
        let last = ir.select(ir.icmp(LLVMIntSLT, first, second), count, ir.i64(0))
        // What moves must get past the other without wrapping.
        let way = ir.mul(last, stride)
        if loop.step(of: low)! != 0 {
            let greatest = isSigned ? Int64(Int32.max) : Int64(UInt32.max)
            let end = ir.add(first, way)
            return (last, ir.icmp(LLVMIntSLE, end, ir.i64(UInt64(bitPattern: greatest))))
        }
        let least = isSigned ? Int64(Int32.min) : 0
        let end = ir.sub(second, way)
        return (last, ir.icmp(LLVMIntSGE, end, ir.i64(UInt64(bitPattern: least))))
    }

    /// Whether all accesses of a group are inside the memory, up to the iteration `last`.
    private func isInside(
        _ group: AccessGroup, _ base: IRValue, _ step: Int32, _ last: IRValue, _ length: IRValue
    ) -> IRValue {
        let way = ir.mul(last, ir.i64(UInt64(step.magnitude)))
        let extent = ir.i64(group.extent)
        guard step < 0 else {
            return ir.icmp(LLVMIntULE, ir.add(ir.add(base, way), extent), length)
        }
        let isAbove = ir.icmp(LLVMIntUGE, base, way)
        return ir.and(isAbove, ir.icmp(LLVMIntULE, ir.add(base, extent), length))
    }

    /// The addresses of the iteration at hand. What is the same in all of them is computed in `front`.
    private func addresses(
        _ groups: [AccessGroup], _ bases: [IRValue], _ loop: CountedLoop, in front: IRBlock, iteration: IRValue
    ) -> [IRValue] {
        var addresses: [Int: IRValue] = [:]
        for (group, base) in zip(groups, bases) {
            let body = ir.insertBlock!
            ir.position(front)
            let start = ir.offset(memoryBase!, bytes: base)
            ir.position(body)
            let step = UInt64(bitPattern: Int64(loop.step(of: group.lowest)!))
            let here = ir.offset(start, bytes: ir.mul(iteration, ir.i64(step)))
            for (index, distance) in group.members {
                addresses[index] = ir.offset(here, bytes: Int(distance))
            }
        }
        return loop.accesses.indices.map { addresses[$0]! }
    }
}
