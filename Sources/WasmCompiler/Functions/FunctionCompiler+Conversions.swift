// Conversions between number types.
// https://webassembly.github.io/spec/core/exec/numerics.html#conversions

import CLLVM
import WasmModule
import WasmRuntime

/// A conversion from a floating-point type to an integer, with its range: it traps, or saturates, where the
/// integer part of the operand is not between `least` and `most`.
private struct Truncation {
    let from: ValueType
    let to: ValueType
    let isSigned: Bool

    init(_ from: ValueType, _ to: ValueType, isSigned: Bool) {
        self.from = from
        self.to = to
        self.isSigned = isSigned
    }

    /// The operand must be greater than the first, or equal where it is included, and less than the second.
    var bounds: (low: Double, includesLow: Bool, high: Double) {
        let bits = to == .i32 ? 32 : 64
        guard isSigned else { return (-1, false, bits == 32 ? 0x1p32 : 0x1p64) }
        // A double has numbers between -2^31 - 1 and -2^31; the others have none between the last two.
        if bits == 32, from == .f64 { return (-0x1p31 - 1, false, 0x1p31) }
        return (bits == 32 ? -0x1p31 : -0x1p63, true, bits == 32 ? 0x1p31 : 0x1p63)
    }
}

extension FunctionCompiler {
    mutating func convert(_ conversion: Conversion) {
        let types = ir.types
        switch conversion {
        case .i32WrapI64: push(ir.trunc(pop(), types.i32), .i32)
        case .i64ExtendI32S: push(ir.sext(pop(), types.i64), .i64)
        case .i64ExtendI32U: push(ir.zext(pop(), types.i64), .i64)
        case .i32Extend8S: push(ir.sext(ir.trunc(pop(), types.i8), types.i32), .i32)
        case .i32Extend16S: push(ir.sext(ir.trunc(pop(), types.i16), types.i32), .i32)
        case .i64Extend8S: push(ir.sext(ir.trunc(pop(), types.i8), types.i64), .i64)
        case .i64Extend16S: push(ir.sext(ir.trunc(pop(), types.i16), types.i64), .i64)
        case .i64Extend32S: push(ir.sext(ir.trunc(pop(), types.i32), types.i64), .i64)
        case .i32ReinterpretF32: push(ir.bitcast(pop(), types.i32), .i32)
        case .i64ReinterpretF64: push(ir.bitcast(pop(), types.i64), .i64)
        // What comes of an integer is laundered, since LLVM may know the integer.
        case .f32ReinterpretI32: push(ir.opaque(ir.bitcast(pop(), types.f32), types.f32), .f32)
        case .f64ReinterpretI64: push(ir.opaque(ir.bitcast(pop(), types.f64), types.f64), .f64)
        case .f32ConvertI32S, .f32ConvertI64S:
            push(ir.opaque(ir.convertSigned(pop(), types.f32), types.f32), .f32)
        case .f32ConvertI32U, .f32ConvertI64U:
            push(ir.opaque(ir.convertUnsigned(pop(), types.f32), types.f32), .f32)
        case .f64ConvertI32S, .f64ConvertI64S:
            push(ir.opaque(ir.convertSigned(pop(), types.f64), types.f64), .f64)
        case .f64ConvertI32U, .f64ConvertI64U:
            push(ir.opaque(ir.convertUnsigned(pop(), types.f64), types.f64), .f64)
        // Laundered, so that a promotion and a demotion are not folded into nothing.
        case .f32DemoteF64: push(ir.demote(ir.opaque(pop(), types.f64), types.f32), .f32)
        case .f64PromoteF32: push(ir.promote(pop(), types.f64), .f64)
        case .i32TruncF32S: truncate(Truncation(.f32, .i32, isSigned: true))
        case .i32TruncF32U: truncate(Truncation(.f32, .i32, isSigned: false))
        case .i32TruncF64S: truncate(Truncation(.f64, .i32, isSigned: true))
        case .i32TruncF64U: truncate(Truncation(.f64, .i32, isSigned: false))
        case .i64TruncF32S: truncate(Truncation(.f32, .i64, isSigned: true))
        case .i64TruncF32U: truncate(Truncation(.f32, .i64, isSigned: false))
        case .i64TruncF64S: truncate(Truncation(.f64, .i64, isSigned: true))
        case .i64TruncF64U: truncate(Truncation(.f64, .i64, isSigned: false))
        case .i32TruncSatF32S: saturate(Truncation(.f32, .i32, isSigned: true))
        case .i32TruncSatF32U: saturate(Truncation(.f32, .i32, isSigned: false))
        case .i32TruncSatF64S: saturate(Truncation(.f64, .i32, isSigned: true))
        case .i32TruncSatF64U: saturate(Truncation(.f64, .i32, isSigned: false))
        case .i64TruncSatF32S: saturate(Truncation(.f32, .i64, isSigned: true))
        case .i64TruncSatF32U: saturate(Truncation(.f32, .i64, isSigned: false))
        case .i64TruncSatF64S: saturate(Truncation(.f64, .i64, isSigned: true))
        case .i64TruncSatF64U: saturate(Truncation(.f64, .i64, isSigned: false))
        }
    }

