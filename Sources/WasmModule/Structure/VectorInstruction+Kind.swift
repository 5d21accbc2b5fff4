// Made by scripts/instructions of instructions.txt; a test compares. Not to be edited.
//
// What the instructions of the family `vector` do.

package enum VectorKind: Hashable, Sendable {
    case constant
    case load(VectorLoad)
    case store
    case loadLane
    case storeLane
    case shuffle
    case swizzle
    case splat(VectorShape)
    case extractLane(LaneExtraction)
    case replaceLane(VectorShape)
    case integerComparison(VectorShape, VectorIntegerComparison)
    case floatComparison(VectorShape, VectorFloatComparison)
    case bitwise(VectorBitwise)
    case test(VectorTest)
    case integerUnary(VectorShape, VectorIntegerUnary)
    case shift(VectorShape, VectorShift)
    case integerBinary(VectorShape, VectorIntegerBinary)
    case narrow(VectorNarrowing)
    case extend(VectorExtension)
    case multiplyLong(VectorLongMultiplication)
    case addPairwise(VectorPairwiseAddition)
    case product(VectorProduct)
    case floatUnary(VectorShape, VectorFloatUnary)
    case floatBinary(VectorShape, VectorFloatBinary)
    case multiplyAdd(VectorShape, VectorMultiplyAdd)
    case conversion(VectorConversion)
}

/// What distinguishes those of `load`.
package enum VectorLoad: UInt8, CaseIterable, Sendable {
    case v128Load, v128Load8x8S, v128Load8x8U, v128Load16x4S, v128Load16x4U, v128Load32x2S, v128Load32x2U,
        v128Load8Splat, v128Load16Splat, v128Load32Splat, v128Load64Splat, v128Load32Zero, v128Load64Zero
}

/// What distinguishes those of `extractLane`.
package enum LaneExtraction: UInt8, CaseIterable, Sendable {
    case i8x16ExtractLaneS, i8x16ExtractLaneU, i16x8ExtractLaneS, i16x8ExtractLaneU, i32x4ExtractLane,
        i64x2ExtractLane, f32x4ExtractLane, f64x2ExtractLane
}

/// What distinguishes those of `integerComparison`.
package enum VectorIntegerComparison: UInt8, CaseIterable, Sendable {
    case eq, ne, ltS, ltU, gtS, gtU, leS, leU, geS, geU
}

/// What distinguishes those of `floatComparison`.
package enum VectorFloatComparison: UInt8, CaseIterable, Sendable {
    case eq, ne, lt, gt, le, ge
}

/// What distinguishes those of `bitwise`.
package enum VectorBitwise: UInt8, CaseIterable, Sendable {
    case v128Not, v128And, v128Andnot, v128Or, v128Xor, v128Bitselect, i8x16RelaxedLaneselect,
        i16x8RelaxedLaneselect, i32x4RelaxedLaneselect, i64x2RelaxedLaneselect
}

/// What distinguishes those of `test`.
package enum VectorTest: UInt8, CaseIterable, Sendable {
    case v128AnyTrue, i8x16AllTrue, i8x16Bitmask, i16x8AllTrue, i16x8Bitmask, i32x4AllTrue, i32x4Bitmask,
        i64x2AllTrue, i64x2Bitmask
}

/// What distinguishes those of `integerUnary`.
package enum VectorIntegerUnary: UInt8, CaseIterable, Sendable {
    case abs, neg, popcnt
}

/// What distinguishes those of `shift`.
package enum VectorShift: UInt8, CaseIterable, Sendable {
    case shl, shrS, shrU
}

/// What distinguishes those of `integerBinary`.
package enum VectorIntegerBinary: UInt8, CaseIterable, Sendable {
    case add, addSatS, addSatU, sub, subSatS, subSatU, minS, minU, maxS, maxU, avgrU, mul
}

/// What distinguishes those of `narrow`.
package enum VectorNarrowing: UInt8, CaseIterable, Sendable {
    case i8x16NarrowI16x8S, i8x16NarrowI16x8U, i16x8NarrowI32x4S, i16x8NarrowI32x4U
}

