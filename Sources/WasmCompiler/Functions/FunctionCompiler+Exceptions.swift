// Tries, their handlers, and what throws.
//
// A call in a try is an `invoke` of LLVM's, with a landing pad for each try. `UnwindTable` reads where these are, and
// comes with whose exception it is. The pad's code compares that with the tags of the clauses; what none of them
// is for goes on to the try around it, or out of the function. So code that does not throw has nothing to do.
//
// Always true: references to exceptions stand in slots on the value stack above what the caller has there, where
// they are looked for (`ExceptionStore`): a function that may hold one moves the mark of the stack above these slots
// while it runs, and moves it back. A landing pad does so, too, since frames that an exception passes do not.
// https://llvm.org/docs/ExceptionHandling.html

import CLLVM
import CMachine
import WasmModule
import WasmRuntime

/// Where an exception goes that is thrown in a try.
struct TryRegion {
    /// What its calls land on.
    let pad: IRBlock
    /// Where the search for a handler begins.
    let start: IRBlock
    /// Where the search goes on so far; nil when it has ended.
    var search: IRBlock?
}

/// What a function has for exceptions.
struct ExceptionCode {
    let use: ExceptionUse
    var regions: [TryRegion] = []
    /// The mark of the value stack as the caller has it.
    fileprivate(set) var mark: IRValue?
    /// How many references the function may hold at once.
    fileprivate(set) var roots = 0
    /// Variables: the mark while the function runs, and whose exception has come to a landing pad.
    fileprivate var top: IRValue?
    fileprivate var caughtTag: IRValue?

    init(_ use: ExceptionUse) { self.use = use }

    var isNeeded: Bool { use.catches || use.holdsReferences }
    var rootBytes: Int { roots * MemoryLayout<MachineSlot>.stride }
}

extension FunctionCompiler {
    // MARK: The value stack

    /// The builder is at the head.
    mutating func beginExceptions() {
        guard exceptions.isNeeded else { return }
        exceptions.mark = ir.load(ir.types.pointer, ir.offset(context, bytes: MachineLayout.stackTop))
        exceptions.top = ir.alloca(ir.types.pointer)
        exceptions.caughtTag = ir.alloca(ir.types.pointer)
        if exceptions.use.catches { ir.markCatching(code) }
    }

    /// A place for one more reference. The builder is at the head.
    mutating func makeRoot() -> IRValue {
        guard let mark = exceptions.mark, exceptions.use.holdsReferences else {
            preconditionFailure("a function that holds a reference to an exception is known to do so")
        }
        defer { exceptions.roots += 1 }
        return ir.offset(mark, bytes: exceptions.rootBytes)
    }

    /// Whether the value stack has no room for the references.
    func lacksRootRoom() -> IRValue? {
        guard exceptions.roots > 0, let mark = exceptions.mark else { return nil }
        let end = ir.load(ir.types.i64, ir.offset(context, bytes: MachineLayout.stackEnd))
        return ir.icmp(LLVMIntUGT, ir.integer(ir.offset(mark, bytes: exceptions.rootBytes)), end)
    }

    /// When all references are known, and there is room.
    func holdRoots() {
        guard let mark = exceptions.mark, let top = exceptions.top else { return }
        let value = ir.offset(mark, bytes: exceptions.rootBytes)
        ir.store(value, top)
        if exceptions.roots > 0 { ir.store(value, ir.offset(context, bytes: MachineLayout.stackTop)) }
    }

    /// Before the function is left.
    func releaseRoots() {
        guard exceptions.use.holdsReferences, let mark = exceptions.mark else { return }
        ir.store(mark, ir.offset(context, bytes: MachineLayout.stackTop))
    }

    /// Before a global or a table refers to what is in an operand.
    mutating func keepException(at height: Int, _ type: ValueType) {
        guard type.isException else { return }
        let helperType = ir.functionType([ir.types.pointer, ir.types.i64], ir.types.void)
        _ = callHelper(MachineLayout.helperKeep, helperType, [instance, value(at: height)])
    }

