// Made by scripts/instructions of instructions.txt; a test compares. Not to be edited.
//
// The families of instructions, each an enumeration of its own, so that a switch names all that it is for.

/// An instruction as a member of its family.
package enum InstructionKind: Hashable, Sendable {
    case control(ControlInstruction)
    case parametric(ParametricInstruction)
    case variable(VariableInstruction)
    case constant(ConstantInstruction)
    case reference(ReferenceInstruction)
    case table(TableInstruction)
    case memory(MemoryInstruction)
    case load(LoadInstruction)
    case store(StoreInstruction)
    case numeric(NumericInstruction)
    case atomic(AtomicInstruction)
    case synchronization(SynchronizationInstruction)

    package init(_ opcode: Opcode) {
        switch opcode.rawValue {
        case 0...11: self = .control(ControlInstruction(rawValue: UInt8(opcode.rawValue))!)
        case 12...15: self = .parametric(ParametricInstruction(rawValue: UInt8(opcode.rawValue - 12))!)
        case 16...20: self = .variable(VariableInstruction(rawValue: UInt8(opcode.rawValue - 16))!)
        case 21...24: self = .constant(ConstantInstruction(rawValue: UInt8(opcode.rawValue - 21))!)
        case 25...27: self = .reference(ReferenceInstruction(rawValue: UInt8(opcode.rawValue - 25))!)
        case 28...35: self = .table(TableInstruction(rawValue: UInt8(opcode.rawValue - 28))!)
        case 36...41: self = .memory(MemoryInstruction(rawValue: UInt8(opcode.rawValue - 36))!)
        case 42...55: self = .load(LoadInstruction(rawValue: UInt8(opcode.rawValue - 42))!)
        case 56...64: self = .store(StoreInstruction(rawValue: UInt8(opcode.rawValue - 56))!)
        case 65...200: self = .numeric(NumericInstruction(rawValue: UInt8(opcode.rawValue - 65))!)
        case 201...263: self = .atomic(AtomicInstruction(rawValue: UInt8(opcode.rawValue - 201))!)
        default: self = .synchronization(SynchronizationInstruction(rawValue: UInt8(opcode.rawValue - 264))!)
        }
    }
}

/// In the order of `Opcode`.
package enum ControlInstruction: UInt8, CaseIterable, Sendable {
    case unreachable, block, loop, `if`, `else`, end, br, brIf, brTable, `return`, call, callIndirect
}

extension ControlInstruction {
    package var opcode: Opcode { Opcode(rawValue: UInt16(rawValue))! }
}

/// In the order of `Opcode`.
package enum ParametricInstruction: UInt8, CaseIterable, Sendable {
    case nop, drop, select, selectT
}

extension ParametricInstruction {
    package var opcode: Opcode { Opcode(rawValue: UInt16(rawValue) + 12)! }
}

/// In the order of `Opcode`.
package enum VariableInstruction: UInt8, CaseIterable, Sendable {
    case localGet, localSet, localTee, globalGet, globalSet
}

extension VariableInstruction {
    package var opcode: Opcode { Opcode(rawValue: UInt16(rawValue) + 16)! }
}

/// In the order of `Opcode`.
package enum ConstantInstruction: UInt8, CaseIterable, Sendable {
    case i32Const, i64Const, f32Const, f64Const
}

extension ConstantInstruction {
    package var opcode: Opcode { Opcode(rawValue: UInt16(rawValue) + 21)! }
}

/// In the order of `Opcode`.
package enum ReferenceInstruction: UInt8, CaseIterable, Sendable {
    case refNull, refIsNull, refFunc
}

extension ReferenceInstruction {
    package var opcode: Opcode { Opcode(rawValue: UInt16(rawValue) + 25)! }
}

/// In the order of `Opcode`.
package enum TableInstruction: UInt8, CaseIterable, Sendable {
    case tableGet, tableSet, tableInit, elemDrop, tableCopy, tableGrow, tableSize, tableFill
}

extension TableInstruction {
    package var opcode: Opcode { Opcode(rawValue: UInt16(rawValue) + 28)! }
}

/// In the order of `Opcode`.
package enum MemoryInstruction: UInt8, CaseIterable, Sendable {
    case memorySize, memoryGrow, memoryInit, dataDrop, memoryCopy, memoryFill
}

extension MemoryInstruction {
    package var opcode: Opcode { Opcode(rawValue: UInt16(rawValue) + 36)! }
}

/// In the order of `Opcode`.
package enum LoadInstruction: UInt8, CaseIterable, Sendable {
    case i32Load, i64Load, f32Load, f64Load, i32Load8S, i32Load8U, i32Load16S, i32Load16U, i64Load8S,
        i64Load8U, i64Load16S, i64Load16U, i64Load32S, i64Load32U
}

extension LoadInstruction {
    package var opcode: Opcode { Opcode(rawValue: UInt16(rawValue) + 42)! }
}

/// In the order of `Opcode`.
package enum StoreInstruction: UInt8, CaseIterable, Sendable {
    case i32Store, i64Store, f32Store, f64Store, i32Store8, i32Store16, i64Store8, i64Store16, i64Store32
}

extension StoreInstruction {
    package var opcode: Opcode { Opcode(rawValue: UInt16(rawValue) + 56)! }
}

/// In the order of `Opcode`.
package enum NumericInstruction: UInt8, CaseIterable, Sendable {
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
}

extension NumericInstruction {
    package var opcode: Opcode { Opcode(rawValue: UInt16(rawValue) + 65)! }
}

/// In the order of `Opcode`.
package enum AtomicInstruction: UInt8, CaseIterable, Sendable {
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
}

extension AtomicInstruction {
    package var opcode: Opcode { Opcode(rawValue: UInt16(rawValue) + 201)! }
}

/// In the order of `Opcode`.
package enum SynchronizationInstruction: UInt8, CaseIterable, Sendable {
    case memoryAtomicNotify, memoryAtomicWait32, memoryAtomicWait64, atomicFence
}

extension SynchronizationInstruction {
    package var opcode: Opcode { Opcode(rawValue: UInt16(rawValue) + 264)! }
}
