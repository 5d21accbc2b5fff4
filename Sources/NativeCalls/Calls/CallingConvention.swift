// What the host's C calling convention promises about arguments in registers.
//
// x86-64: System V ABI, 3.2.3 "Parameter Passing". AArch64: AAPCS64, 6.8.2 "Parameter passing rules". Both
// give integers and pointers to one row of registers and floats to another, each in order and whatever
// stands between them; a result comes back in the first of its row.

package enum CallingConvention {
    /// How many arguments of each kind are in such registers; 0 where the two rows depend on each other.
    #if arch(x86_64) || arch(arm64)
        @inlinable package static var integerRegisters: Int { 6 }
        @inlinable package static var floatRegisters: Int { 8 }
    #else
        @inlinable package static var integerRegisters: Int { 0 }
        @inlinable package static var floatRegisters: Int { 0 }
    #endif

    /// A function whose arguments are all in registers, seen as one that takes every register. It reads
    /// those that it has parameters for.
    package typealias IntegerFunction =
        @convention(c) (
            UInt64, UInt64, UInt64, UInt64, UInt64, UInt64,
            Double, Double, Double, Double, Double, Double, Double, Double
        ) -> UInt64

    /// The same for one that returns a float.
    package typealias FloatFunction =
        @convention(c) (
            UInt64, UInt64, UInt64, UInt64, UInt64, UInt64,
            Double, Double, Double, Double, Double, Double, Double, Double
        ) -> Double
}
