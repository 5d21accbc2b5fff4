// Where arguments and results of a function stand when compiled code calls it: those of C on this system, after
// the instance; a pointer to the results comes last where there are several. `MachineNativeCode` has the rest.
// https://gitlab.com/x86-psABIs/x86-64-ABI, section 3.2.3

import WasmModule

final class Convention {
    enum Place: Hashable {
        case gp(GP)
        case xmm(XMM)
        /// On the stack, in this slot of those that are passed.
        case stack(Int)
    }

    let parameters: [ValueType]
    let results: [ValueType]
    let places: [Place]
    /// Where the pointer to several results is.
    let resultPointer: Place?
    /// How many slots of the stack the arguments take.
    let stackSlots: Int
    /// How many slots a call from a frame needs.
    let callSlots: Int
    /// Whether this tier has code for values of all the types.
    let isSupported: Bool

    /// After the instance.
    private static let registers: [GP] = [.rsi, .rdx, .rcx, .r8, .r9]
    private static let floatRegisters: [XMM] = [.xmm0, .xmm1, .xmm2, .xmm3, .xmm4, .xmm5, .xmm6, .xmm7]

    init(_ type: FunctionType) {
        parameters = type.parameters
        results = type.results
        callSlots = max(type.callSlots, 1)
        isSupported = (type.parameters + type.results).allSatisfy(\.isInBaseline)
        var (used, usedFloats, stack) = (0, 0, 0)
        func next(isFloat: Bool) -> Place {
            if isFloat, usedFloats < Self.floatRegisters.count {
                usedFloats += 1
                return .xmm(Self.floatRegisters[usedFloats - 1])
            } else if !isFloat, used < Self.registers.count {
                used += 1
                return .gp(Self.registers[used - 1])
            }
            stack += 1
            return .stack(stack - 1)
        }
        places = type.parameters.map { next(isFloat: $0.isFloat) }
        resultPointer = type.results.count > 1 ? next(isFloat: false) : nil
        stackSlots = stack
    }
}

extension ValueType {
    @inline(__always) var isFloat: Bool { self == .f32 || self == .f64 }
    /// Of an integer or a reference.
    @inline(__always) var width: Width { self == .i32 ? .bits32 : .bits64 }
    @inline(__always) var precision: Precision { self == .f32 ? .single : .double }
    /// Whether this tier has code for values of the type.
    var isInBaseline: Bool { self != .v128 && !isException }
}
