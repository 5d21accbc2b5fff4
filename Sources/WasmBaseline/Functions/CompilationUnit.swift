// The code of some functions of a module, in one piece: the functions, what calls them from a frame, and what they
// call that is not theirs.
//
// Always true: code depends on the module's `ModuleCode`, whose addresses are in it, and on no instance. In each
// function's frame `rbp` links to the caller's and `rsp` is a multiple of 16; `r13` has the context everywhere.

import CMachine
import WasmModule
import WasmRuntime

/// Where a machine instruction that may trap, or call, begins, and which instruction of the module it is of.
struct CodePlace {
    let start: UInt32
    let offset: UInt32
}

/// Where code begins that has frames of one kind.
struct CodeStart {
    let start: Int
    /// -1 where it is of no function.
    let definedIndex: Int
    /// What it keeps of its caller's registers, from below the link of the frames down.
    let saved: [GP]
}

/// What is made of some functions.
final class CompilationUnit {
    let module: Module
    let codes: UnsafeMutablePointer<MachineCode>
    let typeNumbers: UnsafeMutableBufferPointer<UInt32>
    /// By type index, as far as they were asked for.
    private var conventions: [Convention?]
    /// Whether calls that are under way can come in at loops.
    let hasOSREntries: Bool
    /// Of the functions that are in this unit, by index among those that the module defines.
    private var labels: [Int: CodeLabel] = [:]
    private(set) var stubs: Stubs
    var asm: Assembler
    /// In the order of the code.
    var places: [CodePlace] = []
    private(set) var starts: [CodeStart] = []
    private(set) var functions: [(definedIndex: Int, start: Int)] = []
    private(set) var osrEntries: [(definedIndex: Int, start: Int)] = []
    /// By type index.
    private(set) var entries: [Int: Int] = [:]

    /// What is called by all functions.
    struct Stubs {
        /// By the raw value of the reason.
        var traps: [CodeLabel] = []
        let callOut: CodeLabel
        let callDeep: CodeLabel
        let execute: CodeLabel
    }

    /// `bodyBytes` are about those that will be compiled.
    init(_ code: ModuleCode, hasOSREntries: Bool, bodyBytes: Int) {
        module = code.module
        codes = code.codes
        typeNumbers = code.typeNumbers
        self.hasOSREntries = hasOSREntries
        conventions = Array(repeating: nil, count: module.types.count)
        var asm = Assembler(capacity: Self.expectedBytes(bodyBytes))
        stubs = Stubs(callOut: asm.newLabel(), callDeep: asm.newLabel(), execute: asm.newLabel())
        stubs.traps = (0...TrapReason.allCases.count).map { _ in asm.newLabel() }
        self.asm = asm
        noteStart(of: -1)
        emitStubs()
    }

    deinit { asm.deallocate() }

    /// Memory that is not written to is none, and code that does not fit is copied.
    private static func expectedBytes(_ bodyBytes: Int) -> Int { max(1 << 16, 6 * bodyBytes) }

    /// Compiles functions, by index among those that the module defines, but for those that the interpreter is to
    /// run.
    func compile(_ indices: some Sequence<Int>) {
        var surveys: [(Int, FunctionSurvey)] = []
        for index in indices {
            guard labels[index] == nil, let survey = FunctionSurvey(self, index) else { continue }
            labels[index] = asm.newLabel()
            surveys.append((index, survey))
        }
        let kept = asm.labelCount
        for (index, survey) in surveys {
            asm.align(to: 16)
            noteStart(of: index, saving: survey.saved)
            functions.append((index, asm.count))
            asm.bind(labels[index]!)
            var compiler = FunctionCompiler(self, index, survey)
            compiler.run()
            asm.keepLabels(kept)
        }
        for (index, _) in surveys { addEntry(of: Int(module.functions[index].typeIndex)) }
    }

    func convention(ofType index: Int) -> Convention {
        if let convention = conventions[index] { return convention }
        switch module.types[index] {
        case .function(let type):
            let convention = Convention(type)
            conventions[index] = convention
            return convention
        }
    }

    func convention(ofFunction index: UInt32) -> Convention {
        convention(ofType: Int(module.functionTypeIndices[Int(index)]))
    }