    private mutating func truncate(_ truncation: Truncation) {
        let value = pop()
        let type = ir.types.of(truncation.from)
        let (low, includesLow, high) = truncation.bounds
        trap(.invalidConversionToInteger, if: ir.fcmp(LLVMRealUNO, value, value))
        let isAbove = ir.fcmp(
            includesLow ? LLVMRealOGE : LLVMRealOGT, value, ir.f.pointee.LLVMConstReal(type, low))
        let isBelow = ir.fcmp(LLVMRealOLT, value, ir.f.pointee.LLVMConstReal(type, high))
        let isOutside = ir.icmp(LLVMIntEQ, ir.and(isAbove, isBelow), ir.zero(ir.types.i1))
        trap(.integerOverflow, if: isOutside)
        let target = ir.types.of(truncation.to)
        let result = truncation.isSigned
            ? ir.f.pointee.LLVMBuildFPToSI(ir.builder, value, target, "")
            : ir.f.pointee.LLVMBuildFPToUI(ir.builder, value, target, "")
        push(result, truncation.to)
    }

    private mutating func saturate(_ truncation: Truncation) {
        let name = truncation.isSigned ? "llvm.fptosi.sat" : "llvm.fptoui.sat"
        let overload = [ir.types.of(truncation.to), ir.types.of(truncation.from)]
        push(ir.intrinsic(name, over: overload, [pop()]), truncation.to)
    }
}

extension IRModule {
    func convertSigned(_ value: IRValue, _ type: IRType) -> IRValue {
        f.pointee.LLVMBuildSIToFP(builder, value, type, "")
    }

    func convertUnsigned(_ value: IRValue, _ type: IRType) -> IRValue {
        f.pointee.LLVMBuildUIToFP(builder, value, type, "")
    }

    func demote(_ value: IRValue, _ type: IRType) -> IRValue { f.pointee.LLVMBuildFPTrunc(builder, value, type, "") }

    func promote(_ value: IRValue, _ type: IRType) -> IRValue { f.pointee.LLVMBuildFPExt(builder, value, type, "") }

    /// Nothing, which LLVM takes for an effect.
    func keepBlock() {
        let function = functionType([], types.void)
        let nothing = f.pointee.LLVMGetInlineAsm(
            function, "", 0, "", 0, 1, 0, LLVMInlineAsmDialectATT, 0)
        _ = call(function, nothing, [])
    }

    #if arch(x86_64)
        private static let floatingRegister = "x"
    #elseif arch(arm64)
        private static let floatingRegister = "w"
    #endif

    /// A value that LLVM knows nothing about. Where it is required, it is there whether it is used or not.
    func opaque(_ value: IRValue, _ type: IRType, isRequired: Bool = false) -> IRValue {
        let isNumber = [types.i1, types.i8, types.i16, types.i32, types.i64].contains(type)
        let constraints = "=\(isNumber ? "r" : Self.floatingRegister),0"
        let function = functionType([type], type)
        let identity = f.pointee.LLVMGetInlineAsm(
            function, "", 0, constraints, constraints.utf8.count, isRequired ? 1 : 0, 0, LLVMInlineAsmDialectATT, 0)
        return call(function, identity, [value])
    }
}
