// Vector instructions on lanes of integers.

import CMachine
import WasmModule

// MARK: Comparisons

extension VectorIntegerComparison {
    func body(_ shape: VectorShape) -> VectorBody {
        switch self {
        case .eq: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).compare(U8.self, U8.self, ==) },
            { pc, frame, _ in Vectors(pc, frame).compare(U16.self, U16.self, ==) },
            { pc, frame, _ in Vectors(pc, frame).compare(U32.self, U32.self, ==) },
            { pc, frame, _ in Vectors(pc, frame).compare(U64.self, U64.self, ==) })
        case .ne: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).compare(U8.self, U8.self, !=) },
            { pc, frame, _ in Vectors(pc, frame).compare(U16.self, U16.self, !=) },
            { pc, frame, _ in Vectors(pc, frame).compare(U32.self, U32.self, !=) },
            { pc, frame, _ in Vectors(pc, frame).compare(U64.self, U64.self, !=) })
        case .ltS: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).compare(S8.self, U8.self, <) },
            { pc, frame, _ in Vectors(pc, frame).compare(S16.self, U16.self, <) },
            { pc, frame, _ in Vectors(pc, frame).compare(S32.self, U32.self, <) },
            { pc, frame, _ in Vectors(pc, frame).compare(S64.self, U64.self, <) })
        case .ltU: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).compare(U8.self, U8.self, <) },
            { pc, frame, _ in Vectors(pc, frame).compare(U16.self, U16.self, <) },
            { pc, frame, _ in Vectors(pc, frame).compare(U32.self, U32.self, <) },
            { pc, frame, _ in Vectors(pc, frame).compare(U64.self, U64.self, <) })
        case .gtS: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).compare(S8.self, U8.self, >) },
            { pc, frame, _ in Vectors(pc, frame).compare(S16.self, U16.self, >) },
            { pc, frame, _ in Vectors(pc, frame).compare(S32.self, U32.self, >) },
            { pc, frame, _ in Vectors(pc, frame).compare(S64.self, U64.self, >) })
        case .gtU: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).compare(U8.self, U8.self, >) },
            { pc, frame, _ in Vectors(pc, frame).compare(U16.self, U16.self, >) },
            { pc, frame, _ in Vectors(pc, frame).compare(U32.self, U32.self, >) },
            { pc, frame, _ in Vectors(pc, frame).compare(U64.self, U64.self, >) })
        case .leS: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).compare(S8.self, U8.self, <=) },
            { pc, frame, _ in Vectors(pc, frame).compare(S16.self, U16.self, <=) },
            { pc, frame, _ in Vectors(pc, frame).compare(S32.self, U32.self, <=) },
            { pc, frame, _ in Vectors(pc, frame).compare(S64.self, U64.self, <=) })
        case .leU: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).compare(U8.self, U8.self, <=) },
            { pc, frame, _ in Vectors(pc, frame).compare(U16.self, U16.self, <=) },
            { pc, frame, _ in Vectors(pc, frame).compare(U32.self, U32.self, <=) },
            { pc, frame, _ in Vectors(pc, frame).compare(U64.self, U64.self, <=) })
        case .geS: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).compare(S8.self, U8.self, >=) },
            { pc, frame, _ in Vectors(pc, frame).compare(S16.self, U16.self, >=) },
            { pc, frame, _ in Vectors(pc, frame).compare(S32.self, U32.self, >=) },
            { pc, frame, _ in Vectors(pc, frame).compare(S64.self, U64.self, >=) })
        case .geU: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).compare(U8.self, U8.self, >=) },
            { pc, frame, _ in Vectors(pc, frame).compare(U16.self, U16.self, >=) },
            { pc, frame, _ in Vectors(pc, frame).compare(U32.self, U32.self, >=) },
            { pc, frame, _ in Vectors(pc, frame).compare(U64.self, U64.self, >=) })
        }
    }
}

// MARK: Arithmetic

