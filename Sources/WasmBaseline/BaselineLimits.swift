// What is too large for this tier, and stays with the interpreter. The limits cannot change a result.

enum BaselineLimits {
    /// Of a function's body: whoever calls it waits for its code, and cannot be ended meanwhile.
    static let bodyBytes = 1 << 20
    static let locals = 6_000
    /// Of a frame on the host's stack, its operands not counted.
    static let frameBytes = 64 << 10
    /// Blocks inside of each other.
    static let depth = 20_000
    /// Of one `br_table`.
    static let tableLabels = 100_000
    /// How many operands that name a local wait to be read.
    static let waitingLocals = 16
    /// How many operands are looked at for one that gives up its register.
    static let unspilledOperands = 64
}
