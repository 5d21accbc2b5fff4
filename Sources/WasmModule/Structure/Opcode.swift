// Made by scripts/instructions of instructions.txt; a test compares. Not to be edited.
//
// The instructions, a family after another: what they are called, and how they are encoded.

/// An instruction, by its name in the text format: `i32.load8_s` is `i32Load8S`.
package enum Opcode: UInt16, CaseIterable, Sendable {
    // control
    case unreachable, block, loop, `if`, `else`, end, br, brIf, brTable, `return`, call, callIndirect,
        returnCall, returnCallIndirect, callRef, returnCallRef, brOnNull, brOnNonNull, tryTable, `throw`,
        throwRef, `try`, `catch`, catchAll, delegate, `rethrow`
    // parametric
    case nop, drop, select, selectT
    // variable
    case localGet, localSet, localTee, globalGet, globalSet
    // constant
    case i32Const, i64Const, f32Const, f64Const
    // reference
    case refNull, refIsNull, refFunc, refAsNonNull
    // table
    case tableGet, tableSet, tableInit, elemDrop, tableCopy, tableGrow, tableSize, tableFill
    // memory
    case memorySize, memoryGrow, memoryInit, dataDrop, memoryCopy, memoryFill
    // load
    case i32Load, i64Load, f32Load, f64Load, i32Load8S, i32Load8U, i32Load16S, i32Load16U, i64Load8S,
        i64Load8U, i64Load16S, i64Load16U, i64Load32S, i64Load32U
    // store
    case i32Store, i64Store, f32Store, f64Store, i32Store8, i32Store16, i64Store8, i64Store16, i64Store32
    // numeric
    case i32Eqz, i32Eq, i32Ne, i32LtS, i32LtU, i32GtS, i32GtU, i32LeS, i32LeU, i32GeS, i32GeU, i64Eqz, i64Eq,
        i64Ne, i64LtS, i64LtU, i64GtS, i64GtU, i64LeS, i64LeU, i64GeS, i64GeU, f32Eq, f32Ne, f32Lt, f32Gt,
        f32Le, f32Ge, f64Eq, f64Ne, f64Lt, f64Gt, f64Le, f64Ge, i32Clz, i32Ctz, i32Popcnt, i32Add, i32Sub,
        i32Mul, i32DivS, i32DivU, i32RemS, i32RemU, i32And, i32Or, i32Xor, i32Shl, i32ShrS, i32ShrU, i32Rotl,
        i32Rotr, i64Clz, i64Ctz, i64Popcnt, i64Add, i64Sub, i64Mul, i64DivS, i64DivU, i64RemS, i64RemU,
        i64And, i64Or, i64Xor, i64Shl, i64ShrS, i64ShrU, i64Rotl, i64Rotr, f32Abs, f32Neg, f32Ceil, f32Floor,
        f32Trunc, f32Nearest, f32Sqrt, f32Add, f32Sub, f32Mul, f32Div, f32Min, f32Max, f32Copysign, f64Abs,
        f64Neg, f64Ceil, f64Floor, f64Trunc, f64Nearest, f64Sqrt, f64Add, f64Sub, f64Mul, f64Div, f64Min,
        f64Max, f64Copysign, i32WrapI64, i32TruncF32S, i32TruncF32U, i32TruncF64S, i32TruncF64U,
        i64ExtendI32S, i64ExtendI32U, i64TruncF32S, i64TruncF32U, i64TruncF64S, i64TruncF64U, f32ConvertI32S,
        f32ConvertI32U, f32ConvertI64S, f32ConvertI64U, f32DemoteF64, f64ConvertI32S, f64ConvertI32U,
        f64ConvertI64S, f64ConvertI64U, f64PromoteF32, i32ReinterpretF32, i64ReinterpretF64,
        f32ReinterpretI32, f64ReinterpretI64, i32Extend8S, i32Extend16S, i64Extend8S, i64Extend16S,
        i64Extend32S, i32TruncSatF32S, i32TruncSatF32U, i32TruncSatF64S, i32TruncSatF64U, i64TruncSatF32S,
        i64TruncSatF32U, i64TruncSatF64S, i64TruncSatF64U
    // wide
    case i64Add128, i64Sub128, i64MulWideS, i64MulWideU
    // atomic
    case i32AtomicLoad, i64AtomicLoad, i32AtomicLoad8U, i32AtomicLoad16U, i64AtomicLoad8U, i64AtomicLoad16U,
        i64AtomicLoad32U, i32AtomicStore, i64AtomicStore, i32AtomicStore8, i32AtomicStore16, i64AtomicStore8,
        i64AtomicStore16, i64AtomicStore32, i32AtomicRmwAdd, i64AtomicRmwAdd, i32AtomicRmw8AddU,
        i32AtomicRmw16AddU, i64AtomicRmw8AddU, i64AtomicRmw16AddU, i64AtomicRmw32AddU, i32AtomicRmwSub,
        i64AtomicRmwSub, i32AtomicRmw8SubU, i32AtomicRmw16SubU, i64AtomicRmw8SubU, i64AtomicRmw16SubU,
        i64AtomicRmw32SubU, i32AtomicRmwAnd, i64AtomicRmwAnd, i32AtomicRmw8AndU, i32AtomicRmw16AndU,
        i64AtomicRmw8AndU, i64AtomicRmw16AndU, i64AtomicRmw32AndU, i32AtomicRmwOr, i64AtomicRmwOr,
        i32AtomicRmw8OrU, i32AtomicRmw16OrU, i64AtomicRmw8OrU, i64AtomicRmw16OrU, i64AtomicRmw32OrU,
        i32AtomicRmwXor, i64AtomicRmwXor, i32AtomicRmw8XorU, i32AtomicRmw16XorU, i64AtomicRmw8XorU,
        i64AtomicRmw16XorU, i64AtomicRmw32XorU, i32AtomicRmwXchg, i64AtomicRmwXchg, i32AtomicRmw8XchgU,
        i32AtomicRmw16XchgU, i64AtomicRmw8XchgU, i64AtomicRmw16XchgU, i64AtomicRmw32XchgU,
        i32AtomicRmwCmpxchg, i64AtomicRmwCmpxchg, i32AtomicRmw8CmpxchgU, i32AtomicRmw16CmpxchgU,
        i64AtomicRmw8CmpxchgU, i64AtomicRmw16CmpxchgU, i64AtomicRmw32CmpxchgU
    // synchronization
    case memoryAtomicNotify, memoryAtomicWait32, memoryAtomicWait64, atomicFence
    // vector
    case v128Const, v128Load, v128Load8x8S, v128Load8x8U, v128Load16x4S, v128Load16x4U, v128Load32x2S,
        v128Load32x2U, v128Load8Splat, v128Load16Splat, v128Load32Splat, v128Load64Splat, v128Load32Zero,
        v128Load64Zero, v128Store, v128Load8Lane, v128Load16Lane, v128Load32Lane, v128Load64Lane,
        v128Store8Lane, v128Store16Lane, v128Store32Lane, v128Store64Lane, i8x16Shuffle, i8x16Swizzle,
        i8x16RelaxedSwizzle, i8x16Splat, i16x8Splat, i32x4Splat, i64x2Splat, f32x4Splat, f64x2Splat,
        i8x16ExtractLaneS, i8x16ExtractLaneU, i16x8ExtractLaneS, i16x8ExtractLaneU, i32x4ExtractLane,
        i64x2ExtractLane, f32x4ExtractLane, f64x2ExtractLane, i8x16ReplaceLane, i16x8ReplaceLane,
        i32x4ReplaceLane, i64x2ReplaceLane, f32x4ReplaceLane, f64x2ReplaceLane, i8x16Eq, i8x16Ne, i8x16LtS,
        i8x16LtU, i8x16GtS, i8x16GtU, i8x16LeS, i8x16LeU, i8x16GeS, i8x16GeU, i16x8Eq, i16x8Ne, i16x8LtS,
        i16x8LtU, i16x8GtS, i16x8GtU, i16x8LeS, i16x8LeU, i16x8GeS, i16x8GeU, i32x4Eq, i32x4Ne, i32x4LtS,
        i32x4LtU, i32x4GtS, i32x4GtU, i32x4LeS, i32x4LeU, i32x4GeS, i32x4GeU, i64x2Eq, i64x2Ne, i64x2LtS,
        i64x2GtS, i64x2LeS, i64x2GeS, f32x4Eq, f32x4Ne, f32x4Lt, f32x4Gt, f32x4Le, f32x4Ge, f64x2Eq, f64x2Ne,
        f64x2Lt, f64x2Gt, f64x2Le, f64x2Ge, v128Not, v128And, v128Andnot, v128Or, v128Xor, v128Bitselect,
        i8x16RelaxedLaneselect, i16x8RelaxedLaneselect, i32x4RelaxedLaneselect, i64x2RelaxedLaneselect,
        v128AnyTrue, i8x16AllTrue, i8x16Bitmask, i16x8AllTrue, i16x8Bitmask, i32x4AllTrue, i32x4Bitmask,
        i64x2AllTrue, i64x2Bitmask, i8x16Abs, i8x16Neg, i16x8Abs, i16x8Neg, i32x4Abs, i32x4Neg, i64x2Abs,
        i64x2Neg, i8x16Popcnt, i8x16Shl, i8x16ShrS, i8x16ShrU, i16x8Shl, i16x8ShrS, i16x8ShrU, i32x4Shl,
        i32x4ShrS, i32x4ShrU, i64x2Shl, i64x2ShrS, i64x2ShrU, i8x16Add, i8x16AddSatS, i8x16AddSatU, i8x16Sub,
        i8x16SubSatS, i8x16SubSatU, i8x16MinS, i8x16MinU, i8x16MaxS, i8x16MaxU, i8x16AvgrU, i16x8Add,
        i16x8AddSatS, i16x8AddSatU, i16x8Sub, i16x8SubSatS, i16x8SubSatU, i16x8Mul, i16x8MinS, i16x8MinU,
        i16x8MaxS, i16x8MaxU, i16x8AvgrU, i32x4Add, i32x4Sub, i32x4Mul, i32x4MinS, i32x4MinU, i32x4MaxS,
        i32x4MaxU, i64x2Add, i64x2Sub, i64x2Mul, i8x16NarrowI16x8S, i8x16NarrowI16x8U, i16x8NarrowI32x4S,
        i16x8NarrowI32x4U, i16x8ExtendLowI8x16S, i16x8ExtendHighI8x16S, i16x8ExtendLowI8x16U,
        i16x8ExtendHighI8x16U, i32x4ExtendLowI16x8S, i32x4ExtendHighI16x8S, i32x4ExtendLowI16x8U,
        i32x4ExtendHighI16x8U, i64x2ExtendLowI32x4S, i64x2ExtendHighI32x4S, i64x2ExtendLowI32x4U,
        i64x2ExtendHighI32x4U, i16x8ExtmulLowI8x16S, i16x8ExtmulHighI8x16S, i16x8ExtmulLowI8x16U,
        i16x8ExtmulHighI8x16U, i32x4ExtmulLowI16x8S, i32x4ExtmulHighI16x8S, i32x4ExtmulLowI16x8U,
        i32x4ExtmulHighI16x8U, i64x2ExtmulLowI32x4S, i64x2ExtmulHighI32x4S, i64x2ExtmulLowI32x4U,
        i64x2ExtmulHighI32x4U, i16x8ExtaddPairwiseI8x16S, i16x8ExtaddPairwiseI8x16U,
        i32x4ExtaddPairwiseI16x8S, i32x4ExtaddPairwiseI16x8U, i32x4DotI16x8S, i16x8Q15mulrSatS,
        i16x8RelaxedQ15mulrS, i16x8RelaxedDotI8x16I7x16S, i32x4RelaxedDotI8x16I7x16AddS, f32x4Ceil,
        f32x4Floor, f32x4Trunc, f32x4Nearest, f32x4Abs, f32x4Neg, f32x4Sqrt, f64x2Ceil, f64x2Floor,
        f64x2Trunc, f64x2Nearest, f64x2Abs, f64x2Neg, f64x2Sqrt, f32x4Add, f32x4Sub, f32x4Mul, f32x4Div,
        f32x4Min, f32x4Max, f32x4Pmin, f32x4Pmax, f32x4RelaxedMin, f32x4RelaxedMax, f64x2Add, f64x2Sub,
        f64x2Mul, f64x2Div, f64x2Min, f64x2Max, f64x2Pmin, f64x2Pmax, f64x2RelaxedMin, f64x2RelaxedMax,
        f32x4RelaxedMadd, f32x4RelaxedNmadd, f64x2RelaxedMadd, f64x2RelaxedNmadd, f32x4DemoteF64x2Zero,
        f64x2PromoteLowF32x4, i32x4TruncSatF32x4S, i32x4TruncSatF32x4U, f32x4ConvertI32x4S,
        f32x4ConvertI32x4U, i32x4TruncSatF64x2SZero, i32x4TruncSatF64x2UZero, f64x2ConvertLowI32x4S,
        f64x2ConvertLowI32x4U, i32x4RelaxedTruncF32x4S, i32x4RelaxedTruncF32x4U, i32x4RelaxedTruncF64x2SZero,
        i32x4RelaxedTruncF64x2UZero
}

