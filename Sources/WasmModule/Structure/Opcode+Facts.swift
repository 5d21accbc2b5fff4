// Made by scripts/instructions of instructions.txt; a test compares. Not to be edited.
//
// What the rows say of each instruction.

extension Opcode {
    /// What stands after the opcode.
    package var immediates: Immediates {
        switch self {
        case .block, .loop, .if, .try: .block
        case .br, .brIf, .brOnNull, .brOnNonNull, .delegate, .rethrow: .label
        case .brTable: .labels
        case .call, .returnCall, .refFunc: .function
        case .callIndirect, .returnCallIndirect: .typeAndTable
        case .callRef, .returnCallRef: .typeIndex
        case .tryTable: .catches
        case .throw, .catch: .tag
        case .selectT: .valueTypes
        case .localGet, .localSet, .localTee: .local
        case .globalGet, .globalSet: .global
        case .i32Const: .i32
        case .i64Const: .i64
        case .f32Const: .f32
        case .f64Const: .f64
        case .refNull: .heapType
        case .tableGet, .tableSet, .tableGrow, .tableSize, .tableFill: .table
        case .tableInit: .elementAndTable
        case .elemDrop: .element
        case .tableCopy: .twoTables
        case .memorySize, .memoryGrow, .memoryFill: .memoryIndex
        case .memoryInit: .dataAndMemory
        case .dataDrop: .data
        case .memoryCopy: .twoMemories
        case .i32Load, .f32Load, .i64Load32S, .i64Load32U, .i32Store, .f32Store, .i64Store32,
            .v128Load32Splat, .v128Load32Zero: .access(4)
        case .i64Load, .f64Load, .i64Store, .f64Store, .v128Load8x8S, .v128Load8x8U, .v128Load16x4S,
            .v128Load16x4U, .v128Load32x2S, .v128Load32x2U, .v128Load64Splat, .v128Load64Zero: .access(8)
        case .i32Load8S, .i32Load8U, .i64Load8S, .i64Load8U, .i32Store8, .i64Store8, .v128Load8Splat:
            .access(1)
        case .i32Load16S, .i32Load16U, .i64Load16S, .i64Load16U, .i32Store16, .i64Store16, .v128Load16Splat:
            .access(2)
        case .i32AtomicLoad, .i64AtomicLoad32U, .i32AtomicStore, .i64AtomicStore32, .i32AtomicRmwAdd,
            .i64AtomicRmw32AddU, .i32AtomicRmwSub, .i64AtomicRmw32SubU, .i32AtomicRmwAnd, .i64AtomicRmw32AndU,
            .i32AtomicRmwOr, .i64AtomicRmw32OrU, .i32AtomicRmwXor, .i64AtomicRmw32XorU, .i32AtomicRmwXchg,
            .i64AtomicRmw32XchgU, .i32AtomicRmwCmpxchg, .i64AtomicRmw32CmpxchgU, .memoryAtomicNotify,
            .memoryAtomicWait32: .atomic(4)
        case .i64AtomicLoad, .i64AtomicStore, .i64AtomicRmwAdd, .i64AtomicRmwSub, .i64AtomicRmwAnd,
            .i64AtomicRmwOr, .i64AtomicRmwXor, .i64AtomicRmwXchg, .i64AtomicRmwCmpxchg, .memoryAtomicWait64:
            .atomic(8)
        case .i32AtomicLoad8U, .i64AtomicLoad8U, .i32AtomicStore8, .i64AtomicStore8, .i32AtomicRmw8AddU,
            .i64AtomicRmw8AddU, .i32AtomicRmw8SubU, .i64AtomicRmw8SubU, .i32AtomicRmw8AndU,
            .i64AtomicRmw8AndU, .i32AtomicRmw8OrU, .i64AtomicRmw8OrU, .i32AtomicRmw8XorU, .i64AtomicRmw8XorU,
            .i32AtomicRmw8XchgU, .i64AtomicRmw8XchgU, .i32AtomicRmw8CmpxchgU, .i64AtomicRmw8CmpxchgU:
            .atomic(1)
        case .i32AtomicLoad16U, .i64AtomicLoad16U, .i32AtomicStore16, .i64AtomicStore16, .i32AtomicRmw16AddU,
            .i64AtomicRmw16AddU, .i32AtomicRmw16SubU, .i64AtomicRmw16SubU, .i32AtomicRmw16AndU,
            .i64AtomicRmw16AndU, .i32AtomicRmw16OrU, .i64AtomicRmw16OrU, .i32AtomicRmw16XorU,
            .i64AtomicRmw16XorU, .i32AtomicRmw16XchgU, .i64AtomicRmw16XchgU, .i32AtomicRmw16CmpxchgU,
            .i64AtomicRmw16CmpxchgU: .atomic(2)
        case .atomicFence: .zero
        case .v128Const: .v128
        case .v128Load, .v128Store: .access(16)
        case .v128Load8Lane, .v128Store8Lane: .accessLane(1)
        case .v128Load16Lane, .v128Store16Lane: .accessLane(2)
        case .v128Load32Lane, .v128Store32Lane: .accessLane(4)
        case .v128Load64Lane, .v128Store64Lane: .accessLane(8)
        case .i8x16Shuffle: .shuffle
        case .i8x16ExtractLaneS, .i8x16ExtractLaneU, .i8x16ReplaceLane: .lane(16)
        case .i16x8ExtractLaneS, .i16x8ExtractLaneU, .i16x8ReplaceLane: .lane(8)
        case .i32x4ExtractLane, .f32x4ExtractLane, .i32x4ReplaceLane, .f32x4ReplaceLane: .lane(4)
        case .i64x2ExtractLane, .f64x2ExtractLane, .i64x2ReplaceLane, .f64x2ReplaceLane: .lane(2)
        default: .none
        }
    }

