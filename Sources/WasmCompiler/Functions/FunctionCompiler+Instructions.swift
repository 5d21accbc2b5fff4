// Everything but control: values, locals, globals, and what the runtime executes.

import CLLVM
import CMachine
import WasmModule
import WasmRuntime

extension FunctionCompiler {
    mutating func compile(_ instruction: Instruction) {
        switch instruction.opcode {
        case .call: compileCall(instruction.first)
        case .callIndirect: compileIndirectCall(instruction)
        case .drop: drop(1)
        case .select, .selectT: compileSelect()
        case .localGet:
            let type = control.locals[Int(instruction.first)]
            push(ir.load(ir.types.of(type), locals[Int(instruction.first)]), type)
        case .localSet: setLocal(instruction.first, pop())
        case .localTee: setLocal(instruction.first, value(at: operands.count - 1))
        case .globalGet:
            let type = module.globalTypes[Int(instruction.first)].value
            push(ir.loadSlot(global(instruction.first), 0, type), type)
        case .globalSet:
            let type = module.globalTypes[Int(instruction.first)].value
            ir.storeSlot(hidden(pop(), type), global(instruction.first), 0, type)
        case .i32Const: push(ir.i32(UInt32(truncatingIfNeeded: instruction.constant)), .i32)
        case .i64Const: push(ir.i64(instruction.constant), .i64)
        case .f32Const: push(ir.f32(bits: UInt32(truncatingIfNeeded: instruction.constant)), .f32)
        case .f64Const: push(ir.f64(bits: instruction.constant), .f64)
        case .refNull: push(ir.i64(0), control.type(at: operands.count))
        case .refIsNull: push(ir.zext(ir.icmp(LLVMIntEQ, pop(), ir.i64(0)), ir.types.i32), .i32)
        case .refFunc: push(ir.integer(functionReference(instruction.first)), .funcref)
        default: compileByRange(instruction)
        }
    }

    /// The families whose opcodes stand side by side in the table.
    private mutating func compileByRange(_ instruction: Instruction) {
        switch instruction.opcode.rawValue {
        case Opcode.i32Load.rawValue...Opcode.i64Store32.rawValue: compileAccess(instruction)
        case Opcode.i32Eqz.rawValue...Opcode.i64Extend32S.rawValue,
            Opcode.i32TruncSatF32S.rawValue...Opcode.i64TruncSatF64U.rawValue:
            compileNumeric(instruction.opcode)
        case Opcode.atomicFence.rawValue...: compileAtomic(instruction)
        case Opcode.memorySize.rawValue: compileMemorySize()
        default: compileByRuntime(instruction)
        }
    }

    private mutating func compileSelect() {
        let condition = ir.icmp(LLVMIntNE, pop(), ir.i32(0))
        let type = operands[operands.count - 1].type
        let (second, first) = (pop(), pop())
        push(ir.select(condition, hidden(first, type), hidden(second, type)), type)
    }

    private func setLocal(_ index: UInt32, _ value: IRValue) {
        ir.store(hidden(value, control.locals[Int(index)]), locals[Int(index)])
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

    // MARK: Memory sizes and what is rare

    private mutating func compileMemorySize() {
        let memory = ir.field(instance, MachineLayout.memory0)
        let length = ir.load(ir.types.i64, ir.offset(memory, bytes: MachineLayout.byteLength))
        ir.f.pointee.LLVMSetVolatile(length, 1)
        let shift = UInt64(MemoryType.pageSize.trailingZeroBitCount)
        push(ir.trunc(ir.lshr(length, ir.i64(shift)), ir.types.i32), .i32)
    }

    /// Bulk operations, tables, wait and notify.
    private mutating func compileByRuntime(_ instruction: Instruction) {
        let count = Self.operandCount(of: instruction.opcode)
        // What the walk has pushed for the instruction is its result.
        let first = operands.count - count
        let result = control.walk.operands.count > first ? control.type(at: first) : nil
        let layout = SlotLayout((first..<operands.count).map { operands[$0].type })
        let slots = resultSlots(max(layout.slots, result?.slots ?? 0, 1))
        for index in 0..<count {
            ir.storeSlot(value(at: first + index), slots, layout[index], operands[first + index].type)
        }
        drop(count)
        markPlace()
        callsOut = true
        let types = ir.types
        let type = ir.functionType(
            [types.pointer, types.pointer, types.i32, types.i32, types.i32, types.pointer], types.i32)
        // The offset of a memory argument is part of the address.
        let immediates = Self.hasMemoryArgument(instruction.opcode)
            ? (UInt32(truncatingIfNeeded: instruction.constant), 0) : (instruction.first, instruction.second)
        let reason = ir.call(
            type, ir.helper(context, MachineLayout.helperExecute),
            [
                context, instance, ir.i32(UInt32(instruction.opcode.rawValue)), ir.i32(immediates.0),
                ir.i32(immediates.1), slots,
            ])
        let (failed, passed) = (ir.block(in: code), ir.block(in: code))
        ir.branch(if: ir.icmp(LLVMIntNE, reason, ir.i32(0)), failed, else: passed)
        ir.position(failed)
        ir.trap(context, reason, at: offset)
        ir.position(passed)
        leaveIfInterrupted()
        if let result { push(ir.loadSlot(slots, 0, result), result) }
    }

    private static func hasMemoryArgument(_ opcode: Opcode) -> Bool {
        [.memoryAtomicNotify, .memoryAtomicWait32, .memoryAtomicWait64].contains(opcode)
    }

    private static func operandCount(of opcode: Opcode) -> Int {
        switch opcode {
        case .dataDrop, .elemDrop, .tableSize: 0
        case .memoryGrow, .tableGet: 1
        case .tableSet, .tableGrow, .memoryAtomicNotify: 2
        case .memoryInit, .memoryCopy, .memoryFill, .tableInit, .tableCopy, .tableFill,
            .memoryAtomicWait32, .memoryAtomicWait64:
            3
        default: preconditionFailure("\(opcode) is compiled, not executed by the runtime")
        }
    }
}
