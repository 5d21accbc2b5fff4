// Made by scripts/instructions of instructions.txt; a test compares. Not to be edited.
//
// The instructions, a family after another: what they are called, and how they are encoded.

/// An instruction, by its name in the text format: `i32.load8_s` is `i32Load8S`.
package enum Opcode: UInt16, CaseIterable, Sendable {
    // control
    case unreachable, block, loop, `if`, `else`, end, br, brIf, brTable, `return`, call, callIndirect
    // parametric
    case nop, drop, select, selectT
    // variable
    case localGet, localSet, localTee, globalGet, globalSet
    // constant
    case i32Const, i64Const, f32Const, f64Const
    // reference
    case refNull, refIsNull, refFunc
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
}

extension Opcode {
    /// By raw value.
    static let names = """
        unreachable block loop if else end br br_if br_table return call call_indirect nop drop select select
        local.get local.set local.tee global.get global.set i32.const i64.const f32.const f64.const ref.null
        ref.is_null ref.func table.get table.set table.init elem.drop table.copy table.grow table.size
        table.fill memory.size memory.grow memory.init data.drop memory.copy memory.fill i32.load i64.load
        f32.load f64.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u i64.load8_s i64.load8_u
        i64.load16_s i64.load16_u i64.load32_s i64.load32_u i32.store i64.store f32.store f64.store i32.store8
        i32.store16 i64.store8 i64.store16 i64.store32 i32.eqz i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s
        i32.gt_u i32.le_s i32.le_u i32.ge_s i32.ge_u i64.eqz i64.eq i64.ne i64.lt_s i64.lt_u i64.gt_s i64.gt_u
        i64.le_s i64.le_u i64.ge_s i64.ge_u f32.eq f32.ne f32.lt f32.gt f32.le f32.ge f64.eq f64.ne f64.lt
        f64.gt f64.le f64.ge i32.clz i32.ctz i32.popcnt i32.add i32.sub i32.mul i32.div_s i32.div_u i32.rem_s
        i32.rem_u i32.and i32.or i32.xor i32.shl i32.shr_s i32.shr_u i32.rotl i32.rotr i64.clz i64.ctz
        i64.popcnt i64.add i64.sub i64.mul i64.div_s i64.div_u i64.rem_s i64.rem_u i64.and i64.or i64.xor
        i64.shl i64.shr_s i64.shr_u i64.rotl i64.rotr f32.abs f32.neg f32.ceil f32.floor f32.trunc f32.nearest
        f32.sqrt f32.add f32.sub f32.mul f32.div f32.min f32.max f32.copysign f64.abs f64.neg f64.ceil
        f64.floor f64.trunc f64.nearest f64.sqrt f64.add f64.sub f64.mul f64.div f64.min f64.max f64.copysign
        i32.wrap_i64 i32.trunc_f32_s i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u i64.extend_i32_s
        i64.extend_i32_u i64.trunc_f32_s i64.trunc_f32_u i64.trunc_f64_s i64.trunc_f64_u f32.convert_i32_s
        f32.convert_i32_u f32.convert_i64_s f32.convert_i64_u f32.demote_f64 f64.convert_i32_s
        f64.convert_i32_u f64.convert_i64_s f64.convert_i64_u f64.promote_f32 i32.reinterpret_f32
        i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64 i32.extend8_s i32.extend16_s i64.extend8_s
        i64.extend16_s i64.extend32_s i32.trunc_sat_f32_s i32.trunc_sat_f32_u i32.trunc_sat_f64_s
        i32.trunc_sat_f64_u i64.trunc_sat_f32_s i64.trunc_sat_f32_u i64.trunc_sat_f64_s i64.trunc_sat_f64_u
        i32.atomic.load i64.atomic.load i32.atomic.load8_u i32.atomic.load16_u i64.atomic.load8_u
        i64.atomic.load16_u i64.atomic.load32_u i32.atomic.store i64.atomic.store i32.atomic.store8
        i32.atomic.store16 i64.atomic.store8 i64.atomic.store16 i64.atomic.store32 i32.atomic.rmw.add
        i64.atomic.rmw.add i32.atomic.rmw8.add_u i32.atomic.rmw16.add_u i64.atomic.rmw8.add_u
        i64.atomic.rmw16.add_u i64.atomic.rmw32.add_u i32.atomic.rmw.sub i64.atomic.rmw.sub
        i32.atomic.rmw8.sub_u i32.atomic.rmw16.sub_u i64.atomic.rmw8.sub_u i64.atomic.rmw16.sub_u
        i64.atomic.rmw32.sub_u i32.atomic.rmw.and i64.atomic.rmw.and i32.atomic.rmw8.and_u
        i32.atomic.rmw16.and_u i64.atomic.rmw8.and_u i64.atomic.rmw16.and_u i64.atomic.rmw32.and_u
        i32.atomic.rmw.or i64.atomic.rmw.or i32.atomic.rmw8.or_u i32.atomic.rmw16.or_u i64.atomic.rmw8.or_u
        i64.atomic.rmw16.or_u i64.atomic.rmw32.or_u i32.atomic.rmw.xor i64.atomic.rmw.xor
        i32.atomic.rmw8.xor_u i32.atomic.rmw16.xor_u i64.atomic.rmw8.xor_u i64.atomic.rmw16.xor_u
        i64.atomic.rmw32.xor_u i32.atomic.rmw.xchg i64.atomic.rmw.xchg i32.atomic.rmw8.xchg_u
        i32.atomic.rmw16.xchg_u i64.atomic.rmw8.xchg_u i64.atomic.rmw16.xchg_u i64.atomic.rmw32.xchg_u
        i32.atomic.rmw.cmpxchg i64.atomic.rmw.cmpxchg i32.atomic.rmw8.cmpxchg_u i32.atomic.rmw16.cmpxchg_u
        i64.atomic.rmw8.cmpxchg_u i64.atomic.rmw16.cmpxchg_u i64.atomic.rmw32.cmpxchg_u memory.atomic.notify
        memory.atomic.wait32 memory.atomic.wait64 atomic.fence
        """.split { $0 == " " || $0 == "\n" }.map(String.init)

