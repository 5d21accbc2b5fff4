// The instructions of LLVM's intermediate language that the compiler makes, at the builder's place.

import CLLVM

extension IRModule {
    // MARK: Constants

    func i32(_ value: UInt32) -> IRValue { f.pointee.LLVMConstInt(types.i32, UInt64(value), 0) }
    func i64(_ value: UInt64) -> IRValue { f.pointee.LLVMConstInt(types.i64, value, 0) }
    func zero(_ type: IRType) -> IRValue { f.pointee.LLVMConstNull(type) }
    func poison(_ type: IRType) -> IRValue { f.pointee.LLVMGetPoison(type) }

    /// A floating-point constant by its bits, so that a NaN keeps its payload.
    func f32(bits: UInt32) -> IRValue { f.pointee.LLVMConstBitCast(i32(bits), types.f32) }
    func f64(bits: UInt64) -> IRValue { f.pointee.LLVMConstBitCast(i64(bits), types.f64) }

    // MARK: Control

    func position(_ block: IRBlock) { f.pointee.LLVMPositionBuilderAtEnd(builder, block) }
    func branch(_ block: IRBlock) { _ = f.pointee.LLVMBuildBr(builder, block) }
    func branch(if condition: IRValue, _ then: IRBlock, else other: IRBlock) {
        _ = f.pointee.LLVMBuildCondBr(builder, condition, then, other)
    }
    /// A branch of which it may be known where it goes nearly always.
    func branch(if condition: IRValue, _ then: IRBlock, else other: IRBlock, isLikely: Bool?) {
        let branch = f.pointee.LLVMBuildCondBr(builder, condition, then, other)
        guard let isLikely else { return }
        f.pointee.LLVMSetMetadata(branch, profile, isLikely ? likely : unlikely)
    }
    func unreachable() { _ = f.pointee.LLVMBuildUnreachable(builder) }
    func ret(_ value: IRValue?) {
        _ = value.map { f.pointee.LLVMBuildRet(builder, $0) } ?? f.pointee.LLVMBuildRetVoid(builder)
    }
    func switchOver(_ value: IRValue, _ other: IRBlock, cases: [(number: Int, block: IRBlock)]) {
        let instruction = f.pointee.LLVMBuildSwitch(builder, value, other, UInt32(cases.count))
        for (number, block) in cases {
            f.pointee.LLVMAddCase(instruction, i32(UInt32(number)), block)
        }
    }

    func call(_ type: IRType, _ function: IRValue, _ arguments: [IRValue]) -> IRValue {
        var arguments: [IRValue] = arguments
        return f.pointee.LLVMBuildCall2(builder, type, function, &arguments, UInt32(arguments.count), "")
    }

    /// Of the function at hand, which begins with the next one's.
    func frameAddress() -> IRValue { intrinsic("llvm.frameaddress", over: [types.pointer], [i32(0)]) }

    /// A call that goes on in `pad` where its callee throws, and otherwise in a block of its own, where the builder is
    /// then.
    func invoke(
        _ type: IRType, _ function: IRValue, _ arguments: [IRValue], in caller: IRValue, catchingAt pad: IRBlock
    ) -> IRValue {
        var arguments: [IRValue] = arguments
        let passed = block(in: caller)
        let result = f.pointee.LLVMBuildInvoke2(
            builder, type, function, &arguments, UInt32(arguments.count), passed, pad, "")
        position(passed)
        return result
    }

    /// What begins the block that an `invoke` goes to: whose exception it is, which catches everything.
    func landingPad() -> IRValue {
        var fields: [IRType] = [types.pointer, types.i32]
        let type = f.pointee.LLVMStructTypeInContext(context, &fields, 2, 0)
        let pad = f.pointee.LLVMBuildLandingPad(builder, type, nil, 1, "")
        f.pointee.LLVMAddClause(pad, zero(types.pointer))
        return f.pointee.LLVMBuildExtractValue(builder, pad, 0, "")
    }

    /// An intrinsic that is overloaded on one type, or on none.
    func intrinsic(_ name: String, over overload: [IRType], _ arguments: [IRValue]) -> IRValue {
        let id = f.pointee.LLVMLookupIntrinsicID(name, name.utf8.count)
        var overload: [IRType] = overload
        let function = f.pointee.LLVMGetIntrinsicDeclaration(module, id, &overload, overload.count)
        let type = f.pointee.LLVMIntrinsicGetType(context, id, &overload, overload.count)
        return call(type, function, arguments)
    }

    // MARK: Integers

