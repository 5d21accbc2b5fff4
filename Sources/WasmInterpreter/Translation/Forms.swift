// Which operation an instruction becomes, as data: accesses, constants as immediates, and comparisons
// fused with the branch that takes them.

import CMachine
import WasmModule

extension Operation {
    /// The operation of a load. Types that differ in how they are seen but not in their bits share one.
    init(_ load: LoadInstruction) {
        switch load {
        case .i32Load, .f32Load, .i64Load32U: self = .load32
        case .i64Load, .f64Load: self = .load64
        case .i32Load8U, .i64Load8U: self = .load8U
        case .i32Load16U, .i64Load16U: self = .load16U
        case .i32Load8S: self = .i32Load8S
        case .i32Load16S: self = .i32Load16S
        case .i64Load8S: self = .i64Load8S
        case .i64Load16S: self = .i64Load16S
        case .i64Load32S: self = .i64Load32S
        }
    }

    init(_ store: StoreInstruction) {
        switch store {
        case .i32Store8, .i64Store8: self = .store8
        case .i32Store16, .i64Store16: self = .store16
        case .i32Store, .f32Store, .i64Store32: self = .store32
        case .i64Store, .f64Store: self = .store64
        }
    }
}

/// A binary operation whose second operand is a constant that fits an immediate.
struct ImmediateForm {
    let operation: Operation
    let immediate: UInt32

    /// nil where there is no such form, or the constant is too wide for it.
    init?(_ operation: Operation, _ constant: UInt64) {
        let is64 =
            (Operation.i64Eqz.rawValue...Operation.i64GeU.rawValue).contains(operation.rawValue)
            || (Operation.i64Clz.rawValue...Operation.i64Rotr.rawValue).contains(operation.rawValue)
        // Signed, as the operation sees its type.
        let value = is64 ? Int64(bitPattern: constant) : Int64(Int32(truncatingIfNeeded: constant))
        let unsigned = is64 ? constant : UInt64(UInt32(truncatingIfNeeded: constant))
        guard let (form, immediate) = Self.form(operation, value, unsigned, is64 ? .max : UInt64(UInt32.max)),
            let narrow = Int32(exactly: immediate)
        else { return nil }
        self.operation = form
        self.immediate = UInt32(bitPattern: narrow)
    }

    private static func form(
        _ operation: Operation, _ value: Int64, _ unsigned: UInt64, _ unsignedMaximum: UInt64
    ) -> (Operation, Int64)? {
        switch operation {
        case .i32Add: (.i32AddImm, value)
        case .i32Sub: (.i32AddImm, Int64(Int32(truncatingIfNeeded: 0 &- value)))
        case .i32Mul: (.i32MulImm, value)
        case .i32And: (.i32AndImm, value)
        case .i32Or: (.i32OrImm, value)
        case .i32Xor: (.i32XorImm, value)
        case .i32Shl: (.i32ShlImm, value)
        case .i32ShrS: (.i32ShrSImm, value)
        case .i32ShrU: (.i32ShrUImm, value)
        case .i32Rotl: (.i32RotlImm, value)
        case .i32Rotr: (.i32RotlImm, Int64(Int32(truncatingIfNeeded: 0 &- value)))
        case .i64Add: (.i64AddImm, value)
        case .i64Sub: (.i64AddImm, 0 &- value)
        case .i64Mul: (.i64MulImm, value)
        case .i64And: (.i64AndImm, value)
        case .i64Or: (.i64OrImm, value)
        case .i64Xor: (.i64XorImm, value)
        case .i64Shl: (.i64ShlImm, value & 63)
        case .i64ShrS: (.i64ShrSImm, value & 63)
        case .i64ShrU: (.i64ShrUImm, value & 63)
        case .i64Rotl: (.i64RotlImm, value & 63)
        case .i64Rotr: (.i64RotlImm, (0 &- value) & 63)
        default: comparison(operation, value, unsigned, unsignedMaximum)
        }
    }

