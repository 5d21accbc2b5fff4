// Translates one function into words, in one walk over its validated body.
//
// The operand stack of the source becomes slots: each operand has as many slots of its own as its type takes,
// after those of the operands below it. Pushing a local or a constant writes no code; such an operand stays
// symbolic until something needs it in its slot. Always true: what `ControlWalk` says of spilled operands holds
// of the slots.

import CMachine
import WasmModule
import WasmRuntime

/// Why a function can not be translated.
enum TranslationError: Error {
    /// Its frame would need more slots than a word can name.
    case frameTooLarge
    /// The system has no memory for the words.
    case outOfMemory
}

/// Where an operand is.
enum Operand {
    /// Its own slot, or that of a local.
    case slot(MachineWord)
    case constant(UInt64)
}

/// An instruction that words are made of.
struct Origin {
    /// In the module.
    let offset: Int
    /// Its number among those that can run.
    let step: Int
}

/// What the words have of a label.
struct Label {
    /// A branch whose distance is not known yet: where its operation and its distance stand.
    struct Patch {
        let operation: Int
        let distance: Int
    }

    /// Of a loop: where it begins.
    var start: Int?
    /// Of an if without an else so far: what leads there.
    var elseBranch: Patch?
    /// Forward branches that wait for the end.
    var patches: [Patch] = []
    /// Handlers that lead to the end, by region and number.
    var handlers: [(region: Int, number: Int)] = []
    /// Of a try: its region, and whether that has not ended.
    var region: Int?
    var isRegionOpen = false
    /// Of a handler of the legacy encoding: the local that refers to what it has caught.
    var caught: MachineWord?
}

struct Translator {
    let moduleCode: ModuleCode
    let module: Module
    private(set) var control: ControlWalk
    var words: [MachineWord] = []
    var operands: OperandStack<Operand>
    /// As many as those of `control`.
    var labels = [Label()]
    /// How many operands are symbolic references to each local, by its slot.
    var references: [UInt32]
    /// Where the last operation stands, if it wrote its result to the slot in its first operand word and no
    /// label has come since; what may then be redirected or fused.
    var lastResult: Int?
    /// Where the last operation stands and the one before it, as far as no label has come since.
    private(set) var lastOperation: Int?
    private var previousOperation: Int?
    /// Of the instruction at hand, and of the one that made the last operation.
    private var origin = Origin(offset: 0, step: -1)
    private var lastOrigin = Origin(offset: 0, step: -1)
    /// Of the load that the instruction at hand has taken in, and which is what may trap of the two.
    private var loadOrigin: Origin?
    /// How few words there were while the instruction at hand was translated.
    private var leastWords = 0
    let layout: FrameLayout
    var regions: [HandlerRegion] = []
    /// Of the function.
    let resultCount: Int
    /// Its index among those that the module defines.
    let definedIndex: Int
    /// The loops that are counted.
    private(set) var loops: [UnsafeMutablePointer<MachineLoop>] = []
    private let counting: Counting?

    /// What is counted while the words run.
    enum Counting {
        /// Makes what the words refer to.
        case making(UnsafeMutablePointer<MachineCode>, backEdgeThreshold: UInt32)
        /// For words that are looked at and never run.
        case nothing
    }

    init(
        _ moduleCode: ModuleCode, function definedIndex: Int, counting: Counting? = nil
    ) throws(TranslationError) {
        self.moduleCode = moduleCode
        self.counting = counting
        self.definedIndex = definedIndex
        module = moduleCode.module
        control = ControlWalk(module, function: definedIndex)
        let type = module.functionType(UInt32(module.importedFunctionCount + definedIndex))
        let caught = module.exceptionUse(ofDefined: definedIndex).handlerDepth
        layout = FrameLayout(type, locals: control.locals, caught: caught)
        resultCount = type.results.count
        references = Array(repeating: 0, count: layout.locals.slots)
        operands = OperandStack(firstSlot: layout.firstOperand)
        guard frameSlots <= Int(MachineWord.max) else { throw .frameTooLarge }
        if let counting {
            emit(.countCall)
            if case .making(let code, _) = counting { append(imm64: UInt64(UInt(bitPattern: code))) }
            else { append(imm64: 0) }
            forgetOperations()
        }
    }

