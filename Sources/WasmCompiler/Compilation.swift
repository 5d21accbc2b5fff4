// The compiler: functions of a module in, one relocatable object out.
//
// It touches no state of the runtime: what compiled code knows of the runtime are the offsets of
// `layout.h`. So it can run on any thread, ahead of time, and for another process.

import CLLVM
import Platform
import WasmModule
import WasmRuntime

/// What is to be compiled, by index among the functions that the module defines.
package struct CompilationJob: Sendable {
    package var functions: [Int]
    /// Functions of which calls that are under way can go over to compiled code at any loop.
    package var loops: [Int]
    /// Where accesses are watched for data races.
    package var watching: RaceWatching?

    package init(functions: [Int], loops: [Int] = [], watching: RaceWatching? = nil) {
        self.watching = watching
        self.functions = functions
        self.loops = loops
    }

    fileprivate mutating func remove(_ function: Int) {
        functions.removeAll { $0 == function }
        loops.removeAll { $0 == function }
    }
}

package enum CompilationError: Error, Sendable, Equatable {
    /// LLVM's own words.
    case refused(String)
    /// The code of the symbol has a larger frame than it makes sure of.
    case frameTooLarge(symbol: String, bytes: Int)
    /// The code of the symbol has more in one block than the code generator can schedule in reasonable time.
    case blockTooLong(symbol: String)
}

extension CompilationError {
    /// What LLVM had to say while it made code.
    init(_ diagnostics: [String]) {
        for text in diagnostics {
            // stack frame size (N) exceeds limit (M) in function 'symbol'
            let parts = text.split(separator: "'")
            let digits = text.split(separator: "(").dropFirst().first?.prefix { $0.isNumber }
            guard text.contains("stack frame size"), parts.count > 1, let bytes = digits.flatMap({ Int($0) })
            else { continue }
            self = .frameTooLarge(symbol: String(parts[parts.count - 1]), bytes: bytes)
            return
        }
        self = .refused(diagnostics.joined(separator: "; "))
    }
}

extension Module {
    /// An ELF object with the symbols of `Symbol`, without references to anything outside, and with a line
    /// table whose lines are offsets in the module. It lacks what is beyond `CompilationLimits`.
    package func compile(
        _ job: CompilationJob, for target: Target, with llvm: LLVM
    ) throws(CompilationError) -> [UInt8] {
        var job = job
        job.functions.removeAll { !isCompilable($0) }
        job.loops.removeAll { !isCompilable($0) }
        // By function, where LLVM was found to need more than was expected.
        var frameBytes: [Int: Int] = [:]
        while true {
            do {
                return try compile(job, frameBytes, for: target, with: llvm)
            } catch .frameTooLarge(let symbol, let bytes) {
                guard let function = Symbol(symbol)?.definedIndex, frameBytes[function] ?? 0 < bytes
                else { throw .frameTooLarge(symbol: symbol, bytes: bytes) }
                frameBytes[function] = bytes
                if bytes > CompilationLimits.frameBytes { job.remove(function) }
            } catch .blockTooLong(let symbol) {
                guard let function = Symbol(symbol)?.definedIndex else { throw .blockTooLong(symbol: symbol) }
                job.remove(function)
            }
        }
    }

    private func compile(
        _ job: CompilationJob, _ frameBytes: [Int: Int], for target: Target, with llvm: LLVM
    ) throws(CompilationError) -> [UInt8] {
        let machine = try TargetMachine(target, llvm)
        let ir = intermediate(job, frameBytes, machine, target, with: llvm)
        try ForkGate.letting { () throws(CompilationError) in try ir.optimize(machine) }
        if let symbol = ir.symbolWithLongBlock() { throw .blockTooLong(symbol: symbol) }
        ir.pinLoads()
        ir.placeConsumersOfLoads()
        return try ForkGate.letting { () throws(CompilationError) in try ir.emit(machine) }
    }

    private func intermediate(
        _ job: CompilationJob, _ frameBytes: [Int: Int], _ machine: borrowing TargetMachine, _ target: Target,
        with llvm: LLVM
    ) -> IRModule {
        let catches = !features.isDisjoint(with: [.exceptionHandling, .legacyExceptions])
        let ir = IRModule(llvm, target, dataLayout: machine.dataLayout, catches: catches)
        var unit = CompilationUnit(self, ir, frameBytes: frameBytes, watching: job.watching)
        unit.declare(job.functions)
        for function in job.functions { unit.addFunction(function) }
        for function in job.loops { unit.addOSREntry(of: function) }
        unit.addEntries(of: job)
        ir.finishDebugInformation()
        return ir
    }

    /// What LLVM's verifier has against what is made of a job, before and after the passes; nil is nothing.
    /// For tests.
    package func complaint(
        _ job: CompilationJob, for target: Target, with llvm: LLVM
    ) throws(CompilationError) -> String? {
        let machine = try TargetMachine(target, llvm)
        let ir = intermediate(job, [:], machine, target, with: llvm)
        if let complaint = ir.complaint() { return complaint }
        try ir.optimize(machine)
        return ir.complaint()
    }
}