extension Opcode {
    /// By raw value.
    static let names = """
        unreachable block loop if else end br br_if br_table return call call_indirect return_call
        return_call_indirect call_ref return_call_ref br_on_null br_on_non_null try_table throw throw_ref try
        catch catch_all delegate rethrow nop drop select select local.get local.set local.tee global.get
        global.set i32.const i64.const f32.const f64.const ref.null ref.is_null ref.func ref.as_non_null
        table.get table.set table.init elem.drop table.copy table.grow table.size table.fill memory.size
        memory.grow memory.init data.drop memory.copy memory.fill i32.load i64.load f32.load f64.load
        i32.load8_s i32.load8_u i32.load16_s i32.load16_u i64.load8_s i64.load8_u i64.load16_s i64.load16_u
        i64.load32_s i64.load32_u i32.store i64.store f32.store f64.store i32.store8 i32.store16 i64.store8
        i64.store16 i64.store32 i32.eqz i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s i32.le_u
        i32.ge_s i32.ge_u i64.eqz i64.eq i64.ne i64.lt_s i64.lt_u i64.gt_s i64.gt_u i64.le_s i64.le_u i64.ge_s
        i64.ge_u f32.eq f32.ne f32.lt f32.gt f32.le f32.ge f64.eq f64.ne f64.lt f64.gt f64.le f64.ge i32.clz
        i32.ctz i32.popcnt i32.add i32.sub i32.mul i32.div_s i32.div_u i32.rem_s i32.rem_u i32.and i32.or
        i32.xor i32.shl i32.shr_s i32.shr_u i32.rotl i32.rotr i64.clz i64.ctz i64.popcnt i64.add i64.sub
        i64.mul i64.div_s i64.div_u i64.rem_s i64.rem_u i64.and i64.or i64.xor i64.shl i64.shr_s i64.shr_u
        i64.rotl i64.rotr f32.abs f32.neg f32.ceil f32.floor f32.trunc f32.nearest f32.sqrt f32.add f32.sub
        f32.mul f32.div f32.min f32.max f32.copysign f64.abs f64.neg f64.ceil f64.floor f64.trunc f64.nearest
        f64.sqrt f64.add f64.sub f64.mul f64.div f64.min f64.max f64.copysign i32.wrap_i64 i32.trunc_f32_s
        i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u i64.extend_i32_s i64.extend_i32_u i64.trunc_f32_s
        i64.trunc_f32_u i64.trunc_f64_s i64.trunc_f64_u f32.convert_i32_s f32.convert_i32_u f32.convert_i64_s
        f32.convert_i64_u f32.demote_f64 f64.convert_i32_s f64.convert_i32_u f64.convert_i64_s
        f64.convert_i64_u f64.promote_f32 i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32
        f64.reinterpret_i64 i32.extend8_s i32.extend16_s i64.extend8_s i64.extend16_s i64.extend32_s
        i32.trunc_sat_f32_s i32.trunc_sat_f32_u i32.trunc_sat_f64_s i32.trunc_sat_f64_u i64.trunc_sat_f32_s
        i64.trunc_sat_f32_u i64.trunc_sat_f64_s i64.trunc_sat_f64_u i64.add128 i64.sub128 i64.mul_wide_s
        i64.mul_wide_u i32.atomic.load i64.atomic.load i32.atomic.load8_u i32.atomic.load16_u
        i64.atomic.load8_u i64.atomic.load16_u i64.atomic.load32_u i32.atomic.store i64.atomic.store
        i32.atomic.store8 i32.atomic.store16 i64.atomic.store8 i64.atomic.store16 i64.atomic.store32
        i32.atomic.rmw.add i64.atomic.rmw.add i32.atomic.rmw8.add_u i32.atomic.rmw16.add_u
        i64.atomic.rmw8.add_u i64.atomic.rmw16.add_u i64.atomic.rmw32.add_u i32.atomic.rmw.sub
        i64.atomic.rmw.sub i32.atomic.rmw8.sub_u i32.atomic.rmw16.sub_u i64.atomic.rmw8.sub_u
        i64.atomic.rmw16.sub_u i64.atomic.rmw32.sub_u i32.atomic.rmw.and i64.atomic.rmw.and
        i32.atomic.rmw8.and_u i32.atomic.rmw16.and_u i64.atomic.rmw8.and_u i64.atomic.rmw16.and_u
        i64.atomic.rmw32.and_u i32.atomic.rmw.or i64.atomic.rmw.or i32.atomic.rmw8.or_u i32.atomic.rmw16.or_u
        i64.atomic.rmw8.or_u i64.atomic.rmw16.or_u i64.atomic.rmw32.or_u i32.atomic.rmw.xor i64.atomic.rmw.xor
        i32.atomic.rmw8.xor_u i32.atomic.rmw16.xor_u i64.atomic.rmw8.xor_u i64.atomic.rmw16.xor_u
        i64.atomic.rmw32.xor_u i32.atomic.rmw.xchg i64.atomic.rmw.xchg i32.atomic.rmw8.xchg_u
        i32.atomic.rmw16.xchg_u i64.atomic.rmw8.xchg_u i64.atomic.rmw16.xchg_u i64.atomic.rmw32.xchg_u
        i32.atomic.rmw.cmpxchg i64.atomic.rmw.cmpxchg i32.atomic.rmw8.cmpxchg_u i32.atomic.rmw16.cmpxchg_u
        i64.atomic.rmw8.cmpxchg_u i64.atomic.rmw16.cmpxchg_u i64.atomic.rmw32.cmpxchg_u memory.atomic.notify
        memory.atomic.wait32 memory.atomic.wait64 atomic.fence v128.const v128.load v128.load8x8_s
        v128.load8x8_u v128.load16x4_s v128.load16x4_u v128.load32x2_s v128.load32x2_u v128.load8_splat
        v128.load16_splat v128.load32_splat v128.load64_splat v128.load32_zero v128.load64_zero v128.store
        v128.load8_lane v128.load16_lane v128.load32_lane v128.load64_lane v128.store8_lane v128.store16_lane
        v128.store32_lane v128.store64_lane i8x16.shuffle i8x16.swizzle i8x16.relaxed_swizzle i8x16.splat
        i16x8.splat i32x4.splat i64x2.splat f32x4.splat f64x2.splat i8x16.extract_lane_s i8x16.extract_lane_u
        i16x8.extract_lane_s i16x8.extract_lane_u i32x4.extract_lane i64x2.extract_lane f32x4.extract_lane
        f64x2.extract_lane i8x16.replace_lane i16x8.replace_lane i32x4.replace_lane i64x2.replace_lane
        f32x4.replace_lane f64x2.replace_lane i8x16.eq i8x16.ne i8x16.lt_s i8x16.lt_u i8x16.gt_s i8x16.gt_u
        i8x16.le_s i8x16.le_u i8x16.ge_s i8x16.ge_u i16x8.eq i16x8.ne i16x8.lt_s i16x8.lt_u i16x8.gt_s
        i16x8.gt_u i16x8.le_s i16x8.le_u i16x8.ge_s i16x8.ge_u i32x4.eq i32x4.ne i32x4.lt_s i32x4.lt_u
        i32x4.gt_s i32x4.gt_u i32x4.le_s i32x4.le_u i32x4.ge_s i32x4.ge_u i64x2.eq i64x2.ne i64x2.lt_s
        i64x2.gt_s i64x2.le_s i64x2.ge_s f32x4.eq f32x4.ne f32x4.lt f32x4.gt f32x4.le f32x4.ge f64x2.eq
        f64x2.ne f64x2.lt f64x2.gt f64x2.le f64x2.ge v128.not v128.and v128.andnot v128.or v128.xor
        v128.bitselect i8x16.relaxed_laneselect i16x8.relaxed_laneselect i32x4.relaxed_laneselect
        i64x2.relaxed_laneselect v128.any_true i8x16.all_true i8x16.bitmask i16x8.all_true i16x8.bitmask
        i32x4.all_true i32x4.bitmask i64x2.all_true i64x2.bitmask i8x16.abs i8x16.neg i16x8.abs i16x8.neg
        i32x4.abs i32x4.neg i64x2.abs i64x2.neg i8x16.popcnt i8x16.shl i8x16.shr_s i8x16.shr_u i16x8.shl
        i16x8.shr_s i16x8.shr_u i32x4.shl i32x4.shr_s i32x4.shr_u i64x2.shl i64x2.shr_s i64x2.shr_u i8x16.add
        i8x16.add_sat_s i8x16.add_sat_u i8x16.sub i8x16.sub_sat_s i8x16.sub_sat_u i8x16.min_s i8x16.min_u
        i8x16.max_s i8x16.max_u i8x16.avgr_u i16x8.add i16x8.add_sat_s i16x8.add_sat_u i16x8.sub
        i16x8.sub_sat_s i16x8.sub_sat_u i16x8.mul i16x8.min_s i16x8.min_u i16x8.max_s i16x8.max_u i16x8.avgr_u
        i32x4.add i32x4.sub i32x4.mul i32x4.min_s i32x4.min_u i32x4.max_s i32x4.max_u i64x2.add i64x2.sub
        i64x2.mul i8x16.narrow_i16x8_s i8x16.narrow_i16x8_u i16x8.narrow_i32x4_s i16x8.narrow_i32x4_u
        i16x8.extend_low_i8x16_s i16x8.extend_high_i8x16_s i16x8.extend_low_i8x16_u i16x8.extend_high_i8x16_u
        i32x4.extend_low_i16x8_s i32x4.extend_high_i16x8_s i32x4.extend_low_i16x8_u i32x4.extend_high_i16x8_u
        i64x2.extend_low_i32x4_s i64x2.extend_high_i32x4_s i64x2.extend_low_i32x4_u i64x2.extend_high_i32x4_u
        i16x8.extmul_low_i8x16_s i16x8.extmul_high_i8x16_s i16x8.extmul_low_i8x16_u i16x8.extmul_high_i8x16_u
        i32x4.extmul_low_i16x8_s i32x4.extmul_high_i16x8_s i32x4.extmul_low_i16x8_u i32x4.extmul_high_i16x8_u
        i64x2.extmul_low_i32x4_s i64x2.extmul_high_i32x4_s i64x2.extmul_low_i32x4_u i64x2.extmul_high_i32x4_u
        i16x8.extadd_pairwise_i8x16_s i16x8.extadd_pairwise_i8x16_u i32x4.extadd_pairwise_i16x8_s
        i32x4.extadd_pairwise_i16x8_u i32x4.dot_i16x8_s i16x8.q15mulr_sat_s i16x8.relaxed_q15mulr_s
        i16x8.relaxed_dot_i8x16_i7x16_s i32x4.relaxed_dot_i8x16_i7x16_add_s f32x4.ceil f32x4.floor f32x4.trunc
        f32x4.nearest f32x4.abs f32x4.neg f32x4.sqrt f64x2.ceil f64x2.floor f64x2.trunc f64x2.nearest
        f64x2.abs f64x2.neg f64x2.sqrt f32x4.add f32x4.sub f32x4.mul f32x4.div f32x4.min f32x4.max f32x4.pmin
        f32x4.pmax f32x4.relaxed_min f32x4.relaxed_max f64x2.add f64x2.sub f64x2.mul f64x2.div f64x2.min
        f64x2.max f64x2.pmin f64x2.pmax f64x2.relaxed_min f64x2.relaxed_max f32x4.relaxed_madd
        f32x4.relaxed_nmadd f64x2.relaxed_madd f64x2.relaxed_nmadd f32x4.demote_f64x2_zero
        f64x2.promote_low_f32x4 i32x4.trunc_sat_f32x4_s i32x4.trunc_sat_f32x4_u f32x4.convert_i32x4_s
        f32x4.convert_i32x4_u i32x4.trunc_sat_f64x2_s_zero i32x4.trunc_sat_f64x2_u_zero
        f64x2.convert_low_i32x4_s f64x2.convert_low_i32x4_u i32x4.relaxed_trunc_f32x4_s
        i32x4.relaxed_trunc_f32x4_u i32x4.relaxed_trunc_f64x2_s_zero i32x4.relaxed_trunc_f64x2_u_zero
        """.split { $0 == " " || $0 == "\n" }.map(String.init)