    /// Counts how often the loop that begins here comes to its head.
    mutating func countBackEdges() {
        guard let counting else { return }
        var loop: UnsafeMutablePointer<MachineLoop>?
        if case .making(let code, let threshold) = counting {
            let made = UnsafeMutablePointer<MachineLoop>.allocate(capacity: 1)
            made.initialize(to: MachineLoop())
            made.pointee.code = code
            made.pointee.index = UInt32(control.loopNumber)
            made.pointee.backEdgesLeft = Int32(clamping: threshold)
            made.pointee.localsEnd = UInt32(layout.localsEnd)
            loops.append(made)
            loop = made
        }
        emit(.countBackEdge)
        append(imm64: UInt64(UInt(bitPattern: loop)))
    }

    /// Translates the whole body. With `stopBehind`, only until the words reach beyond that index, and stay
    /// there: the instruction that made them is returned.
    mutating func run(stopBehind target: Int = .max) throws(TranslationError) -> Origin? {
        var found: Origin?
        while try takeStep() != nil {
            // The next instruction may take back what was made, and make something that does both.
            if let found, leastWords > target { return found }
            if words.count > target { found = loadOrigin ?? origin }
        }
        return found
    }

    /// Translates the next instruction that can run; nil after the last.
    mutating func takeStep() throws(TranslationError) -> ControlStep? {
        leastWords = words.count
        guard let step = control.next() else { return nil }
        origin = Origin(offset: control.instruction.offset, step: origin.step + 1)
        loadOrigin = nil
        try translate(step)
        return step
    }

    /// How many slots the frame has, outgoing arguments included.
    var frameSlots: Int { operands.slotsEnd }

    // MARK: Words

    mutating func emit(_ operation: Operation, _ arguments: MachineWord...) {
        begin(operation)
        words.append(contentsOf: arguments)
    }

    /// Emits an operation that writes its result to `result`, which may be redirected later.
    mutating func emit(_ operation: Operation, result: MachineWord, _ arguments: MachineWord...) {
        let start = words.count
        begin(operation)
        words.append(result)
        words.append(contentsOf: arguments)
        lastResult = start
    }

    private mutating func begin(_ operation: Operation) {
        previousOperation = lastOperation
        lastOperation = words.count
        lastResult = nil
        lastOrigin = origin
        words.append(operation.rawValue)
    }

    /// Takes the last operation back, a load, to make it part of the next.
    mutating func takeIn(_ start: Int) {
        loadOrigin = lastOrigin
        retract(start)
    }

    /// Takes the last operation back, which starts at `start`.
    mutating func retract(_ start: Int) {
        words.removeSubrange(start...)
        leastWords = min(leastWords, start)
        lastOperation = previousOperation
        previousOperation = nil
        lastResult = nil
    }

    /// At a label: what comes next can be reached without what was emitted last.
    mutating func forgetOperations() {
        lastOperation = nil
        previousOperation = nil
        lastResult = nil
    }

    /// Where the last operation starts, if the operand, a temporary, is its result.
    func producer(of operand: Operand?) -> Int? {
        guard let start = lastResult, case .slot(let result)? = operand, !isLocal(result),
            words[start + 1] == result
        else { return nil }
        return start
    }

    /// The 32-bit immediate at an index of `words`.
    func immediate(at index: Int) -> UInt32 { UInt32(words[index]) | UInt32(words[index + 1]) << 16 }

    /// Appends a 32-bit immediate to the last operation.
    mutating func append(imm value: UInt32) {
        words.append(MachineWord(truncatingIfNeeded: value))
        words.append(MachineWord(truncatingIfNeeded: value >> 16))
    }

    /// Appends a 64-bit immediate to the last operation.
    mutating func append(imm64 value: UInt64) {
        append(imm: UInt32(truncatingIfNeeded: value))
        append(imm: UInt32(truncatingIfNeeded: value >> 32))
    }

