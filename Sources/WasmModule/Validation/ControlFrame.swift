// A block that the walk is inside of. https://webassembly.github.io/spec/core/appendix/algorithm.html

package struct ControlFrame: Sendable {
    package enum Kind: Sendable {
        case function, block, loop, `if`, `else`, tryTable
        /// Of the legacy encoding.
        case `try`, `catch`, catchAll
    }

    package let kind: Kind
    package let parameters: [ValueType]
    package let results: [ValueType]
    /// How many operands are below the block, its parameters excluded.
    package let height: Int
    /// Whether the rest of the block cannot run.
    package internal(set) var isUnreachable = false

    /// What a branch to the block's label takes along.
    package var labelTypes: [ValueType] { kind == .loop ? parameters : results }
}