/// What distinguishes those of `extend`.
package enum VectorExtension: UInt8, CaseIterable, Sendable {
    case i16x8ExtendLowI8x16S, i16x8ExtendHighI8x16S, i16x8ExtendLowI8x16U, i16x8ExtendHighI8x16U,
        i32x4ExtendLowI16x8S, i32x4ExtendHighI16x8S, i32x4ExtendLowI16x8U, i32x4ExtendHighI16x8U,
        i64x2ExtendLowI32x4S, i64x2ExtendHighI32x4S, i64x2ExtendLowI32x4U, i64x2ExtendHighI32x4U
}

/// What distinguishes those of `multiplyLong`.
package enum VectorLongMultiplication: UInt8, CaseIterable, Sendable {
    case i16x8ExtmulLowI8x16S, i16x8ExtmulHighI8x16S, i16x8ExtmulLowI8x16U, i16x8ExtmulHighI8x16U,
        i32x4ExtmulLowI16x8S, i32x4ExtmulHighI16x8S, i32x4ExtmulLowI16x8U, i32x4ExtmulHighI16x8U,
        i64x2ExtmulLowI32x4S, i64x2ExtmulHighI32x4S, i64x2ExtmulLowI32x4U, i64x2ExtmulHighI32x4U
}

/// What distinguishes those of `addPairwise`.
package enum VectorPairwiseAddition: UInt8, CaseIterable, Sendable {
    case i16x8ExtaddPairwiseI8x16S, i16x8ExtaddPairwiseI8x16U, i32x4ExtaddPairwiseI16x8S,
        i32x4ExtaddPairwiseI16x8U
}

/// What distinguishes those of `product`.
package enum VectorProduct: UInt8, CaseIterable, Sendable {
    case i32x4DotI16x8S, i16x8Q15mulrSatS, i16x8RelaxedQ15mulrS, i16x8RelaxedDotI8x16I7x16S,
        i32x4RelaxedDotI8x16I7x16AddS
}

/// What distinguishes those of `floatUnary`.
package enum VectorFloatUnary: UInt8, CaseIterable, Sendable {
    case ceil, floor, trunc, nearest, abs, neg, sqrt
}

/// What distinguishes those of `floatBinary`.
package enum VectorFloatBinary: UInt8, CaseIterable, Sendable {
    case add, sub, mul, div, min, max, pmin, pmax, relaxedMin, relaxedMax
}

/// What distinguishes those of `multiplyAdd`.
package enum VectorMultiplyAdd: UInt8, CaseIterable, Sendable {
    case relaxedMadd, relaxedNmadd
}

/// What distinguishes those of `conversion`.
package enum VectorConversion: UInt8, CaseIterable, Sendable {
    case f32x4DemoteF64x2Zero, f64x2PromoteLowF32x4, i32x4TruncSatF32x4S, i32x4TruncSatF32x4U,
        f32x4ConvertI32x4S, f32x4ConvertI32x4U, i32x4TruncSatF64x2SZero, i32x4TruncSatF64x2UZero,
        f64x2ConvertLowI32x4S, f64x2ConvertLowI32x4U, i32x4RelaxedTruncF32x4S, i32x4RelaxedTruncF32x4U,
        i32x4RelaxedTruncF64x2SZero, i32x4RelaxedTruncF64x2UZero
}

