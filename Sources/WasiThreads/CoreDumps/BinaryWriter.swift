// Bytes of WebAssembly's binary format.
// https://webassembly.github.io/spec/core/binary/values.html

import Platform
import WasmModule

struct BinaryWriter {
    private(set) var bytes: [UInt8] = []

    mutating func byte(_ value: UInt8) { bytes.append(value) }
    mutating func append(_ more: [UInt8]) { bytes += more }

    mutating func unsigned(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func unsigned(_ value: Int) { unsigned(UInt64(value)) }

    mutating func signed(_ value: Int64) {
        var rest = value
        while rest < -0x40 || rest >= 0x40 {
            bytes.append(UInt8(truncatingIfNeeded: rest) & 0x7F | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest) & 0x7F)
    }

    /// The bits of a float, or half of a vector.
    mutating func littleEndian(_ value: some FixedWidthInteger) {
        for shift in stride(from: 0, to: value.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    mutating func name(_ text: String) {
        let text = Array(text.utf8)
        unsigned(text.count)
        bytes += text
    }

    mutating func section(_ id: UInt8, _ contents: BinaryWriter) {
        byte(id)
        unsigned(contents.bytes.count)
        bytes += contents.bytes
    }

    mutating func customSection(_ name: String, _ contents: BinaryWriter) {
        var named = BinaryWriter()
        named.name(name)
        named.append(contents.bytes)
        section(0, named)
    }

    /// An expression that gives a constant of a type; of a reference, null.
    mutating func constant(_ slots: [UInt64], _ type: ValueType) {
        switch type {
        case .i32:
            byte(0x41)
            signed(Int64(Int32(truncatingIfNeeded: slots[0])))
        case .i64:
            byte(0x42)
            signed(Int64(bitPattern: slots[0]))
        case .f32:
            byte(0x43)
            littleEndian(UInt32(truncatingIfNeeded: slots[0]))
        case .f64:
            byte(0x44)
            littleEndian(slots[0])
        case .v128:
            append([0xFD, 0x0C])
            slots.prefix(2).forEach { littleEndian($0) }
        default: append([0xD0, type.nullableHeapByte])
        }
        byte(0x0B)
    }
}

extension ValueType {
    /// The byte of the type, or of the nullable reference type that has all references of its kind.
    var binaryByte: UInt8 {
        switch self {
        case .i32: 0x7F
        case .i64: 0x7E
        case .f32: 0x7D
        case .f64: 0x7C
        case .v128: 0x7B
        default: nullableHeapByte
        }
    }

    fileprivate var nullableHeapByte: UInt8 {
        switch heapType {
        case .extern: 0x6F
        case .exn: 0x69
        default: 0x70
        }
    }
}
