// Value types and heap types.
//
// A value type is one 32-bit word, so that the validator compares types with one instruction. Always
// true: two value types are equal exactly when their words are.
// https://webassembly.github.io/spec/core/syntax/types.html#value-types

/// What a reference type refers to.
package enum HeapType: Hashable, Sendable {
    case `func`, extern, exn
    /// A type of the module's type section. No supported feature produces one yet.
    case concrete(UInt32)
}

/// The type of a value: a number, a vector or a reference.
package struct ValueType: Hashable, Sendable {
    /// Numbers and vectors: the byte of the binary format. References: `referenceBit`, `nullableBit`,
    /// and from `heapShift` on the heap type: the byte of an abstract one, or `concreteBit` and an index.
    package let word: UInt32

    private static let referenceBit: UInt32 = 1 << 8
    private static let nullableBit: UInt32 = 1 << 9
    private static let concreteBit: UInt32 = 1 << 31
    private static let heapShift: UInt32 = 10

    init(word: UInt32) { self.word = word }

    package static let i32 = ValueType(word: 0x7F)
    package static let i64 = ValueType(word: 0x7E)
    package static let f32 = ValueType(word: 0x7D)
    package static let f64 = ValueType(word: 0x7C)
    package static let v128 = ValueType(word: 0x7B)
    package static let funcref = reference(nullable: true, .func)
    package static let externref = reference(nullable: true, .extern)
    package static let exnref = reference(nullable: true, .exn)

    package static func reference(nullable: Bool, _ heap: HeapType) -> ValueType {
        let bits: UInt32
        switch heap {
        case .func: bits = 0x70 << heapShift
        case .extern: bits = 0x6F << heapShift
        case .exn: bits = 0x69 << heapShift
        case .concrete(let index): bits = concreteBit | index << heapShift
        }
        return ValueType(word: referenceBit | (nullable ? nullableBit : 0) | bits)
    }

    package var isReference: Bool { word & Self.referenceBit != 0 }
    package var isNullable: Bool { word & Self.nullableBit != 0 }

    /// The heap type of a reference type; nil for numbers and vectors.
    package var heapType: HeapType? {
        guard isReference else { return nil }
        let heap = (word & ~Self.concreteBit) >> Self.heapShift
        if word & Self.concreteBit != 0 { return .concrete(heap) }
        switch heap {
        case 0x70: return .func
        case 0x69: return .exn
        default: return .extern
        }
    }
}

extension ValueType: CustomStringConvertible {
    /// The type as the text format writes it.
    package var description: String {
        switch self {
        case .i32: return "i32"
        case .i64: return "i64"
        case .f32: return "f32"
        case .f64: return "f64"
        case .v128: return "v128"
        case .funcref: return "funcref"
        case .externref: return "externref"
        case .exnref: return "exnref"
        default:
            let null = isNullable ? "null " : ""
            switch heapType! {
            case .func: return "(ref \(null)func)"
            case .extern: return "(ref \(null)extern)"
            case .exn: return "(ref \(null)exn)"
            case .concrete(let index): return "(ref \(null)\(index))"
            }
        }
    }
}
