// Loads, stores and atomic accesses.
//
// An access may fault where it is out of bounds, and the handler of the fault makes a trap of it: see
// FunctionCompiler+Memories.swift. Accesses that may trap are volatile: LLVM must neither drop one whose value nobody
// needs, nor merge two, nor repeat one of a memory that other threads change.

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
        guard let bytes = opcode.transferredBytes, let signature = opcode.signature else {
            preconditionFailure("\(opcode) is no access")
        }
        bits = 8 * UInt32(bytes)
        isStore = signature.resultCount == 0
        isSigned = opcode.name.hasSuffix("_s")
        switch isStore ? signature.operands[1] : signature.results[0] {
        case .i32: type = .i32
        case .i64: type = .i64
        case .f32: type = .f32
        case .f64: type = .f64
        case .v128: type = .v128
        case .address: preconditionFailure("\(opcode) transfers an address")
        }
    }
}

extension FunctionCompiler {
    mutating func compile(_ load: LoadInstruction, _ instruction: Instruction) {
        let access = Access(load.opcode)
        setDebugLocation()
        let address = address(pop(), instruction)
        let loaded = ir.load(narrowType(access), address)
        ir.markGuestAccess(loaded, alignment: 1, mayTrap: untrapped == nil)
        push(widen(loaded, access), access.type)
    }

    mutating func compile(_ store: StoreInstruction, _ instruction: Instruction) {
        let access = Access(store.opcode)
        setDebugLocation()
        let value = pop()
        let address = address(pop(), instruction)
        let stored = access.bits < width(access.type) ? ir.trunc(value, narrowType(access)) : value
        ir.markGuestAccess(ir.store(stored, address), alignment: 1, mayTrap: untrapped == nil)
    }

    mutating func address(_ index: IRValue, _ instruction: Instruction) -> IRValue {
        if let address = untrappedAddress() { return address }
        let bytes = UInt64(instruction.opcode.transferredBytes!)
        guard let start = start(of: index, in: instruction.first, offset: instruction.constant, bytes: bytes) else {
            return base(ofMemory: instruction.first)
        }
        let base = ir.offset(base(ofMemory: instruction.first), bytes: start)
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

    mutating func compileFence() {
        setDebugLocation()
        _ = ir.f.pointee.LLVMBuildFence(ir.builder, LLVMAtomicOrderingSequentiallyConsistent, 0, "")
    }

    mutating func compile(_ atomic: AtomicInstruction, _ instruction: Instruction) {
        let access = Access(atomic.opcode)
        let (type, bytes) = (narrowType(access), access.bits / 8)
        setDebugLocation()
        switch atomic.kind {
        case .load:
            let load = ir.load(type, atomicAddress(pop(), instruction, bytes: bytes))
            ir.markGuestAccess(load, alignment: bytes)
            ir.markAtomic(load)
            push(widen(load, access), access.type)
        case .store:
            let value = popNarrow(access)
            let store = ir.store(value, atomicAddress(pop(), instruction, bytes: bytes))
            ir.markGuestAccess(store, alignment: bytes)
            ir.markAtomic(store)
        case .modification(let modification):
            // Laundered, since LLVM makes only a fence of one that it knows to change nothing.
            let value = ir.opaque(popNarrow(access), type)
            let change = ir.f.pointee.LLVMBuildAtomicRMW(
                ir.builder, modification.operation, atomicAddress(pop(), instruction, bytes: bytes), value,
                LLVMAtomicOrderingSequentiallyConsistent, 0)
            ir.markGuestAccess(change, alignment: bytes)
            push(widen(change, access), access.type)
        case .exchange:
            let (replacement, expected) = (popNarrow(access), popNarrow(access))
            let pair = ir.f.pointee.LLVMBuildAtomicCmpXchg(
                ir.builder, atomicAddress(pop(), instruction, bytes: bytes), expected, replacement,
                LLVMAtomicOrderingSequentiallyConsistent, LLVMAtomicOrderingSequentiallyConsistent, 0)
            ir.markGuestAccess(pair, alignment: bytes)
            push(widen(ir.f.pointee.LLVMBuildExtractValue(ir.builder, pair, 0, ""), access), access.type)
        }
    }

    /// Pops an operand of an access, of which the low bits count.
    private mutating func popNarrow(_ access: Access) -> IRValue {
        let value = pop()
        return access.bits < width(access.type) ? ir.trunc(value, narrowType(access)) : value
    }

    /// An address that is out of bounds and unaligned is out of bounds.
    private mutating func atomicAddress(
        _ index: IRValue, _ instruction: Instruction, bytes: UInt32
    ) -> IRValue {
        let memory = instruction.first
        guard let start = start(of: index, in: memory, offset: instruction.constant, bytes: UInt64(bytes)) else {
            return base(ofMemory: memory)
        }
        let effective = ir.add(start, ir.i64(instruction.constant))
        if bytes > 1 {
            let rest = ir.and(effective, ir.i64(UInt64(bytes) - 1))
            let (failed, passed) = (ir.block(in: code), ir.block(in: code))
            ir.branch(if: ir.icmp(LLVMIntNE, rest, ir.i64(0)), failed, else: passed)
            ir.position(failed)
            let length = ir.load(ir.types.i64, lengthPlace(ofMemory: memory))
            let end = ir.add(effective, ir.i64(UInt64(bytes)))
            trap(.memoryOutOfBounds, if: ir.icmp(LLVMIntUGT, end, length))
            trap(.unalignedAtomic)
            ir.position(passed)
        }
        return ir.offset(base(ofMemory: memory), bytes: effective)
    }
}

extension AtomicModification {
    fileprivate var operation: LLVMAtomicRMWBinOp {
        switch self {
        case .add: LLVMAtomicRMWBinOpAdd
        case .sub: LLVMAtomicRMWBinOpSub
        case .and: LLVMAtomicRMWBinOpAnd
        case .or: LLVMAtomicRMWBinOpOr
        case .xor: LLVMAtomicRMWBinOpXor
        case .xchg: LLVMAtomicRMWBinOpXchg
        }
    }
}