extension VectorIntegerUnary {
    func body(_ shape: VectorShape) -> VectorBody {
        switch self {
        case .abs: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).each(S8.self) { $0 < 0 ? 0 &- $0 : $0 } },
            { pc, frame, _ in Vectors(pc, frame).each(S16.self) { $0 < 0 ? 0 &- $0 : $0 } },
            { pc, frame, _ in Vectors(pc, frame).each(S32.self) { $0 < 0 ? 0 &- $0 : $0 } },
            { pc, frame, _ in Vectors(pc, frame).each(S64.self) { $0 < 0 ? 0 &- $0 : $0 } })
        case .neg: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).each(S8.self) { 0 &- $0 } },
            { pc, frame, _ in Vectors(pc, frame).each(S16.self) { 0 &- $0 } },
            { pc, frame, _ in Vectors(pc, frame).each(S32.self) { 0 &- $0 } },
            { pc, frame, _ in Vectors(pc, frame).each(S64.self) { 0 &- $0 } })
        case .popcnt: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).popcount(U8.self) },
            { pc, frame, _ in Vectors(pc, frame).popcount(U16.self) },
            { pc, frame, _ in Vectors(pc, frame).popcount(U32.self) },
            { pc, frame, _ in Vectors(pc, frame).popcount(U64.self) })
        }
    }
}

extension VectorShift {
    func body(_ shape: VectorShape) -> VectorBody {
        switch self {
        case .shl: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).shift(U8.self) { $0 &<< $1 } },
            { pc, frame, _ in Vectors(pc, frame).shift(U16.self) { $0 &<< $1 } },
            { pc, frame, _ in Vectors(pc, frame).shift(U32.self) { $0 &<< $1 } },
            { pc, frame, _ in Vectors(pc, frame).shift(U64.self) { $0 &<< $1 } })
        case .shrS: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).shift(S8.self) { $0 &>> $1 } },
            { pc, frame, _ in Vectors(pc, frame).shift(S16.self) { $0 &>> $1 } },
            { pc, frame, _ in Vectors(pc, frame).shift(S32.self) { $0 &>> $1 } },
            { pc, frame, _ in Vectors(pc, frame).shift(S64.self) { $0 &>> $1 } })
        case .shrU: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).shift(U8.self) { $0 &>> $1 } },
            { pc, frame, _ in Vectors(pc, frame).shift(U16.self) { $0 &>> $1 } },
            { pc, frame, _ in Vectors(pc, frame).shift(U32.self) { $0 &>> $1 } },
            { pc, frame, _ in Vectors(pc, frame).shift(U64.self) { $0 &>> $1 } })
        }
    }
}

extension VectorIntegerBinary {
    func body(_ shape: VectorShape) -> VectorBody {
        switch self {
        case .add, .sub, .mul, .avgrU: wrapping(shape)
        case .addSatS, .addSatU, .subSatS, .subSatU: saturating(shape)
        case .minS, .minU, .maxS, .maxU: extreme(shape)
        }
    }

