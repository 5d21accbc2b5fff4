// Loads, stores and atomic accesses.
//
// A 32-bit index and a 32-bit offset stay inside the memory's reservation, so an access that is out of
// bounds faults, and the handler of the fault makes a trap of it. Accesses are volatile: LLVM must neither
// drop one whose value nobody needs, nor merge two.

import CLLVM
import CMachine
import WasmModule
import WasmRuntime

/// What an access transfers.
private struct Access {
    let type: ValueType
    let bits: UInt32
    let isSigned: Bool
    let isStore: Bool

    init(_ opcode: Opcode) {
        let row = Opcode.table[Int(opcode.rawValue)]
        switch row.immediates {
        case .memory(let exponent), .atomic(let exponent): bits = 8 << UInt32(exponent)
        default: preconditionFailure("\(opcode) is no access")
        }
        let name = row.name.description
        isStore = row.signature.result == nil
        isSigned = name.hasSuffix("_s")
        type =
            switch name.prefix(3) {
            case "i32": .i32
            case "i64": .i64
            case "f32": .f32
            default: .f64
            }
    }
}

extension FunctionCompiler {
    mutating func compileAccess(_ instruction: Instruction) {
        let access = Access(instruction.opcode)
        let narrow = narrowType(access)
        markPlace()
        if access.isStore {
            let value = pop()
            let address = address(pop(), instruction)
            let stored = access.bits < width(access.type) ? ir.trunc(value, narrow) : value
            ir.markGuestAccess(ir.store(stored, address), alignment: 1, mayTrap: untrapped == nil)
        } else {
            let address = address(pop(), instruction)
            let loaded = ir.load(narrow, address)
            ir.markGuestAccess(loaded, alignment: 1, mayTrap: untrapped == nil)
            push(widen(loaded, access), access.type)
        }
    }

    private mutating func address(_ index: IRValue, _ instruction: Instruction) -> IRValue {
        if let address = untrappedAddress() { return address }
        let base = ir.offset(memoryBase!, bytes: ir.zext(index, ir.types.i64))
        return ir.offset(base, bytes: Int(instruction.constant))
    }

    private func width(_ type: ValueType) -> UInt32 { type == .i32 || type == .f32 ? 32 : 64 }

    private func narrowType(_ access: Access) -> IRType {
        if access.type == .f32 || access.type == .f64 { return ir.types.of(access.type) }
        return switch access.bits {
        case 8: ir.types.i8
        case 16: ir.types.i16
        case 32: ir.types.i32
        default: ir.types.i64
        }
    }

    private func widen(_ value: IRValue, _ access: Access) -> IRValue {
        guard access.bits < width(access.type) else { return value }
        let type = ir.types.of(access.type)
        return access.isSigned ? ir.sext(value, type) : ir.zext(value, type)
    }

    // MARK: Atomics

    mutating func compileAtomic(_ instruction: Instruction) {
        let opcode = instruction.opcode
        markPlace()
        guard opcode != .atomicFence else {
            _ = ir.f.pointee.LLVMBuildFence(
                ir.builder, LLVMAtomicOrderingSequentiallyConsistent, 0, "")
            return
        }
        let access = Access(opcode)
        let narrow = narrowType(access)
        let operandCount = Opcode.table[Int(opcode.rawValue)].signature.operands.count - 1
        let values = (0..<operandCount).map { _ in
            let value = pop()
            return access.bits < width(access.type) ? ir.trunc(value, narrow) : value
        }
        let address = atomicAddress(pop(), instruction, bytes: access.bits / 8)
        if access.isStore {
            let store = ir.store(values[0], address)
            ir.markGuestAccess(store, alignment: access.bits / 8)
            return ir.markAtomic(store)
        }
        push(widen(atomic(opcode, values, address, narrow, access.bits / 8), access), access.type)
    }

    private func atomic(
        _ opcode: Opcode, _ values: [IRValue], _ address: IRValue, _ type: IRType, _ alignment: UInt32
    ) -> IRValue {
        switch values.count {
        case 0:
            let load = ir.load(type, address)
            ir.markGuestAccess(load, alignment: alignment)
            ir.markAtomic(load)
            return load
        case 1:
            // Hidden, since LLVM makes a fence alone of one that it knows to change nothing.
            let change = ir.f.pointee.LLVMBuildAtomicRMW(
                ir.builder, Self.modification(opcode), address, ir.opaque(values[0], type),
                LLVMAtomicOrderingSequentiallyConsistent, 0)
            ir.markGuestAccess(change, alignment: alignment)
            return change
        default:
            // The replacement was pushed last.
            let pair = ir.f.pointee.LLVMBuildAtomicCmpXchg(
                ir.builder, address, values[1], values[0], LLVMAtomicOrderingSequentiallyConsistent,
                LLVMAtomicOrderingSequentiallyConsistent, 0)
            ir.markGuestAccess(pair, alignment: alignment)
            return ir.f.pointee.LLVMBuildExtractValue(ir.builder, pair, 0, "")
        }
    }

    /// The modifications stand in the table one after another, each for seven widths.
    private static func modification(_ opcode: Opcode) -> LLVMAtomicRMWBinOp {
        switch (opcode.rawValue - Opcode.i32AtomicRmwAdd.rawValue) / 7 {
        case 0: LLVMAtomicRMWBinOpAdd
        case 1: LLVMAtomicRMWBinOpSub
        case 2: LLVMAtomicRMWBinOpAnd
        case 3: LLVMAtomicRMWBinOpOr
        case 4: LLVMAtomicRMWBinOpXor
        default: LLVMAtomicRMWBinOpXchg
        }
    }

    /// An address that is out of bounds and unaligned is out of bounds.
    private mutating func atomicAddress(
        _ index: IRValue, _ instruction: Instruction, bytes: UInt32
    ) -> IRValue {
        let effective = ir.add(ir.zext(index, ir.types.i64), ir.i64(instruction.constant))
        if bytes > 1 {
            let rest = ir.and(effective, ir.i64(UInt64(bytes) - 1))
            let (failed, passed) = (ir.block(in: code), ir.block(in: code))
            ir.branch(if: ir.icmp(LLVMIntNE, rest, ir.i64(0)), failed, else: passed)
            ir.position(failed)
            let memory = ir.field(instance, MachineLayout.memory0)
            let length = ir.load(ir.types.i64, ir.offset(memory, bytes: MachineLayout.byteLength))
            let end = ir.add(effective, ir.i64(UInt64(bytes)))
            trap(.memoryOutOfBounds, if: ir.icmp(LLVMIntUGT, end, length))
            trap(.unalignedAtomic)
            ir.position(passed)
        }
        return ir.offset(memoryBase!, bytes: effective)
    }
}