    func add(_ a: IRValue, _ b: IRValue) -> IRValue { f.pointee.LLVMBuildAdd(builder, a, b, "") }
    func sub(_ a: IRValue, _ b: IRValue) -> IRValue { f.pointee.LLVMBuildSub(builder, a, b, "") }
    func mul(_ a: IRValue, _ b: IRValue) -> IRValue { f.pointee.LLVMBuildMul(builder, a, b, "") }
    func sdiv(_ a: IRValue, _ b: IRValue) -> IRValue { f.pointee.LLVMBuildSDiv(builder, a, b, "") }
    func udiv(_ a: IRValue, _ b: IRValue) -> IRValue { f.pointee.LLVMBuildUDiv(builder, a, b, "") }
    func srem(_ a: IRValue, _ b: IRValue) -> IRValue { f.pointee.LLVMBuildSRem(builder, a, b, "") }
    func urem(_ a: IRValue, _ b: IRValue) -> IRValue { f.pointee.LLVMBuildURem(builder, a, b, "") }
    func and(_ a: IRValue, _ b: IRValue) -> IRValue { f.pointee.LLVMBuildAnd(builder, a, b, "") }
    func or(_ a: IRValue, _ b: IRValue) -> IRValue { f.pointee.LLVMBuildOr(builder, a, b, "") }
    func xor(_ a: IRValue, _ b: IRValue) -> IRValue { f.pointee.LLVMBuildXor(builder, a, b, "") }
    func shl(_ a: IRValue, _ b: IRValue) -> IRValue { f.pointee.LLVMBuildShl(builder, a, b, "") }
    func lshr(_ a: IRValue, _ b: IRValue) -> IRValue { f.pointee.LLVMBuildLShr(builder, a, b, "") }
    func ashr(_ a: IRValue, _ b: IRValue) -> IRValue { f.pointee.LLVMBuildAShr(builder, a, b, "") }
    func icmp(_ predicate: LLVMIntPredicate, _ a: IRValue, _ b: IRValue) -> IRValue {
        f.pointee.LLVMBuildICmp(builder, predicate, a, b, "")
    }
    func select(_ condition: IRValue, _ then: IRValue, _ other: IRValue) -> IRValue {
        f.pointee.LLVMBuildSelect(builder, condition, then, other, "")
    }

    // MARK: Floating point

    func fadd(_ a: IRValue, _ b: IRValue) -> IRValue { f.pointee.LLVMBuildFAdd(builder, a, b, "") }
    func fsub(_ a: IRValue, _ b: IRValue) -> IRValue { f.pointee.LLVMBuildFSub(builder, a, b, "") }
    func fmul(_ a: IRValue, _ b: IRValue) -> IRValue { f.pointee.LLVMBuildFMul(builder, a, b, "") }
    func fdiv(_ a: IRValue, _ b: IRValue) -> IRValue { f.pointee.LLVMBuildFDiv(builder, a, b, "") }
    func fneg(_ a: IRValue) -> IRValue { f.pointee.LLVMBuildFNeg(builder, a, "") }
    func fcmp(_ predicate: LLVMRealPredicate, _ a: IRValue, _ b: IRValue) -> IRValue {
        f.pointee.LLVMBuildFCmp(builder, predicate, a, b, "")
    }

    // MARK: Conversions

    func trunc(_ a: IRValue, _ type: IRType) -> IRValue { f.pointee.LLVMBuildTrunc(builder, a, type, "") }
    func zext(_ a: IRValue, _ type: IRType) -> IRValue { f.pointee.LLVMBuildZExt(builder, a, type, "") }
    func sext(_ a: IRValue, _ type: IRType) -> IRValue { f.pointee.LLVMBuildSExt(builder, a, type, "") }
    func bitcast(_ a: IRValue, _ type: IRType) -> IRValue {
        f.pointee.LLVMBuildBitCast(builder, a, type, "")
    }
    func pointer(_ a: IRValue) -> IRValue { f.pointee.LLVMBuildIntToPtr(builder, a, types.pointer, "") }
    func integer(_ pointer: IRValue) -> IRValue {
        f.pointee.LLVMBuildPtrToInt(builder, pointer, types.i64, "")
    }

    // MARK: Memory

    func alloca(_ type: IRType) -> IRValue { f.pointee.LLVMBuildAlloca(builder, type, "") }
    func alloca(_ type: IRType, count: Int) -> IRValue {
        f.pointee.LLVMBuildArrayAlloca(builder, type, i32(UInt32(max(count, 1))), "")
    }
    func load(_ type: IRType, _ pointer: IRValue) -> IRValue {
        f.pointee.LLVMBuildLoad2(builder, type, pointer, "")
    }

    /// Of a field that does not change while the function runs.
    func loadInvariant(_ type: IRType, _ pointer: IRValue) -> IRValue {
        let value = load(type, pointer)
        f.pointee.LLVMSetMetadata(value, invariant, emptyNode)
        return value
    }

    @discardableResult
    func store(_ value: IRValue, _ pointer: IRValue) -> IRValue {
        f.pointee.LLVMBuildStore(builder, value, pointer)
    }

    /// Has a variable keep its place in the frame.
    func touch(_ variable: IRValue) { f.pointee.LLVMSetVolatile(store(i64(0), variable), 1) }

    /// Has the frame hold what was in registers when the function was entered.
    func saveRegisters(_ names: ArraySlice<String>) {
        let clobbers = names.map { "~{\($0)}" }.joined(separator: ",")
        let type = functionType([], types.void)
        let assembly = f.pointee.LLVMGetInlineAsm(
            type, "", 0, clobbers, clobbers.utf8.count, 1, 0, LLVMInlineAsmDialectATT, 0)
        _ = call(type, assembly, [])
    }

    /// An access to the guest's memory: one that may trap stays where it is, even if nobody needs its value.
    func markGuestAccess(_ access: IRValue, alignment: UInt32, mayTrap: Bool = true) {
        if mayTrap { f.pointee.LLVMSetVolatile(access, 1) }
        f.pointee.LLVMSetAlignment(access, alignment)
    }

    func markAtomic(_ access: IRValue) {
        f.pointee.LLVMSetOrdering(access, LLVMAtomicOrderingSequentiallyConsistent)
    }

    func offset(_ base: IRValue, bytes: IRValue) -> IRValue {
        var index: [IRValue] = [bytes]
        return f.pointee.LLVMBuildInBoundsGEP2(builder, types.i8, base, &index, 1, "")
    }

    func offset(_ base: IRValue, bytes: Int) -> IRValue {
        bytes == 0 ? base : offset(base, bytes: i64(UInt64(bitPattern: Int64(bytes))))
    }
}
