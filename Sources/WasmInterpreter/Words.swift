// Typed reading of code words and typed access to the slots of a frame.

import CMachine
import WasmModule

package typealias Words = UnsafePointer<MachineWord>
typealias Frame = UnsafeMutablePointer<MachineSlot>

extension UnsafePointer<MachineWord> {
    @inline(__always)
    var operation: Operation {
        // SAFETY: the translator writes nothing but raw values of `Operation` in this place, and the enum's
        // tags are its raw values, since those count up from 0.
        unsafeBitCast(pointee, to: Operation.self)
    }

    /// Of an operation that stands for instructions out of line.
    @inline(__always)
    var instruction: InstructionKind {
        // SAFETY: the translator writes `InstructionKind.word` here.
        unsafeBitCast(self[2], to: InstructionKind.self)
    }

    /// A 32-bit immediate.
    @inline(__always)
    subscript(u32 index: Int) -> UInt32 {
        UnsafeRawPointer(self + index).loadUnaligned(as: UInt32.self)
    }

    @inline(__always)
    subscript(s32 index: Int) -> Int32 {
        Int32(bitPattern: self[u32: index])
    }

    /// A 32-bit immediate that stands for an i64.
    @inline(__always)
    subscript(i64 index: Int) -> UInt64 {
        UInt64(truncatingIfNeeded: self[s32: index])
    }

    @inline(__always)
    subscript(s64 index: Int) -> Int64 {
        Int64(self[s32: index])
    }

    @inline(__always)
    subscript(u64 index: Int) -> UInt64 {
        UnsafeRawPointer(self + index).loadUnaligned(as: UInt64.self)
    }

    /// Goes on where the branch at this operation leads; its distance stands at `index`.
    @inline(__always)
    mutating func branch(_ index: Int) {
        self += Int(self[s32: index])
    }
}

extension InstructionKind {
    /// Its bits. They mean something in this process only, as words do.
    var word: MachineWord { unsafeBitCast(self, to: MachineWord.self) }
}

extension UnsafeMutablePointer<MachineSlot> {
    @inline(__always)
    subscript(_ index: MachineWord) -> UInt64 {
        get { self[Int(index)] }
        nonmutating set { self[Int(index)] = newValue }
    }

    @inline(__always)
    subscript(i32 index: MachineWord) -> UInt32 {
        get { UInt32(truncatingIfNeeded: self[Int(index)]) }
        nonmutating set { self[Int(index)] = UInt64(newValue) }
    }

    @inline(__always)
    subscript(s32 index: MachineWord) -> Int32 {
        get { Int32(truncatingIfNeeded: self[Int(index)]) }
        nonmutating set { self[Int(index)] = UInt64(UInt32(bitPattern: newValue)) }
    }

    @inline(__always)
    subscript(s64 index: MachineWord) -> Int64 {
        get { Int64(bitPattern: self[Int(index)]) }
        nonmutating set { self[Int(index)] = UInt64(bitPattern: newValue) }
    }

    @inline(__always)
    subscript(f32 index: MachineWord) -> Float {
        get { Float(bitPattern: self[i32: index]) }
        nonmutating set { self[i32: index] = newValue.bitPattern }
    }

    @inline(__always)
    subscript(f64 index: MachineWord) -> Double {
        get { Double(bitPattern: self[Int(index)]) }
        nonmutating set { self[Int(index)] = newValue.bitPattern }
    }

    /// The truth value of a comparison, an i32.
    @inline(__always)
    subscript(bool index: MachineWord) -> Bool {
        get { self[i32: index] != 0 }
        nonmutating set { self[Int(index)] = newValue ? 1 : 0 }
    }
}

extension UnsafeMutablePointer<MachineSlot> {
    /// A value of two slots, of which the first is `index`.
    @inline(__always)
    subscript(wide index: MachineWord) -> SIMD2<UInt64> {
        get { UnsafeRawPointer(self + Int(index)).loadUnaligned(as: SIMD2<UInt64>.self) }
        nonmutating set {
            UnsafeMutableRawPointer(self + Int(index)).storeBytes(of: newValue, as: SIMD2<UInt64>.self)
        }
    }
}

extension FixedWidthInteger where Self: UnsignedInteger {
    /// Rotates; the distance counts modulo the width.
    @inline(__always)
    func rotatedLeft(by distance: Self) -> Self {
        self &<< distance | self &>> (0 &- distance)
    }
}