    func label(of definedIndex: Int) -> CodeLabel? { labels[definedIndex] }

    private func noteStart(of definedIndex: Int, saving saved: [GP] = []) {
        noteStart(at: asm.count, of: definedIndex, saving: saved)
    }

    func noteStart(at place: Int, of definedIndex: Int, saving saved: [GP]) {
        starts.append(CodeStart(start: place, definedIndex: definedIndex, saved: saved))
    }

    func noteOSREntry(of definedIndex: Int, at start: Int) { osrEntries.append((definedIndex, start)) }

    // MARK: Entries

    /// `MachineNativeEntry` of a type.
    private func addEntry(of type: Int) {
        guard entries[type] == nil else { return }
        noteStart(of: -1)
        asm.align(to: 16)
        entries[type] = asm.count
        let convention = convention(ofType: type)
        let poll = asm.newLabel()
        asm.enter()
        asm.push(.r13)
        asm.push(.rbx)
        if convention.stackSlots > 0 {
            asm.compute(.sub, .gp(.rsp), immediate: Int32((convention.stackSlots * 8 + 15) & ~15), .bits64)
        }
        asm.move(.r13, .rdi)
        let ready = asm.newLabel()
        asm.checkInterrupt(poll)
        asm.bind(ready)
        asm.move(.rbx, .rdx)
        asm.move(.rax, .rcx)
        asm.move(.rdi, .rsi)
        loadArguments(convention)
        asm.call(.gp(.rax))
        asm.storeResult(convention, Address(.rbx))
        asm.move(.rax, immediate: 0)
        asm.loadAddress(.rsp, Address(.rbp, -16))
        asm.pop(.rbx)
        asm.pop(.r13)
        asm.pop(.rbp)
        asm.ret()
        emitEntryPoll(poll, ready)
    }

    private func loadArguments(_ convention: Convention) {
        for (index, place) in convention.places.enumerated() {
            let slot = Address(.rbx, 8 * index)
            switch place {
            case .gp(let register): asm.load(register, slot, convention.parameters[index].width)
            case .xmm(let register): asm.load(register, slot, convention.parameters[index].precision)
            case .stack(let number):
                asm.load(.r11, slot)
                asm.store(.r11, Address(.rsp, 8 * number))
            }
        }
        switch convention.resultPointer {
        case .gp(let register): asm.move(register, .rbx)
        case .stack(let number): asm.store(.rbx, Address(.rsp, 8 * number))
        case .xmm, nil: break
        }
    }

    /// Looks why a thread is interrupted that has not begun yet: from before, so that no signal will repeat it.
    func emitEntryPoll(_ poll: CodeLabel, _ ready: CodeLabel) {
        asm.bind(poll)
        for register in [GP.rsi, .rdx, .rcx, .rcx] { asm.push(register) }
        asm.callHelper(MachineLayout.helperPoll)
        for register in [GP.rcx, .rcx, .rdx, .rsi] { asm.pop(register) }
        asm.test(.rax, .rax, .bits32)
        asm.jump(.equal, ready)
        asm.trapWithReason()
    }

    // MARK: Calls that leave

    private func emitStubs() {
        for reason in TrapReason.allCases {
            asm.bind(stubs.traps[Int(reason.rawValue)])
            asm.enter()
            asm.move(.rax, immediate: UInt64(reason.rawValue))
            asm.trapWithReason()
        }
        asm.bind(stubs.traps[0])
        emitCallOut()
        emitCallDeep()
        emitExecute()
    }