extension VectorInstruction {
    package var kind: VectorKind {
        switch self {
        case .v128Const: .constant
        case .v128Load: .load(.v128Load)
        case .v128Load8x8S: .load(.v128Load8x8S)
        case .v128Load8x8U: .load(.v128Load8x8U)
        case .v128Load16x4S: .load(.v128Load16x4S)
        case .v128Load16x4U: .load(.v128Load16x4U)
        case .v128Load32x2S: .load(.v128Load32x2S)
        case .v128Load32x2U: .load(.v128Load32x2U)
        case .v128Load8Splat: .load(.v128Load8Splat)
        case .v128Load16Splat: .load(.v128Load16Splat)
        case .v128Load32Splat: .load(.v128Load32Splat)
        case .v128Load64Splat: .load(.v128Load64Splat)
        case .v128Load32Zero: .load(.v128Load32Zero)
        case .v128Load64Zero: .load(.v128Load64Zero)
        case .v128Store: .store
        case .v128Load8Lane, .v128Load16Lane, .v128Load32Lane, .v128Load64Lane: .loadLane
        case .v128Store8Lane, .v128Store16Lane, .v128Store32Lane, .v128Store64Lane: .storeLane
        case .i8x16Shuffle: .shuffle
        case .i8x16Swizzle, .i8x16RelaxedSwizzle: .swizzle
        case .i8x16Splat: .splat(.i8x16)
        case .i16x8Splat: .splat(.i16x8)
        case .i32x4Splat: .splat(.i32x4)
        case .i64x2Splat: .splat(.i64x2)
        case .f32x4Splat: .splat(.f32x4)
        case .f64x2Splat: .splat(.f64x2)
        case .i8x16ExtractLaneS: .extractLane(.i8x16ExtractLaneS)
        case .i8x16ExtractLaneU: .extractLane(.i8x16ExtractLaneU)
        case .i16x8ExtractLaneS: .extractLane(.i16x8ExtractLaneS)
        case .i16x8ExtractLaneU: .extractLane(.i16x8ExtractLaneU)
        case .i32x4ExtractLane: .extractLane(.i32x4ExtractLane)
        case .i64x2ExtractLane: .extractLane(.i64x2ExtractLane)
        case .f32x4ExtractLane: .extractLane(.f32x4ExtractLane)
        case .f64x2ExtractLane: .extractLane(.f64x2ExtractLane)
        case .i8x16ReplaceLane: .replaceLane(.i8x16)
        case .i16x8ReplaceLane: .replaceLane(.i16x8)
        case .i32x4ReplaceLane: .replaceLane(.i32x4)
        case .i64x2ReplaceLane: .replaceLane(.i64x2)
        case .f32x4ReplaceLane: .replaceLane(.f32x4)
        case .f64x2ReplaceLane: .replaceLane(.f64x2)
        case .i8x16Eq: .integerComparison(.i8x16, .eq)
        case .i8x16Ne: .integerComparison(.i8x16, .ne)
        case .i8x16LtS: .integerComparison(.i8x16, .ltS)
        case .i8x16LtU: .integerComparison(.i8x16, .ltU)
        case .i8x16GtS: .integerComparison(.i8x16, .gtS)
        case .i8x16GtU: .integerComparison(.i8x16, .gtU)
        case .i8x16LeS: .integerComparison(.i8x16, .leS)
        case .i8x16LeU: .integerComparison(.i8x16, .leU)
        case .i8x16GeS: .integerComparison(.i8x16, .geS)
        case .i8x16GeU: .integerComparison(.i8x16, .geU)
        case .i16x8Eq: .integerComparison(.i16x8, .eq)
        case .i16x8Ne: .integerComparison(.i16x8, .ne)
        case .i16x8LtS: .integerComparison(.i16x8, .ltS)
        case .i16x8LtU: .integerComparison(.i16x8, .ltU)
        case .i16x8GtS: .integerComparison(.i16x8, .gtS)
        case .i16x8GtU: .integerComparison(.i16x8, .gtU)
        case .i16x8LeS: .integerComparison(.i16x8, .leS)
        case .i16x8LeU: .integerComparison(.i16x8, .leU)
        case .i16x8GeS: .integerComparison(.i16x8, .geS)
        case .i16x8GeU: .integerComparison(.i16x8, .geU)
        case .i32x4Eq: .integerComparison(.i32x4, .eq)
        case .i32x4Ne: .integerComparison(.i32x4, .ne)
        case .i32x4LtS: .integerComparison(.i32x4, .ltS)
        case .i32x4LtU: .integerComparison(.i32x4, .ltU)
        case .i32x4GtS: .integerComparison(.i32x4, .gtS)
        case .i32x4GtU: .integerComparison(.i32x4, .gtU)
        case .i32x4LeS: .integerComparison(.i32x4, .leS)
        case .i32x4LeU: .integerComparison(.i32x4, .leU)
        case .i32x4GeS: .integerComparison(.i32x4, .geS)
        case .i32x4GeU: .integerComparison(.i32x4, .geU)
        case .i64x2Eq: .integerComparison(.i64x2, .eq)
        case .i64x2Ne: .integerComparison(.i64x2, .ne)
        case .i64x2LtS: .integerComparison(.i64x2, .ltS)
        case .i64x2GtS: .integerComparison(.i64x2, .gtS)
        case .i64x2LeS: .integerComparison(.i64x2, .leS)
        case .i64x2GeS: .integerComparison(.i64x2, .geS)
        case .f32x4Eq: .floatComparison(.f32x4, .eq)
        case .f32x4Ne: .floatComparison(.f32x4, .ne)
        case .f32x4Lt: .floatComparison(.f32x4, .lt)
        case .f32x4Gt: .floatComparison(.f32x4, .gt)
        case .f32x4Le: .floatComparison(.f32x4, .le)
        case .f32x4Ge: .floatComparison(.f32x4, .ge)
        case .f64x2Eq: .floatComparison(.f64x2, .eq)
        case .f64x2Ne: .floatComparison(.f64x2, .ne)
        case .f64x2Lt: .floatComparison(.f64x2, .lt)
        case .f64x2Gt: .floatComparison(.f64x2, .gt)
        case .f64x2Le: .floatComparison(.f64x2, .le)
        case .f64x2Ge: .floatComparison(.f64x2, .ge)
        case .v128Not: .bitwise(.v128Not)
        case .v128And: .bitwise(.v128And)
        case .v128Andnot: .bitwise(.v128Andnot)
        case .v128Or: .bitwise(.v128Or)
        case .v128Xor: .bitwise(.v128Xor)
        case .v128Bitselect: .bitwise(.v128Bitselect)
        case .i8x16RelaxedLaneselect: .bitwise(.i8x16RelaxedLaneselect)
        case .i16x8RelaxedLaneselect: .bitwise(.i16x8RelaxedLaneselect)
        case .i32x4RelaxedLaneselect: .bitwise(.i32x4RelaxedLaneselect)
        case .i64x2RelaxedLaneselect: .bitwise(.i64x2RelaxedLaneselect)
        case .v128AnyTrue: .test(.v128AnyTrue)
        case .i8x16AllTrue: .test(.i8x16AllTrue)
        case .i8x16Bitmask: .test(.i8x16Bitmask)
        case .i16x8AllTrue: .test(.i16x8AllTrue)
        case .i16x8Bitmask: .test(.i16x8Bitmask)
        case .i32x4AllTrue: .test(.i32x4AllTrue)
        case .i32x4Bitmask: .test(.i32x4Bitmask)
        case .i64x2AllTrue: .test(.i64x2AllTrue)
        case .i64x2Bitmask: .test(.i64x2Bitmask)
        case .i8x16Abs: .integerUnary(.i8x16, .abs)
        case .i8x16Neg: .integerUnary(.i8x16, .neg)
        case .i16x8Abs: .integerUnary(.i16x8, .abs)
        case .i16x8Neg: .integerUnary(.i16x8, .neg)
        case .i32x4Abs: .integerUnary(.i32x4, .abs)
        case .i32x4Neg: .integerUnary(.i32x4, .neg)
        case .i64x2Abs: .integerUnary(.i64x2, .abs)
        case .i64x2Neg: .integerUnary(.i64x2, .neg)
        case .i8x16Popcnt: .integerUnary(.i8x16, .popcnt)
        case .i8x16Shl: .shift(.i8x16, .shl)
        case .i8x16ShrS: .shift(.i8x16, .shrS)
        case .i8x16ShrU: .shift(.i8x16, .shrU)
        case .i16x8Shl: .shift(.i16x8, .shl)
        case .i16x8ShrS: .shift(.i16x8, .shrS)
        case .i16x8ShrU: .shift(.i16x8, .shrU)
        case .i32x4Shl: .shift(.i32x4, .shl)
        case .i32x4ShrS: .shift(.i32x4, .shrS)
        case .i32x4ShrU: .shift(.i32x4, .shrU)
        case .i64x2Shl: .shift(.i64x2, .shl)
        case .i64x2ShrS: .shift(.i64x2, .shrS)
        case .i64x2ShrU: .shift(.i64x2, .shrU)
        case .i8x16Add: .integerBinary(.i8x16, .add)
        case .i8x16AddSatS: .integerBinary(.i8x16, .addSatS)
        case .i8x16AddSatU: .integerBinary(.i8x16, .addSatU)
        case .i8x16Sub: .integerBinary(.i8x16, .sub)
        case .i8x16SubSatS: .integerBinary(.i8x16, .subSatS)
        case .i8x16SubSatU: .integerBinary(.i8x16, .subSatU)
        case .i8x16MinS: .integerBinary(.i8x16, .minS)
        case .i8x16MinU: .integerBinary(.i8x16, .minU)
        case .i8x16MaxS: .integerBinary(.i8x16, .maxS)
        case .i8x16MaxU: .integerBinary(.i8x16, .maxU)
        case .i8x16AvgrU: .integerBinary(.i8x16, .avgrU)
        case .i16x8Add: .integerBinary(.i16x8, .add)
        case .i16x8AddSatS: .integerBinary(.i16x8, .addSatS)
        case .i16x8AddSatU: .integerBinary(.i16x8, .addSatU)
        case .i16x8Sub: .integerBinary(.i16x8, .sub)
        case .i16x8SubSatS: .integerBinary(.i16x8, .subSatS)
        case .i16x8SubSatU: .integerBinary(.i16x8, .subSatU)
        case .i16x8Mul: .integerBinary(.i16x8, .mul)
        case .i16x8MinS: .integerBinary(.i16x8, .minS)
        case .i16x8MinU: .integerBinary(.i16x8, .minU)
        case .i16x8MaxS: .integerBinary(.i16x8, .maxS)
        case .i16x8MaxU: .integerBinary(.i16x8, .maxU)
        case .i16x8AvgrU: .integerBinary(.i16x8, .avgrU)
        case .i32x4Add: .integerBinary(.i32x4, .add)
        case .i32x4Sub: .integerBinary(.i32x4, .sub)
        case .i32x4Mul: .integerBinary(.i32x4, .mul)
        case .i32x4MinS: .integerBinary(.i32x4, .minS)
        case .i32x4MinU: .integerBinary(.i32x4, .minU)
        case .i32x4MaxS: .integerBinary(.i32x4, .maxS)
        case .i32x4MaxU: .integerBinary(.i32x4, .maxU)
        case .i64x2Add: .integerBinary(.i64x2, .add)
        case .i64x2Sub: .integerBinary(.i64x2, .sub)
        case .i64x2Mul: .integerBinary(.i64x2, .mul)
        case .i8x16NarrowI16x8S: .narrow(.i8x16NarrowI16x8S)
        case .i8x16NarrowI16x8U: .narrow(.i8x16NarrowI16x8U)
        case .i16x8NarrowI32x4S: .narrow(.i16x8NarrowI32x4S)
        case .i16x8NarrowI32x4U: .narrow(.i16x8NarrowI32x4U)
        case .i16x8ExtendLowI8x16S: .extend(.i16x8ExtendLowI8x16S)
        case .i16x8ExtendHighI8x16S: .extend(.i16x8ExtendHighI8x16S)
        case .i16x8ExtendLowI8x16U: .extend(.i16x8ExtendLowI8x16U)
        case .i16x8ExtendHighI8x16U: .extend(.i16x8ExtendHighI8x16U)
        case .i32x4ExtendLowI16x8S: .extend(.i32x4ExtendLowI16x8S)
        case .i32x4ExtendHighI16x8S: .extend(.i32x4ExtendHighI16x8S)
        case .i32x4ExtendLowI16x8U: .extend(.i32x4ExtendLowI16x8U)
        case .i32x4ExtendHighI16x8U: .extend(.i32x4ExtendHighI16x8U)
        case .i64x2ExtendLowI32x4S: .extend(.i64x2ExtendLowI32x4S)
        case .i64x2ExtendHighI32x4S: .extend(.i64x2ExtendHighI32x4S)
        case .i64x2ExtendLowI32x4U: .extend(.i64x2ExtendLowI32x4U)
        case .i64x2ExtendHighI32x4U: .extend(.i64x2ExtendHighI32x4U)
        case .i16x8ExtmulLowI8x16S: .multiplyLong(.i16x8ExtmulLowI8x16S)
        case .i16x8ExtmulHighI8x16S: .multiplyLong(.i16x8ExtmulHighI8x16S)
        case .i16x8ExtmulLowI8x16U: .multiplyLong(.i16x8ExtmulLowI8x16U)
        case .i16x8ExtmulHighI8x16U: .multiplyLong(.i16x8ExtmulHighI8x16U)
        case .i32x4ExtmulLowI16x8S: .multiplyLong(.i32x4ExtmulLowI16x8S)
        case .i32x4ExtmulHighI16x8S: .multiplyLong(.i32x4ExtmulHighI16x8S)
        case .i32x4ExtmulLowI16x8U: .multiplyLong(.i32x4ExtmulLowI16x8U)
        case .i32x4ExtmulHighI16x8U: .multiplyLong(.i32x4ExtmulHighI16x8U)
        case .i64x2ExtmulLowI32x4S: .multiplyLong(.i64x2ExtmulLowI32x4S)
        case .i64x2ExtmulHighI32x4S: .multiplyLong(.i64x2ExtmulHighI32x4S)
        case .i64x2ExtmulLowI32x4U: .multiplyLong(.i64x2ExtmulLowI32x4U)
        case .i64x2ExtmulHighI32x4U: .multiplyLong(.i64x2ExtmulHighI32x4U)
        case .i16x8ExtaddPairwiseI8x16S: .addPairwise(.i16x8ExtaddPairwiseI8x16S)
        case .i16x8ExtaddPairwiseI8x16U: .addPairwise(.i16x8ExtaddPairwiseI8x16U)
        case .i32x4ExtaddPairwiseI16x8S: .addPairwise(.i32x4ExtaddPairwiseI16x8S)
        case .i32x4ExtaddPairwiseI16x8U: .addPairwise(.i32x4ExtaddPairwiseI16x8U)
        case .i32x4DotI16x8S: .product(.i32x4DotI16x8S)
        case .i16x8Q15mulrSatS: .product(.i16x8Q15mulrSatS)
        case .i16x8RelaxedQ15mulrS: .product(.i16x8RelaxedQ15mulrS)
        case .i16x8RelaxedDotI8x16I7x16S: .product(.i16x8RelaxedDotI8x16I7x16S)
        case .i32x4RelaxedDotI8x16I7x16AddS: .product(.i32x4RelaxedDotI8x16I7x16AddS)
        case .f32x4Ceil: .floatUnary(.f32x4, .ceil)
        case .f32x4Floor: .floatUnary(.f32x4, .floor)
        case .f32x4Trunc: .floatUnary(.f32x4, .trunc)
        case .f32x4Nearest: .floatUnary(.f32x4, .nearest)
        case .f32x4Abs: .floatUnary(.f32x4, .abs)
        case .f32x4Neg: .floatUnary(.f32x4, .neg)
        case .f32x4Sqrt: .floatUnary(.f32x4, .sqrt)
        case .f64x2Ceil: .floatUnary(.f64x2, .ceil)
        case .f64x2Floor: .floatUnary(.f64x2, .floor)
        case .f64x2Trunc: .floatUnary(.f64x2, .trunc)
        case .f64x2Nearest: .floatUnary(.f64x2, .nearest)
        case .f64x2Abs: .floatUnary(.f64x2, .abs)
        case .f64x2Neg: .floatUnary(.f64x2, .neg)
        case .f64x2Sqrt: .floatUnary(.f64x2, .sqrt)
        case .f32x4Add: .floatBinary(.f32x4, .add)
        case .f32x4Sub: .floatBinary(.f32x4, .sub)
        case .f32x4Mul: .floatBinary(.f32x4, .mul)
        case .f32x4Div: .floatBinary(.f32x4, .div)
        case .f32x4Min: .floatBinary(.f32x4, .min)
        case .f32x4Max: .floatBinary(.f32x4, .max)
        case .f32x4Pmin: .floatBinary(.f32x4, .pmin)
        case .f32x4Pmax: .floatBinary(.f32x4, .pmax)
        case .f32x4RelaxedMin: .floatBinary(.f32x4, .relaxedMin)
        case .f32x4RelaxedMax: .floatBinary(.f32x4, .relaxedMax)
        case .f64x2Add: .floatBinary(.f64x2, .add)
        case .f64x2Sub: .floatBinary(.f64x2, .sub)
        case .f64x2Mul: .floatBinary(.f64x2, .mul)
        case .f64x2Div: .floatBinary(.f64x2, .div)
        case .f64x2Min: .floatBinary(.f64x2, .min)
        case .f64x2Max: .floatBinary(.f64x2, .max)
        case .f64x2Pmin: .floatBinary(.f64x2, .pmin)
        case .f64x2Pmax: .floatBinary(.f64x2, .pmax)
        case .f64x2RelaxedMin: .floatBinary(.f64x2, .relaxedMin)
        case .f64x2RelaxedMax: .floatBinary(.f64x2, .relaxedMax)
        case .f32x4RelaxedMadd: .multiplyAdd(.f32x4, .relaxedMadd)
        case .f32x4RelaxedNmadd: .multiplyAdd(.f32x4, .relaxedNmadd)
        case .f64x2RelaxedMadd: .multiplyAdd(.f64x2, .relaxedMadd)
        case .f64x2RelaxedNmadd: .multiplyAdd(.f64x2, .relaxedNmadd)
        case .f32x4DemoteF64x2Zero: .conversion(.f32x4DemoteF64x2Zero)
        case .f64x2PromoteLowF32x4: .conversion(.f64x2PromoteLowF32x4)
        case .i32x4TruncSatF32x4S: .conversion(.i32x4TruncSatF32x4S)
        case .i32x4TruncSatF32x4U: .conversion(.i32x4TruncSatF32x4U)
        case .f32x4ConvertI32x4S: .conversion(.f32x4ConvertI32x4S)
        case .f32x4ConvertI32x4U: .conversion(.f32x4ConvertI32x4U)
        case .i32x4TruncSatF64x2SZero: .conversion(.i32x4TruncSatF64x2SZero)
        case .i32x4TruncSatF64x2UZero: .conversion(.i32x4TruncSatF64x2UZero)
        case .f64x2ConvertLowI32x4S: .conversion(.f64x2ConvertLowI32x4S)
        case .f64x2ConvertLowI32x4U: .conversion(.f64x2ConvertLowI32x4U)
        case .i32x4RelaxedTruncF32x4S: .conversion(.i32x4RelaxedTruncF32x4S)
        case .i32x4RelaxedTruncF32x4U: .conversion(.i32x4RelaxedTruncF32x4U)
        case .i32x4RelaxedTruncF64x2SZero: .conversion(.i32x4RelaxedTruncF64x2SZero)
        case .i32x4RelaxedTruncF64x2UZero: .conversion(.i32x4RelaxedTruncF64x2UZero)
        }
    }
}