    /// By raw value: the prefix in the high half, 0 where there is none, and the number in the low one.
    static let encodings: [UInt32] = [
        0x0, 0x2, 0x3, 0x4, 0x5, 0xB, 0xC, 0xD, 0xE, 0xF, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0xD5, 0xD6,
        0x1F, 0x8, 0xA, 0x6, 0x7, 0x19, 0x18, 0x9, 0x1, 0x1A, 0x1B, 0x1C, 0x20, 0x21, 0x22, 0x23, 0x24,
        0x41, 0x42, 0x43, 0x44, 0xD0, 0xD1, 0xD2, 0xD4, 0x25, 0x26, 0xFC000C, 0xFC000D, 0xFC000E,
        0xFC000F, 0xFC0010, 0xFC0011, 0x3F, 0x40, 0xFC0008, 0xFC0009, 0xFC000A, 0xFC000B, 0x28, 0x29,
        0x2A, 0x2B, 0x2C, 0x2D, 0x2E, 0x2F, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39,
        0x3A, 0x3B, 0x3C, 0x3D, 0x3E, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4A, 0x4B, 0x4C, 0x4D, 0x4E, 0x4F,
        0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5A, 0x5B, 0x5C, 0x5D, 0x5E, 0x5F,
        0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F,
        0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A, 0x7B, 0x7C, 0x7D, 0x7E, 0x7F,
        0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8B, 0x8C, 0x8D, 0x8E, 0x8F,
        0x90, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F,
        0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xAB, 0xAC, 0xAD, 0xAE, 0xAF,
        0xB0, 0xB1, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xBB, 0xBC, 0xBD, 0xBE, 0xBF,
        0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xFC0000, 0xFC0001, 0xFC0002, 0xFC0003, 0xFC0004, 0xFC0005,
        0xFC0006, 0xFC0007, 0xFC0013, 0xFC0014, 0xFC0015, 0xFC0016, 0xFE0010, 0xFE0011, 0xFE0012,
        0xFE0013, 0xFE0014, 0xFE0015, 0xFE0016, 0xFE0017, 0xFE0018, 0xFE0019, 0xFE001A, 0xFE001B,
        0xFE001C, 0xFE001D, 0xFE001E, 0xFE001F, 0xFE0020, 0xFE0021, 0xFE0022, 0xFE0023, 0xFE0024,
        0xFE0025, 0xFE0026, 0xFE0027, 0xFE0028, 0xFE0029, 0xFE002A, 0xFE002B, 0xFE002C, 0xFE002D,
        0xFE002E, 0xFE002F, 0xFE0030, 0xFE0031, 0xFE0032, 0xFE0033, 0xFE0034, 0xFE0035, 0xFE0036,
        0xFE0037, 0xFE0038, 0xFE0039, 0xFE003A, 0xFE003B, 0xFE003C, 0xFE003D, 0xFE003E, 0xFE003F,
        0xFE0040, 0xFE0041, 0xFE0042, 0xFE0043, 0xFE0044, 0xFE0045, 0xFE0046, 0xFE0047, 0xFE0048,
        0xFE0049, 0xFE004A, 0xFE004B, 0xFE004C, 0xFE004D, 0xFE004E, 0xFE0000, 0xFE0001, 0xFE0002,
        0xFE0003, 0xFD000C, 0xFD0000, 0xFD0001, 0xFD0002, 0xFD0003, 0xFD0004, 0xFD0005, 0xFD0006,
        0xFD0007, 0xFD0008, 0xFD0009, 0xFD000A, 0xFD005C, 0xFD005D, 0xFD000B, 0xFD0054, 0xFD0055,
        0xFD0056, 0xFD0057, 0xFD0058, 0xFD0059, 0xFD005A, 0xFD005B, 0xFD000D, 0xFD000E, 0xFD0100,
        0xFD000F, 0xFD0010, 0xFD0011, 0xFD0012, 0xFD0013, 0xFD0014, 0xFD0015, 0xFD0016, 0xFD0018,
        0xFD0019, 0xFD001B, 0xFD001D, 0xFD001F, 0xFD0021, 0xFD0017, 0xFD001A, 0xFD001C, 0xFD001E,
        0xFD0020, 0xFD0022, 0xFD0023, 0xFD0024, 0xFD0025, 0xFD0026, 0xFD0027, 0xFD0028, 0xFD0029,
        0xFD002A, 0xFD002B, 0xFD002C, 0xFD002D, 0xFD002E, 0xFD002F, 0xFD0030, 0xFD0031, 0xFD0032,
        0xFD0033, 0xFD0034, 0xFD0035, 0xFD0036, 0xFD0037, 0xFD0038, 0xFD0039, 0xFD003A, 0xFD003B,
        0xFD003C, 0xFD003D, 0xFD003E, 0xFD003F, 0xFD0040, 0xFD00D6, 0xFD00D7, 0xFD00D8, 0xFD00D9,
        0xFD00DA, 0xFD00DB, 0xFD0041, 0xFD0042, 0xFD0043, 0xFD0044, 0xFD0045, 0xFD0046, 0xFD0047,
        0xFD0048, 0xFD0049, 0xFD004A, 0xFD004B, 0xFD004C, 0xFD004D, 0xFD004E, 0xFD004F, 0xFD0050,
        0xFD0051, 0xFD0052, 0xFD0109, 0xFD010A, 0xFD010B, 0xFD010C, 0xFD0053, 0xFD0063, 0xFD0064,
        0xFD0083, 0xFD0084, 0xFD00A3, 0xFD00A4, 0xFD00C3, 0xFD00C4, 0xFD0060, 0xFD0061, 0xFD0080,
        0xFD0081, 0xFD00A0, 0xFD00A1, 0xFD00C0, 0xFD00C1, 0xFD0062, 0xFD006B, 0xFD006C, 0xFD006D,
        0xFD008B, 0xFD008C, 0xFD008D, 0xFD00AB, 0xFD00AC, 0xFD00AD, 0xFD00CB, 0xFD00CC, 0xFD00CD,
        0xFD006E, 0xFD006F, 0xFD0070, 0xFD0071, 0xFD0072, 0xFD0073, 0xFD0076, 0xFD0077, 0xFD0078,
        0xFD0079, 0xFD007B, 0xFD008E, 0xFD008F, 0xFD0090, 0xFD0091, 0xFD0092, 0xFD0093, 0xFD0095,
        0xFD0096, 0xFD0097, 0xFD0098, 0xFD0099, 0xFD009B, 0xFD00AE, 0xFD00B1, 0xFD00B5, 0xFD00B6,
        0xFD00B7, 0xFD00B8, 0xFD00B9, 0xFD00CE, 0xFD00D1, 0xFD00D5, 0xFD0065, 0xFD0066, 0xFD0085,
        0xFD0086, 0xFD0087, 0xFD0088, 0xFD0089, 0xFD008A, 0xFD00A7, 0xFD00A8, 0xFD00A9, 0xFD00AA,
        0xFD00C7, 0xFD00C8, 0xFD00C9, 0xFD00CA, 0xFD009C, 0xFD009D, 0xFD009E, 0xFD009F, 0xFD00BC,
        0xFD00BD, 0xFD00BE, 0xFD00BF, 0xFD00DC, 0xFD00DD, 0xFD00DE, 0xFD00DF, 0xFD007C, 0xFD007D,
        0xFD007E, 0xFD007F, 0xFD00BA, 0xFD0082, 0xFD0111, 0xFD0112, 0xFD0113, 0xFD0067, 0xFD0068,
        0xFD0069, 0xFD006A, 0xFD00E0, 0xFD00E1, 0xFD00E3, 0xFD0074, 0xFD0075, 0xFD007A, 0xFD0094,
        0xFD00EC, 0xFD00ED, 0xFD00EF, 0xFD00E4, 0xFD00E5, 0xFD00E6, 0xFD00E7, 0xFD00E8, 0xFD00E9,
        0xFD00EA, 0xFD00EB, 0xFD010D, 0xFD010E, 0xFD00F0, 0xFD00F1, 0xFD00F2, 0xFD00F3, 0xFD00F4,
        0xFD00F5, 0xFD00F6, 0xFD00F7, 0xFD010F, 0xFD0110, 0xFD0105, 0xFD0106, 0xFD0107, 0xFD0108,
        0xFD005E, 0xFD005F, 0xFD00F8, 0xFD00F9, 0xFD00FA, 0xFD00FB, 0xFD00FC, 0xFD00FD, 0xFD00FE,
        0xFD00FF, 0xFD0101, 0xFD0102, 0xFD0103, 0xFD0104,
    ]
}