    /// What it pops and pushes; nil where the validator has a rule of its own.
    package var signature: Signature? {
        switch self {
        case .unreachable, .block, .loop, .if, .else, .end, .br, .brIf, .brTable, .return, .call,
            .callIndirect, .returnCall, .returnCallIndirect, .callRef, .returnCallRef, .brOnNull,
            .brOnNonNull, .tryTable, .throw, .throwRef, .try, .catch, .catchAll, .delegate, .rethrow, .nop,
            .drop, .select, .selectT, .localGet, .localSet, .localTee, .globalGet, .globalSet, .refNull,
            .refIsNull, .refFunc, .refAsNonNull, .tableGet, .tableSet, .tableInit, .elemDrop, .tableCopy,
            .tableGrow, .tableSize, .tableFill, .memorySize, .memoryGrow, .memoryInit, .dataDrop, .memoryCopy,
            .memoryFill: nil
        case .i32Const: ">i"
        case .i64Const: ">I"
        case .f32Const: ">f"
        case .f64Const: ">F"
        case .i32Load, .i32Load8S, .i32Load8U, .i32Load16S, .i32Load16U, .i32AtomicLoad, .i32AtomicLoad8U,
            .i32AtomicLoad16U: "a>i"
        case .i64Load, .i64Load8S, .i64Load8U, .i64Load16S, .i64Load16U, .i64Load32S, .i64Load32U,
            .i64AtomicLoad, .i64AtomicLoad8U, .i64AtomicLoad16U, .i64AtomicLoad32U: "a>I"
        case .f32Load: "a>f"
        case .f64Load: "a>F"
        case .i32Store, .i32Store8, .i32Store16, .i32AtomicStore, .i32AtomicStore8, .i32AtomicStore16: "ai>"
        case .i64Store, .i64Store8, .i64Store16, .i64Store32, .i64AtomicStore, .i64AtomicStore8,
            .i64AtomicStore16, .i64AtomicStore32: "aI>"
        case .f32Store: "af>"
        case .f64Store: "aF>"
        case .i32Eqz, .i32Clz, .i32Ctz, .i32Popcnt, .i32Extend8S, .i32Extend16S: "i>i"
        case .i32Eq, .i32Ne, .i32LtS, .i32LtU, .i32GtS, .i32GtU, .i32LeS, .i32LeU, .i32GeS, .i32GeU, .i32Add,
            .i32Sub, .i32Mul, .i32DivS, .i32DivU, .i32RemS, .i32RemU, .i32And, .i32Or, .i32Xor, .i32Shl,
            .i32ShrS, .i32ShrU, .i32Rotl, .i32Rotr: "ii>i"
        case .i64Eqz, .i32WrapI64: "I>i"
        case .i64Eq, .i64Ne, .i64LtS, .i64LtU, .i64GtS, .i64GtU, .i64LeS, .i64LeU, .i64GeS, .i64GeU: "II>i"
        case .f32Eq, .f32Ne, .f32Lt, .f32Gt, .f32Le, .f32Ge: "ff>i"
        case .f64Eq, .f64Ne, .f64Lt, .f64Gt, .f64Le, .f64Ge: "FF>i"
        case .i64Clz, .i64Ctz, .i64Popcnt, .i64Extend8S, .i64Extend16S, .i64Extend32S: "I>I"
        case .i64Add, .i64Sub, .i64Mul, .i64DivS, .i64DivU, .i64RemS, .i64RemU, .i64And, .i64Or, .i64Xor,
            .i64Shl, .i64ShrS, .i64ShrU, .i64Rotl, .i64Rotr: "II>I"
        case .f32Abs, .f32Neg, .f32Ceil, .f32Floor, .f32Trunc, .f32Nearest, .f32Sqrt: "f>f"
        case .f32Add, .f32Sub, .f32Mul, .f32Div, .f32Min, .f32Max, .f32Copysign: "ff>f"
        case .f64Abs, .f64Neg, .f64Ceil, .f64Floor, .f64Trunc, .f64Nearest, .f64Sqrt: "F>F"
        case .f64Add, .f64Sub, .f64Mul, .f64Div, .f64Min, .f64Max, .f64Copysign: "FF>F"
        case .i32TruncF32S, .i32TruncF32U, .i32ReinterpretF32, .i32TruncSatF32S, .i32TruncSatF32U: "f>i"
        case .i32TruncF64S, .i32TruncF64U, .i32TruncSatF64S, .i32TruncSatF64U: "F>i"
        case .i64ExtendI32S, .i64ExtendI32U: "i>I"
        case .i64TruncF32S, .i64TruncF32U, .i64TruncSatF32S, .i64TruncSatF32U: "f>I"
        case .i64TruncF64S, .i64TruncF64U, .i64ReinterpretF64, .i64TruncSatF64S, .i64TruncSatF64U: "F>I"
        case .f32ConvertI32S, .f32ConvertI32U, .f32ReinterpretI32: "i>f"
        case .f32ConvertI64S, .f32ConvertI64U: "I>f"
        case .f32DemoteF64: "F>f"
        case .f64ConvertI32S, .f64ConvertI32U: "i>F"
        case .f64ConvertI64S, .f64ConvertI64U, .f64ReinterpretI64: "I>F"
        case .f64PromoteF32: "f>F"
        case .i64Add128, .i64Sub128: "IIII>II"
        case .i64MulWideS, .i64MulWideU: "II>II"
        case .i32AtomicRmwAdd, .i32AtomicRmw8AddU, .i32AtomicRmw16AddU, .i32AtomicRmwSub, .i32AtomicRmw8SubU,
            .i32AtomicRmw16SubU, .i32AtomicRmwAnd, .i32AtomicRmw8AndU, .i32AtomicRmw16AndU, .i32AtomicRmwOr,
            .i32AtomicRmw8OrU, .i32AtomicRmw16OrU, .i32AtomicRmwXor, .i32AtomicRmw8XorU, .i32AtomicRmw16XorU,
            .i32AtomicRmwXchg, .i32AtomicRmw8XchgU, .i32AtomicRmw16XchgU, .memoryAtomicNotify: "ai>i"
        case .i64AtomicRmwAdd, .i64AtomicRmw8AddU, .i64AtomicRmw16AddU, .i64AtomicRmw32AddU, .i64AtomicRmwSub,
            .i64AtomicRmw8SubU, .i64AtomicRmw16SubU, .i64AtomicRmw32SubU, .i64AtomicRmwAnd,
            .i64AtomicRmw8AndU, .i64AtomicRmw16AndU, .i64AtomicRmw32AndU, .i64AtomicRmwOr, .i64AtomicRmw8OrU,
            .i64AtomicRmw16OrU, .i64AtomicRmw32OrU, .i64AtomicRmwXor, .i64AtomicRmw8XorU, .i64AtomicRmw16XorU,
            .i64AtomicRmw32XorU, .i64AtomicRmwXchg, .i64AtomicRmw8XchgU, .i64AtomicRmw16XchgU,
            .i64AtomicRmw32XchgU: "aI>I"
        case .i32AtomicRmwCmpxchg, .i32AtomicRmw8CmpxchgU, .i32AtomicRmw16CmpxchgU: "aii>i"
        case .i64AtomicRmwCmpxchg, .i64AtomicRmw8CmpxchgU, .i64AtomicRmw16CmpxchgU, .i64AtomicRmw32CmpxchgU:
            "aII>I"
        case .memoryAtomicWait32: "aiI>i"
        case .memoryAtomicWait64: "aII>i"
        case .atomicFence: ">"
        case .v128Const: ">v"
        case .v128Load, .v128Load8x8S, .v128Load8x8U, .v128Load16x4S, .v128Load16x4U, .v128Load32x2S,
            .v128Load32x2U, .v128Load8Splat, .v128Load16Splat, .v128Load32Splat, .v128Load64Splat,
            .v128Load32Zero, .v128Load64Zero: "a>v"
        case .v128Store, .v128Store8Lane, .v128Store16Lane, .v128Store32Lane, .v128Store64Lane: "av>"
        case .v128Load8Lane, .v128Load16Lane, .v128Load32Lane, .v128Load64Lane: "av>v"
        case .i8x16Splat, .i16x8Splat, .i32x4Splat: "i>v"
        case .i64x2Splat: "I>v"
        case .f32x4Splat: "f>v"
        case .f64x2Splat: "F>v"
        case .i8x16ExtractLaneS, .i8x16ExtractLaneU, .i16x8ExtractLaneS, .i16x8ExtractLaneU,
            .i32x4ExtractLane, .v128AnyTrue, .i8x16AllTrue, .i8x16Bitmask, .i16x8AllTrue, .i16x8Bitmask,
            .i32x4AllTrue, .i32x4Bitmask, .i64x2AllTrue, .i64x2Bitmask: "v>i"
        case .i64x2ExtractLane: "v>I"
        case .f32x4ExtractLane: "v>f"
        case .f64x2ExtractLane: "v>F"
        case .i8x16ReplaceLane, .i16x8ReplaceLane, .i32x4ReplaceLane, .i8x16Shl, .i8x16ShrS, .i8x16ShrU,
            .i16x8Shl, .i16x8ShrS, .i16x8ShrU, .i32x4Shl, .i32x4ShrS, .i32x4ShrU, .i64x2Shl, .i64x2ShrS,
            .i64x2ShrU: "vi>v"
        case .i64x2ReplaceLane: "vI>v"
        case .f32x4ReplaceLane: "vf>v"
        case .f64x2ReplaceLane: "vF>v"
        case .v128Not, .i8x16Abs, .i8x16Neg, .i16x8Abs, .i16x8Neg, .i32x4Abs, .i32x4Neg, .i64x2Abs, .i64x2Neg,
            .i8x16Popcnt, .i16x8ExtendLowI8x16S, .i16x8ExtendHighI8x16S, .i16x8ExtendLowI8x16U,
            .i16x8ExtendHighI8x16U, .i32x4ExtendLowI16x8S, .i32x4ExtendHighI16x8S, .i32x4ExtendLowI16x8U,
            .i32x4ExtendHighI16x8U, .i64x2ExtendLowI32x4S, .i64x2ExtendHighI32x4S, .i64x2ExtendLowI32x4U,
            .i64x2ExtendHighI32x4U, .i16x8ExtaddPairwiseI8x16S, .i16x8ExtaddPairwiseI8x16U,
            .i32x4ExtaddPairwiseI16x8S, .i32x4ExtaddPairwiseI16x8U, .f32x4Ceil, .f32x4Floor, .f32x4Trunc,
            .f32x4Nearest, .f32x4Abs, .f32x4Neg, .f32x4Sqrt, .f64x2Ceil, .f64x2Floor, .f64x2Trunc,
            .f64x2Nearest, .f64x2Abs, .f64x2Neg, .f64x2Sqrt, .f32x4DemoteF64x2Zero, .f64x2PromoteLowF32x4,
            .i32x4TruncSatF32x4S, .i32x4TruncSatF32x4U, .f32x4ConvertI32x4S, .f32x4ConvertI32x4U,
            .i32x4TruncSatF64x2SZero, .i32x4TruncSatF64x2UZero, .f64x2ConvertLowI32x4S,
            .f64x2ConvertLowI32x4U, .i32x4RelaxedTruncF32x4S, .i32x4RelaxedTruncF32x4U,
            .i32x4RelaxedTruncF64x2SZero, .i32x4RelaxedTruncF64x2UZero: "v>v"
        case .v128Bitselect, .i8x16RelaxedLaneselect, .i16x8RelaxedLaneselect, .i32x4RelaxedLaneselect,
            .i64x2RelaxedLaneselect, .i32x4RelaxedDotI8x16I7x16AddS, .f32x4RelaxedMadd, .f32x4RelaxedNmadd,
            .f64x2RelaxedMadd, .f64x2RelaxedNmadd: "vvv>v"
        default: "vv>v"
        }
    }