    /// `<= c` is `< c + 1` and `>= c` is `> c - 1`, but for the one `c` where that wraps around.
    private static func comparison(
        _ operation: Operation, _ value: Int64, _ unsigned: UInt64, _ maximum: UInt64
    ) -> (Operation, Int64)? {
        switch operation {
        case .i32Eq: (.i32EqImm, value)
        case .i32Ne: (.i32NeImm, value)
        case .i32LtS: (.i32LtSImm, value)
        case .i32LtU: (.i32LtUImm, value)
        case .i32GtS: (.i32GtSImm, value)
        case .i32GtU: (.i32GtUImm, value)
        case .i32LeS: value == Int64(Int32.max) ? nil : (.i32LtSImm, value + 1)
        case .i32LeU: unsigned == maximum ? nil : (.i32LtUImm, value + 1)
        case .i32GeS: value == Int64(Int32.min) ? nil : (.i32GtSImm, value - 1)
        case .i32GeU: unsigned == 0 ? nil : (.i32GtUImm, Int64(Int32(truncatingIfNeeded: value - 1)))
        case .i64Eq: (.i64EqImm, value)
        case .i64Ne: (.i64NeImm, value)
        case .i64LtS: (.i64LtSImm, value)
        case .i64LtU: (.i64LtUImm, value)
        case .i64GtS: (.i64GtSImm, value)
        case .i64GtU: (.i64GtUImm, value)
        case .i64LeS: value == .max ? nil : (.i64LtSImm, value + 1)
        case .i64LeU: unsigned == maximum ? nil : (.i64LtUImm, value &+ 1)
        case .i64GeS: value == .min ? nil : (.i64GtSImm, value - 1)
        case .i64GeU: unsigned == 0 ? nil : (.i64GtUImm, value &- 1)
        default: nil
        }
    }
}

/// A comparison as the branch that takes it: what to branch with if it holds, and if it does not.
struct BranchForm {
    let ifTrue: Operation
    let ifFalse: Operation
    /// Whether the operands change places, in each of the two.
    let swapsTrue: Bool
    let swapsFalse: Bool

    private init(
        _ ifTrue: Operation, _ ifFalse: Operation, swapsTrue: Bool = false, swapsFalse: Bool = false
    ) {
        self.ifTrue = ifTrue
        self.ifFalse = ifFalse
        self.swapsTrue = swapsTrue
        self.swapsFalse = swapsFalse
    }

    /// A comparison of two slots.
    init?(_ operation: Operation) {
        switch operation {
        case .i32Eq: self.init(.brIfI32Eq, .brIfI32Ne)
        case .i32Ne: self.init(.brIfI32Ne, .brIfI32Eq)
        case .i32LtS: self.init(.brIfI32LtS, .brIfI32LeS, swapsFalse: true)
        case .i32LtU: self.init(.brIfI32LtU, .brIfI32LeU, swapsFalse: true)
        case .i32GtS: self.init(.brIfI32LtS, .brIfI32LeS, swapsTrue: true)
        case .i32GtU: self.init(.brIfI32LtU, .brIfI32LeU, swapsTrue: true)
        case .i32LeS: self.init(.brIfI32LeS, .brIfI32LtS, swapsFalse: true)
        case .i32LeU: self.init(.brIfI32LeU, .brIfI32LtU, swapsFalse: true)
        case .i32GeS: self.init(.brIfI32LeS, .brIfI32LtS, swapsTrue: true)
        case .i32GeU: self.init(.brIfI32LeU, .brIfI32LtU, swapsTrue: true)
        case .i64Eq: self.init(.brIfI64Eq, .brIfI64Ne)
        case .i64Ne: self.init(.brIfI64Ne, .brIfI64Eq)
        case .i64LtS: self.init(.brIfI64LtS, .brIfI64LeS, swapsFalse: true)
        case .i64LtU: self.init(.brIfI64LtU, .brIfI64LeU, swapsFalse: true)
        case .i64GtS: self.init(.brIfI64LtS, .brIfI64LeS, swapsTrue: true)
        case .i64GtU: self.init(.brIfI64LtU, .brIfI64LeU, swapsTrue: true)
        case .i64LeS: self.init(.brIfI64LeS, .brIfI64LtS, swapsFalse: true)
        case .i64LeU: self.init(.brIfI64LeU, .brIfI64LtU, swapsFalse: true)
        case .i64GeS: self.init(.brIfI64LeS, .brIfI64LtS, swapsTrue: true)
        case .i64GeU: self.init(.brIfI64LeU, .brIfI64LtU, swapsTrue: true)
        case .f32Eq: self.init(.brIfF32Eq, .brIfF32Ne)
        case .f32Ne: self.init(.brIfF32Ne, .brIfF32Eq)
        case .f32Lt: self.init(.brIfF32Lt, .brUnlessF32Lt)
        case .f32Gt: self.init(.brIfF32Lt, .brUnlessF32Lt, swapsTrue: true, swapsFalse: true)
        case .f32Le: self.init(.brIfF32Le, .brUnlessF32Le)
        case .f32Ge: self.init(.brIfF32Le, .brUnlessF32Le, swapsTrue: true, swapsFalse: true)
        case .f64Eq: self.init(.brIfF64Eq, .brIfF64Ne)
        case .f64Ne: self.init(.brIfF64Ne, .brIfF64Eq)
        case .f64Lt: self.init(.brIfF64Lt, .brUnlessF64Lt)
        case .f64Gt: self.init(.brIfF64Lt, .brUnlessF64Lt, swapsTrue: true, swapsFalse: true)
        case .f64Le: self.init(.brIfF64Le, .brUnlessF64Le)
        case .f64Ge: self.init(.brIfF64Le, .brUnlessF64Le, swapsTrue: true, swapsFalse: true)
        default: return nil
        }
    }
}

