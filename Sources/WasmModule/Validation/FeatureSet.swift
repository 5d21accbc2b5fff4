// A set of features in one word, which the walk fills without allocation.

struct FeatureSet: BitwiseCopyable, Hashable, Sendable {
    private var bits: UInt32 = 0

    init() {}

    private init(bits: UInt32) { self.bits = bits }

    init(_ feature: Feature?) {
        guard let feature else { return }
        bits = 1 << UInt32(Feature.allCases.firstIndex(of: feature)!)
    }

    /// What a type belongs to.
    init(of type: ValueType) {
        self.init(type.isReference ? .referenceTypes : type == .v128 ? .simd : nil)
        if type.isException { insert(.exceptionHandling) }
        // What the earlier versions had is nullable and of all of its kind.
        if type != type.widest { insert(.functionReferences) }
    }

    @inline(__always)
    mutating func formUnion(_ other: FeatureSet) { bits |= other.bits }

    func isDisjoint(with other: FeatureSet) -> Bool { bits & other.bits == 0 }

    /// Why something that uses these features is refused; nil where `refused` has none of them.
    func refusal(by refused: FeatureSet, at offset: Int) -> ModuleError? {
        guard !isDisjoint(with: refused) else { return nil }
        let both = FeatureSet(bits: bits & refused.bits).features.map(\.rawValue).sorted()
        guard let name = both.first, let feature = Feature(rawValue: name) else { return nil }
        return ModuleError(.switchedOff(feature), at: offset, "it is used here first")
    }

    mutating func insert(_ feature: Feature) { formUnion(FeatureSet(feature)) }

    /// The same set, for those who look at it.
    var features: Set<Feature> {
        Set(Feature.allCases.enumerated().filter { bits & 1 << UInt32($0.offset) != 0 }.map(\.element))
    }
}
