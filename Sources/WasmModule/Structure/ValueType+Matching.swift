// Which value types stand within which. https://webassembly.github.io/spec/core/valid/matching.html#value-types
//
// Always true: a value of a type is represented in the same way as one of each type that it matches.

extension ValueType {
    /// Whether a value of this type may stand where one of type `other` is expected.
    @inline(__always)
    package func matches(_ other: ValueType) -> Bool { self == other || isWithin(other) }

    /// The same for a type that is another one.
    private func isWithin(_ other: ValueType) -> Bool {
        guard let heap = heapType, let outer = other.heapType, !isNullable || other.isNullable else { return false }
        switch (heap, outer) {
        case (.bottom, _), (.concrete, .func): return true
        default: return heap == outer
        }
    }
}

extension [ValueType] {
    /// Whether values of these types may stand where ones of the types `others` are expected.
    func match(_ others: [ValueType]) -> Bool {
        count == others.count && zip(self, others).allSatisfy { $0.matches($1) }
    }
}
