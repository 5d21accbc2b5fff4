// Numeric instructions.
//
// LLVM may take a signalling NaN for a quiet one, and so folds operations that must make it quiet: adding -0,
// multiplying by 1. Always true: a floating-point value that LLVM knows is an immediate operand, which
// arithmetic hides from it; what goes into a variable, a local or a global, or comes of an integer, is hidden.
// https://webassembly.github.io/spec/core/exec/numerics.html

import CLLVM
import WasmModule
import WasmRuntime

/// The instructions of an integer type, in the order of the opcode table.
private enum IntegerOperation: UInt16 {
    case clz, ctz, popcnt, add, sub, mul, divS, divU, remS, remU, and, or, xor, shl, shrS, shrU, rotl, rotr
}

private enum FloatOperation: UInt16 {
    case abs, neg, ceil, floor, trunc, nearest, sqrt, add, sub, mul, div, min, max, copysign
}

private enum FloatComparison: UInt16 {
    case eq, ne, lt, gt, le, ge
}

private enum IntegerComparison: UInt16 {
    case eq, ne, ltS, ltU, gtS, gtU, leS, leU, geS, geU

    var predicate: LLVMIntPredicate {
        switch self {
        case .eq: LLVMIntEQ
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
    }
}

extension Opcode {
    /// How far behind `first` it stands in the table.
    fileprivate func index(behind first: Opcode) -> UInt16 { rawValue - first.rawValue }
}

extension FunctionCompiler {
    mutating func compileNumeric(_ opcode: Opcode) {
        switch opcode.rawValue {
        case Opcode.i32Eqz.rawValue: pushBool(ir.icmp(LLVMIntEQ, pop(), ir.i32(0)))
        case Opcode.i64Eqz.rawValue: pushBool(ir.icmp(LLVMIntEQ, pop(), ir.i64(0)))
        case Opcode.i32Eq.rawValue...Opcode.i32GeU.rawValue:
            compare(IntegerComparison(rawValue: opcode.index(behind: .i32Eq))!)
        case Opcode.i64Eq.rawValue...Opcode.i64GeU.rawValue:
            compare(IntegerComparison(rawValue: opcode.index(behind: .i64Eq))!)
        case Opcode.f32Eq.rawValue...Opcode.f32Ge.rawValue:
            compare(FloatComparison(rawValue: opcode.index(behind: .f32Eq))!)
        case Opcode.f64Eq.rawValue...Opcode.f64Ge.rawValue:
            compare(FloatComparison(rawValue: opcode.index(behind: .f64Eq))!)
        case Opcode.i32Clz.rawValue...Opcode.i32Rotr.rawValue:
            compute(IntegerOperation(rawValue: opcode.index(behind: .i32Clz))!, .i32)
        case Opcode.i64Clz.rawValue...Opcode.i64Rotr.rawValue:
            compute(IntegerOperation(rawValue: opcode.index(behind: .i64Clz))!, .i64)
        case Opcode.f32Abs.rawValue...Opcode.f32Copysign.rawValue:
            compute(FloatOperation(rawValue: opcode.index(behind: .f32Abs))!, .f32)
        case Opcode.f64Abs.rawValue...Opcode.f64Copysign.rawValue:
            compute(FloatOperation(rawValue: opcode.index(behind: .f64Abs))!, .f64)
        default: convert(opcode)
        }
    }

    private mutating func pushBool(_ condition: IRValue) { push(ir.zext(condition, ir.types.i32), .i32) }

    private mutating func compare(_ comparison: IntegerComparison) {
        let (second, first) = (pop(), pop())
        pushBool(ir.icmp(comparison.predicate, first, second))
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
        case .clz: return push(ir.intrinsic("llvm.ctlz", over: [irType], [second, ir.zero(ir.types.i1)]), type)
        case .ctz: return push(ir.intrinsic("llvm.cttz", over: [irType], [second, ir.zero(ir.types.i1)]), type)
        case .popcnt: return push(ir.intrinsic("llvm.ctpop", over: [irType], [second]), type)
        default: break
        }
        let first = pop()
        let result =
            switch operation {
            case .add: ir.add(first, second)
            case .sub: ir.sub(first, second)
            case .mul: ir.mul(first, second)
            case .and: ir.and(first, second)
            case .or: ir.or(first, second)
            case .xor: ir.xor(first, second)
            case .shl: ir.shl(first, distance(second, type))
            case .shrS: ir.ashr(first, distance(second, type))
            case .shrU: ir.lshr(first, distance(second, type))
            case .rotl: ir.intrinsic("llvm.fshl", over: [irType], [first, first, second])
            case .rotr: ir.intrinsic("llvm.fshr", over: [irType], [first, first, second])
            default: divide(operation, first, second, type)
            }
        push(result, type)
    }

