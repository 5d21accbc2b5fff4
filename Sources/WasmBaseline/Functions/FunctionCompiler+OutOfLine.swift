// What stands after a function's body: traps, calls of what is not compiled, tables of branches, and the OSR entry for
// calls that are under way.

import CMachine
import WasmModule
import WasmRuntime

/// Code that is seldom run, at `label`; it goes on at `back`, if it does.
struct OutOfLineCode {
    enum Kind {
        case trap(TrapReason)
        /// The table of a `br_table`.
        case table([CodeLabel])
        /// No room for the frame of this function.
        case deep
        /// Calls the function in `r10`, which has no code; the arguments are where code would want them.
        case call(Convention, firstSlot: Int)
        /// What truncates a number that does not fit.
        case truncation(Truncation, XMM, GP)
        /// The effective address in the register is not aligned.
        case unaligned(GP, bytes: Int)
    }

    let kind: Kind
    let label: CodeLabel
    let back: CodeLabel
    let offset: Int

    init(_ kind: Kind, label: CodeLabel, back: CodeLabel, offset: Int) {
        self.kind = kind
        self.label = label
        self.back = back
        self.offset = offset
    }
}

extension FunctionCompiler {
    mutating func emitOutOfLine() {
        var deep: CodeLabel?
        var index = 0
        // Some have more of it.
        while index < outOfLine.count {
            let item = outOfLine[index]
            index += 1
            offset = item.offset
            switch item.kind {
            case .trap(let reason):
                asm.bind(item.label)
                trap(reason)
            case .table(let ways):
                asm.align(to: 4)
                asm.bind(item.label)
                for way in ways { asm.distance(from: item.label, to: way) }
            case .deep: deep = item.label
            case .call(let convention, let firstSlot):
                asm.bind(item.label)
                emitCallOut(convention, firstSlot)
                asm.jump(item.back)
            case .truncation(let truncation, let source, let target):
                asm.bind(item.label)
                emitSlowTruncation(truncation, source, target, item.back)
            case .unaligned(let address, let bytes):
                asm.bind(item.label)
                emitUnaligned(address, bytes)
            }
        }
        if let deep { emitDeep(deep) }
    }

    private mutating func emitCallOut(_ convention: Convention, _ firstSlot: Int) {
        for (index, place) in convention.places.enumerated() {
            let target = slot(firstSlot + index)
            switch place {
            case .gp(let register): asm.store(register, target)
            case .xmm(let register): storeWhole(register, convention.parameters[index], target)
            case .stack(let number):
                asm.load(.r11, Address(.rsp, 8 * number))
                asm.store(.r11, target)
            }
        }
        // A function of the host has no instance; it is told who called.
        asm.load(.rdi, instance)
        asm.loadAddress(.rsi, slot(firstSlot))
        markPlace()
        asm.call(unit.stubs.callOut)
        loadResult(convention, slot(firstSlot))
    }

    private mutating func storeWhole(_ register: XMM, _ type: ValueType, _ target: Address) {
        asm.move(.r11, bits: register, type.precision)
        asm.store(.r11, target)
    }

    private mutating func loadResult(_ convention: Convention, _ address: Address) {
        guard convention.results.count == 1 else { return }
        let type = convention.results[0]
        if type.isFloat { asm.load(.xmm0, address, type.precision) } else { asm.load(.rax, address, type.width) }
    }

    /// The runtime goes on with the call, in a frame that is as small as can be.
    private mutating func emitDeep(_ label: CodeLabel) {
        unit.noteStart(at: asm.count, of: -1, saving: [])
        asm.bind(label)
        let slots = convention.callSlots
        let bytes = (8 * slots + 8 + 15) & ~15
        asm.compute(.sub, .gp(.rsp), immediate: Int32(bytes), .bits64)
        for (index, place) in convention.places.enumerated() {
            let target = Address(.rsp, 8 * index)
            let type = convention.parameters[index]
            switch place {
            case .gp(let register):
                if type == .i32 { asm.move(register, register, .bits32) }
                asm.store(register, target)
            case .xmm(let register): storeWhole(register, type, target)
            case .stack(let number):
                asm.load(.r11, Address(.rbp, 16 + 8 * number), type.isFourBytes ? .bits32 : .bits64)
                asm.store(.r11, target)
            }
        }
        if case .gp(let register)? = convention.resultPointer { asm.store(register, Address(.rbp, -8)) }
        asm.load(.r10, Address(.rdi, MachineLayout.ownFunctions))
        asm.loadAddress(.r10, Address(.r10, definedIndex * MachineLayout.functionStride))
        asm.move(.rsi, .rsp)
        asm.call(unit.stubs.callDeep)
        loadResult(convention, Address(.rsp))
        copyResults()
        asm.leave()
        asm.ret()
    }

