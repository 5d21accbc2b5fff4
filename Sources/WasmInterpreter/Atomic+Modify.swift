// Read-modify-write on the four widths. Swift gives these operators to each integer type on its own, not to
// a protocol that a generic function could ask for, hence one extension a width.

import Synchronization
import WasmModule

extension UnsafeMutablePointer<Atomic<UInt8>> {
    /// Applies an operator and gives the value from before.
    func modify(_ kind: AtomicModification, _ operand: UInt8) -> UInt8 {
        switch kind {
        case .add: pointee.wrappingAdd(operand, ordering: .sequentiallyConsistent).oldValue
        case .sub: pointee.wrappingSubtract(operand, ordering: .sequentiallyConsistent).oldValue
        case .and: pointee.bitwiseAnd(operand, ordering: .sequentiallyConsistent).oldValue
        case .or: pointee.bitwiseOr(operand, ordering: .sequentiallyConsistent).oldValue
        case .xor: pointee.bitwiseXor(operand, ordering: .sequentiallyConsistent).oldValue
        case .xchg: pointee.exchange(operand, ordering: .sequentiallyConsistent)
        }
    }

    /// Replaces the value if it is `expected`, both wrapped to the width, and gives the value from before.
    func exchange(_ expected: UInt64, _ desired: UInt8) -> UInt8 {
        let expected = UInt8(truncatingIfNeeded: expected)
        return pointee
            .compareExchange(expected: expected, desired: desired, ordering: .sequentiallyConsistent).original
    }
}

extension UnsafeMutablePointer<Atomic<UInt16>> {
    /// Applies an operator and gives the value from before.
    func modify(_ kind: AtomicModification, _ operand: UInt16) -> UInt16 {
        switch kind {
        case .add: pointee.wrappingAdd(operand, ordering: .sequentiallyConsistent).oldValue
        case .sub: pointee.wrappingSubtract(operand, ordering: .sequentiallyConsistent).oldValue
        case .and: pointee.bitwiseAnd(operand, ordering: .sequentiallyConsistent).oldValue
        case .or: pointee.bitwiseOr(operand, ordering: .sequentiallyConsistent).oldValue
        case .xor: pointee.bitwiseXor(operand, ordering: .sequentiallyConsistent).oldValue
        case .xchg: pointee.exchange(operand, ordering: .sequentiallyConsistent)
        }
    }

    /// Replaces the value if it is `expected`, both wrapped to the width, and gives the value from before.
    func exchange(_ expected: UInt64, _ desired: UInt16) -> UInt16 {
        let expected = UInt16(truncatingIfNeeded: expected)
        return pointee
            .compareExchange(expected: expected, desired: desired, ordering: .sequentiallyConsistent).original
    }
}

extension UnsafeMutablePointer<Atomic<UInt32>> {
    /// Applies an operator and gives the value from before.
    func modify(_ kind: AtomicModification, _ operand: UInt32) -> UInt32 {
        switch kind {
        case .add: pointee.wrappingAdd(operand, ordering: .sequentiallyConsistent).oldValue
        case .sub: pointee.wrappingSubtract(operand, ordering: .sequentiallyConsistent).oldValue
        case .and: pointee.bitwiseAnd(operand, ordering: .sequentiallyConsistent).oldValue
        case .or: pointee.bitwiseOr(operand, ordering: .sequentiallyConsistent).oldValue
        case .xor: pointee.bitwiseXor(operand, ordering: .sequentiallyConsistent).oldValue
        case .xchg: pointee.exchange(operand, ordering: .sequentiallyConsistent)
        }
    }

    /// Replaces the value if it is `expected`, both wrapped to the width, and gives the value from before.
    func exchange(_ expected: UInt64, _ desired: UInt32) -> UInt32 {
        let expected = UInt32(truncatingIfNeeded: expected)
        return pointee
            .compareExchange(expected: expected, desired: desired, ordering: .sequentiallyConsistent).original
    }
}

extension UnsafeMutablePointer<Atomic<UInt64>> {
    /// Applies an operator and gives the value from before.
    func modify(_ kind: AtomicModification, _ operand: UInt64) -> UInt64 {
        switch kind {
        case .add: pointee.wrappingAdd(operand, ordering: .sequentiallyConsistent).oldValue
        case .sub: pointee.wrappingSubtract(operand, ordering: .sequentiallyConsistent).oldValue
        case .and: pointee.bitwiseAnd(operand, ordering: .sequentiallyConsistent).oldValue
        case .or: pointee.bitwiseOr(operand, ordering: .sequentiallyConsistent).oldValue
        case .xor: pointee.bitwiseXor(operand, ordering: .sequentiallyConsistent).oldValue
        case .xchg: pointee.exchange(operand, ordering: .sequentiallyConsistent)
        }
    }

    /// Replaces the value if it is `expected`, both wrapped to the width, and gives the value from before.
    func exchange(_ expected: UInt64, _ desired: UInt64) -> UInt64 {
        let expected = UInt64(truncatingIfNeeded: expected)
        return pointee
            .compareExchange(expected: expected, desired: desired, ordering: .sequentiallyConsistent).original
    }
}
