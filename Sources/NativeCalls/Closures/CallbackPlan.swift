// How a call of a function pointer that C has becomes a call of a guest's function: worked out once, from the
// function's type in C.
//
// Always true: all values are numbers, references, and addresses of the guest's memory, so that each takes one slot.

import Platform
import WasmModule

final class CallbackPlan: @unchecked Sendable {
    // SENDABLE: the memory behind the pointers is written in the initialiser only.

    /// A value on its way: a parameter from C to the guest, the result from the guest to C.
    enum Value: BitwiseCopyable {
        case none
        case scalar(CScalar)
        case reference
        /// A pointer into the guest's memory, which the guest has as its address there.
        case address

        /// In C, in bytes.
        @inline(__always)
        var hostSize: Int { if case .scalar(let scalar) = self { scalar.hostSize } else { 8 } }
    }

    /// What a call reads. Plain memory, without references to count.
    struct Shape: BitwiseCopyable {
        var parameters: UnsafeBufferPointer<Value>
        var result: Value
        var usesMemory: Bool
        /// How many slots arguments or the result take.
        var slots: Int
    }

    let type: FunctionType
    let shape: Shape
    let signature: ForeignSignature

    init(_ function: CFunction) throws(PrototypeError) {
        guard !function.isVariadic else {
            let reason = "A function pointer with a variable number of arguments leads to no guest."
            throw PrototypeError(function.offset, reason)
        }
        guard function.parameters.count <= CallPlanner.maximumParameters else {
            let reason = "A function pointer has at most \(counted(CallPlanner.maximumParameters, "parameter"))."
            throw PrototypeError(function.offset, reason)
        }
        var type = FunctionType(parameters: [], results: [])
        var values: [Value] = []
        for parameter in function.parameters {
            let value = try Self.value(parameter.type, at: parameter.offset, isResult: false)
            values.append(value)
            type.parameters.append(value.type!)
        }
        let result = try Self.value(function.result, at: function.offset, isResult: true)
        if let resultType = result.type { type.results = [resultType] }
        guard let signature = ForeignSignature(values.map(\.foreign), result: result.foreign) else {
            throw PrototypeError(function.offset, "libffi has no way to make such a function pointer.")
        }
        self.type = type
        self.signature = signature
        let copy = UnsafeMutableBufferPointer<Value>.allocate(capacity: values.count)
        _ = copy.initialize(from: values)
        let usesMemory = (values + [result]).contains { if case .address = $0 { true } else { false } }
        shape = Shape(
            parameters: UnsafeBufferPointer(copy), result: result, usesMemory: usesMemory, slots: type.callSlots)
    }

    deinit { shape.parameters.deallocate() }

    private static func value(
        _ type: CType, at offset: Int, isResult: Bool
    ) throws(PrototypeError) -> Value {
        let what: String
        switch type {
        case .scalar(let scalar): return .scalar(scalar)
        case .reference: return .reference
        case .void where isResult: return .none
        case .pointer(let pointer), .array(let pointer, _):
            switch pointer.pointee {
            case .void, .structure, .scalar: return .address
            case .caller, .error, .errno: what = "a pointer of the library's"
            }
        case .structure: what = "a structure by value"
        case .functionPointer, .function: what = "another function pointer"
        case .unsupported(let words): what = words
        case .void, .caller, .error, .errno: what = "such a type"
        }
        let advice = "Use integers, floats, pointers into the guest's memory, or an externref."
        throw PrototypeError(offset, "A function pointer takes or gives \(what), which is not supported. \(advice)")
    }
}

extension CallbackPlan.Value {
    fileprivate var type: ValueType? {
        switch self {
        case .none: nil
        case .scalar(let scalar): scalar.valueType
        case .reference: .externref
        case .address: .i32
        }
    }

    fileprivate var foreign: ForeignType {
        switch self {
        case .none: .void
        case .scalar(let scalar): .scalar(scalar)
        case .reference, .address: .pointer
        }
    }
}