    /// Calls the function in `r10`, which is not compiled or is the host's, with the slots at `rsi`, for the instance
    /// in `rdi`.
    private func emitCallOut() {
        noteStart(of: -1, saving: [.rbx, .r12])
        let (runtime, check) = (asm.newLabel(), asm.newLabel())
        asm.bind(stubs.callOut)
        asm.enter()
        asm.push(.rbx)
        asm.push(.r12)
        asm.load(.rax, Address(.r10, MachineLayout.functionCode))
        asm.load(.r11, Address(.rax, MachineLayout.codeHostEntry))
        asm.test(.r11, .r11, .bits64)
        asm.jump(.equal, runtime)
        // Says where the thread is, before it looks whether it is interrupted: see `ThreadState`.
        asm.store(.rax, Address(.r13, MachineLayout.threadState))
        asm.checkInterrupt(runtime)
        // What is called puts its frames above those that are live, and may move the mark.
        asm.load(.r12, Address(.r13, MachineLayout.stackTop))
        asm.move(.rcx, .rsi)
        asm.move(.rsi, .rdi)
        asm.load(.rdx, Address(.rax, MachineLayout.codeHostContext))
        asm.move(.rdi, .r13)
        asm.call(.gp(.r11))
        asm.store(.r12, Address(.r13, MachineLayout.stackTop))
        asm.store(immediate: Int32(ThreadState.guest), Address(.r13, MachineLayout.threadState), .quad)
        asm.jump(check)
        asm.bind(runtime)
        asm.move(.rcx, .rsi)
        asm.move(.rsi, .rdi)
        asm.move(.rdx, .r10)
        asm.callHelper(MachineLayout.helperCall)
        asm.bind(check)
        asm.trapIfReason()
        asm.leaveIfInterrupted()
        asm.pop(.r12)
        asm.pop(.rbx)
        asm.pop(.rbp)
        asm.ret()
    }

    /// Calls the function in `r10`, for whose frame there is no room, with the slots at `rsi`.
    private func emitCallDeep() {
        noteStart(of: -1)
        asm.bind(stubs.callDeep)
        asm.enter()
        asm.move(.rcx, .rsi)
        asm.move(.rsi, .rdi)
        asm.move(.rdx, .r10)
        asm.callHelper(MachineLayout.helperCallDeep)
        emitReturn()
    }

    /// Executes the instruction whose opcode is in `edx`, its immediates in `ecx` and `r8d`, its slots at `r9`, for
    /// the instance in `rsi`.
    private func emitExecute() {
        asm.bind(stubs.execute)
        asm.enter()
        asm.callHelper(MachineLayout.helperExecute)
        emitReturn()
    }

    private func emitReturn() {
        asm.trapIfReason()
        asm.leaveIfInterrupted()
        asm.pop(.rbp)
        asm.ret()
    }
}

extension Assembler {
    mutating func enter() {
        push(.rbp)
        move(.rbp, .rsp)
    }

    /// Calls a helper with the context and what is in the other registers.
    mutating func callHelper(_ offset: Int) {
        move(.rdi, .r13)
        load(.rax, Address(.r13, MachineLayout.helpers))
        call(.memory(Address(.rax, offset)))
    }

    mutating func checkInterrupt(_ label: CodeLabel) {
        compute(.compare, .memory(Address(.r13, MachineLayout.stackLimit)), immediate: 0, .bits64)
        jump(.equal, label)
    }

    /// Leaves with the reason in `eax`. The offset is that of a frame above.
    mutating func trapWithReason() {
        move(.rsi, .rax, .bits32)
        move(.rdx, immediate: 0)
        callHelper(MachineLayout.helperTrap)
        undefined()
    }

    mutating func trapIfReason() {
        test(.rax, .rax, .bits32)
        let passes = jumpShort(.equal)
        trapWithReason()
        land(passes)
    }

    /// Looks, after a call that may have lasted, whether the thread is to leave: a signal that came during the call
    /// changed nothing.
    mutating func leaveIfInterrupted() {
        compute(.compare, .memory(Address(.r13, MachineLayout.stackLimit)), immediate: 0, .bits64)
        let passes = jumpShort(.notEqual)
        callHelper(MachineLayout.helperPoll)
        trapIfReason()
        land(passes)
    }

    /// Puts the one result of a call where it is wanted, as a slot.
    mutating func storeResult(_ convention: Convention, _ slot: Address) {
        guard convention.results.count == 1 else { return }
        switch convention.results[0] {
        case .i32:
            move(.rax, .rax, .bits32)
            store(.rax, slot)
        case .f32:
            move(.rax, bits: .xmm0, .single)
            store(.rax, slot)
        case .f64: store(.xmm0, slot, .double)
        default: store(.rax, slot)
        }
    }
}