    private func wrapping(_ shape: VectorShape) -> VectorBody {
        switch self {
        case .add: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).pairs(U8.self, &+) },
            { pc, frame, _ in Vectors(pc, frame).pairs(U16.self, &+) },
            { pc, frame, _ in Vectors(pc, frame).pairs(U32.self, &+) },
            { pc, frame, _ in Vectors(pc, frame).pairs(U64.self, &+) })
        case .sub: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).pairs(U8.self, &-) },
            { pc, frame, _ in Vectors(pc, frame).pairs(U16.self, &-) },
            { pc, frame, _ in Vectors(pc, frame).pairs(U32.self, &-) },
            { pc, frame, _ in Vectors(pc, frame).pairs(U64.self, &-) })
        case .mul: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).pairs(U8.self, &*) },
            { pc, frame, _ in Vectors(pc, frame).pairs(U16.self, &*) },
            { pc, frame, _ in Vectors(pc, frame).pairs(U32.self, &*) },
            { pc, frame, _ in Vectors(pc, frame).pairs(U64.self, &*) })
        // (a + b + 1) / 2 without a wider type.
        default: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).pairs(U8.self) { ($0 | $1) &- (($0 ^ $1) &>> 1) } },
            { pc, frame, _ in Vectors(pc, frame).pairs(U16.self) { ($0 | $1) &- (($0 ^ $1) &>> 1) } },
            { pc, frame, _ in Vectors(pc, frame).pairs(U32.self) { ($0 | $1) &- (($0 ^ $1) &>> 1) } },
            { pc, frame, _ in Vectors(pc, frame).pairs(U64.self) { ($0 | $1) &- (($0 ^ $1) &>> 1) } })
        }
    }

    private func saturating(_ shape: VectorShape) -> VectorBody {
        switch self {
        case .addSatS: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).pairs(S8.self) { $0.addingSaturated($1) } },
            { pc, frame, _ in Vectors(pc, frame).pairs(S16.self) { $0.addingSaturated($1) } },
            { pc, frame, _ in Vectors(pc, frame).pairs(S32.self) { $0.addingSaturated($1) } },
            { pc, frame, _ in Vectors(pc, frame).pairs(S64.self) { $0.addingSaturated($1) } })
        case .addSatU: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).pairs(U8.self) { $0.addingSaturated($1) } },
            { pc, frame, _ in Vectors(pc, frame).pairs(U16.self) { $0.addingSaturated($1) } },
            { pc, frame, _ in Vectors(pc, frame).pairs(U32.self) { $0.addingSaturated($1) } },
            { pc, frame, _ in Vectors(pc, frame).pairs(U64.self) { $0.addingSaturated($1) } })
        case .subSatS: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).pairs(S8.self) { $0.subtractingSaturated($1) } },
            { pc, frame, _ in Vectors(pc, frame).pairs(S16.self) { $0.subtractingSaturated($1) } },
            { pc, frame, _ in Vectors(pc, frame).pairs(S32.self) { $0.subtractingSaturated($1) } },
            { pc, frame, _ in Vectors(pc, frame).pairs(S64.self) { $0.subtractingSaturated($1) } })
        default: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).pairs(U8.self) { $0.subtractingSaturated($1) } },
            { pc, frame, _ in Vectors(pc, frame).pairs(U16.self) { $0.subtractingSaturated($1) } },
            { pc, frame, _ in Vectors(pc, frame).pairs(U32.self) { $0.subtractingSaturated($1) } },
            { pc, frame, _ in Vectors(pc, frame).pairs(U64.self) { $0.subtractingSaturated($1) } })
        }
    }

    private func extreme(_ shape: VectorShape) -> VectorBody {
        switch self {
        case .minS: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).pairs(S8.self) { $0 < $1 ? $0 : $1 } },
            { pc, frame, _ in Vectors(pc, frame).pairs(S16.self) { $0 < $1 ? $0 : $1 } },
            { pc, frame, _ in Vectors(pc, frame).pairs(S32.self) { $0 < $1 ? $0 : $1 } },
            { pc, frame, _ in Vectors(pc, frame).pairs(S64.self) { $0 < $1 ? $0 : $1 } })
        case .minU: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).pairs(U8.self) { $0 < $1 ? $0 : $1 } },
            { pc, frame, _ in Vectors(pc, frame).pairs(U16.self) { $0 < $1 ? $0 : $1 } },
            { pc, frame, _ in Vectors(pc, frame).pairs(U32.self) { $0 < $1 ? $0 : $1 } },
            { pc, frame, _ in Vectors(pc, frame).pairs(U64.self) { $0 < $1 ? $0 : $1 } })
        case .maxS: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).pairs(S8.self) { $0 > $1 ? $0 : $1 } },
            { pc, frame, _ in Vectors(pc, frame).pairs(S16.self) { $0 > $1 ? $0 : $1 } },
            { pc, frame, _ in Vectors(pc, frame).pairs(S32.self) { $0 > $1 ? $0 : $1 } },
            { pc, frame, _ in Vectors(pc, frame).pairs(S64.self) { $0 > $1 ? $0 : $1 } })
        default: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).pairs(U8.self) { $0 > $1 ? $0 : $1 } },
            { pc, frame, _ in Vectors(pc, frame).pairs(U16.self) { $0 > $1 ? $0 : $1 } },
            { pc, frame, _ in Vectors(pc, frame).pairs(U32.self) { $0 > $1 ? $0 : $1 } },
            { pc, frame, _ in Vectors(pc, frame).pairs(U64.self) { $0 > $1 ? $0 : $1 } })
        }
    }
}

// MARK: Other widths

extension VectorNarrowing {
    var body: VectorBody {
        switch self {
        case .i8x16NarrowI16x8S: { pc, frame, _ in Vectors(pc, frame).narrow(S16.self, S8.self) }
        case .i8x16NarrowI16x8U: { pc, frame, _ in Vectors(pc, frame).narrow(S16.self, U8.self) }
        case .i16x8NarrowI32x4S: { pc, frame, _ in Vectors(pc, frame).narrow(S32.self, S16.self) }
        case .i16x8NarrowI32x4U: { pc, frame, _ in Vectors(pc, frame).narrow(S32.self, U16.self) }
        }
    }
}

