// Everything but control: values, locals, globals.

import CMachine
import WasmModule
import WasmRuntime

extension FunctionCompiler {
    mutating func compile(_ instruction: Instruction) {
        switch instruction.kind {
        case .variable(let variable): compile(variable, instruction.first)
        case .constant(let constant): compile(constant, instruction.constant)
        case .numeric(let numeric): compile(numeric)
        case .load(let load): compile(load, instruction)
        case .store(let store): compile(store, instruction)
        case .parametric(let parametric): compile(parametric)
        case .reference(let reference): compile(reference, instruction)
        case .atomic(let atomic): compile(atomic, instruction)
        case .synchronization(.atomicFence): asm.fence()
        case .memory(.memorySize) where isPlain(instruction.first): compileMemorySize()
        case .memory, .table, .synchronization: compileByRuntime(instruction)
        case .control: preconditionFailure("the walk makes a step of \(instruction.opcode)")
        case .vector, .wide: preconditionFailure("a function with \(instruction.opcode) stays with the interpreter")
        }
    }

    private mutating func compile(_ parametric: ParametricInstruction) {
        switch parametric {
        case .nop: break
        case .drop: drop(1)
        case .select, .selectT: compileSelect()
        }
    }

    private mutating func compile(_ constant: ConstantInstruction, _ bits: UInt64) {
        switch constant {
        case .i32Const: push(constant: bits, .i32)
        case .i64Const: push(constant: bits, .i64)
        case .f32Const: push(constant: bits, .f32)
        case .f64Const: push(constant: bits, .f64)
        }
    }

    // MARK: Locals

    private mutating func compile(_ variable: VariableInstruction, _ index: UInt32) {
        switch variable {
        case .localGet: getLocal(Int(index))
        case .localSet: setLocal(Int(index), pop())
        case .localTee:
            setLocal(Int(index), pop())
            getLocal(Int(index))
        case .globalGet: getGlobal(index)
        case .globalSet: setGlobal(index)
        }
    }

    private mutating func getLocal(_ index: Int) {
        push(Operand(kind: .local, type: survey.locals[index], bits: UInt64(index)))
        waitingLocals += 1
        if waitingLocals > BaselineLimits.waitingLocals { readWaitingLocals() }
    }

    /// So that who sets a local has few to look at.
    private mutating func readWaitingLocals() {
        for height in operands.unspilled where operands[height].kind == .local { spill(height) }
    }

    private mutating func setLocal(_ index: Int, _ value: Operand) {
        if waitingLocals > 0 { readOperands(of: index) }
        guard let number = register(of: index) else {
            store(local: index, value)
            return release(value)
        }
        if value.type.isFloat { load(value, XMM(rawValue: number)!) } else { load(value, GP(rawValue: number)!) }
        release(value)
    }

    private mutating func store(local index: Int, _ value: Operand) {
        switch value.kind {
        case .local where Int(value.bits) == index: break
        case .constant where value.type == .i32 || value.type == .f32:
            asm.store(immediate: Int32(truncatingIfNeeded: value.bits), local(index), .double)
        case .gp: asm.store(value.gp, local(index), value.type == .i32 ? .double : .quad)
        default: store(value, local(index))
        }
    }

    /// Reads a local for the operands that are to have what it holds now.
    private mutating func readOperands(of index: Int) {
        for height in operands.unspilled {
            let operand = operands[height]
            guard operand.kind == .local, Int(operand.bits) == index else { continue }
            waitingLocals -= 1
            if operand.type.isFloat {
                let target = takeFloat()
                load(operand, target)
                operands[height] = Operand(kind: .xmm, register: target.rawValue, type: operand.type)
            } else {
                let target = take()
                load(operand, target)
                operands[height] = Operand(kind: .gp, register: target.rawValue, type: operand.type)
            }
        }
    }

    // MARK: Globals

    /// The place of a global; `r11` is in it.
    private mutating func global(_ index: UInt32) -> Address {
        let imported = module.importedGlobalCount
        asm.load(.r11, instance)
        if Int(index) < imported {
            asm.load(.r11, Address(.r11, MachineLayout.globals))
            asm.load(.r11, Address(.r11, Int(index) * MemoryLayout<UnsafeRawPointer>.stride))
            return Address(.r11)
        }
        asm.load(.r11, Address(.r11, MachineLayout.ownGlobals))
        return Address(.r11, module.globalSlots[Int(index) - imported] * MemoryLayout<MachineSlot>.stride)
    }

