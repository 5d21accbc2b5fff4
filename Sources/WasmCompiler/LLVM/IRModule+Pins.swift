// Keeps the traps of guest's loads, once the passes have run.
//
// A volatile load happens as often as the program says, as far as LLVM's passes go. Its code generator does
// not hold to that: it makes one machine instruction of a load and a choice, which it then moves to one side
// of a branch, or has masked, which suppresses the fault. No option turns all of that off. Always true
// afterwards: the value of a load that something may depend on a condition for goes through an empty piece of
// assembly with side effects, in the load's block. Whatever LLVM does, the value is there by then; and since
// only that uses the load, it is not taken into any other instruction, and keeps its place.

import CLLVM

extension IRModule {
    func pinLoads() {
        clearDebugLocation()
        var function = f.pointee.LLVMGetFirstFunction(module)
        while let current = function {
            var block = f.pointee.LLVMGetFirstBasicBlock(current)
            while let current = block {
                pinLoads(in: current)
                block = f.pointee.LLVMGetNextBasicBlock(current)
            }
            function = f.pointee.LLVMGetNextFunction(current)
        }
    }

    private func pinLoads(in block: IRBlock) {
        var instruction = f.pointee.LLVMGetFirstInstruction(block)
        while let current = instruction {
            let next = f.pointee.LLVMGetNextInstruction(current)
            if isGuestLoad(current), mayBeChosen(current) { pin(current, next) }
            instruction = next
        }
    }

    /// Other volatile loads are those of the library's own words, aligned and of no order.
    private func isGuestLoad(_ value: IRValue) -> Bool {
        f.pointee.LLVMGetInstructionOpcode(value) == LLVMLoad && f.pointee.LLVMGetVolatile(value) != 0
            && (f.pointee.LLVMGetAlignment(value) == 1
                || f.pointee.LLVMGetOrdering(value) != LLVMAtomicOrderingNotAtomic)
    }

    /// What follows is the load's one extension in most cases, with which it is one machine instruction.
    private func pin(_ load: IRValue, _ next: IRValue?) {
        guard let next else { return }
        var (value, place) = (load, next)
        let opcode = f.pointee.LLVMGetInstructionOpcode(next)
        if opcode == LLVMZExt || opcode == LLVMSExt, f.pointee.LLVMGetOperand(next, 0) == load,
            isUsedOnce(load), let last = f.pointee.LLVMGetNextInstruction(next)
        {
            (value, place) = (next, last)
        }
        f.pointee.LLVMPositionBuilderBefore(builder, place)
        let pinned = opaque(value, f.pointee.LLVMTypeOf(value), isRequired: true)
        f.pointee.LLVMReplaceAllUsesWith(value, pinned)
        f.pointee.LLVMSetOperand(pinned, 0, value)
    }

    private func isUsedOnce(_ value: IRValue) -> Bool {
        guard let use = f.pointee.LLVMGetFirstUse(value) else { return false }
        return f.pointee.LLVMGetNextUse(use) == nil
    }

    // MARK: What is chosen

    /// More than this many instructions between a load and a choice are not looked at.
    private static let longestWay = 8

    /// Whether the code generator might have what a load gives depend on a condition. Not where it is only
    /// computed with, compared for a branch, stored, passed on, or used as an address.
    private func mayBeChosen(_ value: IRValue, left: Int = IRModule.longestWay) -> Bool {
        var use = f.pointee.LLVMGetFirstUse(value)
        while let current = use {
            if isChoice(f.pointee.LLVMGetUser(current), of: value, left: left) { return true }
            use = f.pointee.LLVMGetNextUse(current)
        }
        return false
    }

    private func isChoice(_ user: IRValue, of value: IRValue, left: Int) -> Bool {
        switch f.pointee.LLVMGetInstructionOpcode(user) {
        case LLVMStore, LLVMLoad, LLVMGetElementPtr, LLVMIntToPtr, LLVMPHI, LLVMRet, LLVMSwitch: return false
        // Of a function, it is passed in a place of its own.
        case LLVMInvoke: return false
        case LLVMCall: return isIntrinsic(f.pointee.LLVMGetCalledValue(user))
        case LLVMICmp, LLVMFCmp: return !onlyBranches(on: user)
        case LLVMTrunc, LLVMZExt, LLVMSExt, LLVMBitCast, LLVMFNeg, LLVMFPTrunc, LLVMFPExt, LLVMUIToFP, LLVMSIToFP:
            return left == 0 || mayBeChosen(user, left: left - 1)
        case let opcode where LLVMAdd.rawValue...LLVMXor.rawValue ~= opcode.rawValue:
            let operands = [0, 1].map { f.pointee.LLVMGetOperand(user, $0) }
            return left == 0 || operands.contains { $0 != value && isOfCondition($0, left: 3) }
                || mayBeChosen(user, left: left - 1)
        default: return true
        }
    }

    private func onlyBranches(on condition: IRValue) -> Bool {
        var use = f.pointee.LLVMGetFirstUse(condition)
        while let current = use {
            guard f.pointee.LLVMGetInstructionOpcode(f.pointee.LLVMGetUser(current)) == LLVMBr else { return false }
            use = f.pointee.LLVMGetNextUse(current)
        }
        return true
    }

    /// Whether a value is made of a condition: a mask, or a factor of 0 or 1.
    private func isOfCondition(_ value: IRValue, left: Int) -> Bool {
        guard f.pointee.LLVMIsAInstruction(value) != nil else { return false }
        if f.pointee.LLVMTypeOf(value) == types.i1 { return true }
        switch f.pointee.LLVMGetInstructionOpcode(value) {
        case LLVMSelect: return true
        case LLVMPHI, LLVMLoad, LLVMCall: return false
        default:
            let count = f.pointee.LLVMGetNumOperands(value)
            return left == 0 || (0..<count).contains {
                isOfCondition(f.pointee.LLVMGetOperand(value, UInt32($0)), left: left - 1)
            }
        }
    }
}