extension VectorExtension {
    var body: VectorBody {
        switch self {
        case .i16x8ExtendLowI8x16S: { pc, frame, _ in Vectors(pc, frame).extend(S8.self, S16.self, from: 0) }
        case .i16x8ExtendHighI8x16S: { pc, frame, _ in Vectors(pc, frame).extend(S8.self, S16.self, from: 8) }
        case .i16x8ExtendLowI8x16U: { pc, frame, _ in Vectors(pc, frame).extend(U8.self, U16.self, from: 0) }
        case .i16x8ExtendHighI8x16U: { pc, frame, _ in Vectors(pc, frame).extend(U8.self, U16.self, from: 8) }
        case .i32x4ExtendLowI16x8S: { pc, frame, _ in Vectors(pc, frame).extend(S16.self, S32.self, from: 0) }
        case .i32x4ExtendHighI16x8S: { pc, frame, _ in Vectors(pc, frame).extend(S16.self, S32.self, from: 4) }
        case .i32x4ExtendLowI16x8U: { pc, frame, _ in Vectors(pc, frame).extend(U16.self, U32.self, from: 0) }
        case .i32x4ExtendHighI16x8U: { pc, frame, _ in Vectors(pc, frame).extend(U16.self, U32.self, from: 4) }
        case .i64x2ExtendLowI32x4S: { pc, frame, _ in Vectors(pc, frame).extend(S32.self, S64.self, from: 0) }
        case .i64x2ExtendHighI32x4S: { pc, frame, _ in Vectors(pc, frame).extend(S32.self, S64.self, from: 2) }
        case .i64x2ExtendLowI32x4U: { pc, frame, _ in Vectors(pc, frame).extend(U32.self, U64.self, from: 0) }
        case .i64x2ExtendHighI32x4U: { pc, frame, _ in Vectors(pc, frame).extend(U32.self, U64.self, from: 2) }
        }
    }
}

extension VectorLongMultiplication {
    var body: VectorBody {
        switch self {
        case .i16x8ExtmulLowI8x16S: { pc, frame, _ in Vectors(pc, frame).multiply(S8.self, S16.self, from: 0) }
        case .i16x8ExtmulHighI8x16S: { pc, frame, _ in Vectors(pc, frame).multiply(S8.self, S16.self, from: 8) }
        case .i16x8ExtmulLowI8x16U: { pc, frame, _ in Vectors(pc, frame).multiply(U8.self, U16.self, from: 0) }
        case .i16x8ExtmulHighI8x16U: { pc, frame, _ in Vectors(pc, frame).multiply(U8.self, U16.self, from: 8) }
        case .i32x4ExtmulLowI16x8S: { pc, frame, _ in Vectors(pc, frame).multiply(S16.self, S32.self, from: 0) }
        case .i32x4ExtmulHighI16x8S: { pc, frame, _ in Vectors(pc, frame).multiply(S16.self, S32.self, from: 4) }
        case .i32x4ExtmulLowI16x8U: { pc, frame, _ in Vectors(pc, frame).multiply(U16.self, U32.self, from: 0) }
        case .i32x4ExtmulHighI16x8U: { pc, frame, _ in Vectors(pc, frame).multiply(U16.self, U32.self, from: 4) }
        case .i64x2ExtmulLowI32x4S: { pc, frame, _ in Vectors(pc, frame).multiply(S32.self, S64.self, from: 0) }
        case .i64x2ExtmulHighI32x4S: { pc, frame, _ in Vectors(pc, frame).multiply(S32.self, S64.self, from: 2) }
        case .i64x2ExtmulLowI32x4U: { pc, frame, _ in Vectors(pc, frame).multiply(U32.self, U64.self, from: 0) }
        case .i64x2ExtmulHighI32x4U: { pc, frame, _ in Vectors(pc, frame).multiply(U32.self, U64.self, from: 2) }
        }
    }
}

extension VectorPairwiseAddition {
    var body: VectorBody {
        switch self {
        case .i16x8ExtaddPairwiseI8x16S: { pc, frame, _ in Vectors(pc, frame).addPairs(S8.self, S16.self) }
        case .i16x8ExtaddPairwiseI8x16U: { pc, frame, _ in Vectors(pc, frame).addPairs(U8.self, U16.self) }
        case .i32x4ExtaddPairwiseI16x8S: { pc, frame, _ in Vectors(pc, frame).addPairs(S16.self, S32.self) }
        case .i32x4ExtaddPairwiseI16x8U: { pc, frame, _ in Vectors(pc, frame).addPairs(U16.self, U32.self) }
        }
    }
}