    /// Shift distances count modulo the width.
    private func distance(_ value: IRValue, _ type: ValueType) -> IRValue {
        ir.and(value, type == .i32 ? ir.i32(31) : ir.i64(63))
    }

    private mutating func divide(
        _ operation: IntegerOperation, _ dividend: IRValue, _ divisor: IRValue, _ type: ValueType
    ) -> IRValue {
        let is32 = type == .i32
        let zero = is32 ? ir.i32(0) : ir.i64(0)
        let minusOne = is32 ? ir.i32(.max) : ir.i64(.max)
        trap(.integerDivideByZero, if: ir.icmp(LLVMIntEQ, divisor, zero))
        switch operation {
        case .divU: return ir.udiv(dividend, divisor)
        case .remU: return ir.urem(dividend, divisor)
        case .divS:
            let least = is32 ? ir.i32(1 << 31) : ir.i64(1 << 63)
            let overflows = ir.and(
                ir.icmp(LLVMIntEQ, dividend, least), ir.icmp(LLVMIntEQ, divisor, minusOne))
            trap(.integerOverflow, if: overflows)
            return ir.sdiv(dividend, divisor)
        default:
            // The remainder by -1 is 0, which the machine's division would not give for the least dividend.
            let one = is32 ? ir.i32(1) : ir.i64(1)
            let safe = ir.select(ir.icmp(LLVMIntEQ, divisor, minusOne), one, divisor)
            return ir.srem(dividend, safe)
        }
    }

    // MARK: Floating point

    private mutating func compute(_ operation: FloatOperation, _ type: ValueType) {
        let irType = ir.types.of(type)
        let last = hidden(pop(), type)
        let name: String? =
            switch operation {
            case .abs: "llvm.fabs"
            case .ceil: "llvm.ceil"
            case .floor: "llvm.floor"
            case .trunc: "llvm.trunc"
            case .nearest: "llvm.roundeven"
            case .sqrt: "llvm.sqrt"
            default: nil
            }
        if let name { return push(ir.intrinsic(name, over: [irType], [last]), type) }
        if operation == .neg { return push(ir.fneg(last), type) }
        let (first, second) = (hidden(pop(), type), last)
        let result =
            switch operation {
            case .add: ir.fadd(first, second)
            case .sub: ir.fsub(first, second)
            case .mul: ir.fmul(first, second)
            case .div: ir.fdiv(first, second)
            case .copysign: ir.intrinsic("llvm.copysign", over: [irType], [first, second])
            default: extremum(isMinimum: operation == .min, first, second, type)
            }
        push(result, type)
    }

    /// The value, which LLVM does not know where it is a floating-point constant.
    func hidden(_ value: IRValue, _ type: ValueType) -> IRValue {
        guard type == .f32 || type == .f64, ir.f.pointee.LLVMIsConstant(value) != 0 else { return value }
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
        let (a, b) = (ir.bitcast(first, bits), ir.bitcast(second, bits))
        // Of two zeros, the one with the sign that counts.
        let equal = ir.bitcast(isMinimum ? ir.or(a, b) : ir.and(a, b), ir.types.of(type))
        let predicate = isMinimum ? LLVMRealOLT : LLVMRealOGT
        let ordered = ir.select(ir.fcmp(predicate, first, second), first, second)
        let number = ir.select(ir.fcmp(LLVMRealOEQ, first, second), equal, ordered)
        return ir.select(ir.fcmp(LLVMRealUNO, first, second), ir.fadd(first, second), number)
    }
}
