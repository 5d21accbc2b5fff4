// Vector instructions that compute.
//
// As with scalars, LLVM does not know floating-point operands that are constants: it folds operations that must
// make a signalling NaN quiet.
// https://webassembly.github.io/spec/core/exec/numerics.html

import CLLVM
import WasmModule
import WasmRuntime

extension FunctionCompiler {
    // MARK: Comparisons

    mutating func compare(_ shape: VectorShape, _ comparison: VectorIntegerComparison) {
        let predicate =
            switch comparison {
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
        let (first, second) = popPair(shape)
        pushVector(ir.sext(ir.icmp(predicate, first, second), ir.lanes(shape)))
    }

    mutating func compare(_ shape: VectorShape, _ comparison: VectorFloatComparison) {
        let predicate =
            switch comparison {
            case .eq: LLVMRealOEQ
            case .ne: LLVMRealUNE
            case .lt: LLVMRealOLT
            case .gt: LLVMRealOGT
            case .le: LLVMRealOLE
            case .ge: LLVMRealOGE
            }
        let second = ir.opaque(popLanes(shape), ir.lanes(shape))
        let first = ir.opaque(popLanes(shape), ir.lanes(shape))
        pushVector(ir.sext(ir.fcmp(predicate, first, second), ir.lanes(shape == .f32x4 ? .i32x4 : .i64x2)))
    }

    // MARK: Integers

    mutating func compute(_ shape: VectorShape, _ operation: VectorIntegerUnary) {
        let (type, lanes) = (ir.lanes(shape), popLanes(shape))
        switch operation {
        case .abs: pushVector(ir.intrinsic("llvm.abs", over: [type], [lanes, ir.zero(ir.types.i1)]))
        case .neg: pushVector(ir.sub(ir.zero(type), lanes))
        case .popcnt: pushVector(ir.intrinsic("llvm.ctpop", over: [type], [lanes]))
        }
    }

    mutating func compute(_ shape: VectorShape, _ operation: VectorIntegerBinary) {
        let (first, second) = popPair(shape)
        let type = ir.lanes(shape)
        func intrinsic(_ name: String) -> IRValue { ir.intrinsic(name, over: [type], [first, second]) }
        let result =
            switch operation {
            case .add: ir.add(first, second)
            case .sub: ir.sub(first, second)
            case .mul: ir.mul(first, second)
            case .addSatS: intrinsic("llvm.sadd.sat")
            case .addSatU: intrinsic("llvm.uadd.sat")
            case .subSatS: intrinsic("llvm.ssub.sat")
            case .subSatU: intrinsic("llvm.usub.sat")
            case .minS: intrinsic("llvm.smin")
            case .minU: intrinsic("llvm.umin")
            case .maxS: intrinsic("llvm.smax")
            case .maxU: intrinsic("llvm.umax")
            // (a + b + 1) / 2 without a wider type.
            case .avgrU:
                ir.sub(ir.or(first, second), ir.lshr(ir.xor(first, second), ir.splat(1, shape)))
            }
        pushVector(result)
    }

    /// The distance counts modulo the width of a lane.
    mutating func shift(_ shape: VectorShape, _ shift: VectorShift) {
        let distance = ir.and(pop(), ir.i32(UInt32(8 * shape.laneBytes - 1)))
        let lane = shape == .i64x2 ? ir.zext(distance, ir.types.i64) : ir.trunc(distance, ir.lane(shape))
        let distances = ir.splat(lane, ir.lanes(shape), 16 / shape.laneBytes)
        switch shift {
        case .shl: pushVector(ir.shl(popLanes(shape), distances))
        case .shrS: pushVector(ir.ashr(popLanes(shape), distances))
        case .shrU: pushVector(ir.lshr(popLanes(shape), distances))
        }
    }

    // MARK: Other widths

    mutating func narrow(_ narrowing: VectorNarrowing) {
        switch narrowing {
        case .i8x16NarrowI16x8S: narrow(.i16x8, .i8x16, isSigned: true)
        case .i8x16NarrowI16x8U: narrow(.i16x8, .i8x16, isSigned: false)
        case .i16x8NarrowI32x4S: narrow(.i32x4, .i16x8, isSigned: true)
        case .i16x8NarrowI32x4U: narrow(.i32x4, .i16x8, isSigned: false)
        }
    }

    private mutating func narrow(_ wide: VectorShape, _ narrow: VectorShape, isSigned: Bool) {
        let count = 16 / narrow.laneBytes
        let (first, second) = popPair(wide)
        let both = ir.shuffle(first, second, Array(0..<count))
        let type = ir.vector(ir.lane(wide), count)
        let most: UInt64 = (1 << UInt64(8 * narrow.laneBytes - (isSigned ? 1 : 0))) - 1
        let least: UInt64 = isSigned ? ~most : 0
        let mask: UInt64 = (1 << UInt64(8 * wide.laneBytes)) - 1
        func bound(_ number: UInt64) -> IRValue {
            let lane = ir.f.pointee.LLVMConstInt(ir.lane(wide), number & mask, 0)
            return ir.constant(Array(repeating: lane, count: count))
        }
        let raised = ir.intrinsic("llvm.smax", over: [type], [both, bound(least)])
        let clamped = ir.intrinsic("llvm.smin", over: [type], [raised, bound(most)])
        pushVector(ir.trunc(clamped, ir.lanes(narrow)))
    }

    mutating func extend(_ extension_: VectorExtension) {
        switch extension_ {
        case .i16x8ExtendLowI8x16S: pushVector(extended(.i8x16, .i16x8, isHigh: false, isSigned: true))
        case .i16x8ExtendHighI8x16S: pushVector(extended(.i8x16, .i16x8, isHigh: true, isSigned: true))
        case .i16x8ExtendLowI8x16U: pushVector(extended(.i8x16, .i16x8, isHigh: false, isSigned: false))
        case .i16x8ExtendHighI8x16U: pushVector(extended(.i8x16, .i16x8, isHigh: true, isSigned: false))
        case .i32x4ExtendLowI16x8S: pushVector(extended(.i16x8, .i32x4, isHigh: false, isSigned: true))
        case .i32x4ExtendHighI16x8S: pushVector(extended(.i16x8, .i32x4, isHigh: true, isSigned: true))
        case .i32x4ExtendLowI16x8U: pushVector(extended(.i16x8, .i32x4, isHigh: false, isSigned: false))
        case .i32x4ExtendHighI16x8U: pushVector(extended(.i16x8, .i32x4, isHigh: true, isSigned: false))
        case .i64x2ExtendLowI32x4S: pushVector(extended(.i32x4, .i64x2, isHigh: false, isSigned: true))
        case .i64x2ExtendHighI32x4S: pushVector(extended(.i32x4, .i64x2, isHigh: true, isSigned: true))
        case .i64x2ExtendLowI32x4U: pushVector(extended(.i32x4, .i64x2, isHigh: false, isSigned: false))
        case .i64x2ExtendHighI32x4U: pushVector(extended(.i32x4, .i64x2, isHigh: true, isSigned: false))
        }
    }

    /// Pops a vector, and gives half of its lanes at twice their width.
    private mutating func extended(
        _ narrow: VectorShape, _ wide: VectorShape, isHigh: Bool, isSigned: Bool
    ) -> IRValue {
        let count = 16 / wide.laneBytes
        let first = isHigh ? count : 0
        let half = ir.shuffle(popLanes(narrow), Array(first..<first + count))
        return isSigned ? ir.sext(half, ir.lanes(wide)) : ir.zext(half, ir.lanes(wide))
    }

    mutating func multiply(_ multiplication: VectorLongMultiplication) {
        switch multiplication {
        case .i16x8ExtmulLowI8x16S: multiply(.i8x16, .i16x8, isHigh: false, isSigned: true)
        case .i16x8ExtmulHighI8x16S: multiply(.i8x16, .i16x8, isHigh: true, isSigned: true)
        case .i16x8ExtmulLowI8x16U: multiply(.i8x16, .i16x8, isHigh: false, isSigned: false)
        case .i16x8ExtmulHighI8x16U: multiply(.i8x16, .i16x8, isHigh: true, isSigned: false)
        case .i32x4ExtmulLowI16x8S: multiply(.i16x8, .i32x4, isHigh: false, isSigned: true)
        case .i32x4ExtmulHighI16x8S: multiply(.i16x8, .i32x4, isHigh: true, isSigned: true)
        case .i32x4ExtmulLowI16x8U: multiply(.i16x8, .i32x4, isHigh: false, isSigned: false)
        case .i32x4ExtmulHighI16x8U: multiply(.i16x8, .i32x4, isHigh: true, isSigned: false)
        case .i64x2ExtmulLowI32x4S: multiply(.i32x4, .i64x2, isHigh: false, isSigned: true)
        case .i64x2ExtmulHighI32x4S: multiply(.i32x4, .i64x2, isHigh: true, isSigned: true)
        case .i64x2ExtmulLowI32x4U: multiply(.i32x4, .i64x2, isHigh: false, isSigned: false)
        case .i64x2ExtmulHighI32x4U: multiply(.i32x4, .i64x2, isHigh: true, isSigned: false)
        }
    }

    private mutating func multiply(
        _ narrow: VectorShape, _ wide: VectorShape, isHigh: Bool, isSigned: Bool
    ) {
        let second = extended(narrow, wide, isHigh: isHigh, isSigned: isSigned)
        pushVector(ir.mul(extended(narrow, wide, isHigh: isHigh, isSigned: isSigned), second))
    }

    mutating func add(_ addition: VectorPairwiseAddition) {
        switch addition {
        case .i16x8ExtaddPairwiseI8x16S: addPairs(.i8x16, .i16x8, isSigned: true)
        case .i16x8ExtaddPairwiseI8x16U: addPairs(.i8x16, .i16x8, isSigned: false)
        case .i32x4ExtaddPairwiseI16x8S: addPairs(.i16x8, .i32x4, isSigned: true)
        case .i32x4ExtaddPairwiseI16x8U: addPairs(.i16x8, .i32x4, isSigned: false)
        }
    }

    private mutating func addPairs(_ narrow: VectorShape, _ wide: VectorShape, isSigned: Bool) {
        let (even, odd) = pairs(popLanes(narrow), narrow, wide, isSigned: isSigned)
        pushVector(ir.add(even, odd))
    }

    /// The even and the odd lanes, at twice their width.
    private func pairs(
        _ lanes: IRValue, _ narrow: VectorShape, _ wide: VectorShape, isSigned: Bool = true
    ) -> (IRValue, IRValue) {
        let count = 16 / wide.laneBytes
        let even = ir.shuffle(lanes, (0..<count).map { 2 * $0 })
        let odd = ir.shuffle(lanes, (0..<count).map { 2 * $0 + 1 })
        let type = ir.lanes(wide)
        return isSigned
            ? (ir.sext(even, type), ir.sext(odd, type)) : (ir.zext(even, type), ir.zext(odd, type))
    }

    mutating func compile(_ product: VectorProduct) {
        switch product {
        case .i32x4DotI16x8S: pushVector(dot(.i16x8, .i32x4))
        case .i16x8Q15mulrSatS, .i16x8RelaxedQ15mulrS: multiplyFractions()
        case .i16x8RelaxedDotI8x16I7x16S: pushVector(dot(.i8x16, .i16x8))
        case .i32x4RelaxedDotI8x16I7x16AddS:
            let added = popLanes(.i32x4)
            let (even, odd) = pairs(dot(.i8x16, .i16x8), .i16x8, .i32x4)
            pushVector(ir.add(ir.add(even, odd), added))
        }
    }

    /// Sums of the products of neighbours.
    private mutating func dot(_ narrow: VectorShape, _ wide: VectorShape) -> IRValue {
        let (first, second) = popPair(narrow)
        let (a, b) = (pairs(first, narrow, wide), pairs(second, narrow, wide))
        return ir.add(ir.mul(a.0, b.0), ir.mul(a.1, b.1))
    }

    private mutating func multiplyFractions() {
        let (first, second) = popPair(.i16x8)
        let type = ir.vector(ir.types.i32, 8)
        func all(_ number: UInt32) -> IRValue { ir.constant(Array(repeating: ir.i32(number), count: 8)) }
        let product = ir.mul(ir.sext(first, type), ir.sext(second, type))
        let rounded = ir.ashr(ir.add(product, all(0x4000)), all(15))
        // Only -1 times -1 is too large.
        let clamped = ir.intrinsic("llvm.smin", over: [type], [rounded, all(0x7FFF)])
        pushVector(ir.trunc(clamped, ir.lanes(.i16x8)))
    }

    // MARK: Floating point

    /// Lanes that LLVM does not know.
    private mutating func popFloats(_ shape: VectorShape) -> IRValue {
        let lanes = popLanes(shape)
        return ir.f.pointee.LLVMIsConstant(lanes) != 0 ? ir.opaque(lanes, ir.lanes(shape)) : lanes
    }

    mutating func compute(_ shape: VectorShape, _ operation: VectorFloatUnary) {
        let (type, lanes) = (ir.lanes(shape), popFloats(shape))
        switch operation {
        case .ceil: pushVector(ir.intrinsic("llvm.ceil", over: [type], [lanes]))
        case .floor: pushVector(ir.intrinsic("llvm.floor", over: [type], [lanes]))
        case .trunc: pushVector(ir.intrinsic("llvm.trunc", over: [type], [lanes]))
        case .nearest: pushVector(ir.intrinsic("llvm.roundeven", over: [type], [lanes]))
        case .sqrt: pushVector(ir.intrinsic("llvm.sqrt", over: [type], [lanes]))
        case .abs: pushVector(ir.intrinsic("llvm.fabs", over: [type], [lanes]))
        case .neg: pushVector(ir.fneg(lanes))
        }
    }

    mutating func compute(_ shape: VectorShape, _ operation: VectorFloatBinary) {
        let second = popFloats(shape)
        let first = popFloats(shape)
        let result =
            switch operation {
            case .add: ir.fadd(first, second)
            case .sub: ir.fsub(first, second)
            case .mul: ir.fmul(first, second)
            case .div: ir.fdiv(first, second)
            case .min, .relaxedMin: extremum(isMinimum: true, first, second, shape)
            case .max, .relaxedMax: extremum(isMinimum: false, first, second, shape)
            case .pmin: ir.select(ir.fcmp(LLVMRealOLT, second, first), second, first)
            case .pmax: ir.select(ir.fcmp(LLVMRealOLT, first, second), second, first)
            }
        pushVector(result)
    }

    private func extremum(
        isMinimum: Bool, _ first: IRValue, _ second: IRValue, _ shape: VectorShape
    ) -> IRValue {
        extremum(
            isMinimum: isMinimum, first, second, ir.lanes(shape), bits: ir.lanes(shape == .f32x4 ? .i32x4 : .i64x2))
    }

    /// Rounds twice: after the multiplication, and after the addition.
    mutating func multiplyAdd(_ shape: VectorShape, _ operation: VectorMultiplyAdd) {
        let added = popFloats(shape)
        let second = popFloats(shape)
        let first = popFloats(shape)
        switch operation {
        case .relaxedMadd: pushVector(ir.fadd(ir.fmul(first, second), added))
        case .relaxedNmadd: pushVector(ir.fadd(ir.fmul(ir.fneg(first), second), added))
        }
    }

    // MARK: Conversions

    mutating func convert(_ conversion: VectorConversion) {
        switch conversion {
        case .f32x4DemoteF64x2Zero:
            let lanes = ir.opaque(popLanes(.f64x2), ir.lanes(.f64x2))
            pushVector(withZeros(ir.demote(lanes, ir.vector(ir.types.f32, 2)), ir.types.f32))
        case .f64x2PromoteLowF32x4:
            pushVector(ir.promote(ir.shuffle(popFloats(.f32x4), [0, 1]), ir.lanes(.f64x2)))
        case .i32x4TruncSatF32x4S, .i32x4RelaxedTruncF32x4S: saturate("llvm.fptosi.sat", .f32x4)
        case .i32x4TruncSatF32x4U, .i32x4RelaxedTruncF32x4U: saturate("llvm.fptoui.sat", .f32x4)
        case .i32x4TruncSatF64x2SZero, .i32x4RelaxedTruncF64x2SZero: saturate("llvm.fptosi.sat", .f64x2)
        case .i32x4TruncSatF64x2UZero, .i32x4RelaxedTruncF64x2UZero: saturate("llvm.fptoui.sat", .f64x2)
        // What comes of an integer is laundered, since LLVM may know the integer.
        case .f32x4ConvertI32x4S: pushHidden(ir.convertSigned(popLanes(.i32x4), ir.lanes(.f32x4)), .f32x4)
        case .f32x4ConvertI32x4U: pushHidden(ir.convertUnsigned(popLanes(.i32x4), ir.lanes(.f32x4)), .f32x4)
        case .f64x2ConvertLowI32x4S:
            pushHidden(ir.convertSigned(ir.shuffle(popLanes(.i32x4), [0, 1]), ir.lanes(.f64x2)), .f64x2)
        case .f64x2ConvertLowI32x4U:
            pushHidden(ir.convertUnsigned(ir.shuffle(popLanes(.i32x4), [0, 1]), ir.lanes(.f64x2)), .f64x2)
        }
    }

    private mutating func pushHidden(_ value: IRValue, _ shape: VectorShape) {
        pushVector(ir.opaque(value, ir.lanes(shape)))
    }

    private mutating func saturate(_ name: String, _ from: VectorShape) {
        let count = 16 / from.laneBytes
        let result = ir.intrinsic(
            name, over: [ir.vector(ir.types.i32, count), ir.lanes(from)], [popLanes(from)])
        pushVector(from == .f32x4 ? result : withZeros(result, ir.types.i32))
    }

    /// Two lanes, and two that are zero.
    private func withZeros(_ lanes: IRValue, _ type: IRType) -> IRValue {
        ir.shuffle(lanes, ir.zero(ir.vector(type, 2)), [0, 1, 2, 3])
    }
}
