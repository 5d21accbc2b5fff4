// Vector instructions that read and write memory. Nothing is read or written where an access is out of bounds.
// https://webassembly.github.io/spec/core/exec/instructions.html#memory-instructions

import CMachine
import WasmModule
import WasmRuntime

extension VectorLoad {
    var body: VectorBody {
        switch self {
        case .v128Load: { Vectors($0, $1).load(U64.self, $2) { $0 } }
        case .v128Load8x8S: { Vectors($0, $1).load(SIMD8<Int8>.self, $2) { S16($0) { Int16($0) } } }
        case .v128Load8x8U: { Vectors($0, $1).load(SIMD8<UInt8>.self, $2) { U16($0) { UInt16($0) } } }
        case .v128Load16x4S: { Vectors($0, $1).load(SIMD4<Int16>.self, $2) { S32($0) { Int32($0) } } }
        case .v128Load16x4U: { Vectors($0, $1).load(SIMD4<UInt16>.self, $2) { U32($0) { UInt32($0) } } }
        case .v128Load32x2S: { Vectors($0, $1).load(SIMD2<Int32>.self, $2) { S64($0) { Int64($0) } } }
        case .v128Load32x2U: { Vectors($0, $1).load(SIMD2<UInt32>.self, $2) { U64($0) { UInt64($0) } } }
        case .v128Load8Splat: { Vectors($0, $1).load(UInt8.self, $2) { U8(repeating: $0) } }
        case .v128Load16Splat: { Vectors($0, $1).load(UInt16.self, $2) { U16(repeating: $0) } }
        case .v128Load32Splat: { Vectors($0, $1).load(UInt32.self, $2) { U32(repeating: $0) } }
        case .v128Load64Splat: { Vectors($0, $1).load(UInt64.self, $2) { U64(repeating: $0) } }
        case .v128Load32Zero: { Vectors($0, $1).load(UInt32.self, $2) { U32($0, 0, 0, 0) } }
        case .v128Load64Zero: { Vectors($0, $1).load(UInt64.self, $2) { U64($0, 0) } }
        }
    }
}

extension Vectors {
    /// Where an access lies whose address is operand 0 of so many, and whose place and offset stand after them.
    @inline(__always)
    private func address(
        _ instance: UnsafeMutablePointer<MachineInstance>, operands: Int, bytes: Int
    ) -> UnsafeMutableRawPointer? {
        instance.at(slot(0), of: frame, pc + Self.operands + operands, UInt64(bytes))
    }

    @inline(__always)
    fileprivate func load<T: BitwiseCopyable, V: Lanes>(
        _ type: T.Type, _ instance: UnsafeMutablePointer<MachineInstance>, _ body: (T) -> V
    ) -> Int {
        guard let source = address(instance, operands: 1, bytes: MemoryLayout<T>.size) else { return 0 }
        return give(body(source.loadUnaligned(as: type)), operands: 1, immediates: MemoryPlace.words)
    }

    @inline(__always)
    func store(_ instance: UnsafeMutablePointer<MachineInstance>) -> Int {
        guard let target = address(instance, operands: 2, bytes: 16) else { return 0 }
        target.storeBytes(of: b(U64.self), as: U64.self)
        return Self.operands + 2 + MemoryPlace.words
    }

    /// Loads one lane; its number stands after these.
    @inline(__always)
    func load<V: Lanes>(_ type: V.Type, _ instance: UnsafeMutablePointer<MachineInstance>) -> Int
    where V.Scalar: BitwiseCopyable {
        guard let source = address(instance, operands: 2, bytes: MemoryLayout<V.Scalar>.size) else { return 0 }
        var vector = b(type)
        vector[Int(pc[Self.operands + 2 + MemoryPlace.words])] = source.loadUnaligned(as: V.Scalar.self)
        return give(vector, operands: 2, immediates: MemoryPlace.words + 1)
    }

    @inline(__always)
    func store<V: Lanes>(_ type: V.Type, _ instance: UnsafeMutablePointer<MachineInstance>) -> Int
    where V.Scalar: BitwiseCopyable {
        guard let target = address(instance, operands: 2, bytes: MemoryLayout<V.Scalar>.size) else { return 0 }
        target.storeBytes(of: b(type)[Int(pc[Self.operands + 2 + MemoryPlace.words])], as: V.Scalar.self)
        return Self.operands + 3 + MemoryPlace.words
    }
}
