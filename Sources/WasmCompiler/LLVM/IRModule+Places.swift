// Where instructions say that they are, once the passes have run.
//
// The code generator may make one machine instruction of a load and of what consumes it, which then stands at
// the place of the consumer. Always true afterwards: what may take in a guest's load is at the load's place.
// Where a consumer is matters to nobody else, since it cannot trap.

import CLLVM

extension IRModule {
    func placeConsumersOfLoads() {
        var function = f.pointee.LLVMGetFirstFunction(module)
        while let current = function {
            var block = f.pointee.LLVMGetFirstBasicBlock(current)
            while let current = block {
                placeConsumers(in: current)
                block = f.pointee.LLVMGetNextBasicBlock(current)
            }
            function = f.pointee.LLVMGetNextFunction(current)
        }
    }

    /// In order, so that of two loads the later one counts: the earlier one cannot be taken in after it.
    private func placeConsumers(in block: IRBlock) {
        var instruction = f.pointee.LLVMGetFirstInstruction(block)
        while let current = instruction {
            if f.pointee.LLVMGetInstructionOpcode(current) == LLVMLoad, f.pointee.LLVMGetVolatile(current) != 0,
                let place = f.pointee.LLVMInstructionGetDebugLoc(current)
            {
                placeConsumers(of: current, load: current, at: place, in: block)
            }
            instruction = f.pointee.LLVMGetNextInstruction(current)
        }
    }

    /// The one consumer in the block, and its consumer, as long as there is one only: a machine instruction
    /// can load, compute and store.
    private func placeConsumers(
        of first: IRValue, load: IRValue, at place: LLVMMetadataRef, in block: IRBlock
    ) {
        var value = first
        for _ in 0..<Self.mostInOne {
            guard let use = f.pointee.LLVMGetFirstUse(value), f.pointee.LLVMGetNextUse(use) == nil else { return }
            let user = f.pointee.LLVMGetUser(use)
            guard f.pointee.LLVMGetInstructionParent(user) == block else { return }
            switch f.pointee.LLVMGetInstructionOpcode(user) {
            // They keep their own place, since they may trap; a store to where the load was cannot.
            case LLVMStore where f.pointee.LLVMGetOperand(user, 1) == f.pointee.LLVMGetOperand(load, 0): break
            case LLVMStore, LLVMLoad, LLVMAtomicRMW, LLVMAtomicCmpXchg, LLVMPHI, LLVMRet, LLVMInvoke: return
            case LLVMCall where !isIntrinsic(f.pointee.LLVMGetCalledValue(user)): return
            default: break
            }
            f.pointee.LLVMInstructionSetDebugLoc(user, place)
            value = user
        }
    }

    /// More than a machine instruction consists of: a load, a conversion, an operation and a store or branch.
    private static let mostInOne = 4

    func isIntrinsic(_ callee: IRValue) -> Bool {
        f.pointee.LLVMIsAFunction(callee) != nil && f.pointee.LLVMGetIntrinsicID(callee) != 0
    }
}