    /// Several results of a call by slots, from the slots at `rsp` to where they are wanted.
    private mutating func copyResults() {
        switch convention.resultPointer {
        case .gp: asm.load(.rax, Address(.rbp, -8))
        case .stack(let number): asm.load(.rax, Address(.rbp, 16 + 8 * number))
        case .xmm, nil: return
        }
        for index in convention.results.indices {
            asm.load(.r11, Address(.rsp, 8 * index))
            asm.store(.r11, Address(.rax, 8 * index))
        }
    }

    // MARK: OSR entry

    /// `MachineOSREntry`: makes the frame of the function of what the interpreter has of a call, and goes to where
    /// the call is. Results are left as by an entry.
    mutating func emitOSREntry() {
        asm = unit.asm
        unit.asm = Assembler.none
        unit.noteStart(at: asm.count, of: -1, saving: [])
        asm.align(to: 16)
        unit.noteOSREntry(of: definedIndex, at: asm.count)
        let (poll, ready, deep, out, inner) = (
            asm.newLabel(), asm.newLabel(), asm.newLabel(), asm.newLabel(), asm.newLabel()
        )
        asm.enter()
        asm.push(.r13)
        asm.push(.rbx)
        asm.move(.r13, .rdi)
        asm.move(.rbx, .rdx)
        asm.loadAddress(.rax, Address(.rsp, -(frameBytes + 32)))
        asm.compute(.compare, .rax, .memory(Address(.r13, MachineLayout.nativeLimit)), .bits64)
        asm.jump(.below, deep)
        asm.checkInterrupt(poll)
        asm.bind(ready)
        asm.call(inner)
        asm.storeResult(convention, Address(.rbx))
        asm.move(.rax, immediate: 0)
        asm.bind(out)
        asm.pop(.rbx)
        asm.pop(.r13)
        asm.pop(.rbp)
        asm.ret()
        asm.bind(deep)
        asm.move(.rax, immediate: UInt64(MACHINE_TOO_DEEP))
        asm.jump(out)
        swap(&asm, &unit.asm)
        unit.emitEntryPoll(poll, ready)
        swap(&asm, &unit.asm)
        asm.bind(inner)
        emitFrameAtLoop()
        unit.asm = asm
        asm = Assembler.none
    }

    /// The interpreter's frame is at `rdx`, the number of the loop in `ecx`.
    private mutating func emitFrameAtLoop() {
        asm.enter()
        emitFrame(frameBytes)
        saveRegisters()
        asm.store(.rsi, instance)
        asm.store(.rdx, resultPointer)
        // What is in a slot when another loop begins is of no use here, and does no harm.
        for number in 0..<(loopHeads.map(\.slots).max() ?? 0) {
            asm.load(.r11, Address(.rdx, 8 * (layout.firstOperand + number)))
            asm.store(.r11, slot(number))
        }
        for index in survey.locals.indices {
            let place = Address(.rdx, 8 * layout.locals[index])
            if register(of: index) != nil {
                loadLocal(index, place)
            } else {
                asm.load(.r11, place)
                asm.store(.r11, local(index))
            }
        }
        if survey.accessesMemory { asm.load(.r14, Address(.rsi, MachineLayout.memory0Base)) }
        for (number, label, _) in loopHeads {
            asm.compute(.compare, .gp(.rcx), immediate: Int32(number), .bits32)
            asm.jump(.equal, label)
        }
        asm.undefined()
    }
}