    /// What it came with; nil for version 1.
    package var feature: Feature? {
        switch self {
        case .unreachable, .block, .loop, .if, .else, .end, .br, .brIf, .brTable, .return, .call,
            .callIndirect, .nop, .drop, .select, .localGet, .localSet, .localTee, .globalGet, .globalSet,
            .i32Const, .i64Const, .f32Const, .f64Const, .memorySize, .memoryGrow, .i32Load, .i64Load,
            .f32Load, .f64Load, .i32Load8S, .i32Load8U, .i32Load16S, .i32Load16U, .i64Load8S, .i64Load8U,
            .i64Load16S, .i64Load16U, .i64Load32S, .i64Load32U, .i32Store, .i64Store, .f32Store, .f64Store,
            .i32Store8, .i32Store16, .i64Store8, .i64Store16, .i64Store32, .i32Eqz, .i32Eq, .i32Ne, .i32LtS,
            .i32LtU, .i32GtS, .i32GtU, .i32LeS, .i32LeU, .i32GeS, .i32GeU, .i64Eqz, .i64Eq, .i64Ne, .i64LtS,
            .i64LtU, .i64GtS, .i64GtU, .i64LeS, .i64LeU, .i64GeS, .i64GeU, .f32Eq, .f32Ne, .f32Lt, .f32Gt,
            .f32Le, .f32Ge, .f64Eq, .f64Ne, .f64Lt, .f64Gt, .f64Le, .f64Ge, .i32Clz, .i32Ctz, .i32Popcnt,
            .i32Add, .i32Sub, .i32Mul, .i32DivS, .i32DivU, .i32RemS, .i32RemU, .i32And, .i32Or, .i32Xor,
            .i32Shl, .i32ShrS, .i32ShrU, .i32Rotl, .i32Rotr, .i64Clz, .i64Ctz, .i64Popcnt, .i64Add, .i64Sub,
            .i64Mul, .i64DivS, .i64DivU, .i64RemS, .i64RemU, .i64And, .i64Or, .i64Xor, .i64Shl, .i64ShrS,
            .i64ShrU, .i64Rotl, .i64Rotr, .f32Abs, .f32Neg, .f32Ceil, .f32Floor, .f32Trunc, .f32Nearest,
            .f32Sqrt, .f32Add, .f32Sub, .f32Mul, .f32Div, .f32Min, .f32Max, .f32Copysign, .f64Abs, .f64Neg,
            .f64Ceil, .f64Floor, .f64Trunc, .f64Nearest, .f64Sqrt, .f64Add, .f64Sub, .f64Mul, .f64Div,
            .f64Min, .f64Max, .f64Copysign, .i32WrapI64, .i32TruncF32S, .i32TruncF32U, .i32TruncF64S,
            .i32TruncF64U, .i64ExtendI32S, .i64ExtendI32U, .i64TruncF32S, .i64TruncF32U, .i64TruncF64S,
            .i64TruncF64U, .f32ConvertI32S, .f32ConvertI32U, .f32ConvertI64S, .f32ConvertI64U, .f32DemoteF64,
            .f64ConvertI32S, .f64ConvertI32U, .f64ConvertI64S, .f64ConvertI64U, .f64PromoteF32,
            .i32ReinterpretF32, .i64ReinterpretF64, .f32ReinterpretI32, .f64ReinterpretI64: nil
        case .returnCall, .returnCallIndirect: .tailCalls
        case .callRef, .returnCallRef, .brOnNull, .brOnNonNull, .refAsNonNull: .functionReferences
        case .tryTable, .throw, .throwRef: .exceptionHandling
        case .try, .catch, .catchAll, .delegate, .rethrow: .legacyExceptions
        case .selectT, .refNull, .refIsNull, .refFunc, .tableGet, .tableSet, .tableGrow, .tableSize,
            .tableFill: .referenceTypes
        case .tableInit, .elemDrop, .tableCopy, .memoryInit, .dataDrop, .memoryCopy, .memoryFill: .bulkMemory
        case .i32Extend8S, .i32Extend16S, .i64Extend8S, .i64Extend16S, .i64Extend32S: .signExtension
        case .i32TruncSatF32S, .i32TruncSatF32U, .i32TruncSatF64S, .i32TruncSatF64U, .i64TruncSatF32S,
            .i64TruncSatF32U, .i64TruncSatF64S, .i64TruncSatF64U: .saturatingConversions
        case .i64Add128, .i64Sub128, .i64MulWideS, .i64MulWideU: .wideArithmetic
        case .i32AtomicLoad, .i64AtomicLoad, .i32AtomicLoad8U, .i32AtomicLoad16U, .i64AtomicLoad8U,
            .i64AtomicLoad16U, .i64AtomicLoad32U, .i32AtomicStore, .i64AtomicStore, .i32AtomicStore8,
            .i32AtomicStore16, .i64AtomicStore8, .i64AtomicStore16, .i64AtomicStore32, .i32AtomicRmwAdd,
            .i64AtomicRmwAdd, .i32AtomicRmw8AddU, .i32AtomicRmw16AddU, .i64AtomicRmw8AddU,
            .i64AtomicRmw16AddU, .i64AtomicRmw32AddU, .i32AtomicRmwSub, .i64AtomicRmwSub, .i32AtomicRmw8SubU,
            .i32AtomicRmw16SubU, .i64AtomicRmw8SubU, .i64AtomicRmw16SubU, .i64AtomicRmw32SubU,
            .i32AtomicRmwAnd, .i64AtomicRmwAnd, .i32AtomicRmw8AndU, .i32AtomicRmw16AndU, .i64AtomicRmw8AndU,
            .i64AtomicRmw16AndU, .i64AtomicRmw32AndU, .i32AtomicRmwOr, .i64AtomicRmwOr, .i32AtomicRmw8OrU,
            .i32AtomicRmw16OrU, .i64AtomicRmw8OrU, .i64AtomicRmw16OrU, .i64AtomicRmw32OrU, .i32AtomicRmwXor,
            .i64AtomicRmwXor, .i32AtomicRmw8XorU, .i32AtomicRmw16XorU, .i64AtomicRmw8XorU,
            .i64AtomicRmw16XorU, .i64AtomicRmw32XorU, .i32AtomicRmwXchg, .i64AtomicRmwXchg,
            .i32AtomicRmw8XchgU, .i32AtomicRmw16XchgU, .i64AtomicRmw8XchgU, .i64AtomicRmw16XchgU,
            .i64AtomicRmw32XchgU, .i32AtomicRmwCmpxchg, .i64AtomicRmwCmpxchg, .i32AtomicRmw8CmpxchgU,
            .i32AtomicRmw16CmpxchgU, .i64AtomicRmw8CmpxchgU, .i64AtomicRmw16CmpxchgU, .i64AtomicRmw32CmpxchgU,
            .memoryAtomicNotify, .memoryAtomicWait32, .memoryAtomicWait64, .atomicFence: .threads
        case .i8x16RelaxedSwizzle, .i8x16RelaxedLaneselect, .i16x8RelaxedLaneselect, .i32x4RelaxedLaneselect,
            .i64x2RelaxedLaneselect, .i16x8RelaxedQ15mulrS, .i16x8RelaxedDotI8x16I7x16S,
            .i32x4RelaxedDotI8x16I7x16AddS, .f32x4RelaxedMin, .f32x4RelaxedMax, .f64x2RelaxedMin,
            .f64x2RelaxedMax, .f32x4RelaxedMadd, .f32x4RelaxedNmadd, .f64x2RelaxedMadd, .f64x2RelaxedNmadd,
            .i32x4RelaxedTruncF32x4S, .i32x4RelaxedTruncF32x4U, .i32x4RelaxedTruncF64x2SZero,
            .i32x4RelaxedTruncF64x2UZero: .relaxedSIMD
        default: .simd
        }
    }

