// The forms in which LLVM is told of a function: what it is passed, and what it returns.
//
// A call in place of the caller is made where both functions have the same form for LLVM, which is how it promises
// that the frame goes. So in a module with such calls all functions whose arguments fit into registers are made in one
// uniform form, which has them all. Always true: a value is in the same register in both forms, so that code which
// knows nothing of the uniform one calls such functions, and is called by them.
// https://llvm.org/docs/LangRef.html#call-instruction (musttail)

import CLLVM
import WasmModule

struct NativeForm {
    let type: IRType
    /// Whether it can be called in place of another such function with the same results.
    let isUniform: Bool
    /// Where each argument is, the place for several results last.
    private let places: [Place]
    private let ir: IRModule

    /// An argument's type, nil for the place of results, and its number among the parameters.
    private struct Place {
        let type: ValueType?
        let index: Int
    }

    /// The called function, the context and the instance come first.
    static let fixedCount = 3
    private static let vectors = 8

    init(plainFor type: FunctionType, of unit: CompilationUnit) {
        self.type = unit.nativeType(type)
        ir = unit.ir
        isUniform = false
        places = Self.types(type, unit).enumerated().map { Place(type: $1, index: Self.fixedCount + $0) }
    }

    /// nil where the arguments do not fit into registers.
    init?(uniformFor type: FunctionType, of unit: CompilationUnit) {
        ir = unit.ir
        let integers = ir.integerArguments - 1
        var (integer, vector) = (0, 0)
        var places: [Place] = []
        for type in Self.types(type, unit) {
            if type == .f32 || type == .f64 || type == .v128 {
                places.append(Place(type: type, index: Self.fixedCount + integers + vector))
                vector += 1
            } else {
                places.append(Place(type: type, index: Self.fixedCount + integer))
                integer += 1
            }
        }
        guard integer <= integers, vector <= Self.vectors else { return nil }
        self.places = places
        isUniform = true
        let types = ir.types
        let result = type.results.count == 1 ? types.of(type.results[0]) : types.void
        self.type = ir.functionType(
            Array(repeating: types.pointer, count: Self.fixedCount) + Array(repeating: types.i64, count: integers)
                + Array(repeating: types.v128, count: Self.vectors), result)
    }

    private static func types(_ type: FunctionType, _ unit: CompilationUnit) -> [ValueType?] {
        type.parameters + (unit.isReturnedInSlots(type) ? [nil] : [])
    }

    /// What a function of this form is passed, without what comes first.
    func parameters(of function: IRValue) -> [IRValue] {
        places.map { place in
            let value = ir.parameter(function, place.index)
            guard isUniform else { return value }
            return switch place.type {
            case .i32: ir.trunc(value, ir.types.i32)
            case .f32: ir.lane(value, ir.types.f32, count: 4)
            case .f64: ir.lane(value, ir.types.f64, count: 2)
            case nil: ir.pointer(value)
            default: value
            }
        }
    }

    /// All that is passed to a function of this form.
    func arguments(_ fixed: [IRValue], _ values: [IRValue]) -> [IRValue] {
        guard isUniform else { return fixed + values }
        let integers = Array(repeating: ir.poison(ir.types.i64), count: ir.integerArguments - 1)
        let vectors = Array(repeating: ir.poison(ir.types.v128), count: Self.vectors)
        var arguments = fixed + integers + vectors
        for (place, value) in zip(places, values) {
            arguments[place.index] = switch place.type {
            case .i32: ir.zext(value, ir.types.i64)
            case .f32: ir.vector(of: value, ir.types.f32, count: 4)
            case .f64: ir.vector(of: value, ir.types.f64, count: 2)
            case nil: ir.integer(value)
            default: value
            }
        }
        return arguments
    }
}

extension IRModule {
    /// The lowest part of a vector's bits.
    fileprivate func lane(_ vector: IRValue, _ type: IRType, count: UInt32) -> IRValue {
        f.pointee.LLVMBuildExtractElement(
            builder, bitcast(vector, f.pointee.LLVMVectorType(type, count)), i32(0), "")
    }

    /// Bits of which only the lowest are known.
    fileprivate func vector(of value: IRValue, _ type: IRType, count: UInt32) -> IRValue {
        let all = poison(f.pointee.LLVMVectorType(type, count))
        return bitcast(f.pointee.LLVMBuildInsertElement(builder, all, value, i32(0), ""), types.v128)
    }
}
