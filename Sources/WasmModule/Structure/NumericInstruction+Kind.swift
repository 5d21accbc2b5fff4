// Made by scripts/instructions of instructions.txt; a test compares. Not to be edited.
//
// What the instructions of the family `numeric` do.

package enum NumericKind: Hashable, Sendable {
    case integerComparison(ValueType, IntegerComparison)
    case floatComparison(ValueType, FloatComparison)
    case integerOperation(ValueType, IntegerOperation)
    case floatOperation(ValueType, FloatOperation)
    case conversion(Conversion)
}

/// What distinguishes those of `integerComparison`.
package enum IntegerComparison: UInt8, CaseIterable, Sendable {
    case eqz, eq, ne, ltS, ltU, gtS, gtU, leS, leU, geS, geU
}

/// What distinguishes those of `floatComparison`.
package enum FloatComparison: UInt8, CaseIterable, Sendable {
    case eq, ne, lt, gt, le, ge
}

/// What distinguishes those of `integerOperation`.
package enum IntegerOperation: UInt8, CaseIterable, Sendable {
    case clz, ctz, popcnt, add, sub, mul, divS, divU, remS, remU, and, or, xor, shl, shrS, shrU, rotl, rotr
}

/// What distinguishes those of `floatOperation`.
package enum FloatOperation: UInt8, CaseIterable, Sendable {
    case abs, neg, ceil, floor, trunc, nearest, sqrt, add, sub, mul, div, min, max, copysign
}

/// What distinguishes those of `conversion`.
package enum Conversion: UInt8, CaseIterable, Sendable {
    case i32WrapI64, i32TruncF32S, i32TruncF32U, i32TruncF64S, i32TruncF64U, i64ExtendI32S, i64ExtendI32U,
        i64TruncF32S, i64TruncF32U, i64TruncF64S, i64TruncF64U, f32ConvertI32S, f32ConvertI32U,
        f32ConvertI64S, f32ConvertI64U, f32DemoteF64, f64ConvertI32S, f64ConvertI32U, f64ConvertI64S,
        f64ConvertI64U, f64PromoteF32, i32ReinterpretF32, i64ReinterpretF64, f32ReinterpretI32,
        f64ReinterpretI64, i32Extend8S, i32Extend16S, i64Extend8S, i64Extend16S, i64Extend32S,
        i32TruncSatF32S, i32TruncSatF32U, i32TruncSatF64S, i32TruncSatF64U, i64TruncSatF32S, i64TruncSatF32U,
        i64TruncSatF64S, i64TruncSatF64U
}