    private mutating func getGlobal(_ index: UInt32) {
        let type = module.globalTypes[Int(index)].value
        if type.isFloat {
            let target = takeFloat()
            asm.load(target, global(index), type.precision)
            push(target, type)
        } else {
            let target = take()
            asm.load(target, global(index), type.width)
            push(target, type)
        }
    }

    private mutating func setGlobal(_ index: UInt32) {
        let value = pop()
        if value.type == .f64 {
            let held = inFloatRegister(value)
            asm.store(xmm(held), global(index), .double)
            return release(held)
        }
        var held = value
        if value.type == .f32, value.kind != .constant {
            // The high bits of a narrow value are zero.
            let float = inFloatRegister(value)
            let bits = take()
            asm.move(bits, bits: xmm(float), .single)
            release(float)
            held = Operand(kind: .gp, register: bits.rawValue, type: .i32)
        } else if value.kind != .gp {
            held = inRegister(Operand(kind: value.kind, type: value.type == .f32 ? .i32 : value.type, bits: value.bits))
        }
        asm.store(gp(held), global(index))
        release(held)
    }

    // MARK: References

    private mutating func compile(_ reference: ReferenceInstruction, _ instruction: Instruction) {
        switch reference {
        case .refNull: push(constant: 0, control.type(at: operands.count))
        case .refIsNull:
            let value = inRegister(pop())
            asm.test(gp(value), gp(value), .bits64)
            release(value)
            push(.condition(.equal))
        case .refAsNonNull:
            let value = owned(pop())
            asm.test(value, value, .bits64)
            trap(.nullReference, if: .equal)
            push(value, control.type(at: operands.count))
        case .refFunc: pushFunction(Int(instruction.first))
        }
    }

    private mutating func pushFunction(_ index: Int) {
        let imported = module.importedFunctionCount
        let target = take()
        asm.load(target, instance)
        if index < imported {
            asm.load(target, Address(target, MachineLayout.importedFunctions))
            asm.load(target, Address(target, index * MemoryLayout<UnsafeRawPointer>.stride))
        } else {
            asm.load(target, Address(target, MachineLayout.ownFunctions))
            asm.compute(
                .add, .gp(target), immediate: Int32((index - imported) * MachineLayout.functionStride), .bits64)
        }
        push(target, control.type(at: operands.count))
    }

    // MARK: Choice

    private mutating func compileSelect() {
        let isFlags = operands.last?.kind == .flags
        var condition = isFlags ? comparison : .condition(.notEqual)
        let selector = pop()
        let (second, first) = (pop(), pop())
        if !isFlags {
            let value = inRegister(selector)
            asm.test(gp(value), gp(value), .bits32)
            release(value)
        }
        if first.type.isFloat {
            let target = ownedFloat(first)
            let other = inFloatRegister(second)
            chooseFloat(condition, target, xmm(other))
            release(other)
            return push(target, first.type)
        }
        let target = owned(second)
        if case .condition = condition {} else {
            let bits = take()
            set(bits, condition)
            asm.test(bits, bits, .bits32)
            release(bits)
            condition = .condition(.notEqual)
        }
        guard case .condition(let simple) = condition else { return }
        asm.move(if: simple, target, source(first), first.type.width)
        release(first)
        push(target, first.type)
    }

    private mutating func chooseFloat(_ condition: Comparison, _ target: XMM, _ other: XMM) {
        switch condition {
        case .condition(let condition):
            let stays = asm.jumpShort(condition)
            asm.move(target, other)
            asm.land(stays)
        case .floatEqual, .floatNotEqual:
            let unordered = asm.jumpShort(.parity)
            let equal = asm.jumpShort(.equal)
            if condition == .floatEqual {
                asm.land(unordered)
                asm.move(target, other)
                asm.land(equal)
            } else {
                let stays = asm.jumpShort(nil)
                asm.land(equal)
                asm.move(target, other)
                asm.land(stays)
                asm.land(unordered)
            }
        }
    }
}