extension VectorProduct {
    var body: VectorBody {
        switch self {
        case .i32x4DotI16x8S: { pc, frame, _ in
            let vectors = Vectors(pc, frame)
            return vectors.give(vectors.dot(S16.self, S32.self), operands: 2)
        }
        case .i16x8Q15mulrSatS, .i16x8RelaxedQ15mulrS: { pc, frame, _ in
            Vectors(pc, frame).pairs(S16.self) { Int16(clamping: (Int32($0) * Int32($1) + 0x4000) >> 15) }
        }
        case .i16x8RelaxedDotI8x16I7x16S: { pc, frame, _ in
            let vectors = Vectors(pc, frame)
            return vectors.give(vectors.dot(S8.self, S16.self), operands: 2)
        }
        case .i32x4RelaxedDotI8x16I7x16AddS: { pc, frame, _ in
            let vectors = Vectors(pc, frame)
            let (dot, added) = (vectors.dot(S8.self, S16.self), vectors.c(S32.self))
            var sums = S32()
            for lane in 0..<4 { sums[lane] = Int32(dot[2 * lane]) &+ Int32(dot[2 * lane + 1]) &+ added[lane] }
            return vectors.give(sums, operands: 3)
        }
        }
    }
}

// MARK: What the bodies consist of

extension Vectors {
    @inline(__always)
    fileprivate func popcount<V: Lanes>(_ type: V.Type) -> Int where V.Scalar: FixedWidthInteger {
        each(type) { V.Scalar(truncatingIfNeeded: $0.nonzeroBitCount) }
    }

    /// The distance counts modulo the width of a lane.
    @inline(__always)
    fileprivate func shift<V: Lanes>(_ type: V.Type, _ body: (V.Scalar, V.Scalar) -> V.Scalar) -> Int
    where V.Scalar: FixedWidthInteger {
        let a = a(type)
        let distance = V.Scalar(truncatingIfNeeded: frame[i32: slot(1)])
        var result = V()
        for lane in 0..<V.scalarCount { result[lane] = body(a[lane], distance) }
        return give(result, operands: 2)
    }

    @inline(__always)
    fileprivate func narrow<W: Lanes, N: Lanes>(_ wide: W.Type, _ narrow: N.Type) -> Int
    where W.Scalar: FixedWidthInteger, N.Scalar: FixedWidthInteger {
        let (a, b) = (a(wide), b(wide))
        var result = N()
        for lane in 0..<W.scalarCount {
            result[lane] = N.Scalar(clamping: a[lane])
            result[lane + W.scalarCount] = N.Scalar(clamping: b[lane])
        }
        return give(result, operands: 2)
    }

    @inline(__always)
    fileprivate func extend<N: Lanes, W: Lanes>(_ narrow: N.Type, _ wide: W.Type, from first: Int) -> Int
    where W.Scalar: FixedWidthInteger, N.Scalar: FixedWidthInteger {
        give(W(a(narrow), from: first) { W.Scalar(truncatingIfNeeded: $0) }, operands: 1)
    }

    @inline(__always)
    fileprivate func multiply<N: Lanes, W: Lanes>(_ narrow: N.Type, _ wide: W.Type, from first: Int) -> Int
    where W.Scalar: FixedWidthInteger, N.Scalar: FixedWidthInteger {
        let a = W(a(narrow), from: first) { W.Scalar(truncatingIfNeeded: $0) }
        let b = W(b(narrow), from: first) { W.Scalar(truncatingIfNeeded: $0) }
        return give(a &* b, operands: 2)
    }

    @inline(__always)
    fileprivate func addPairs<N: Lanes, W: Lanes>(_ narrow: N.Type, _ wide: W.Type) -> Int
    where W.Scalar: FixedWidthInteger, N.Scalar: FixedWidthInteger {
        let a = a(narrow)
        var sums = W()
        for lane in 0..<W.scalarCount {
            sums[lane] = W.Scalar(truncatingIfNeeded: a[2 * lane]) &+ W.Scalar(truncatingIfNeeded: a[2 * lane + 1])
        }
        return give(sums, operands: 1)
    }

    /// Sums of the products of neighbours.
    @inline(__always)
    fileprivate func dot<N: Lanes, W: Lanes>(_ narrow: N.Type, _ wide: W.Type) -> W
    where W.Scalar: FixedWidthInteger, N.Scalar: FixedWidthInteger {
        let (a, b) = (a(narrow), b(narrow))
        func product(_ lane: Int) -> W.Scalar {
            W.Scalar(truncatingIfNeeded: a[lane]) &* W.Scalar(truncatingIfNeeded: b[lane])
        }
        var sums = W()
        for lane in 0..<W.scalarCount { sums[lane] = product(2 * lane) &+ product(2 * lane + 1) }
        return sums
    }
}
