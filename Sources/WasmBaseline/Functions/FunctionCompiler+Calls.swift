// Calls of functions, and instructions that the runtime executes.

import CMachine
import WasmModule
import WasmRuntime

extension FunctionCompiler {
    mutating func compileCall(_ index: UInt32) {
        let imported = module.importedFunctionCount
        let convention = unit.convention(ofFunction: index)
        guard Int(index) >= imported else {
            let first = passArguments(convention)
            asm.load(.r10, instance)
            asm.load(.r10, Address(.r10, MachineLayout.importedFunctions))
            asm.load(.r10, Address(.r10, Int(index) * MemoryLayout<UnsafeRawPointer>.stride))
            return callFunction(convention, first)
        }
        let defined = Int(index) - imported
        let first = passArguments(convention)
        asm.load(.rdi, instance)
        if let label = unit.label(of: defined) {
            markPlace()
            asm.call(label)
        } else {
            let native = UnsafeRawPointer(unit.codes + defined) + MachineLayout.codeNative
            asm.move(.r11, immediate: UInt64(UInt(bitPattern: native)))
            asm.load(.rax, Address(.r11))
            asm.load(.r10, Address(.rdi, MachineLayout.ownFunctions))
            asm.loadAddress(.r10, Address(.r10, defined * MachineLayout.functionStride))
            callOrLeave(convention, first)
        }
        takeResults(convention)
    }

    mutating func compileIndirectCall(_ instruction: Instruction) {
        let convention = unit.convention(ofType: Int(instruction.first))
        let index = inRegister(pop())
        var held = index
        move(&held, outOf: .rax)
        take(.rax)
        asm.load(.r11, instance)
        asm.load(.r11, Address(.r11, MachineLayout.tables))
        asm.load(.r11, Address(.r11, Int(instruction.second) * MemoryLayout<UnsafeRawPointer>.stride))
        asm.compute(.compare, gp(held), .memory(Address(.r11, MachineLayout.elementCount)), .bits64)
        trap(.tableOutOfBounds, if: .aboveOrEqual)
        asm.load(.r11, Address(.r11, MachineLayout.elements))
        asm.load(.rax, Address(.r11, index: gp(held), scale: 8))
        release(held)
        asm.test(.rax, .rax, .bits64)
        trap(.uninitializedElement, if: .equal)
        asm.load(.r11, Address(.rax, MachineLayout.functionCode))
        let number = unit.typeNumbers[Int(instruction.first)]
        asm.compute(
            .compare, .memory(Address(.r11, MachineLayout.codeTypeNumber)), immediate: Int32(bitPattern: number),
            .bits32)
        trap(.indirectCallTypeMismatch, if: .notEqual)
        callReferenced(convention)
    }

    mutating func compileReferenceCall(_ index: UInt32) {
        var reference = inRegister(pop())
        move(&reference, outOf: .rax)
        take(.rax)
        asm.move(.rax, gp(reference))
        release(reference)
        asm.test(.rax, .rax, .bits64)
        trap(.nullFunctionReference, if: .equal)
        callReferenced(unit.convention(ofType: Int(index)))
    }

    /// Calls the function in `rax`, which was taken.
    private mutating func callReferenced(_ convention: Convention) {
        let first = passArguments(convention)
        asm.move(.r10, .rax)
        release(.rax)
        callFunction(convention, first)
    }

    /// Calls the function in `r10`, of any instance.
    private mutating func callFunction(_ convention: Convention, _ first: Int) {
        asm.load(.rax, Address(.r10, MachineLayout.functionCode))
        asm.load(.rax, Address(.rax, MachineLayout.codeNative))
        asm.load(.rdi, Address(.r10, MachineLayout.functionInstance))
        callOrLeave(convention, first)
        takeResults(convention)
    }

    /// Calls the code in `rax`, of the function in `r10`, which there may be none of.
    private mutating func callOrLeave(_ convention: Convention, _ first: Int) {
        let (missing, back) = (asm.newLabel(), asm.newLabel())
        asm.test(.rax, .rax, .bits64)
        asm.jump(.equal, missing)
        markPlace()
        asm.call(.gp(.rax))
        asm.bind(back)
        outOfLine.append(
            OutOfLineCode(.call(convention, firstSlot: first), label: missing, back: back, offset: offset))
    }

    // MARK: Arguments and results