    /// By raw value: the prefix in the high half, 0 where there is none, and the number in the low one.
    static let encodings: [UInt32] = [
        0x0, 0x2, 0x3, 0x4, 0x5, 0xB, 0xC, 0xD, 0xE, 0xF, 0x10, 0x11, 0x1, 0x1A, 0x1B, 0x1C, 0x20, 0x21, 0x22,
        0x23, 0x24, 0x41, 0x42, 0x43, 0x44, 0xD0, 0xD1, 0xD2, 0x25, 0x26, 0xFC000C, 0xFC000D, 0xFC000E,
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
        0xFC0006, 0xFC0007, 0xFE0010, 0xFE0011, 0xFE0012, 0xFE0013, 0xFE0014, 0xFE0015, 0xFE0016,
        0xFE0017, 0xFE0018, 0xFE0019, 0xFE001A, 0xFE001B, 0xFE001C, 0xFE001D, 0xFE001E, 0xFE001F,
        0xFE0020, 0xFE0021, 0xFE0022, 0xFE0023, 0xFE0024, 0xFE0025, 0xFE0026, 0xFE0027, 0xFE0028,
        0xFE0029, 0xFE002A, 0xFE002B, 0xFE002C, 0xFE002D, 0xFE002E, 0xFE002F, 0xFE0030, 0xFE0031,
        0xFE0032, 0xFE0033, 0xFE0034, 0xFE0035, 0xFE0036, 0xFE0037, 0xFE0038, 0xFE0039, 0xFE003A,
        0xFE003B, 0xFE003C, 0xFE003D, 0xFE003E, 0xFE003F, 0xFE0040, 0xFE0041, 0xFE0042, 0xFE0043,
        0xFE0044, 0xFE0045, 0xFE0046, 0xFE0047, 0xFE0048, 0xFE0049, 0xFE004A, 0xFE004B, 0xFE004C,
        0xFE004D, 0xFE004E, 0xFE0000, 0xFE0001, 0xFE0002, 0xFE0003,
    ]
}

/// An encoding that a later version or a proposal has given a meaning.
struct RefusedInstruction {
    let name: StaticString
    let prefix: UInt8
    let numbers: ClosedRange<UInt32>
    let feature: Feature

    static let all: [RefusedInstruction] = [
        .init(name: "try", prefix: 0x00, numbers: 0x06...0x06, feature: .exceptionHandling),
        .init(name: "catch", prefix: 0x00, numbers: 0x07...0x07, feature: .exceptionHandling),
        .init(name: "throw", prefix: 0x00, numbers: 0x08...0x08, feature: .exceptionHandling),
        .init(name: "rethrow", prefix: 0x00, numbers: 0x09...0x09, feature: .exceptionHandling),
        .init(name: "throw_ref", prefix: 0x00, numbers: 0x0A...0x0A, feature: .exceptionHandling),
        .init(name: "delegate", prefix: 0x00, numbers: 0x18...0x18, feature: .exceptionHandling),
        .init(name: "catch_all", prefix: 0x00, numbers: 0x19...0x19, feature: .exceptionHandling),
        .init(name: "try_table", prefix: 0x00, numbers: 0x1F...0x1F, feature: .exceptionHandling),
        .init(name: "return_call", prefix: 0x00, numbers: 0x12...0x12, feature: .tailCalls),
        .init(name: "return_call_indirect", prefix: 0x00, numbers: 0x13...0x13, feature: .tailCalls),
        .init(name: "call_ref", prefix: 0x00, numbers: 0x14...0x14, feature: .functionReferences),
        .init(name: "return_call_ref", prefix: 0x00, numbers: 0x15...0x15, feature: .functionReferences),
        .init(name: "ref.as_non_null", prefix: 0x00, numbers: 0xD4...0xD4, feature: .functionReferences),
        .init(name: "br_on_null", prefix: 0x00, numbers: 0xD5...0xD5, feature: .functionReferences),
        .init(name: "br_on_non_null", prefix: 0x00, numbers: 0xD6...0xD6, feature: .functionReferences),
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
        .init(name: "i64.add128", prefix: 0xFC, numbers: 0x13...0x13, feature: .wideArithmetic),
        .init(name: "i64.sub128", prefix: 0xFC, numbers: 0x14...0x14, feature: .wideArithmetic),
        .init(name: "i64.mul_wide_s", prefix: 0xFC, numbers: 0x15...0x15, feature: .wideArithmetic),
        .init(name: "i64.mul_wide_u", prefix: 0xFC, numbers: 0x16...0x16, feature: .wideArithmetic),
        .init(name: "vectors", prefix: 0xFD, numbers: 0x00...0xFF, feature: .simd),
        .init(name: "relaxed vectors", prefix: 0xFD, numbers: 0x100...0x113, feature: .relaxedSIMD),
    ]
}