    /// The same for an instruction on tables.
    mutating func keepException(before table: TableInstruction, _ index: UInt32) {
        switch table {
        case .tableSet: keepException(at: operands.count - 1, module.tables[Int(index)].element)
        case .tableGrow, .tableFill: keepException(at: operands.count - 2, module.tables[Int(index)].element)
        case .tableGet, .tableSize, .tableInit, .tableCopy, .elemDrop: break
        }
    }

    // MARK: Tries

    /// The region of the innermost try that is not over, among the labels below a number.
    func innermostRegion(below count: Int) -> Int? { labels[..<count].last { $0.isRegionOpen }?.region }

    /// What a call at hand lands on when it throws; nil outside of tries.
    var landingPad: IRBlock? { innermostRegion(below: labels.count).map { exceptions.regions[$0].pad } }

    mutating func beginTry() {
        spillAll()
        let parent = innermostRegion(below: labels.count)
        let region = exceptions.regions.count
        let (pad, start) = (ir.block(in: code), ir.block(in: code))
        exceptions.regions.append(TryRegion(pad: pad, start: start, search: start))
        pushLabel(ir.block(in: code))
        labels[labels.count - 1].region = region
        labels[labels.count - 1].isRegionOpen = true
        aside { compiler in
            compiler.fill(pad, start)
            guard compiler.control.labels[compiler.control.labels.count - 1].kind == .tryTable else { return }
            for target in compiler.control.catchTargets { compiler.add(target, to: region) }
            compiler.endSearch(of: region, in: parent)
        }
    }

    /// Makes code elsewhere.
    private mutating func aside(_ body: (inout FunctionCompiler) -> Void) {
        let here = ir.insertBlock
        body(&self)
        if let here { ir.position(here) }
    }

    private func fill(_ pad: IRBlock, _ start: IRBlock) {
        guard let caughtTag = exceptions.caughtTag, let top = exceptions.top else {
            preconditionFailure("a function with a try is known to have one")
        }
        ir.position(pad)
        ir.store(ir.landingPad(), caughtTag)
        ir.store(ir.load(ir.types.pointer, top), ir.offset(context, bytes: MachineLayout.stackTop))
        ir.branch(start)
    }

    /// A clause of a `try_table`.
    private mutating func add(_ target: CatchTarget, to region: Int) {
        beginClause(target.tag, of: region)
        let label = control.labels[target.label]
        let types = target.tag.map { module.tagType($0).parameters }
        let reference = takeException(types, at: operands.slot(label.height), isKept: target.hasReference)
        if let reference {
            let slot = operands.slot(label.height) + (types ?? []).reduce(0) { $0 + $1.slots }
            ir.store(reference, variable(slot, .exnref))
        }
        labels[target.label].chain = max(labels[target.label].chain, chain)
        ir.branch(labels[target.label].target)
    }

    /// Goes on in a block where exceptions of the tag come to, or all that are left.
    private mutating func beginClause(_ tag: UInt32?, of region: Int) {
        guard let search = exceptions.regions[region].search, let caughtTag = exceptions.caughtTag else {
            // Nothing is left.
            return ir.position(ir.block(in: code))
        }
        ir.position(search)
        exceptions.regions[region].search = nil
        guard let tag else { return }
        let wanted = ir.field(
            ir.field(instance, MachineLayout.tags), Int(tag) * MemoryLayout<UnsafeRawPointer>.stride)
        let (found, next) = (ir.block(in: code), ir.block(in: code))
        let given = ir.load(ir.types.pointer, caughtTag)
        ir.branch(if: ir.icmp(LLVMIntEQ, ir.integer(given), ir.integer(wanted)), found, else: next)
        exceptions.regions[region].search = next
        ir.position(found)
    }

