// Vector instructions that move lanes: shuffles, splats, single lanes, tests.

import CMachine
import WasmModule

extension Vectors {
    /// The 16 lanes stand in the words after the operands.
    func shuffle() -> Int {
        let (a, b) = (a(U8.self), b(U8.self))
        let lanes = UnsafeRawPointer(pc + Self.operands + 2).loadUnaligned(as: U8.self)
        var result = U8()
        for lane in 0..<16 {
            let index = Int(lanes[lane])
            result[lane] = index < 16 ? a[index] : b[index & 15]
        }
        return give(result, operands: 2, immediates: 8)
    }

    func swizzle() -> Int {
        let (a, indices) = (a(U8.self), b(U8.self))
        var result = U8()
        for lane in 0..<16 where indices[lane] < 16 { result[lane] = a[Int(indices[lane])] }
        return give(result, operands: 2)
    }

    @inline(__always)
    func splat<V: Lanes>(_ type: V.Type) -> Int where V.Scalar: FixedWidthInteger {
        give(V(repeating: V.Scalar(truncatingIfNeeded: frame[slot(0)])), operands: 1)
    }

    @inline(__always)
    func replace<V: Lanes>(_ type: V.Type) -> Int where V.Scalar: FixedWidthInteger {
        var vector = a(type)
        vector[Int(pc[Self.operands + 2])] = V.Scalar(truncatingIfNeeded: frame[slot(1)])
        return give(vector, operands: 2, immediates: 1)
    }

    /// A lane as the slot of a number: sign-extended to its width, or not at all.
    @inline(__always)
    fileprivate func extract<V: Lanes>(_ type: V.Type, _ body: (V.Scalar) -> UInt64) -> Int {
        frame[pc[1]] = body(a(type)[Int(pc[Self.operands + 1])])
        return Self.operands + 2
    }

    @inline(__always)
    fileprivate func allTrue<V: Lanes>(_ type: V.Type) -> Int where V.Scalar: FixedWidthInteger {
        let vector = a(type)
        var all = true
        for lane in 0..<V.scalarCount { all = all && vector[lane] != 0 }
        frame[bool: pc[1]] = all
        return Self.operands + 1
    }

    /// The sign bits of the lanes.
    @inline(__always)
    fileprivate func bitmask<V: Lanes>(_ type: V.Type) -> Int where V.Scalar: FixedWidthInteger {
        let vector = a(type)
        var mask: UInt32 = 0
        for lane in 0..<V.scalarCount where vector[lane] < 0 { mask |= 1 << UInt32(lane) }
        frame[i32: pc[1]] = mask
        return Self.operands + 1
    }
}

extension LaneExtraction {
    var body: VectorBody {
        switch self {
        case .i8x16ExtractLaneS: { pc, frame, _ in
            Vectors(pc, frame).extract(S8.self) { UInt64(UInt32(bitPattern: Int32($0))) }
        }
        case .i8x16ExtractLaneU: { pc, frame, _ in Vectors(pc, frame).extract(U8.self) { UInt64($0) } }
        case .i16x8ExtractLaneS: { pc, frame, _ in
            Vectors(pc, frame).extract(S16.self) { UInt64(UInt32(bitPattern: Int32($0))) }
        }
        case .i16x8ExtractLaneU: { pc, frame, _ in Vectors(pc, frame).extract(U16.self) { UInt64($0) } }
        case .i32x4ExtractLane, .f32x4ExtractLane:
            { pc, frame, _ in Vectors(pc, frame).extract(U32.self) { UInt64($0) } }
        case .i64x2ExtractLane, .f64x2ExtractLane:
            { pc, frame, _ in Vectors(pc, frame).extract(U64.self) { $0 } }
        }
    }
}

extension VectorTest {
    var body: VectorBody {
        switch self {
        case .v128AnyTrue: { pc, frame, _ in
            let vector = Vectors(pc, frame).a(U64.self)
            frame[bool: pc[1]] = vector[0] | vector[1] != 0
            return Vectors.operands + 1
        }
        case .i8x16AllTrue: { pc, frame, _ in Vectors(pc, frame).allTrue(S8.self) }
        case .i16x8AllTrue: { pc, frame, _ in Vectors(pc, frame).allTrue(S16.self) }
        case .i32x4AllTrue: { pc, frame, _ in Vectors(pc, frame).allTrue(S32.self) }
        case .i64x2AllTrue: { pc, frame, _ in Vectors(pc, frame).allTrue(S64.self) }
        case .i8x16Bitmask: { pc, frame, _ in Vectors(pc, frame).bitmask(S8.self) }
        case .i16x8Bitmask: { pc, frame, _ in Vectors(pc, frame).bitmask(S16.self) }
        case .i32x4Bitmask: { pc, frame, _ in Vectors(pc, frame).bitmask(S32.self) }
        case .i64x2Bitmask: { pc, frame, _ in Vectors(pc, frame).bitmask(S64.self) }
        }
    }
}
