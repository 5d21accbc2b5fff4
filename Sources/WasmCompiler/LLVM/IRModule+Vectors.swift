// Vectors in LLVM's intermediate language. A v128 is two lanes of 64 bits; instructions see it by their shape.

import CLLVM
import WasmModule

extension IRModule {
    // MARK: Types

    func lane(_ shape: VectorShape) -> IRType {
        switch shape {
        case .i8x16: types.i8
        case .i16x8: types.i16
        case .i32x4: types.i32
        case .i64x2: types.i64
        case .f32x4: types.f32
        case .f64x2: types.f64
        }
    }

    func vector(_ lane: IRType, _ count: Int) -> IRType { f.pointee.LLVMVectorType(lane, UInt32(count)) }

    func lanes(_ shape: VectorShape) -> IRType { vector(lane(shape), 16 / shape.laneBytes) }

    /// An integer with a bit for each of so many lanes.
    func bits(_ count: Int) -> IRType { f.pointee.LLVMIntTypeInContext(context, UInt32(count)) }

    // MARK: Values

    func constant(_ values: [IRValue]) -> IRValue {
        var values: [IRValue] = values
        return f.pointee.LLVMConstVector(&values, UInt32(values.count))
    }

    func v128(_ low: UInt64, _ high: UInt64) -> IRValue { constant([i64(low), i64(high)]) }

    /// All lanes are the same number.
    func splat(_ number: UInt64, _ shape: VectorShape) -> IRValue {
        let lane = f.pointee.LLVMConstInt(lane(shape), number, 0)
        return constant(Array(repeating: lane, count: 16 / shape.laneBytes))
    }

    func splat(_ value: IRValue, _ type: IRType, _ count: Int) -> IRValue {
        let vector = insert(poison(type), value, i32(0))
        return shuffle(vector, vector, Array(repeating: 0, count: count))
    }

    func extract(_ vector: IRValue, _ lane: IRValue) -> IRValue {
        f.pointee.LLVMBuildExtractElement(builder, vector, lane, "")
    }

    func insert(_ vector: IRValue, _ value: IRValue, _ lane: IRValue) -> IRValue {
        f.pointee.LLVMBuildInsertElement(builder, vector, value, lane, "")
    }

    /// Lanes of two vectors, counted through both.
    func shuffle(_ first: IRValue, _ second: IRValue, _ lanes: [Int]) -> IRValue {
        f.pointee.LLVMBuildShuffleVector(builder, first, second, constant(lanes.map { i32(UInt32($0)) }), "")
    }

    func shuffle(_ vector: IRValue, _ lanes: [Int]) -> IRValue { shuffle(vector, vector, lanes) }
}
