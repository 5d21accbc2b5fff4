// Numeric instructions.
//
// LLVM may take a signalling NaN for a quiet one, and so folds operations that must make it quiet: adding -0,
// multiplying by 1. Always true: a floating-point value that LLVM knows is an immediate operand, which
// arithmetic hides from it; what goes into a variable, a local or a global, or comes of an integer, is hidden.
// https://webassembly.github.io/spec/core/exec/numerics.html

import CLLVM
import WasmModule
import WasmRuntime

extension FunctionCompiler {
    mutating func compile(_ numeric: NumericInstruction) {
        switch numeric.kind {
        case .integerComparison(let type, let comparison): compare(comparison, type)
        case .floatComparison(_, let comparison): compare(comparison)
        case .integerOperation(let type, let operation): compute(operation, type)
        case .floatOperation(let type, let operation): compute(operation, type)
        case .conversion(let conversion): convert(conversion)
        }
    }

    /// The low half of each number comes first.
    mutating func compile(_ wide: WideInstruction) {
        let type = ir.bits(128)
        let half = ir.f.pointee.LLVMConstInt(type, 64, 0)
        func join(_ compiler: inout FunctionCompiler) -> IRValue {
            let high = compiler.ir.shl(compiler.ir.zext(compiler.pop(), type), half)
            return compiler.ir.or(compiler.ir.zext(compiler.pop(), type), high)
        }
        let result: IRValue
        switch wide {
        case .i64Add128: result = ir.add(join(&self), join(&self))
        case .i64Sub128:
            let second = join(&self)
            result = ir.sub(join(&self), second)
        case .i64MulWideS: result = ir.mul(ir.sext(pop(), type), ir.sext(pop(), type))
        case .i64MulWideU: result = ir.mul(ir.zext(pop(), type), ir.zext(pop(), type))
        }
        push(ir.trunc(result, ir.types.i64), .i64)
        push(ir.trunc(ir.lshr(result, half), ir.types.i64), .i64)
    }

    private mutating func pushBool(_ condition: IRValue) { push(ir.zext(condition, ir.types.i32), .i32) }

    private mutating func compare(_ comparison: IntegerComparison, _ type: ValueType) {
        let predicate =
            switch comparison {
            case .eqz, .eq: LLVMIntEQ
            case .ne: LLVMIntNE
            case .ltS: LLVMIntSLT
            case .ltU: LLVMIntULT
            case .gtS: LLVMIntSGT
            case .gtU: LLVMIntUGT
            case .leS: LLVMIntSLE
            case .leU: LLVMIntULE
            case .geS: LLVMIntSGE
            case .geU: LLVMIntUGE
            }
        let second = comparison == .eqz ? ir.zero(ir.types.of(type)) : pop()
        pushBool(ir.icmp(predicate, pop(), second))
    }

    private mutating func compare(_ comparison: FloatComparison) {
        var (second, first) = (pop(), pop())
        if comparison == .eq || comparison == .ne {
            // Where two are equal, LLVM takes one for the other in what is selected.
            let type = ir.f.pointee.LLVMTypeOf(first)
            (first, second) = (ir.opaque(first, type), ir.opaque(second, type))
        }
        let predicate =
            switch comparison {
            case .eq: LLVMRealOEQ
            case .ne: LLVMRealUNE
            case .lt: LLVMRealOLT
            case .gt: LLVMRealOGT
            case .le: LLVMRealOLE
            case .ge: LLVMRealOGE
            }
        pushBool(ir.fcmp(predicate, first, second))
    }

    // MARK: Integers

    private mutating func compute(_ operation: IntegerOperation, _ type: ValueType) {
        let irType = ir.types.of(type)
        let second = pop()
        switch operation {
        case .clz: push(ir.intrinsic("llvm.ctlz", over: [irType], [second, ir.zero(ir.types.i1)]), type)
        case .ctz: push(ir.intrinsic("llvm.cttz", over: [irType], [second, ir.zero(ir.types.i1)]), type)
        case .popcnt: push(ir.intrinsic("llvm.ctpop", over: [irType], [second]), type)
        case .add: push(ir.add(pop(), second), type)
        case .sub: push(ir.sub(pop(), second), type)
        case .mul: push(ir.mul(pop(), second), type)
        case .and: push(ir.and(pop(), second), type)
        case .or: push(ir.or(pop(), second), type)
        case .xor: push(ir.xor(pop(), second), type)
        case .shl: push(ir.shl(pop(), distance(second, type)), type)
        case .shrS: push(ir.ashr(pop(), distance(second, type)), type)
        case .shrU: push(ir.lshr(pop(), distance(second, type)), type)
        case .rotl: rotate("llvm.fshl", second, type)
        case .rotr: rotate("llvm.fshr", second, type)
        case .divS: push(divideSigned(pop(), second, type), type)
        case .divU:
            trapIfZero(second, type)
            push(ir.udiv(pop(), second), type)
        case .remS: push(remainderSigned(pop(), second, type), type)
        case .remU:
            trapIfZero(second, type)
            push(ir.urem(pop(), second), type)
        }
    }

