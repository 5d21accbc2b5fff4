// The operands of a vector instruction in a frame, as lanes of any type, and what is done lane by lane.
//
// The words of the instruction are `withBody`, the slot of the result, the four words of its body's address, its
// operands, its immediates. A vector takes two slots, and is as little aligned as these are. What computes here
// returns how many words there are.

import CMachine
import WasmModule
import WasmRuntime

typealias S8 = SIMD16<Int8>
typealias U8 = SIMD16<UInt8>
typealias S16 = SIMD8<Int16>
typealias U16 = SIMD8<UInt16>
typealias S32 = SIMD4<Int32>
typealias U32 = SIMD4<UInt32>
typealias S64 = SIMD2<Int64>
typealias U64 = SIMD2<UInt64>
typealias F32 = SIMD4<Float>
typealias F64 = SIMD2<Double>

/// Lanes that lie in two slots.
typealias Lanes = SIMD & BitwiseCopyable

struct Vectors {
    let pc: Words
    let frame: Frame

    @inline(__always)
    init(_ pc: Words, _ frame: Frame) {
        self.pc = pc
        self.frame = frame
    }

    /// Where the operands stand among the words, and the immediates after them.
    static var operands: Int { 6 }

    @inline(__always)
    func slot(_ operand: Int) -> MachineWord { pc[Self.operands + operand] }

    @inline(__always)
    func operand<V: Lanes>(_ index: Int, _ type: V.Type) -> V {
        UnsafeRawPointer(frame + Int(slot(index))).loadUnaligned(as: type)
    }

    @inline(__always)
    func a<V: Lanes>(_ type: V.Type) -> V { operand(0, type) }

    @inline(__always)
    func b<V: Lanes>(_ type: V.Type) -> V { operand(1, type) }

    @inline(__always)
    func c<V: Lanes>(_ type: V.Type) -> V { operand(2, type) }

    /// Puts the result of an instruction with so many operands and words of immediates into its slots.
    @inline(__always)
    func give<V: Lanes>(_ value: V, operands: Int, immediates: Int = 0) -> Int {
        UnsafeMutableRawPointer(frame + Int(pc[1])).storeBytes(of: value, as: V.self)
        return Self.operands + operands + immediates
    }

    @inline(__always)
    func each<V: Lanes>(_ type: V.Type, _ body: (V.Scalar) -> V.Scalar) -> Int {
        let a = a(type)
        var result = V()
        for lane in 0..<V.scalarCount { result[lane] = body(a[lane]) }
        return give(result, operands: 1)
    }

    @inline(__always)
    func pairs<V: Lanes>(_ type: V.Type, _ body: (V.Scalar, V.Scalar) -> V.Scalar) -> Int {
        let (a, b) = (a(type), b(type))
        var result = V()
        for lane in 0..<V.scalarCount { result[lane] = body(a[lane], b[lane]) }
        return give(result, operands: 2)
    }

    /// All bits of a lane where the comparison holds, and none where not.
    @inline(__always)
    func compare<V: Lanes, M: Lanes>(
        _ type: V.Type, _ mask: M.Type, _ body: (V.Scalar, V.Scalar) -> Bool
    ) -> Int where M.Scalar: FixedWidthInteger {
        let (a, b) = (a(type), b(type))
        var result = M()
        for lane in 0..<V.scalarCount { result[lane] = body(a[lane], b[lane]) ? ~0 : 0 }
        return give(result, operands: 2)
    }
}

extension SIMD {
    /// Lanes that are made of those of another vector, from `first` on.
    @inline(__always)
    init<V: SIMD>(_ other: V, from first: Int = 0, _ body: (V.Scalar) -> Scalar) {
        self.init()
        for lane in 0..<Self.scalarCount { self[lane] = body(other[first + lane]) }
    }
}

extension FixedWidthInteger {
    @inline(__always)
    func addingSaturated(_ other: Self) -> Self {
        let (sum, overflows) = addingReportingOverflow(other)
        guard overflows else { return sum }
        return Self.isSigned && other < 0 ? .min : .max
    }

    @inline(__always)
    func subtractingSaturated(_ other: Self) -> Self {
        let (difference, overflows) = subtractingReportingOverflow(other)
        guard overflows else { return difference }
        return Self.isSigned && other < 0 ? .max : .min
    }
}
