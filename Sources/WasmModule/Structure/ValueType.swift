// Value types and heap types.
//
// A value type is one 32-bit word, so that the validator compares types with one instruction. Always
// true: two value types are equal exactly when their words are, those of different modules too, since a defined type
// is named by its number in `DefinedTypes`. Whoever keeps a word beyond the life of its module keeps the number too
// (`HeldTypes`). What tiers compare most is inlinable, and public for that: `@inlinable package` would stay in this
// module.
// https://webassembly.github.io/spec/core/syntax/types.html#value-types

/// What a reference type refers to.
package enum HeapType: Hashable, Sendable {
    case `func`, extern, exn
    /// A function of a defined type, by its number in `DefinedTypes`.
    case concrete(UInt32)
    /// A type of the recursive group that is being read, by its place in it.
    case recursive(UInt32)
    /// No value: what a reference in code that cannot run is of. It has no encoding.
    case bottom
}

/// The type of a value: a number, a vector or a reference.
public struct ValueType: Hashable, Sendable {
    /// Numbers and vectors: the byte of the binary format. References: `referenceBit`, `nullableBit`, and the heap
    /// type: the byte of an abstract one, or `concreteBit` or `recursiveBit` and a number.
    public let word: UInt32

    private static let referenceBit: UInt32 = 1 << 31
    private static let nullableBit: UInt32 = 1 << 30
    private static let concreteBit: UInt32 = 1 << 29
    private static let recursiveBit: UInt32 = 1 << 28
    /// Numbers of types are below this.
    static let numberLimit: UInt32 = 1 << 28
    private static let bottomByte: UInt32 = 0

    @inlinable
    init(word: UInt32) { self.word = word }

    @inlinable
    public static func == (first: ValueType, second: ValueType) -> Bool { first.word == second.word }

    @inlinable public static var i32: ValueType { ValueType(word: 0x7F) }
    @inlinable public static var i64: ValueType { ValueType(word: 0x7E) }
    @inlinable public static var f32: ValueType { ValueType(word: 0x7D) }
    @inlinable public static var f64: ValueType { ValueType(word: 0x7C) }
    @inlinable public static var v128: ValueType { ValueType(word: 0x7B) }
    package static let funcref = reference(nullable: true, .func)
    package static let externref = reference(nullable: true, .extern)
    package static let exnref = reference(nullable: true, .exn)

    package static func reference(nullable: Bool, _ heap: HeapType) -> ValueType {
        let bits: UInt32
        switch heap {
        case .func: bits = 0x70
        case .extern: bits = 0x6F
        case .exn: bits = 0x69
        case .concrete(let number): bits = concreteBit | number
        case .recursive(let place): bits = recursiveBit | place
        case .bottom: bits = bottomByte
        }
        return ValueType(word: referenceBit | (nullable ? nullableBit : 0) | bits)
    }

    package var isReference: Bool { word & Self.referenceBit != 0 }
    package var isNullable: Bool { word & Self.nullableBit != 0 }
    /// Whether a local of this type has a value from the start: a number, or null.
    package var isDefaultable: Bool { !isReference || isNullable }
    /// Whether it names a type of the group that is being read.
    var isRecursive: Bool { isReference && word & Self.recursiveBit != 0 }
    /// The number of the defined type that it names.
    var definedType: UInt32? {
        let mask = Self.referenceBit | Self.concreteBit
        return word & mask == mask ? word & (Self.numberLimit - 1) : nil
    }

    /// The heap type of a reference type; nil for numbers and vectors.
    package var heapType: HeapType? {
        guard isReference else { return nil }
        let rest = word & (Self.numberLimit - 1)
        if word & Self.concreteBit != 0 { return .concrete(rest) }
        if word & Self.recursiveBit != 0 { return .recursive(rest) }
        switch rest {
        case 0x70: return .func
        case 0x6F: return .extern
        case 0x69: return .exn
        default: return .bottom
        }
    }

    /// The same reference type with or without null.
    package func nullable(_ isNullable: Bool) -> ValueType {
        ValueType(word: isNullable ? word | Self.nullableBit : word & ~Self.nullableBit)
    }

    /// Of a reference, the nullable type of all references that are represented in the same way: what a value is
    /// told by where its exact type does not matter. Of anything else the type itself.
    @inline(__always)
    package var widest: ValueType { isReference ? widestReference : self }

    private var widestReference: ValueType {
        switch heapType.unsafelyUnwrapped {
        case .func, .concrete, .recursive, .bottom: .funcref
        case .extern: .externref
        case .exn: .exnref
        }
    }

    /// Whether it is of exceptions.
    package var isException: Bool { widest == .exnref }
}

extension ValueType: CustomStringConvertible {
    /// The type as the text format writes it; a defined type as what it is defined to be.
    public var description: String { description(depth: 1) }

    /// Types within each other are spelled out so deep.
    func description(depth: Int) -> String {
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
            case .bottom: return "(ref \(null)unknown)"
            case .recursive(let place): return "(ref \(null)\(place))"
            case .concrete(let number):
                guard depth > 0, let type = DefinedTypes.shared.functionType(number) else { return "(ref \(null)…)" }
                return "(ref \(null)func \(type.description(depth: depth - 1)))"
            }
        }
    }
}
