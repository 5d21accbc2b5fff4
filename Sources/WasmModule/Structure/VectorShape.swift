// How an instruction sees the 128 bits of a vector: as lanes of one type.
// https://webassembly.github.io/spec/core/syntax/instructions.html#vector-instructions

package enum VectorShape: Hashable, Sendable {
    case i8x16, i16x8, i32x4, i64x2, f32x4, f64x2

    package var laneBytes: Int {
        switch self {
        case .i8x16: 1
        case .i16x8: 2
        case .i32x4, .f32x4: 4
        case .i64x2, .f64x2: 8
        }
    }
}