    /// Whether it only computes its results from its operands, if it does not trap.
    package var isPure: Bool {
        switch self {
        case .unreachable, .block, .loop, .if, .else, .end, .br, .brIf, .brTable, .return, .call,
            .callIndirect, .returnCall, .returnCallIndirect, .callRef, .returnCallRef, .brOnNull,
            .brOnNonNull, .tryTable, .throw, .throwRef, .try, .catch, .catchAll, .delegate, .rethrow, .nop,
            .drop, .select, .selectT, .localGet, .localSet, .localTee, .globalGet, .globalSet, .refNull,
            .refIsNull, .refFunc, .refAsNonNull, .tableGet, .tableSet, .tableInit, .elemDrop, .tableCopy,
            .tableGrow, .tableSize, .tableFill, .memorySize, .memoryGrow, .memoryInit, .dataDrop, .memoryCopy,
            .memoryFill, .i32Load, .i64Load, .f32Load, .f64Load, .i32Load8S, .i32Load8U, .i32Load16S,
            .i32Load16U, .i64Load8S, .i64Load8U, .i64Load16S, .i64Load16U, .i64Load32S, .i64Load32U,
            .i32Store, .i64Store, .f32Store, .f64Store, .i32Store8, .i32Store16, .i64Store8, .i64Store16,
            .i64Store32, .i32AtomicLoad, .i64AtomicLoad, .i32AtomicLoad8U, .i32AtomicLoad16U,
            .i64AtomicLoad8U, .i64AtomicLoad16U, .i64AtomicLoad32U, .i32AtomicStore, .i64AtomicStore,
            .i32AtomicStore8, .i32AtomicStore16, .i64AtomicStore8, .i64AtomicStore16, .i64AtomicStore32,
            .i32AtomicRmwAdd, .i64AtomicRmwAdd, .i32AtomicRmw8AddU, .i32AtomicRmw16AddU, .i64AtomicRmw8AddU,
            .i64AtomicRmw16AddU, .i64AtomicRmw32AddU, .i32AtomicRmwSub, .i64AtomicRmwSub, .i32AtomicRmw8SubU,
            .i32AtomicRmw16SubU, .i64AtomicRmw8SubU, .i64AtomicRmw16SubU, .i64AtomicRmw32SubU,
            .i32AtomicRmwAnd, .i64AtomicRmwAnd, .i32AtomicRmw8AndU, .i32AtomicRmw16AndU, .i64AtomicRmw8AndU,
            .i64AtomicRmw16AndU, .i64AtomicRmw32AndU, .i32AtomicRmwOr, .i64AtomicRmwOr, .i32AtomicRmw8OrU,
            .i32AtomicRmw16OrU, .i64AtomicRmw8OrU, .i64AtomicRmw16OrU, .i64AtomicRmw32OrU, .i32AtomicRmwXor,
            .i64AtomicRmwXor, .i32AtomicRmw8XorU, .i32AtomicRmw16XorU, .i64AtomicRmw8XorU,
            .i64AtomicRmw16XorU, .i64AtomicRmw32XorU, .i32AtomicRmwXchg, .i64AtomicRmwXchg,
            .i32AtomicRmw8XchgU, .i32AtomicRmw16XchgU, .i64AtomicRmw8XchgU, .i64AtomicRmw16XchgU,
            .i64AtomicRmw32XchgU, .i32AtomicRmwCmpxchg, .i64AtomicRmwCmpxchg, .i32AtomicRmw8CmpxchgU,
            .i32AtomicRmw16CmpxchgU, .i64AtomicRmw8CmpxchgU, .i64AtomicRmw16CmpxchgU, .i64AtomicRmw32CmpxchgU,
            .memoryAtomicNotify, .memoryAtomicWait32, .memoryAtomicWait64, .atomicFence, .v128Load,
            .v128Load8x8S, .v128Load8x8U, .v128Load16x4S, .v128Load16x4U, .v128Load32x2S, .v128Load32x2U,
            .v128Load8Splat, .v128Load16Splat, .v128Load32Splat, .v128Load64Splat, .v128Load32Zero,
            .v128Load64Zero, .v128Store, .v128Load8Lane, .v128Load16Lane, .v128Load32Lane, .v128Load64Lane,
            .v128Store8Lane, .v128Store16Lane, .v128Store32Lane, .v128Store64Lane: false
        default: true
        }
    }