extension Operation {
    /// A test of one slot, as the branches that take it.
    var testBranches: (ifTrue: Operation, ifFalse: Operation)? {
        switch self {
        case .i32Eqz: (.brUnless, .brIf)
        case .i64Eqz: (.brUnlessI64, .brIfI64)
        default: nil
        }
    }

    /// A comparison with an immediate, or a test of bits, as the branch to take if it holds.
    var immediateBranch: Operation? {
        switch self {
        case .i32EqImm: .brIfI32EqImm
        case .i32NeImm: .brIfI32NeImm
        case .i32LtSImm: .brIfI32LtSImm
        case .i32LtUImm: .brIfI32LtUImm
        case .i32GtSImm: .brIfI32GtSImm
        case .i32GtUImm: .brIfI32GtUImm
        case .i64EqImm: .brIfI64EqImm
        case .i64NeImm: .brIfI64NeImm
        case .i64LtSImm: .brIfI64LtSImm
        case .i64LtUImm: .brIfI64LtUImm
        case .i64GtSImm: .brIfI64GtSImm
        case .i64GtUImm: .brIfI64GtUImm
        case .i32AndImm: .brIfI32AndImm
        default: nil
        }
    }

    /// The same, to take if it does not hold, with what is added to the immediate for that; the immediate
    /// itself may rule it out, since `> c` has no complement in `<` for the largest `c`.
    func complementBranch(_ immediate: UInt32) -> (operation: Operation, immediate: UInt32)? {
        let signed = Int32(bitPattern: immediate)
        switch self {
        case .i32EqImm: return (.brIfI32NeImm, immediate)
        case .i32NeImm: return (.brIfI32EqImm, immediate)
        case .i64EqImm: return (.brIfI64NeImm, immediate)
        case .i64NeImm: return (.brIfI64EqImm, immediate)
        case .i32AndImm: return (.brUnlessI32AndImm, immediate)
        case .i32LtSImm: return signed == .min ? nil : (.brIfI32GtSImm, immediate &- 1)
        case .i32GtSImm: return signed == .max ? nil : (.brIfI32LtSImm, immediate &+ 1)
        case .i32LtUImm: return immediate == 0 ? nil : (.brIfI32GtUImm, immediate &- 1)
        case .i32GtUImm: return immediate == .max ? nil : (.brIfI32LtUImm, immediate &+ 1)
        // Sign-extended immediates: neither side may wrap, and 0 and -1 are neighbours across the wrap of
        // the unsigned order.
        case .i64LtSImm: return signed == .min ? nil : (.brIfI64GtSImm, immediate &- 1)
        case .i64GtSImm: return signed == .max ? nil : (.brIfI64LtSImm, immediate &+ 1)
        case .i64LtUImm: return signed == 0 || signed == .min ? nil : (.brIfI64GtUImm, immediate &- 1)
        case .i64GtUImm: return signed == -1 || signed == .max ? nil : (.brIfI64LtUImm, immediate &+ 1)
        default: return nil
        }
    }
}

extension Operation {
    /// The comparison that holds exactly when this one does not.
    var complement: Operation? {
        switch self {
        case .i32Eq: .i32Ne
        case .i32Ne: .i32Eq
        case .i32LtS: .i32GeS
        case .i32GeS: .i32LtS
        case .i32LtU: .i32GeU
        case .i32GeU: .i32LtU
        case .i32GtS: .i32LeS
        case .i32LeS: .i32GtS
        case .i32GtU: .i32LeU
        case .i32LeU: .i32GtU
        case .i64Eq: .i64Ne
        case .i64Ne: .i64Eq
        case .i64LtS: .i64GeS
        case .i64GeS: .i64LtS
        case .i64LtU: .i64GeU
        case .i64GeU: .i64LtU
        case .i64GtS: .i64LeS
        case .i64LeS: .i64GtS
        case .i64GtU: .i64LeU
        case .i64LeU: .i64GtU
        case .f32Eq: .f32Ne
        case .f32Ne: .f32Eq
        case .f64Eq: .f64Ne
        case .f64Ne: .f64Eq
        case .i32EqImm: .i32NeImm
        case .i32NeImm: .i32EqImm
        case .i64EqImm: .i64NeImm
        case .i64NeImm: .i64EqImm
        default: nil
        }
    }
}
