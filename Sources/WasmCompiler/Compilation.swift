// The compiler: functions of a module in, one relocatable object out.
//
// It touches no state of the runtime: what compiled code knows of the runtime are the offsets of
// `layout.h`. So it can run on any thread, ahead of time, and for another process.

import CLLVM
import WasmModule

/// What is to be compiled, by index among the functions that the module defines.
package struct CompilationJob: Sendable {
    /// A loop at which a call that is under way can go over to compiled code.
    package struct LoopEntry: Hashable, Sendable {
        package var function: Int
        /// Which of the function's loops, counted in the order of the binary.
        package var loop: Int

        package init(function: Int, loop: Int) {
            self.function = function
            self.loop = loop
        }
    }

    package var functions: [Int]
    package var loopEntries: [LoopEntry]

    package init(functions: [Int], loopEntries: [LoopEntry] = []) {
        self.functions = functions
        self.loopEntries = loopEntries
    }
}

package enum CompilationError: Error, Sendable, Equatable {
    /// LLVM's own words.
    case refused(String)
}

extension Module {
    /// An ELF object with the symbols of `Symbol`, without references to anything outside, and with a line
    /// table whose lines are offsets in the module.
    package func compile(
        _ job: CompilationJob, for target: Target, with llvm: LLVM
    ) throws(CompilationError) -> [UInt8] {
        let machine = try TargetMachine(target, llvm)
        let ir = IRModule(llvm, target, dataLayout: machine.dataLayout)
        var unit = CompilationUnit(self, ir)
        unit.declare(job.functions)
        for function in job.functions { unit.addFunction(function) }
        for entry in job.loopEntries { unit.addLoopEntry(entry) }
        unit.addEntries(of: job)
        ir.finishDebugInformation()
        try ir.optimize(machine)
        return try ir.emit(machine)
    }
}