    /// Whether it may trap.
    package var mayTrap: Bool {
        switch self {
        case .unreachable, .callIndirect, .returnCallIndirect, .callRef, .returnCallRef, .throwRef,
            .refAsNonNull, .tableGet, .tableSet, .tableInit, .tableCopy, .tableFill, .memoryInit, .memoryCopy,
            .memoryFill, .i32Load, .i64Load, .f32Load, .f64Load, .i32Load8S, .i32Load8U, .i32Load16S,
            .i32Load16U, .i64Load8S, .i64Load8U, .i64Load16S, .i64Load16U, .i64Load32S, .i64Load32U,
            .i32Store, .i64Store, .f32Store, .f64Store, .i32Store8, .i32Store16, .i64Store8, .i64Store16,
            .i64Store32, .i32DivS, .i32DivU, .i32RemS, .i32RemU, .i64DivS, .i64DivU, .i64RemS, .i64RemU,
            .i32TruncF32S, .i32TruncF32U, .i32TruncF64S, .i32TruncF64U, .i64TruncF32S, .i64TruncF32U,
            .i64TruncF64S, .i64TruncF64U, .i32AtomicLoad, .i64AtomicLoad, .i32AtomicLoad8U, .i32AtomicLoad16U,
            .i64AtomicLoad8U, .i64AtomicLoad16U, .i64AtomicLoad32U, .i32AtomicStore, .i64AtomicStore,
            .i32AtomicStore8, .i32AtomicStore16, .i64AtomicStore8, .i64AtomicStore16, .i64AtomicStore32,
            .i32AtomicRmwAdd, .i64AtomicRmwAdd, .i32AtomicRmw8AddU, .i32AtomicRmw16AddU, .i64AtomicRmw8AddU,
            .i64AtomicRmw16AddU, .i64AtomicRmw32AddU, .i32AtomicRmwSub, .i64AtomicRmwSub, .i32AtomicRmw8SubU,
            .i32AtomicRmw16SubU, .i64AtomicRmw8SubU, .i64AtomicRmw16SubU, .i64AtomicRmw32SubU,
            .i32AtomicRmwAnd, .i64AtomicRmwAnd, .i32AtomicRmw8AndU, .i32AtomicRmw16AndU, .i64AtomicRmw8AndU,
            .i64AtomicRmw16AndU, .i64AtomicRmw32AndU, .i32AtomicRmwOr, .i64AtomicRmwOr, .i32AtomicRmw8OrU,
            .i32AtomicRmw16OrU, .i64AtomicRmw8OrU, .i64AtomicRmw16OrU, .i64AtomicRmw32OrU, .i32AtomicRmwXor,
            .i64AtomicRmwXor, .i32AtomicRmw8XorU, .i32AtomicRmw16XorU, .i64AtomicRmw8XorU,
            .i64AtomicRmw16XorU, .i64AtomicRmw32XorU, .i32AtomicRmwXchg, .i64AtomicRmwXchg,
            .i32AtomicRmw8XchgU, .i32AtomicRmw16XchgU, .i64AtomicRmw8XchgU, .i64AtomicRmw16XchgU,
            .i64AtomicRmw32XchgU, .i32AtomicRmwCmpxchg, .i64AtomicRmwCmpxchg, .i32AtomicRmw8CmpxchgU,
            .i32AtomicRmw16CmpxchgU, .i64AtomicRmw8CmpxchgU, .i64AtomicRmw16CmpxchgU, .i64AtomicRmw32CmpxchgU,
            .memoryAtomicNotify, .memoryAtomicWait32, .memoryAtomicWait64, .v128Load, .v128Load8x8S,
            .v128Load8x8U, .v128Load16x4S, .v128Load16x4U, .v128Load32x2S, .v128Load32x2U, .v128Load8Splat,
            .v128Load16Splat, .v128Load32Splat, .v128Load64Splat, .v128Load32Zero, .v128Load64Zero,
            .v128Store, .v128Load8Lane, .v128Load16Lane, .v128Load32Lane, .v128Load64Lane, .v128Store8Lane,
            .v128Store16Lane, .v128Store32Lane, .v128Store64Lane: true
        default: false
        }
    }

