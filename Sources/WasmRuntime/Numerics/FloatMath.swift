// Floating-point operators whose rules differ from what Swift's own operators do.
// https://webassembly.github.io/spec/core/exec/numerics.html#floating-point-operations

extension BinaryFloatingPoint {
    /// fmin: NaN where an operand is one, and -0 below +0.
    @inlinable @inline(__always)
    package func wasmMinimum(_ other: Self) -> Self {
        if self < other { return self }
        if other < self { return other }
        if self == other { return sign == .minus ? self : other }
        return self + other
    }

    /// fmax: NaN where an operand is one, and +0 above -0.
    @inlinable @inline(__always)
    package func wasmMaximum(_ other: Self) -> Self {
        if self > other { return self }
        if other > self { return other }
        if self == other { return sign == .plus ? self : other }
        return self + other
    }

    /// Rounds to an integral value; a NaN becomes quiet, which `rounded` does not promise.
    @inlinable @inline(__always)
    package func wasmRounded(_ rule: FloatingPointRoundingRule) -> Self {
        self == self ? rounded(rule) : self + self
    }

    /// The nearest integer in range, 0 for NaN.
    @inlinable @inline(__always)
    package func saturated<T: FixedWidthInteger>(to type: T.Type) -> T {
        if self != self { return 0 }
        let truncated = rounded(.towardZero)
        if truncated <= Self(T.min) { return .min }
        // T.max may round up to the next power of two, which is out of range itself.
        return truncated >= Self(T.max) ? .max : T(truncated)
    }

    /// Truncates towards zero; nil where that traps.
    @inlinable @inline(__always)
    package func truncated<T: FixedWidthInteger>(to type: T.Type) -> T? {
        T(exactly: rounded(.towardZero))
    }

    /// Why `truncated` gave nil: a raw `TrapReason`.
    package var truncationTrap: UInt32 {
        (self == self ? TrapReason.integerOverflow : .invalidConversionToInteger).rawValue
    }
}
