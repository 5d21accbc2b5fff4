// Vector instructions on lanes of floating-point numbers, and conversions.
// https://webassembly.github.io/spec/core/exec/numerics.html#floating-point-operations

import CMachine
import WasmModule

extension VectorFloatComparison {
    func body(_ shape: VectorShape) -> VectorBody {
        switch self {
        case .eq: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).compare(F32.self, U32.self, ==) },
            { pc, frame, _ in Vectors(pc, frame).compare(F64.self, U64.self, ==) })
        case .ne: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).compare(F32.self, U32.self, !=) },
            { pc, frame, _ in Vectors(pc, frame).compare(F64.self, U64.self, !=) })
        case .lt: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).compare(F32.self, U32.self, <) },
            { pc, frame, _ in Vectors(pc, frame).compare(F64.self, U64.self, <) })
        case .gt: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).compare(F32.self, U32.self, >) },
            { pc, frame, _ in Vectors(pc, frame).compare(F64.self, U64.self, >) })
        case .le: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).compare(F32.self, U32.self, <=) },
            { pc, frame, _ in Vectors(pc, frame).compare(F64.self, U64.self, <=) })
        case .ge: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).compare(F32.self, U32.self, >=) },
            { pc, frame, _ in Vectors(pc, frame).compare(F64.self, U64.self, >=) })
        }
    }
}

// MARK: Arithmetic

extension VectorFloatUnary {
    func body(_ shape: VectorShape) -> VectorBody {
        switch self {
        // By bits, so that a NaN keeps its payload and stays signalling.
        case .abs: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).each(U32.self) { $0 & 0x7FFF_FFFF } },
            { pc, frame, _ in Vectors(pc, frame).each(U64.self) { $0 & 0x7FFF_FFFF_FFFF_FFFF } })
        case .neg: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).each(U32.self) { $0 ^ 0x8000_0000 } },
            { pc, frame, _ in Vectors(pc, frame).each(U64.self) { $0 ^ 0x8000_0000_0000_0000 } })
        case .ceil: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).each(F32.self) { $0.wasmRounded(.up) } },
            { pc, frame, _ in Vectors(pc, frame).each(F64.self) { $0.wasmRounded(.up) } })
        case .floor: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).each(F32.self) { $0.wasmRounded(.down) } },
            { pc, frame, _ in Vectors(pc, frame).each(F64.self) { $0.wasmRounded(.down) } })
        case .trunc: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).each(F32.self) { $0.wasmRounded(.towardZero) } },
            { pc, frame, _ in Vectors(pc, frame).each(F64.self) { $0.wasmRounded(.towardZero) } })
        case .nearest: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).each(F32.self) { $0.wasmRounded(.toNearestOrEven) } },
            { pc, frame, _ in Vectors(pc, frame).each(F64.self) { $0.wasmRounded(.toNearestOrEven) } })
        case .sqrt: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).each(F32.self) { $0.squareRoot() } },
            { pc, frame, _ in Vectors(pc, frame).each(F64.self) { $0.squareRoot() } })
        }
    }
}

extension VectorFloatBinary {
    func body(_ shape: VectorShape) -> VectorBody {
        switch self {
        case .add: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).pairs(F32.self, +) },
            { pc, frame, _ in Vectors(pc, frame).pairs(F64.self, +) })
        case .sub: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).pairs(F32.self, -) },
            { pc, frame, _ in Vectors(pc, frame).pairs(F64.self, -) })
        case .mul: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).pairs(F32.self, *) },
            { pc, frame, _ in Vectors(pc, frame).pairs(F64.self, *) })
        case .div: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).pairs(F32.self, /) },
            { pc, frame, _ in Vectors(pc, frame).pairs(F64.self, /) })
        case .min, .relaxedMin: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).pairs(F32.self) { $0.wasmMinimum($1) } },
            { pc, frame, _ in Vectors(pc, frame).pairs(F64.self) { $0.wasmMinimum($1) } })
        case .max, .relaxedMax: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).pairs(F32.self) { $0.wasmMaximum($1) } },
            { pc, frame, _ in Vectors(pc, frame).pairs(F64.self) { $0.wasmMaximum($1) } })
        case .pmin: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).pairs(F32.self) { $1 < $0 ? $1 : $0 } },
            { pc, frame, _ in Vectors(pc, frame).pairs(F64.self) { $1 < $0 ? $1 : $0 } })
        case .pmax: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).pairs(F32.self) { $0 < $1 ? $1 : $0 } },
            { pc, frame, _ in Vectors(pc, frame).pairs(F64.self) { $0 < $1 ? $1 : $0 } })
        }
    }
}

