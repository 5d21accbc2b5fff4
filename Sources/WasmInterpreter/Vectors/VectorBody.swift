// The vector instructions: which body each has.
//
// A body is a function of its own: see `OperationBody`. Relaxed instructions do what the deterministic profile of the
// specification says: the first of the choices. A shape that an instruction does not have is treated as others are.
// https://webassembly.github.io/spec/core/exec/instructions.html#vector-instructions

import CMachine
import WasmModule
import WasmRuntime

typealias VectorBody = OperationBody

extension VectorInstruction {
    var body: VectorBody {
        switch kind {
        case .constant: vectorConstant
        case .load(let load): load.body
        case .store: { Vectors($0, $1).store($2) }
        case .loadLane: laneShape.choose(
            { Vectors($0, $1).load(U8.self, $2) }, { Vectors($0, $1).load(U16.self, $2) },
            { Vectors($0, $1).load(U32.self, $2) }, { Vectors($0, $1).load(U64.self, $2) })
        case .storeLane: laneShape.choose(
            { Vectors($0, $1).store(U8.self, $2) }, { Vectors($0, $1).store(U16.self, $2) },
            { Vectors($0, $1).store(U32.self, $2) }, { Vectors($0, $1).store(U64.self, $2) })
        case .shuffle: { pc, frame, _ in Vectors(pc, frame).shuffle() }
        case .swizzle: { pc, frame, _ in Vectors(pc, frame).swizzle() }
        case .splat(let shape): shape.choose(
            { pc, frame, _ in Vectors(pc, frame).splat(U8.self) },
            { pc, frame, _ in Vectors(pc, frame).splat(U16.self) },
            { pc, frame, _ in Vectors(pc, frame).splat(U32.self) },
            { pc, frame, _ in Vectors(pc, frame).splat(U64.self) })
        case .extractLane(let extraction): extraction.body
        case .replaceLane(let shape): shape.choose(
            { pc, frame, _ in Vectors(pc, frame).replace(U8.self) },
            { pc, frame, _ in Vectors(pc, frame).replace(U16.self) },
            { pc, frame, _ in Vectors(pc, frame).replace(U32.self) },
            { pc, frame, _ in Vectors(pc, frame).replace(U64.self) })
        case .integerComparison(let shape, let comparison): comparison.body(shape)
        case .floatComparison(let shape, let comparison): comparison.body(shape)
        case .bitwise(let operation): operation.body
        case .test(let test): test.body
        case .integerUnary(let shape, let operation): operation.body(shape)
        case .shift(let shape, let shift): shift.body(shape)
        case .integerBinary(let shape, let operation): operation.body(shape)
        case .narrow(let narrowing): narrowing.body
        case .extend(let extension_): extension_.body
        case .multiplyLong(let multiplication): multiplication.body
        case .addPairwise(let addition): addition.body
        case .product(let product): product.body
        case .floatUnary(let shape, let operation): operation.body(shape)
        case .floatBinary(let shape, let operation): operation.body(shape)
        case .multiplyAdd(let shape, let operation): operation.body(shape)
        case .conversion(let conversion): conversion.body
        }
    }

    /// Of an access to one lane.
    private var laneShape: VectorShape {
        switch opcode.transferredBytes {
        case 1: .i8x16
        case 2: .i16x8
        case 4: .i32x4
        default: .i64x2
        }
    }
}

extension VectorShape {
    /// What is made for lanes of a width.
    func choose(
        _ bytes: VectorBody, _ halves: VectorBody, _ words: VectorBody, _ doubles: VectorBody
    ) -> VectorBody {
        switch self {
        case .i8x16: bytes
        case .i16x8: halves
        case .i32x4, .f32x4: words
        case .i64x2, .f64x2: doubles
        }
    }

    func choose(_ single: VectorBody, _ double: VectorBody) -> VectorBody {
        choose(single, single, single, double)
    }
}

private let vectorConstant: VectorBody = { pc, frame, _ in
    let bits = UnsafeRawPointer(pc + Vectors.operands).loadUnaligned(as: U64.self)
    return Vectors(pc, frame).give(bits, operands: 0, immediates: 8)
}

extension VectorBitwise {
    fileprivate var body: VectorBody {
        switch self {
        case .v128Not: { pc, frame, _ in Vectors(pc, frame).each(U64.self, ~) }
        case .v128And: { pc, frame, _ in Vectors(pc, frame).pairs(U64.self, &) }
        case .v128Andnot: { pc, frame, _ in Vectors(pc, frame).pairs(U64.self) { $0 & ~$1 } }
        case .v128Or: { pc, frame, _ in Vectors(pc, frame).pairs(U64.self, |) }
        case .v128Xor: { pc, frame, _ in Vectors(pc, frame).pairs(U64.self, ^) }
        case .v128Bitselect, .i8x16RelaxedLaneselect, .i16x8RelaxedLaneselect, .i32x4RelaxedLaneselect,
            .i64x2RelaxedLaneselect:
            { pc, frame, _ in
                let vectors = Vectors(pc, frame)
                let mask = vectors.c(U64.self)
                return vectors.give(vectors.a(U64.self) & mask | vectors.b(U64.self) & ~mask, operands: 3)
            }
        }
    }
}
