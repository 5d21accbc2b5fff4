// What is too large to be compiled, and stays with the interpreter.
//
// LLVM's passes take more time than in proportion to a function, and some recurse; the limits keep both
// bounded for whatever a guest brings. They cannot change a result.

import WasmModule

package enum CompilationLimits {
    /// Of a function's body.
    package static let bodyBytes = 128 << 10
    package static let locals = 5_000
    /// Blocks inside of each other.
    package static let depth = 250
    /// The labels of all `br_table` of a function.
    package static let labels = 20_000
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
        // A body as short as this has neither so many labels nor so many blocks.
        guard bytes > CompilationLimits.depth else { return true }
        var labels = 0
        while let instruction = try? walk.next() {
            if instruction.opcode == .brTable { labels += walk.labels.count }
            guard walk.controls.count <= CompilationLimits.depth, labels <= CompilationLimits.labels else {
                return false
            }
        }
        return true
    }
}
