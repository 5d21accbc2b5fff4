// What is too large to be compiled, and stays with the interpreter.
//
// LLVM's passes take more time than in proportion to a function, and some recurse; the limits keep both
// bounded for whatever a guest brings: a second or two for a function. They cannot change a result. All but a
// few of the largest functions of CPython and of a C compiler are within.

import WasmModule

package enum CompilationLimits {
    /// Of a function's body.
    package static let bodyBytes = 128 << 10
    package static let locals = 2_000
    /// Blocks inside of each other.
    package static let depth = 2_000
    package static let loops = 210
    /// The loops of a function times its locals: each local may have a value of its own at each loop.
    package static let loopsByLocals = 40_000
    /// Back edges to the head of one loop.
    package static let backEdgesOfOneLoop = 400
    /// Locals that change in a loop, for each loop.
    package static let loopValues = 4_000
    /// Locals that change in a loop, for each branch out of it.
    package static let loopExits = 20_000
    /// Branches and checks for traps: LLVM looks at all conditions of a value for each of its uses.
    package static let conditions = 4_000
    /// Of all `br_table` of a function.
    package static let labels = 10_000
    /// Loads and stores in a row, without a label or a branch between them.
    package static let accessesInARow = 4_000
    /// Instructions in a row: those of a block are scheduled by comparing each with many.
    package static let instructionsInARow = 8_000
    /// What LLVM calls blocks: more than the guest's, since calls and checks for traps end one too.
    package static let blocks = 17_000
    /// Locals and operands, times blocks: what lives is noted for each block.
    package static let valuesInBlocks = 1_000_000
    /// Values that ways to a label bring along: each local that changes inside of the block, for each way.
    package static let merges = 80_000
    /// Arguments and results of calls, and the calls themselves.
    package static let passed = 20_000
    /// Calls of a function that choose at their place how they go on, which takes three blocks each. Those after
    /// them have it done elsewhere.
    static let choosingCalls = 500
    /// Instructions of counted loops, which are compiled twice and made vectors of.
    static let countedInstructions = 3_000
    /// Of a counted loop: places in the memory whose distances are not known.
    static let countedGroups = 12
    /// Loops, one after the other, whose numbers of iterations LLVM works out from each other.
    static let chainedLoops = 12
    /// Of LLVM's, in one block, when its passes have run.
    static let irInstructionsInABlock = 12_000
    /// Of a frame on the host's stack.
    package static let frameBytes = 64 << 10

    /// About how much memory LLVM takes for a function with so many bytes, at most: that of calls, which are
    /// the largest code for their bytes.
    package static func memory(forBytes count: Int) -> UInt64 { 6_000 + 2_000 * UInt64(count) }
}

extension Module {
    /// Whether a function, by its index among those that the module defines, is worth compiling.
    package func isCompilable(_ definedIndex: Int) -> Bool {
        let bytes = functions[definedIndex].body.count
        guard bytes <= CompilationLimits.bodyBytes, var walk = try? FunctionWalk(self, function: definedIndex),
            walk.locals.count <= CompilationLimits.locals
        else { return false }
        // A body as short as this, with as few locals, cannot have more of anything.
        guard bytes > 500 || walk.locals.count > 100 else { return true }
        var shape = FunctionShape(walk)
        while let instruction = try? walk.next() {
            shape.note(instruction, walk)
            if shape.isBeyondLimits { return false }
        }
        return true
    }
}
