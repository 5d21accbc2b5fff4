// What is too large to be compiled, and stays with the interpreter.
//
// LLVM's passes take more time than in proportion to a function, and some recurse; the limits keep both
// bounded for whatever a guest brings. They cannot change a result.

import WasmModule

package enum CompilationLimits {
    /// Of a function's body.
    package static let bodyBytes = 128 << 10
    package static let locals = 2_000
    /// Blocks inside of each other.
    package static let depth = 2_000
    /// Of a function: LLVM compares each with each.
    package static let loops = 500
    /// The loops of a function times its locals: each local may have a value of its own at each loop.
    package static let loopsByLocals = 40_000
    package static let branches = 8_000
    /// Of all `br_table` of a function.
    package static let labels = 10_000
    /// Loads and stores in a row, without a label or a branch between them.
    package static let accessesInARow = 4_000
    /// Of a frame on the host's stack.
    package static let frameBytes = 64 << 10
}

extension Module {
    /// Whether a function, by its index among those that the module defines, is worth compiling.
    package func isCompilable(_ definedIndex: Int) -> Bool {
        let bytes = functions[definedIndex].body.count
        guard bytes <= CompilationLimits.bodyBytes, var walk = try? FunctionWalk(self, function: definedIndex),
            walk.locals.count <= CompilationLimits.locals
        else { return false }
        // A body as short as this, with as few locals, cannot have more of anything.
        guard bytes > CompilationLimits.depth || walk.locals.count > 100 else { return true }
        var shape = Shape(locals: walk.locals.count)
        while let instruction = try? walk.next() {
            shape.note(instruction, walk)
            if shape.isBeyondLimits { return false }
        }
        return true
    }
}

/// What makes LLVM slow.
private struct Shape {
    let locals: Int
    private var depth = 0
    private var loops = 0
    private var branches = 0
    private var labels = 0
    private var accesses = 0

    init(locals: Int) { self.locals = locals }

    mutating func note(_ instruction: Instruction, _ walk: borrowing FunctionWalk) {
        depth = walk.controls.count
        switch instruction.opcode {
        case .loop: loops += 1
        case .if, .brIf: branches += 1
        case .brTable: labels += walk.labels.count
        case .block, .else, .end: break
        default:
            let isAccess = switch Opcode.table[Int(instruction.opcode.rawValue)].immediates {
            case .memory, .atomic: true
            default: false
            }
            if isAccess { accesses += 1 }
            return
        }
        accesses = 0
    }

    var isBeyondLimits: Bool {
        depth > CompilationLimits.depth || loops > CompilationLimits.loops
            || loops * locals > CompilationLimits.loopsByLocals
            || branches > CompilationLimits.branches || labels > CompilationLimits.labels
            || accesses > CompilationLimits.accessesInARow
    }
}