    // MARK: Operands

    /// The own slot of the operand at a height, its first one; or of the next operand.
    func slot(_ height: Int) -> MachineWord { MachineWord(truncatingIfNeeded: operands.slot(height)) }

    func isLocal(_ slot: MachineWord) -> Bool { Int(slot) < layout.localsEnd }

    func slot(ofLocal index: UInt32) -> MachineWord { MachineWord(truncatingIfNeeded: layout.locals[Int(index)]) }

    /// Words name all slots.
    private func checkSlots() throws(TranslationError) {
        guard operands.slotsEnd <= Int(MachineWord.max) else { throw .frameTooLarge }
    }

    /// Keeps a slot above the operands.
    mutating func reserve() throws(TranslationError) {
        operands.reserve(slots: 1)
        try checkSlots()
    }

    /// Pushes an operand of the type that the walk has at this height, which its own slot will hold, and gives
    /// that.
    mutating func push() throws(TranslationError) -> MachineWord { try push(control.type(at: operands.count)) }

    @discardableResult
    mutating func push(_ type: ValueType) throws(TranslationError) -> MachineWord {
        let slot = slot(operands.count)
        operands.push(.slot(slot), slots: type.slots)
        try checkSlots()
        return slot
    }

    mutating func push(local index: UInt32) throws(TranslationError) {
        let slot = slot(ofLocal: index)
        operands.push(.slot(slot), slots: control.locals[Int(index)].slots)
        references[Int(slot)] += 1
        try checkSlots()
    }

    mutating func push(constant: UInt64) throws(TranslationError) {
        operands.push(.constant(constant), slots: 1)
        try checkSlots()
    }

    mutating func pop() -> Operand {
        let operand = operands.pop()
        if case .slot(let slot) = operand, isLocal(slot) { references[Int(slot)] -= 1 }
        return operand
    }

    /// Pushes an operand of one slot that was just popped.
    mutating func restore(_ operand: Operand) {
        operands.push(operand, slots: 1)
        if case .slot(let slot) = operand, isLocal(slot) { references[Int(slot)] += 1 }
    }

    mutating func drop(_ count: Int) { for _ in 0..<count { _ = pop() } }

    /// Pops an operand and gives a slot that has it; a constant is put into the operand's own slot.
    mutating func popSlot() -> MachineWord {
        switch pop() {
        case .slot(let slot): return slot
        case .constant(let value):
            let slot = slot(operands.count)
            emitConstant(value, to: slot)
            return slot
        }
    }

    mutating func emitConstant(_ value: UInt64, to slot: MachineWord) {
        if let narrow = UInt32(exactly: value) {
            emit(.const32, result: slot)
            append(imm: narrow)
        } else {
            emit(.const64, result: slot)
            append(imm64: value)
        }
    }

    /// Puts an operand of so many slots into those from `target` on, wherever it is.
    mutating func move(_ operand: Operand, to target: MachineWord, slots: Int = 1) {
        switch operand {
        case .slot(target): break
        case .slot(let source): emit(slots == 1 ? .copy : .copyWide, result: target, source)
        case .constant(let value): emitConstant(value, to: target)
        }
    }

    /// Puts the operand at `height` into its slot.
    mutating func spill(_ height: Int) {
        let operand = operands[height]
        if case .slot(let source) = operand, isLocal(source) { references[Int(source)] -= 1 }
        move(operand, to: slot(height), slots: operands.slots(at: height))
        operands[height] = .slot(slot(height))
    }

    /// Puts all operands into their slots.
    mutating func spillAll() {
        for height in operands.unspilled { spill(height) }
        operands.markSpilled()
    }

    /// Before the local in a slot changes: puts the operands that refer to it into their slots, since they mean
    /// its value from before.
    mutating func spillReferences(to local: MachineWord) {
        var height = operands.count
        while references[Int(local)] > 0 {
            height -= 1
            if case .slot(local) = operands[height] { spill(height) }
        }
    }
}