    /// Ends the way of an exception: its values, of `types`, go into variables, and the reference to it is what is
    /// returned. With nil it may be of any tag, and its values are not taken.
    private mutating func takeException(_ types: [ValueType]?, at first: Int, isKept: Bool) -> IRValue? {
        let layout = SlotLayout(types ?? [])
        let slots = types == nil ? ir.zero(ir.types.pointer) : resultSlots(max(layout.slots, 1))
        let helperType = ir.functionType([ir.types.pointer, ir.types.pointer, ir.types.i32], ir.types.i64)
        let reference = callHelper(
            MachineLayout.helperCatch, helperType, [context, slots, ir.i32(isKept ? 1 : 0)])
        for (index, type) in (types ?? []).enumerated() {
            ir.store(ir.loadSlot(slots, layout[index], type), variable(first + layout[index], type))
        }
        return isKept ? reference : nil
    }

    /// Has what no clause of a region is for go on in another, or out of the function.
    private mutating func endSearch(of region: Int, in parent: Int?) {
        guard let search = exceptions.regions[region].search else { return }
        exceptions.regions[region].search = nil
        ir.position(search)
        if let parent {
            ir.branch(exceptions.regions[parent].start)
        } else {
            callsOut = true
            setDebugLocation()
            ir.trap(context, ir.i32(TrapReason.uncaughtException.rawValue), at: offset)
        }
    }

    // MARK: The legacy encoding

    /// The variable of what a handler has caught is in no operand's slot.
    static func caughtSlot(_ number: Int) -> Int { -3 - number }

    /// The number of such a variable; nil for others.
    static func caughtNumber(ofSlot slot: Int) -> Int? { slot <= -3 ? -3 - slot : nil }

    mutating func beginHandler(_ fallsThrough: Bool) {
        let index = labels.count - 1
        if fallsThrough {
            spillAll()
            ir.branch(labels[index].target)
            labels[index].chain = max(labels[index].chain, chain)
        }
        guard let region = labels[index].region else { preconditionFailure("a handler is one of a try") }
        chain = labels[index].chainAtStart
        labels[index].isRegionOpen = false
        beginClause(control.caught.tag, of: region)
        let number = labels[..<index].count { $0.caught != nil }
        let caught = variable(Self.caughtSlot(number), .exnref)
        labels[index].caught = caught
        let height = control.labels[index].height
        let types = control.caught.tag == nil ? nil : control.caught.types
        let reference = takeException(types, at: operands.slot(height), isKept: true)
        if let reference { ir.store(reference, caught) }
        reset(to: height, pushing: control.caught.types)
    }

    /// At the end of a label: what its handlers do not catch goes on as if thrown among the labels below `count`.
    mutating func endTry(_ label: Label, in count: Int) {
        guard let region = label.region else { return }
        let parent = innermostRegion(below: count)
        aside { $0.endSearch(of: region, in: parent) }
    }

    // MARK: Throwing

    mutating func compileThrow(_ instruction: Instruction) {
        let count = module.tagType(instruction.first).parameters.count
        let (_, reason) = callRuntime(instruction, operandCount: count)
        leave(with: reason)
    }

    mutating func compileThrowReference() { throwAgain(pop()) }

    mutating func compileRethrow(from index: Int) {
        guard let caught = labels[index].caught else { preconditionFailure("what is thrown again was caught") }
        throwAgain(ir.load(ir.types.i64, caught))
    }

    private mutating func throwAgain(_ reference: IRValue) {
        let type = ir.functionType([ir.types.pointer, ir.types.i64], ir.types.i32)
        leave(with: ir.call(type, ir.helper(context, MachineLayout.helperThrow), [context, reference]))
    }

    /// Ends the block: an exception may be caught here.
    private mutating func leave(with reason: IRValue) {
        callsOut = true
        setDebugLocation()
        ir.trap(context, reason, at: offset, catchingAt: landingPad.map { (code, $0) })
    }
}
