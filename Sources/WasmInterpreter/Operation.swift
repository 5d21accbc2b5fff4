// The instruction set of the interpreter's register machine.
//
// A body is a sequence of 16-bit words: an operation, then its operands. Notation, a letter a word unless
// it says otherwise:
//   d        the slot that takes the result
//   a b c    slots that are read
//   imm      32 bits in two words, low first      imm64   64 bits in four words
//   off      a branch's signed distance in words from the operation's own word, two words
//   base     the slot where a callee's frame begins: its arguments stand there, its results will
// Always true: the operations from `i32Eqz` to `i64TruncSatF64U` are the numeric instructions in their order, so
// that one addition translates them.

import WasmModule

package enum Operation: UInt16, CaseIterable {
    // MARK: Control
    /// The first instruction of a function that is not translated yet.
    case translate
    /// Leaves the interpreter: the caller of the outermost frame.
    case exit
    /// Goes back to the instance that called a function of another one.
    case bridgeReturn
    case unreachable
    /// off
    case br
    /// a off
    case brIf, brUnless, brIfI64, brUnlessI64
    /// a count(imm) off…; offsets count from this operation, the last is the default
    case brTable
    /// a b off
    case brIfI32Eq, brIfI32Ne, brIfI32LtS, brIfI32LtU, brIfI32LeS, brIfI32LeU
    case brIfI64Eq, brIfI64Ne, brIfI64LtS, brIfI64LtU, brIfI64LeS, brIfI64LeU
    case brIfF32Eq, brIfF32Ne, brIfF32Lt, brUnlessF32Lt, brIfF32Le, brUnlessF32Le
    case brIfF64Eq, brIfF64Ne, brIfF64Lt, brUnlessF64Lt, brIfF64Le, brUnlessF64Le
    /// a imm off; of an i64 the immediate is sign-extended
    case brIfI32EqImm, brIfI32NeImm, brIfI32LtSImm, brIfI32LtUImm, brIfI32GtSImm, brIfI32GtUImm
    case brIfI64EqImm, brIfI64NeImm, brIfI64LtSImm, brIfI64LtUImm, brIfI64GtSImm, brIfI64GtUImm
    /// a imm off: whether any bit of the mask is set
    case brIfI32AndImm, brUnlessI32AndImm
    /// localsEnd
    case return0
    /// localsEnd a
    case return1
    /// imm64 (the `MachineCode`) base
    case call
    /// localsEnd: the only instruction of a function that has compiled code
    case enterNative
    /// imm64 (the `MachineCode`): counts a call of the function
    case countCall
    /// imm64 (the `MachineLoop`): counts a back edge, and goes over to compiled code where there is some
    case countBackEdge
    /// function base
    case callImported
    /// a table typeNumber(imm) base
    case callIndirect
    /// a base: calls what a refers to
    case callReference
    /// As the three calls before that, then localsEnd: the callee takes the frame's place
    case returnCall, returnCallImported, returnCallIndirect
    /// a base localsEnd
    case returnCallReference
    /// Traps, after a branch that has not been taken.
    case nullReference
    /// tag(imm) base: throws the values from there on
    case `throw`
    /// a: throws what it refers to
    case throwReference
    /// a: keeps what it refers to, since a global or a table will
    case keepException

    // MARK: Values
    /// d a
    case copy
    /// d imm, zero-extended
    case const32
    /// d imm64
    case const64
    /// d a b c: a where the i32 c is not 0, else b
    case select
    /// d index / index a; imported ones with the module's index, own ones with their slot
    case globalGet, globalSet, globalGetImported, globalSetImported
    /// As those above, for values of two slots; globals by the module's index.
    case copyWide, selectWide, globalGetWide, globalSetWide

    // MARK: Memory: d a imm (load); a b imm (store: address, value)
    case load32, load64, load8U, load16U, i32Load8S, i32Load16S, i64Load8S, i64Load16S, i64Load32S
    case store8, store16, store32, store64

    // MARK: Two in one
    /// d a b imm: the address is a + b
    case load32Indexed, load64Indexed, load8UIndexed
    /// d a imm: the address is a + imm, which wraps around where the offset of a load does not
    case load32Displaced, load64Displaced, load8UDisplaced
    /// d a b imm: a and what is loaded from b
    case i32AddLoad, i32XorLoad, f32AddLoad, f32MulLoad, f64AddLoad, f64SubLoad, f64MulLoad
    /// d a b c: a * b, rounded, + c
    case f32MulAdd, f64MulAdd
    /// d a distance b: (a << distance) + b
    case i32ShlAdd
    /// d a imm imm off: d = a + imm, and a branch if that is not the second immediate
    case brIfI32AddNe

    // MARK: Numbers: d a b, or d a
    // made by scripts/instructions: numbers
    case i32Eqz, i32Eq, i32Ne, i32LtS, i32LtU, i32GtS, i32GtU, i32LeS, i32LeU, i32GeS, i32GeU, i64Eqz, i64Eq,
        i64Ne, i64LtS, i64LtU, i64GtS, i64GtU, i64LeS, i64LeU, i64GeS, i64GeU
    case f32Eq, f32Ne, f32Lt, f32Gt, f32Le, f32Ge, f64Eq, f64Ne, f64Lt, f64Gt, f64Le, f64Ge
    case i32Clz, i32Ctz, i32Popcnt, i32Add, i32Sub, i32Mul, i32DivS, i32DivU, i32RemS, i32RemU, i32And, i32Or,
        i32Xor, i32Shl, i32ShrS, i32ShrU, i32Rotl, i32Rotr, i64Clz, i64Ctz, i64Popcnt, i64Add, i64Sub, i64Mul,
        i64DivS, i64DivU, i64RemS, i64RemU, i64And, i64Or, i64Xor, i64Shl, i64ShrS, i64ShrU, i64Rotl, i64Rotr
    case f32Abs, f32Neg, f32Ceil, f32Floor, f32Trunc, f32Nearest, f32Sqrt, f32Add, f32Sub, f32Mul, f32Div,
        f32Min, f32Max, f32Copysign, f64Abs, f64Neg, f64Ceil, f64Floor, f64Trunc, f64Nearest, f64Sqrt, f64Add,
        f64Sub, f64Mul, f64Div, f64Min, f64Max, f64Copysign
    case i32WrapI64, i32TruncF32S, i32TruncF32U, i32TruncF64S, i32TruncF64U, i64ExtendI32S, i64ExtendI32U,
        i64TruncF32S, i64TruncF32U, i64TruncF64S, i64TruncF64U, f32ConvertI32S, f32ConvertI32U,
        f32ConvertI64S, f32ConvertI64U, f32DemoteF64, f64ConvertI32S, f64ConvertI32U, f64ConvertI64S,
        f64ConvertI64U, f64PromoteF32, i32ReinterpretF32, i64ReinterpretF64, f32ReinterpretI32,
        f64ReinterpretI64, i32Extend8S, i32Extend16S, i64Extend8S, i64Extend16S, i64Extend32S,
        i32TruncSatF32S, i32TruncSatF32U, i32TruncSatF64S, i32TruncSatF64U, i64TruncSatF32S, i64TruncSatF32U,
        i64TruncSatF64S, i64TruncSatF64U
    // end of what is made

    // MARK: Numbers with a constant: d a imm; of an i64 the immediate is sign-extended
    case i32AddImm, i32MulImm, i32AndImm, i32OrImm, i32XorImm, i32ShlImm, i32ShrSImm, i32ShrUImm, i32RotlImm
    case i32EqImm, i32NeImm, i32LtSImm, i32LtUImm, i32GtSImm, i32GtUImm
    case i64EqImm, i64NeImm, i64LtSImm, i64LtUImm, i64GtSImm, i64GtUImm
    case i64AddImm, i64MulImm, i64AndImm, i64OrImm, i64XorImm, i64ShlImm, i64ShrSImm, i64ShrUImm, i64RotlImm

    // MARK: Out of line
    /// d kind operands…: an instruction of which `executeOutOfLine` has the body, by the bits of its
    /// `InstructionKind`; d is 0 where there is no result
    case atomic
    case outOfLine
    /// d imm64 operands…: an instruction with a function of its own, by the address of that `OperationBody`; d is 0
    /// where there is no result
    case withBody
    /// The words of `RaceWatch`: an access to come, which the race detector looks at
    case watch
    /// A call to come that may be one of the host: where it is
    case watchCall
    /// As `atomic`, in the order that the race detector gives it
    case watchedAtomic
}

extension Operation {
    /// The operation with the name of a numeric instruction.
    package init(_ instruction: NumericInstruction) {
        self = Operation(rawValue: UInt16(instruction.rawValue) + Operation.i32Eqz.rawValue)!
    }
}
