// Instructions with a function of their own, which the loop calls by its address in the words: the code of the others
// stays as it is. Vectors are most of them (`VectorBody`); here are loads and stores in memories that the loop has no
// operations for, and arithmetic in 128 bits.
//
// Their words are `withBody`, the slot of the result, four words of the function's address, the operands, and what the
// function knows of: of an access its `MemoryPlace`, and its offset.

import CMachine
import WasmModule
import WasmRuntime

/// Runs the instruction at `pc`. Returns how many words it has; 0 where an access is out of bounds, which is the only
/// trap of such an instruction.
typealias OperationBody = @convention(c) (
    _ pc: UnsafePointer<MachineWord>, _ frame: UnsafeMutablePointer<MachineSlot>,
    _ instance: UnsafeMutablePointer<MachineInstance>
) -> Int

/// Where the operands stand among the words.
private let operands = 6

// MARK: Accesses

/// A load or a store of a scalar.
private struct Access {
    let pc: Words
    let frame: Frame
    let instance: UnsafeMutablePointer<MachineInstance>

    @inline(__always)
    init(_ pc: Words, _ frame: Frame, _ instance: UnsafeMutablePointer<MachineInstance>) {
        self.pc = pc
        self.frame = frame
        self.instance = instance
    }

    @inline(__always)
    func load<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type, _ widen: (T) -> UInt64) -> Int {
        let bytes = UInt64(MemoryLayout<T>.size)
        guard let source = instance.at(pc[operands], of: frame, pc + operands + 1, bytes) else { return 0 }
        frame[pc[1]] = widen(source.loadUnaligned(as: type))
        return operands + 1 + MemoryPlace.words
    }

    @inline(__always)
    func store<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) -> Int {
        let bytes = UInt64(MemoryLayout<T>.size)
        guard let target = instance.at(pc[operands], of: frame, pc + operands + 2, bytes) else { return 0 }
        target.storeBytes(of: T(truncatingIfNeeded: frame[pc[operands + 1]]), as: type)
        return operands + 2 + MemoryPlace.words
    }
}

extension LoadInstruction {
    var body: OperationBody {
        switch self {
        case .i32Load, .f32Load, .i64Load32U: { Access($0, $1, $2).load(UInt32.self) { UInt64($0) } }
        case .i64Load, .f64Load: { Access($0, $1, $2).load(UInt64.self) { $0 } }
        case .i32Load8U, .i64Load8U: { Access($0, $1, $2).load(UInt8.self) { UInt64($0) } }
        case .i32Load16U, .i64Load16U: { Access($0, $1, $2).load(UInt16.self) { UInt64($0) } }
        case .i32Load8S: { Access($0, $1, $2).load(Int8.self) { UInt64(UInt32(truncatingIfNeeded: $0)) } }
        case .i32Load16S: { Access($0, $1, $2).load(Int16.self) { UInt64(UInt32(truncatingIfNeeded: $0)) } }
        case .i64Load8S: { Access($0, $1, $2).load(Int8.self) { UInt64(truncatingIfNeeded: $0) } }
        case .i64Load16S: { Access($0, $1, $2).load(Int16.self) { UInt64(truncatingIfNeeded: $0) } }
        case .i64Load32S: { Access($0, $1, $2).load(Int32.self) { UInt64(truncatingIfNeeded: $0) } }
        }
    }
}

extension StoreInstruction {
    var body: OperationBody {
        switch self {
        case .i32Store8, .i64Store8: { Access($0, $1, $2).store(UInt8.self) }
        case .i32Store16, .i64Store16: { Access($0, $1, $2).store(UInt16.self) }
        case .i32Store, .f32Store, .i64Store32: { Access($0, $1, $2).store(UInt32.self) }
        case .i64Store, .f64Store: { Access($0, $1, $2).store(UInt64.self) }
        }
    }
}

// MARK: Numbers

extension WideInstruction {
    /// The two results, the low half first, are left in the slot of the first one and the one after it.
    var body: OperationBody {
        switch self {
        case .i64Add128: { pc, frame, _ in computeWide(pc, frame, &+) }
        case .i64Sub128: { pc, frame, _ in computeWide(pc, frame, &-) }
        case .i64MulWideS:
            { pc, frame, _ in
                let (first, second) = (frame[s64: pc[operands]], frame[s64: pc[operands + 1]])
                let product = first.multipliedFullWidth(by: second)
                frame[pc[1]] = product.low
                frame[pc[1] + 1] = UInt64(bitPattern: product.high)
                return operands + 2
            }
        case .i64MulWideU:
            { pc, frame, _ in
                let product = frame[pc[operands]].multipliedFullWidth(by: frame[pc[operands + 1]])
                frame[pc[1]] = product.low
                frame[pc[1] + 1] = product.high
                return operands + 2
            }
        }
    }
}

@inline(__always)
private func computeWide(_ pc: Words, _ frame: Frame, _ operation: (UInt128, UInt128) -> UInt128) -> Int {
    let first = UInt128(frame[pc[operands + 1]]) << 64 | UInt128(frame[pc[operands]])
    let second = UInt128(frame[pc[operands + 3]]) << 64 | UInt128(frame[pc[operands + 2]])
    let result = operation(first, second)
    frame[pc[1]] = UInt64(truncatingIfNeeded: result)
    frame[pc[1] + 1] = UInt64(truncatingIfNeeded: result >> 64)
    return operands + 4
}

/// Of an index of 64 bits one of 32, which is beyond the end of any table where the other one is: no table has more
/// elements than its limit allows, which is below.
let narrowIndex: OperationBody = { pc, frame, _ in
    frame[pc[1]] = min(frame[pc[operands]], UInt64(UInt32.max))
    return operands + 1
}