    /// Takes the arguments off the stack and puts them where the callee looks for them. Nothing else is in a register
    /// then that a call may change, but for `rax` where it was taken. Gives the slot of the first argument, where
    /// there is room for several results.
    private mutating func passArguments(_ convention: Convention) -> Int {
        let count = convention.parameters.count
        spillForCall(taking: count)
        keepLocals()
        let first = operands.count - count
        let slot = operands.slot(first)
        for (index, place) in convention.places.enumerated() {
            let argument = popped(at: first + index)
            switch place {
            case .stack(let number): storeAsSlot(argument, argument.type, Address(.rsp, 8 * number))
            case .gp(let target):
                if let source = registerNumber(of: argument) {
                    moves.add(GP(rawValue: source)!, target, .bits64)
                }
            case .xmm(let target):
                if let source = registerNumber(of: argument) { moves.add(XMM(rawValue: source)!, target) }
            }
        }
        moves.emit(&asm)
        for (index, place) in convention.places.enumerated() {
            let argument = popped(at: first + index)
            guard registerNumber(of: argument) == nil else { continue }
            switch place {
            case .gp(let target): load(argument, target)
            case .xmm(let target): load(argument, target)
            case .stack: break
            }
        }
        switch convention.resultPointer {
        case .gp(let target): asm.loadAddress(target, self.slot(slot))
        case .stack(let number):
            asm.loadAddress(.r11, self.slot(slot))
            asm.store(.r11, Address(.rsp, 8 * number))
        case .xmm, nil: break
        }
        drop(count)
        return slot
    }

    private func registerNumber(of operand: Operand) -> UInt8? {
        switch operand.kind {
        case .gp, .xmm: operand.register
        case .local: register(of: Int(operand.bits))
        case .slot, .constant, .flags: nil
        }
    }

    private mutating func takeResults(_ convention: Convention) {
        restoreLocals()
        if convention.results.count == 1 {
            let type = convention.results[0]
            if type.isFloat {
                freeFloats &= ~1
                push(XMM.xmm0, type)
            } else {
                take(.rax)
                // Others leave anything in the upper half.
                if type == .i32 { asm.move(.rax, .rax, .bits32) }
                push(GP.rax, type)
            }
        } else {
            for type in convention.results { push(Operand(kind: .slot, type: type)) }
        }
    }

    private mutating func keepLocals() {
        for index in survey.keptAroundCalls {
            let number = survey.registers[index]
            let type = survey.locals[index]
            if type.isFloat {
                asm.store(XMM(rawValue: number)!, local(index), type.precision)
            } else {
                asm.store(GP(rawValue: number)!, local(index))
            }
        }
    }

    private mutating func restoreLocals() {
        for index in survey.keptAroundCalls { loadLocal(index, local(index)) }
    }

    // MARK: What the runtime executes

    /// What throws leaves compiled code as a trap does, and the interpreter looks for who catches.
    mutating func compileThrow(_ instruction: Instruction) {
        execute(instruction, operandCount: module.tagType(instruction.first).parameters.count, result: nil)
        asm.undefined()
    }

    /// Bulk operations, tables, wait and notify.
    mutating func compileByRuntime(_ instruction: Instruction) {
        guard let shape = instruction.kind.outOfLine else {
            preconditionFailure("the runtime executes no \(instruction.opcode.name)")
        }
        // What the walk has pushed for the instruction is its result.
        let first = operands.count - shape.operandCount
        execute(
            instruction, operandCount: shape.operandCount, result: shape.hasResult ? control.type(at: first) : nil)
    }

    private mutating func execute(_ instruction: Instruction, operandCount count: Int, result: ValueType?) {
        let first = operands.count - count
        let slots = operands.slot(first)
        for height in first..<operands.count {
            let operand = popped(at: height)
            if operand.type == .f32 {
                storeAsSlot(operand, .f32, slot(operands.slot(height)))
            } else if operand.kind != .slot {
                store(operand, slot(operands.slot(height)))
            }
        }
        drop(count)
        spillForCall(taking: 0)
        keepLocals()
        let immediates = instruction.outOfLineImmediates
        asm.load(.rsi, instance)
        asm.move(.rdx, immediate: UInt64(instruction.opcode.rawValue))
        asm.move(.rcx, immediate: UInt64(immediates.first))
        asm.move(.r8, immediate: UInt64(immediates.second))
        asm.loadAddress(.r9, slot(slots))
        markPlace()
        asm.call(unit.stubs.execute)
        restoreLocals()
        if let result { push(Operand(kind: .slot, type: result)) }
    }
}