extension VectorMultiplyAdd {
    func body(_ shape: VectorShape) -> VectorBody {
        switch self {
        case .relaxedMadd: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).multiplyAdd(F32.self) { $0 } },
            { pc, frame, _ in Vectors(pc, frame).multiplyAdd(F64.self) { $0 } })
        case .relaxedNmadd: shape.choose(
            { pc, frame, _ in Vectors(pc, frame).multiplyAdd(F32.self) { -$0 } },
            { pc, frame, _ in Vectors(pc, frame).multiplyAdd(F64.self) { -$0 } })
        }
    }
}

// MARK: Conversions

extension VectorConversion {
    var body: VectorBody {
        switch self {
        case .f32x4DemoteF64x2Zero: { pc, frame, _ in
            let a = Vectors(pc, frame).a(F64.self)
            return Vectors(pc, frame).give(F32(Float(a[0]), Float(a[1]), 0, 0), operands: 1)
        }
        case .f64x2PromoteLowF32x4: { pc, frame, _ in Vectors(pc, frame).convert(F32.self, F64.self) { Double($0) } }
        case .i32x4TruncSatF32x4S, .i32x4RelaxedTruncF32x4S: { pc, frame, _ in
            Vectors(pc, frame).convert(F32.self, S32.self) { $0.saturated(to: Int32.self) }
        }
        case .i32x4TruncSatF32x4U, .i32x4RelaxedTruncF32x4U: { pc, frame, _ in
            Vectors(pc, frame).convert(F32.self, U32.self) { $0.saturated(to: UInt32.self) }
        }
        case .f32x4ConvertI32x4S: { pc, frame, _ in Vectors(pc, frame).convert(S32.self, F32.self) { Float($0) } }
        case .f32x4ConvertI32x4U: { pc, frame, _ in Vectors(pc, frame).convert(U32.self, F32.self) { Float($0) } }
        case .i32x4TruncSatF64x2SZero, .i32x4RelaxedTruncF64x2SZero: { pc, frame, _ in
            let a = Vectors(pc, frame).a(F64.self)
            let result = S32(a[0].saturated(to: Int32.self), a[1].saturated(to: Int32.self), 0, 0)
            return Vectors(pc, frame).give(result, operands: 1)
        }
        case .i32x4TruncSatF64x2UZero, .i32x4RelaxedTruncF64x2UZero: { pc, frame, _ in
            let a = Vectors(pc, frame).a(F64.self)
            let result = U32(a[0].saturated(to: UInt32.self), a[1].saturated(to: UInt32.self), 0, 0)
            return Vectors(pc, frame).give(result, operands: 1)
        }
        case .f64x2ConvertLowI32x4S: { pc, frame, _ in Vectors(pc, frame).convert(S32.self, F64.self) { Double($0) } }
        case .f64x2ConvertLowI32x4U: { pc, frame, _ in Vectors(pc, frame).convert(U32.self, F64.self) { Double($0) } }
        }
    }
}

extension Vectors {
    /// Rounds twice: after the multiplication, and after the addition.
    @inline(__always)
    fileprivate func multiplyAdd<V: Lanes>(_ type: V.Type, _ sign: (V.Scalar) -> V.Scalar) -> Int
    where V.Scalar: BinaryFloatingPoint {
        let (a, b, c) = (a(type), b(type), c(type))
        var result = V()
        for lane in 0..<V.scalarCount { result[lane] = sign(a[lane]) * b[lane] + c[lane] }
        return give(result, operands: 3)
    }

    /// The low lanes, where the result has fewer.
    @inline(__always)
    fileprivate func convert<From: Lanes, To: Lanes>(
        _ from: From.Type, _ to: To.Type, _ body: (From.Scalar) -> To.Scalar
    ) -> Int {
        give(To(a(from), body), operands: 1)
    }
}