/// An encoding that a later version or a proposal has given a meaning.
struct RefusedInstruction {
    let name: StaticString
    let prefix: UInt8
    let numbers: ClosedRange<UInt32>
    let feature: Feature

    static let all: [RefusedInstruction] = [
        .init(name: "ref.eq", prefix: 0x00, numbers: 0xD3...0xD3, feature: .garbageCollection),
        .init(name: "struct.new", prefix: 0xFB, numbers: 0x00...0x00, feature: .garbageCollection),
        .init(name: "struct.new_default", prefix: 0xFB, numbers: 0x01...0x01, feature: .garbageCollection),
        .init(name: "struct.get", prefix: 0xFB, numbers: 0x02...0x02, feature: .garbageCollection),
        .init(name: "struct.get_s", prefix: 0xFB, numbers: 0x03...0x03, feature: .garbageCollection),
        .init(name: "struct.get_u", prefix: 0xFB, numbers: 0x04...0x04, feature: .garbageCollection),
        .init(name: "struct.set", prefix: 0xFB, numbers: 0x05...0x05, feature: .garbageCollection),
        .init(name: "array.new", prefix: 0xFB, numbers: 0x06...0x06, feature: .garbageCollection),
        .init(name: "array.new_default", prefix: 0xFB, numbers: 0x07...0x07, feature: .garbageCollection),
        .init(name: "array.new_fixed", prefix: 0xFB, numbers: 0x08...0x08, feature: .garbageCollection),
        .init(name: "array.new_data", prefix: 0xFB, numbers: 0x09...0x09, feature: .garbageCollection),
        .init(name: "array.new_elem", prefix: 0xFB, numbers: 0x0A...0x0A, feature: .garbageCollection),
        .init(name: "array.get", prefix: 0xFB, numbers: 0x0B...0x0B, feature: .garbageCollection),
        .init(name: "array.get_s", prefix: 0xFB, numbers: 0x0C...0x0C, feature: .garbageCollection),
        .init(name: "array.get_u", prefix: 0xFB, numbers: 0x0D...0x0D, feature: .garbageCollection),
        .init(name: "array.set", prefix: 0xFB, numbers: 0x0E...0x0E, feature: .garbageCollection),
        .init(name: "array.len", prefix: 0xFB, numbers: 0x0F...0x0F, feature: .garbageCollection),
        .init(name: "array.fill", prefix: 0xFB, numbers: 0x10...0x10, feature: .garbageCollection),
        .init(name: "array.copy", prefix: 0xFB, numbers: 0x11...0x11, feature: .garbageCollection),
        .init(name: "array.init_data", prefix: 0xFB, numbers: 0x12...0x12, feature: .garbageCollection),
        .init(name: "array.init_elem", prefix: 0xFB, numbers: 0x13...0x13, feature: .garbageCollection),
        .init(name: "ref.test", prefix: 0xFB, numbers: 0x14...0x14, feature: .garbageCollection),
        .init(name: "ref.test_null", prefix: 0xFB, numbers: 0x15...0x15, feature: .garbageCollection),
        .init(name: "ref.cast", prefix: 0xFB, numbers: 0x16...0x16, feature: .garbageCollection),
        .init(name: "ref.cast_null", prefix: 0xFB, numbers: 0x17...0x17, feature: .garbageCollection),
        .init(name: "br_on_cast", prefix: 0xFB, numbers: 0x18...0x18, feature: .garbageCollection),
        .init(name: "br_on_cast_fail", prefix: 0xFB, numbers: 0x19...0x19, feature: .garbageCollection),
        .init(name: "any.convert_extern", prefix: 0xFB, numbers: 0x1A...0x1A, feature: .garbageCollection),
        .init(name: "extern.convert_any", prefix: 0xFB, numbers: 0x1B...0x1B, feature: .garbageCollection),
        .init(name: "ref.i31", prefix: 0xFB, numbers: 0x1C...0x1C, feature: .garbageCollection),
        .init(name: "i31.get_s", prefix: 0xFB, numbers: 0x1D...0x1D, feature: .garbageCollection),
        .init(name: "i31.get_u", prefix: 0xFB, numbers: 0x1E...0x1E, feature: .garbageCollection),
    ]
}
