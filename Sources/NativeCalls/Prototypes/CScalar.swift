// The scalar types of C, on the host and in a guest.
//
// The host is LP64. In a guest's memory, laid out as C for wasm32 does it, sizes and `long` have 4 bytes.
// https://github.com/WebAssembly/tool-conventions/blob/main/BasicCABI.md

import WasmModule

enum CScalar: UInt8, Hashable, Sendable, BitwiseCopyable {
    case bool, char
    case int8, uint8, int16, uint16, int32, uint32, int64, uint64
    case long, unsignedLong
    /// `size_t`, `uintptr_t`.
    case size
    /// `ssize_t`, `ptrdiff_t`, `intptr_t`.
    case difference
    case float, double

    /// As a parameter or a result: `long` is a number of 64 bits for both sides.
    var valueType: ValueType {
        switch self {
        case .bool, .char, .int8, .uint8, .int16, .uint16, .int32, .uint32, .size, .difference: .i32
        case .int64, .uint64, .long, .unsignedLong: .i64
        case .float: .f32
        case .double: .f64
        }
    }

    /// As the one member of a structure, which then is passed as that member.
    var memberValueType: ValueType { guestSize == 4 && valueType == .i64 ? .i32 : valueType }

    /// In bytes, and its alignment.
    var hostSize: Int {
        switch self {
        case .bool, .char, .int8, .uint8: 1
        case .int16, .uint16: 2
        case .int32, .uint32, .float: 4
        case .int64, .uint64, .long, .unsignedLong, .size, .difference, .double: 8
        }
    }

    /// In bytes, and its alignment.
    var guestSize: Int {
        switch self {
        case .long, .unsignedLong, .size, .difference: 4
        default: hostSize
        }
    }

    @inline(__always)
    var isFloat: Bool { self == .float || self == .double }

    @inline(__always)
    var isUnsigned: Bool {
        switch self {
        case .uint8, .uint16, .uint32, .uint64, .unsignedLong, .size: true
        default: false
        }
    }

    var isInteger: Bool { !isFloat && self != .bool }
}