    private mutating func rotate(_ name: String, _ distance: IRValue, _ type: ValueType) {
        let value = pop()
        push(ir.intrinsic(name, over: [ir.types.of(type)], [value, value, distance]), type)
    }

    /// Shift distances count modulo the width.
    private func distance(_ value: IRValue, _ type: ValueType) -> IRValue {
        ir.and(value, type == .i32 ? ir.i32(31) : ir.i64(63))
    }

    private mutating func trapIfZero(_ divisor: IRValue, _ type: ValueType) {
        trap(.integerDivideByZero, if: ir.icmp(LLVMIntEQ, divisor, ir.zero(ir.types.of(type))))
    }

    private func minusOne(_ type: ValueType) -> IRValue { type == .i32 ? ir.i32(.max) : ir.i64(.max) }

    private mutating func divideSigned(
        _ dividend: IRValue, _ divisor: IRValue, _ type: ValueType
    ) -> IRValue {
        trapIfZero(divisor, type)
        let least = type == .i32 ? ir.i32(1 << 31) : ir.i64(1 << 63)
        let overflows = ir.and(
            ir.icmp(LLVMIntEQ, dividend, least), ir.icmp(LLVMIntEQ, divisor, minusOne(type)))
        trap(.integerOverflow, if: overflows)
        return ir.sdiv(dividend, divisor)
    }

    /// The remainder by -1 is 0, which the machine's division would not give for the least dividend.
    private mutating func remainderSigned(
        _ dividend: IRValue, _ divisor: IRValue, _ type: ValueType
    ) -> IRValue {
        trapIfZero(divisor, type)
        let one = type == .i32 ? ir.i32(1) : ir.i64(1)
        let safe = ir.select(ir.icmp(LLVMIntEQ, divisor, minusOne(type)), one, divisor)
        return ir.srem(dividend, safe)
    }

    // MARK: Floating point

    private mutating func compute(_ operation: FloatOperation, _ type: ValueType) {
        let last = laundered(pop(), type)
        switch operation {
        case .abs: compute("llvm.fabs", [last], type)
        case .ceil: compute("llvm.ceil", [last], type)
        case .floor: compute("llvm.floor", [last], type)
        case .trunc: compute("llvm.trunc", [last], type)
        case .nearest: compute("llvm.roundeven", [last], type)
        case .sqrt: compute("llvm.sqrt", [last], type)
        case .neg: push(ir.fneg(last), type)
        case .add: push(ir.fadd(laundered(pop(), type), last), type)
        case .sub: push(ir.fsub(laundered(pop(), type), last), type)
        case .mul: push(ir.fmul(laundered(pop(), type), last), type)
        case .div: push(ir.fdiv(laundered(pop(), type), last), type)
        case .copysign: compute("llvm.copysign", [laundered(pop(), type), last], type)
        case .min: push(extremum(isMinimum: true, laundered(pop(), type), last, type), type)
        case .max: push(extremum(isMinimum: false, laundered(pop(), type), last, type), type)
        }
    }

    private mutating func compute(_ name: String, _ operands: [IRValue], _ type: ValueType) {
        push(ir.intrinsic(name, over: [ir.types.of(type)], operands), type)
    }

    /// The value, which LLVM does not know where it is a floating-point constant.
    func laundered(_ value: IRValue, _ type: ValueType) -> IRValue {
        let isFloating = type == .f32 || type == .f64 || type == .v128
        guard isFloating, ir.f.pointee.LLVMIsConstant(value) != 0 else { return value }
        // LLVM takes apart no loop that has inline assembly in it.
        guard let untrapped, let here = ir.insertBlock else { return ir.opaque(value, ir.types.of(type)) }
        ir.position(untrapped.front)
        defer { ir.position(here) }
        return ir.opaque(value, ir.types.of(type))
    }

    private func extremum(
        isMinimum: Bool, _ first: IRValue, _ second: IRValue, _ type: ValueType
    ) -> IRValue {
        let bits = type == .f32 ? ir.types.i32 : ir.types.i64
        return extremum(isMinimum: isMinimum, first, second, ir.types.of(type), bits: bits)
    }

    /// Of numbers or of lanes of a type, and the integers with its bits.
    func extremum(
        isMinimum: Bool, _ first: IRValue, _ second: IRValue, _ type: IRType, bits: IRType
    ) -> IRValue {
        let (a, b) = (ir.bitcast(first, bits), ir.bitcast(second, bits))
        // Of two zeros, the one with the sign that counts.
        let equal = ir.bitcast(isMinimum ? ir.or(a, b) : ir.and(a, b), type)
        let predicate = isMinimum ? LLVMRealOLT : LLVMRealOGT
        let ordered = ir.select(ir.fcmp(predicate, first, second), first, second)
        let number = ir.select(ir.fcmp(LLVMRealOEQ, first, second), equal, ordered)
        return ir.select(ir.fcmp(LLVMRealUNO, first, second), ir.fadd(first, second), number)
    }
}