extension NumericInstruction {
    package var kind: NumericKind {
        switch self {
        case .i32Eqz: .integerComparison(.i32, .eqz)
        case .i32Eq: .integerComparison(.i32, .eq)
        case .i32Ne: .integerComparison(.i32, .ne)
        case .i32LtS: .integerComparison(.i32, .ltS)
        case .i32LtU: .integerComparison(.i32, .ltU)
        case .i32GtS: .integerComparison(.i32, .gtS)
        case .i32GtU: .integerComparison(.i32, .gtU)
        case .i32LeS: .integerComparison(.i32, .leS)
        case .i32LeU: .integerComparison(.i32, .leU)
        case .i32GeS: .integerComparison(.i32, .geS)
        case .i32GeU: .integerComparison(.i32, .geU)
        case .i64Eqz: .integerComparison(.i64, .eqz)
        case .i64Eq: .integerComparison(.i64, .eq)
        case .i64Ne: .integerComparison(.i64, .ne)
        case .i64LtS: .integerComparison(.i64, .ltS)
        case .i64LtU: .integerComparison(.i64, .ltU)
        case .i64GtS: .integerComparison(.i64, .gtS)
        case .i64GtU: .integerComparison(.i64, .gtU)
        case .i64LeS: .integerComparison(.i64, .leS)
        case .i64LeU: .integerComparison(.i64, .leU)
        case .i64GeS: .integerComparison(.i64, .geS)
        case .i64GeU: .integerComparison(.i64, .geU)
        case .f32Eq: .floatComparison(.f32, .eq)
        case .f32Ne: .floatComparison(.f32, .ne)
        case .f32Lt: .floatComparison(.f32, .lt)
        case .f32Gt: .floatComparison(.f32, .gt)
        case .f32Le: .floatComparison(.f32, .le)
        case .f32Ge: .floatComparison(.f32, .ge)
        case .f64Eq: .floatComparison(.f64, .eq)
        case .f64Ne: .floatComparison(.f64, .ne)
        case .f64Lt: .floatComparison(.f64, .lt)
        case .f64Gt: .floatComparison(.f64, .gt)
        case .f64Le: .floatComparison(.f64, .le)
        case .f64Ge: .floatComparison(.f64, .ge)
        case .i32Clz: .integerOperation(.i32, .clz)
        case .i32Ctz: .integerOperation(.i32, .ctz)
        case .i32Popcnt: .integerOperation(.i32, .popcnt)
        case .i32Add: .integerOperation(.i32, .add)
        case .i32Sub: .integerOperation(.i32, .sub)
        case .i32Mul: .integerOperation(.i32, .mul)
        case .i32DivS: .integerOperation(.i32, .divS)
        case .i32DivU: .integerOperation(.i32, .divU)
        case .i32RemS: .integerOperation(.i32, .remS)
        case .i32RemU: .integerOperation(.i32, .remU)
        case .i32And: .integerOperation(.i32, .and)
        case .i32Or: .integerOperation(.i32, .or)
        case .i32Xor: .integerOperation(.i32, .xor)
        case .i32Shl: .integerOperation(.i32, .shl)
        case .i32ShrS: .integerOperation(.i32, .shrS)
        case .i32ShrU: .integerOperation(.i32, .shrU)
        case .i32Rotl: .integerOperation(.i32, .rotl)
        case .i32Rotr: .integerOperation(.i32, .rotr)
        case .i64Clz: .integerOperation(.i64, .clz)
        case .i64Ctz: .integerOperation(.i64, .ctz)
        case .i64Popcnt: .integerOperation(.i64, .popcnt)
        case .i64Add: .integerOperation(.i64, .add)
        case .i64Sub: .integerOperation(.i64, .sub)
        case .i64Mul: .integerOperation(.i64, .mul)
        case .i64DivS: .integerOperation(.i64, .divS)
        case .i64DivU: .integerOperation(.i64, .divU)
        case .i64RemS: .integerOperation(.i64, .remS)
        case .i64RemU: .integerOperation(.i64, .remU)
        case .i64And: .integerOperation(.i64, .and)
        case .i64Or: .integerOperation(.i64, .or)
        case .i64Xor: .integerOperation(.i64, .xor)
        case .i64Shl: .integerOperation(.i64, .shl)
        case .i64ShrS: .integerOperation(.i64, .shrS)
        case .i64ShrU: .integerOperation(.i64, .shrU)
        case .i64Rotl: .integerOperation(.i64, .rotl)
        case .i64Rotr: .integerOperation(.i64, .rotr)
        case .f32Abs: .floatOperation(.f32, .abs)
        case .f32Neg: .floatOperation(.f32, .neg)
        case .f32Ceil: .floatOperation(.f32, .ceil)
        case .f32Floor: .floatOperation(.f32, .floor)
        case .f32Trunc: .floatOperation(.f32, .trunc)
        case .f32Nearest: .floatOperation(.f32, .nearest)
        case .f32Sqrt: .floatOperation(.f32, .sqrt)
        case .f32Add: .floatOperation(.f32, .add)
        case .f32Sub: .floatOperation(.f32, .sub)
        case .f32Mul: .floatOperation(.f32, .mul)
        case .f32Div: .floatOperation(.f32, .div)
        case .f32Min: .floatOperation(.f32, .min)
        case .f32Max: .floatOperation(.f32, .max)
        case .f32Copysign: .floatOperation(.f32, .copysign)
        case .f64Abs: .floatOperation(.f64, .abs)
        case .f64Neg: .floatOperation(.f64, .neg)
        case .f64Ceil: .floatOperation(.f64, .ceil)
        case .f64Floor: .floatOperation(.f64, .floor)
        case .f64Trunc: .floatOperation(.f64, .trunc)
        case .f64Nearest: .floatOperation(.f64, .nearest)
        case .f64Sqrt: .floatOperation(.f64, .sqrt)
        case .f64Add: .floatOperation(.f64, .add)
        case .f64Sub: .floatOperation(.f64, .sub)
        case .f64Mul: .floatOperation(.f64, .mul)
        case .f64Div: .floatOperation(.f64, .div)
        case .f64Min: .floatOperation(.f64, .min)
        case .f64Max: .floatOperation(.f64, .max)
        case .f64Copysign: .floatOperation(.f64, .copysign)
        case .i32WrapI64: .conversion(.i32WrapI64)
        case .i32TruncF32S: .conversion(.i32TruncF32S)
        case .i32TruncF32U: .conversion(.i32TruncF32U)
        case .i32TruncF64S: .conversion(.i32TruncF64S)
        case .i32TruncF64U: .conversion(.i32TruncF64U)
        case .i64ExtendI32S: .conversion(.i64ExtendI32S)
        case .i64ExtendI32U: .conversion(.i64ExtendI32U)
        case .i64TruncF32S: .conversion(.i64TruncF32S)
        case .i64TruncF32U: .conversion(.i64TruncF32U)
        case .i64TruncF64S: .conversion(.i64TruncF64S)
        case .i64TruncF64U: .conversion(.i64TruncF64U)
        case .f32ConvertI32S: .conversion(.f32ConvertI32S)
        case .f32ConvertI32U: .conversion(.f32ConvertI32U)
        case .f32ConvertI64S: .conversion(.f32ConvertI64S)
        case .f32ConvertI64U: .conversion(.f32ConvertI64U)
        case .f32DemoteF64: .conversion(.f32DemoteF64)
        case .f64ConvertI32S: .conversion(.f64ConvertI32S)
        case .f64ConvertI32U: .conversion(.f64ConvertI32U)
        case .f64ConvertI64S: .conversion(.f64ConvertI64S)
        case .f64ConvertI64U: .conversion(.f64ConvertI64U)
        case .f64PromoteF32: .conversion(.f64PromoteF32)
        case .i32ReinterpretF32: .conversion(.i32ReinterpretF32)
        case .i64ReinterpretF64: .conversion(.i64ReinterpretF64)
        case .f32ReinterpretI32: .conversion(.f32ReinterpretI32)
        case .f64ReinterpretI64: .conversion(.f64ReinterpretI64)
        case .i32Extend8S: .conversion(.i32Extend8S)
        case .i32Extend16S: .conversion(.i32Extend16S)
        case .i64Extend8S: .conversion(.i64Extend8S)
        case .i64Extend16S: .conversion(.i64Extend16S)
        case .i64Extend32S: .conversion(.i64Extend32S)
        case .i32TruncSatF32S: .conversion(.i32TruncSatF32S)
        case .i32TruncSatF32U: .conversion(.i32TruncSatF32U)
        case .i32TruncSatF64S: .conversion(.i32TruncSatF64S)
        case .i32TruncSatF64U: .conversion(.i32TruncSatF64U)
        case .i64TruncSatF32S: .conversion(.i64TruncSatF32S)
        case .i64TruncSatF32U: .conversion(.i64TruncSatF32U)
        case .i64TruncSatF64S: .conversion(.i64TruncSatF64S)
        case .i64TruncSatF64U: .conversion(.i64TruncSatF64U)
        }
    }
}
