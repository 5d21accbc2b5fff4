// Which locals have no value yet: those of references that can not be null, until they are set.
//
// Always true: what a block sets counts as set up to its end only. Where a function has no such locals, nothing is
// kept. https://webassembly.github.io/spec/core/appendix/algorithm.html

struct UninitializedLocals: Sendable {
    /// By local; empty where all have values from the start.
    private var isUninitialized: [Bool] = []
    /// Those that the open blocks have set, in this order.
    private var set: [UInt32] = []
    /// How many those were where each open block began.
    private var heights: [Int] = []

    init(_ locals: [ValueType], parameterCount: Int) {
        guard locals.dropFirst(parameterCount).contains(where: { !$0.isDefaultable }) else { return }
        isUninitialized = locals.enumerated().map { $0 >= parameterCount && !$1.isDefaultable }
        // The function's own block.
        heights = [0]
    }

    @inline(__always)
    func contains(_ local: UInt32) -> Bool { !isUninitialized.isEmpty && isUninitialized[Int(local)] }

    @inline(__always)
    mutating func remove(_ local: UInt32) { if contains(local) { markSet(local) } }

    private mutating func markSet(_ local: UInt32) {
        isUninitialized[Int(local)] = false
        set.append(local)
    }

    @inline(__always)
    mutating func enterBlock() { if !isUninitialized.isEmpty { heights.append(set.count) } }

    @inline(__always)
    mutating func leaveBlock() { if !isUninitialized.isEmpty { forgetBlock() } }

    private mutating func forgetBlock() {
        let height = heights.removeLast()
        while set.count > height { isUninitialized[Int(set.removeLast())] = true }
    }
}
