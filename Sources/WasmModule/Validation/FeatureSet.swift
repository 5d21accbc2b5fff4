// A set of features in one word, which the walk fills without allocation.

struct FeatureSet: BitwiseCopyable, Hashable, Sendable {
    private var bits: UInt32 = 0

    init() {}

    init(_ feature: Feature?) {
        guard let feature else { return }
        bits = 1 << UInt32(Feature.allCases.firstIndex(of: feature)!)
    }

    /// What a type belongs to.
    init(of type: ValueType) {
        self.init(type.isReference ? .referenceTypes : type == .v128 ? .simd : nil)
        if type == .exnref { insert(.exceptionHandling) }
    }

    @inline(__always)
    mutating func formUnion(_ other: FeatureSet) { bits |= other.bits }

    mutating func insert(_ feature: Feature) { formUnion(FeatureSet(feature)) }

    /// The same set, for those who look at it.
    var features: Set<Feature> {
        Set(Feature.allCases.enumerated().filter { bits & 1 << UInt32($0.offset) != 0 }.map(\.element))
    }
}
