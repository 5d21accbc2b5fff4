// Values and value types as they cross the C ABI.

import CWasiThreads
import WasmModule
import WasmRuntime

extension wasi_threads_value_kind_t {
    init(_ type: ValueType) {
        self =
            switch type.widest {
            case .i32: WASI_THREADS_I32
            case .i64: WASI_THREADS_I64
            case .f32: WASI_THREADS_F32
            case .f64: WASI_THREADS_F64
            case .funcref: WASI_THREADS_FUNCREF
            case .externref: WASI_THREADS_EXTERNREF
            case .exnref: WASI_THREADS_EXNREF
            case .v128: WASI_THREADS_V128
            default: preconditionFailure("no supported module has a value of type \(type)")
            }
    }

    /// nil where the number stands for no kind.
    var valueType: ValueType? {
        switch self {
        case WASI_THREADS_I32: .i32
        case WASI_THREADS_I64: .i64
        case WASI_THREADS_F32: .f32
        case WASI_THREADS_F64: .f64
        case WASI_THREADS_FUNCREF: .funcref
        case WASI_THREADS_EXTERNREF: .externref
        case WASI_THREADS_EXNREF: .exnref
        case WASI_THREADS_V128: .v128
        default: nil
        }
    }
}

extension wasi_threads_value_t {
    init(_ value: Value) {
        unsafe self.init()
        unsafe kind = wasi_threads_value_kind_t(value.type)
        switch value {
        case .i32(let bits): unsafe of.i32 = Int32(bitPattern: bits)
        case .i64(let bits): unsafe of.i64 = Int64(bitPattern: bits)
        case .f32(let bits): unsafe of.f32 = Float(bitPattern: bits)
        case .f64(let bits): unsafe of.f64 = Double(bitPattern: bits)
        case .funcref(let address): unsafe of.funcref = OpaquePointer(bitPattern: address)
        case .externref(let address): unsafe of.externref = UnsafeMutableRawPointer(bitPattern: address)
        // None crosses to the host.
        case .exnref: unsafe of.externref = nil
        case .v128(let halves): unsafe setVector(halves)
        }
    }

    /// nil where the kind is none.
    var value: Value? {
        switch unsafe kind {
        case WASI_THREADS_I32: unsafe .i32(UInt32(bitPattern: of.i32))
        case WASI_THREADS_I64: unsafe .i64(UInt64(bitPattern: of.i64))
        case WASI_THREADS_F32: unsafe .f32(of.f32.bitPattern)
        case WASI_THREADS_F64: unsafe .f64(of.f64.bitPattern)
        case WASI_THREADS_FUNCREF: unsafe .funcref(UInt(bitPattern: of.funcref))
        case WASI_THREADS_EXTERNREF: unsafe .externref(UInt(bitPattern: of.externref))
        case WASI_THREADS_EXNREF: .exnref(0)
        case WASI_THREADS_V128: unsafe .v128(vector)
        default: nil
        }
    }

    /// The two halves of a v128, the low one first.
    var vector: SIMD2<UInt64> { unsafe withUnsafeBytes(of: of) { unsafe $0.load(as: SIMD2<UInt64>.self) } }

    mutating func setVector(_ halves: SIMD2<UInt64>) {
        unsafe withUnsafeMutableBytes(of: &of) { unsafe $0.storeBytes(of: halves, as: SIMD2<UInt64>.self) }
    }
}

/// The types that an array of kinds stands for.
func valueTypes(
    _ kinds: UnsafePointer<wasi_threads_value_kind_t>?, _ count: Int, _ name: StaticString
) throws(EmbedderError) -> [ValueType] {
    var types: [ValueType] = []
    for unsafe kind in unsafe try array(kinds, count, name) {
        guard let type = kind.valueType else {
            throw EmbedderError(.misuse, "The argument \(name) holds \(kind.rawValue), no kind of value.")
        }
        types.append(type)
    }
    return types
}

/// The arguments of a call of `function`.
func values(
    _ arguments: UnsafePointer<wasi_threads_value_t>?, _ count: Int, of function: String
) throws(EmbedderError) -> [Value] {
    var values: [Value] = []
    for unsafe argument in unsafe try valueArray(arguments, count, "arguments") {
        guard let value = unsafe argument.value else {
            throw EmbedderError(.misuse, "An argument of \(function) has a kind that stands for none.")
        }
        values.append(value)
    }
    return values
}
