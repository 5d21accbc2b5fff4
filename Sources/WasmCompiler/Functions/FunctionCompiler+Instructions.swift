// Everything but control: values, locals, globals, and what the runtime executes.

import CLLVM
import CMachine
import WasmModule
import WasmRuntime

extension FunctionCompiler {
    mutating func compile(_ instruction: Instruction) {
        switch instruction.kind {
        case .control: preconditionFailure("the walk makes a step of \(instruction.opcode)")
        case .parametric(let parametric): compile(parametric)
        case .variable(let variable): compile(variable, instruction.first)
        case .constant(let constant): compile(constant, instruction.constant)
        case .reference(let reference): compile(reference, instruction)
        case .load(let load): compile(load, instruction)
        case .store(let store): compile(store, instruction)
        case .numeric(let numeric): compile(numeric)
        case .wide(let wide): compile(wide)
        case .vector(let vector): compile(vector, instruction)
        case .atomic(let atomic): compile(atomic, instruction)
        case .synchronization(.atomicFence): compileFence()
        case .memory(.memorySize): compileMemorySize(instruction.first)
        case .memory, .table, .synchronization: compileByRuntime(instruction)
        }
    }

    private mutating func compile(_ parametric: ParametricInstruction) {
        switch parametric {
        case .nop: break
        case .drop: drop(1)
        case .select, .selectT: compileSelect()
        }
    }

    private mutating func compile(_ variable: VariableInstruction, _ index: UInt32) {
        switch variable {
        case .localGet:
            let type = control.locals[Int(index)]
            push(ir.load(ir.types.of(type), locals[Int(index)]), type)
        case .localSet: setLocal(index, pop())
        case .localTee: setLocal(index, value(at: operands.count - 1))
        case .globalGet:
            let type = module.globalTypes[Int(index)].value
            push(ir.loadSlot(global(index), 0, type), type)
        case .globalSet:
            let type = module.globalTypes[Int(index)].value
            keepException(at: operands.count - 1, type)
            ir.storeSlot(laundered(pop(), type), global(index), 0, type)
        }
    }

    private mutating func compile(_ constant: ConstantInstruction, _ bits: UInt64) {
        switch constant {
        case .i32Const: push(ir.i32(UInt32(truncatingIfNeeded: bits)), .i32)
        case .i64Const: push(ir.i64(bits), .i64)
        case .f32Const: push(ir.f32(bits: UInt32(truncatingIfNeeded: bits)), .f32)
        case .f64Const: push(ir.f64(bits: bits), .f64)
        }
    }

    private mutating func compile(_ reference: ReferenceInstruction, _ instruction: Instruction) {
        switch reference {
        case .refNull: push(ir.i64(0), control.type(at: operands.count))
        case .refIsNull: push(ir.zext(ir.icmp(LLVMIntEQ, pop(), ir.i64(0)), ir.types.i32), .i32)
        case .refFunc:
            push(ir.integer(functionReference(instruction.first)), control.type(at: operands.count))
        case .refAsNonNull:
            let reference = pop()
            trap(.nullReference, if: ir.icmp(LLVMIntEQ, reference, ir.i64(0)))
            push(reference, control.type(at: operands.count))
        }
    }

    private mutating func compileSelect() {
        let condition = ir.icmp(LLVMIntNE, pop(), ir.i32(0))
        let type = operands[operands.count - 1].type
        let (second, first) = (pop(), pop())
        push(ir.select(condition, laundered(first, type), laundered(second, type)), type)
    }

    private func setLocal(_ index: UInt32, _ value: IRValue) {
        ir.store(laundered(value, control.locals[Int(index)]), locals[Int(index)])
    }

    private func global(_ index: UInt32) -> IRValue {
        let imported = module.importedGlobalCount
        if Int(index) < imported {
            let globals = ir.field(instance, MachineLayout.globals)
            return ir.field(globals, Int(index) * MemoryLayout<UnsafeRawPointer>.stride)
        }
        let own = ir.field(instance, MachineLayout.ownGlobals)
        let slot = module.globalSlots[Int(index) - imported]
        return ir.offset(own, bytes: slot * MemoryLayout<MachineSlot>.stride)
    }

    private func functionReference(_ index: UInt32) -> IRValue {
        let imported = module.importedFunctionCount
        if Int(index) < imported {
            let functions = ir.field(instance, MachineLayout.importedFunctions)
            return ir.field(functions, Int(index) * MemoryLayout<UnsafeRawPointer>.stride)
        }
        let functions = ir.field(instance, MachineLayout.ownFunctions)
        return ir.offset(functions, bytes: (Int(index) - imported) * MachineLayout.functionStride)
    }

    /// The number that the engine has given a type.
    func typeNumber(_ index: UInt32) -> IRValue {
        let numbers = ir.field(instance, MachineLayout.typeNumbers)
        return ir.loadInvariant(ir.types.i32, ir.offset(numbers, bytes: Int(index) * MemoryLayout<UInt32>.stride))
    }

    // MARK: Memory sizes, and what the runtime executes

    private mutating func compileMemorySize(_ index: UInt32) {
        let type = module.memories[Int(index)]
        let length = ir.load(ir.types.i64, lengthPlace(ofMemory: index))
        ir.f.pointee.LLVMSetVolatile(length, 1)
        let pages = type.pageShift == 0 ? length : ir.lshr(length, ir.i64(UInt64(type.pageShift)))
        push(type.addressType == .i64 ? pages : ir.trunc(pages, ir.types.i32), type.addressType.valueType)
    }

    /// Bulk operations, tables, wait and notify.
    private mutating func compileByRuntime(_ instruction: Instruction) {
        guard let count = instruction.kind.outOfLine?.operandCount else {
            preconditionFailure("the runtime executes no \(instruction.opcode.name)")
        }
        compileByRuntime(instruction, operandCount: count)
    }

    private mutating func compileByRuntime(_ instruction: Instruction, operandCount count: Int) {
        if case .table(let table) = instruction.kind { keepException(before: table, instruction.first) }
        let first = operands.count - count
        let result = control.walk.operands.count > first ? control.type(at: first) : nil
        let (slots, reason) = callRuntime(instruction, operandCount: count)
        ir.trapUnlessZero(reason, in: code, context, at: offset)
        leaveIfInterrupted()
        loadLengths()
        if let result { push(ir.loadSlot(slots, 0, result), result) }
    }

    /// Has the runtime execute an instruction whose operands are the topmost. Returns where its result is, and the
    /// reason to leave.
    mutating func callRuntime(
        _ instruction: Instruction, operandCount count: Int
    ) -> (slots: IRValue, reason: IRValue) {
        // What the walk has pushed for the instruction is its result.
        let first = operands.count - count
        let result = control.walk.operands.count > first ? control.type(at: first) : nil
        let layout = SlotLayout((first..<operands.count).map { operands[$0].type })
        let slots = resultSlots(max(layout.slots, result?.slots ?? 0, 1))
        for index in 0..<count {
            ir.storeSlot(value(at: first + index), slots, layout[index], operands[first + index].type)
        }
        drop(count)
        setDebugLocation()
        callsOut = true
        let types = ir.types
        let type = ir.functionType(
            [types.pointer, types.pointer, types.i32, types.i32, types.i64, types.pointer], types.i32)
        let immediates = instruction.outOfLineImmediates
        let reason = ir.call(
            type, ir.helper(context, MachineLayout.helperExecute),
            [
                context, instance, ir.i32(UInt32(instruction.opcode.rawValue)), ir.i32(immediates.first),
                ir.i64(immediates.second), slots,
            ])
        return (slots, reason)
    }
}