    /// Whether its two operands may change places.
    package var isCommutative: Bool {
        switch self {
        case .i32Eq, .i32Ne, .i64Eq, .i64Ne, .i32Add, .i32Mul, .i32And, .i32Or, .i32Xor, .i64Add, .i64Mul,
            .i64And, .i64Or, .i64Xor, .i64MulWideS, .i64MulWideU, .i8x16Eq, .i8x16Ne, .i16x8Eq, .i16x8Ne,
            .i32x4Eq, .i32x4Ne, .i64x2Eq, .i64x2Ne, .i8x16Add, .i8x16AddSatS, .i8x16AddSatU, .i8x16MinS,
            .i8x16MinU, .i8x16MaxS, .i8x16MaxU, .i8x16AvgrU, .i16x8Add, .i16x8AddSatS, .i16x8AddSatU,
            .i16x8Mul, .i16x8MinS, .i16x8MinU, .i16x8MaxS, .i16x8MaxU, .i16x8AvgrU, .i32x4Add, .i32x4Mul,
            .i32x4MinS, .i32x4MinU, .i32x4MaxS, .i32x4MaxU, .i64x2Add, .i64x2Mul: true
        default: false
        }
    }

    /// How many conditions compiled code looks at before it.
    package var checks: Int {
        switch self {
        case .i32DivS, .i64DivS, .i32TruncF32S, .i32TruncF32U, .i32TruncF64S, .i32TruncF64U, .i64TruncF32S,
            .i64TruncF32U, .i64TruncF64S, .i64TruncF64U: 2
        case .i32DivU, .i32RemS, .i32RemU, .i64DivU, .i64RemS, .i64RemU, .i32AtomicLoad, .i64AtomicLoad,
            .i32AtomicLoad8U, .i32AtomicLoad16U, .i64AtomicLoad8U, .i64AtomicLoad16U, .i64AtomicLoad32U,
            .i32AtomicStore, .i64AtomicStore, .i32AtomicStore8, .i32AtomicStore16, .i64AtomicStore8,
            .i64AtomicStore16, .i64AtomicStore32, .i32AtomicRmwAdd, .i64AtomicRmwAdd, .i32AtomicRmw8AddU,
            .i32AtomicRmw16AddU, .i64AtomicRmw8AddU, .i64AtomicRmw16AddU, .i64AtomicRmw32AddU,
            .i32AtomicRmwSub, .i64AtomicRmwSub, .i32AtomicRmw8SubU, .i32AtomicRmw16SubU, .i64AtomicRmw8SubU,
            .i64AtomicRmw16SubU, .i64AtomicRmw32SubU, .i32AtomicRmwAnd, .i64AtomicRmwAnd, .i32AtomicRmw8AndU,
            .i32AtomicRmw16AndU, .i64AtomicRmw8AndU, .i64AtomicRmw16AndU, .i64AtomicRmw32AndU,
            .i32AtomicRmwOr, .i64AtomicRmwOr, .i32AtomicRmw8OrU, .i32AtomicRmw16OrU, .i64AtomicRmw8OrU,
            .i64AtomicRmw16OrU, .i64AtomicRmw32OrU, .i32AtomicRmwXor, .i64AtomicRmwXor, .i32AtomicRmw8XorU,
            .i32AtomicRmw16XorU, .i64AtomicRmw8XorU, .i64AtomicRmw16XorU, .i64AtomicRmw32XorU,
            .i32AtomicRmwXchg, .i64AtomicRmwXchg, .i32AtomicRmw8XchgU, .i32AtomicRmw16XchgU,
            .i64AtomicRmw8XchgU, .i64AtomicRmw16XchgU, .i64AtomicRmw32XchgU, .i32AtomicRmwCmpxchg,
            .i64AtomicRmwCmpxchg, .i32AtomicRmw8CmpxchgU, .i32AtomicRmw16CmpxchgU, .i64AtomicRmw8CmpxchgU,
            .i64AtomicRmw16CmpxchgU, .i64AtomicRmw32CmpxchgU, .memoryAtomicNotify, .memoryAtomicWait32,
            .memoryAtomicWait64: 1
        default: 0
        }
    }
}
