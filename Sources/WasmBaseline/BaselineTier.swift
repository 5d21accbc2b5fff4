// The tier that compiles in one pass, at once, on whichever thread asks.
//
// Always true: a function is compiled once for each entry that is asked for; one that this tier has no code for, or
// for whose code there is no room, stays with the interpreter.

import CMachine
import Platform
import WasmModule
import WasmRuntime

package final class BaselineTier: CompilingTier {
    package let callThreshold: UInt32
    package let backEdgeThreshold: UInt32
    package let interpretsDeepCalls: Bool
    package var needsGuardedMemory: Bool { true }

    package init(callThreshold: UInt32, backEdgeThreshold: UInt32, interpretsDeepCalls: Bool = true) {
        self.callThreshold = callThreshold
        self.backEdgeThreshold = backEdgeThreshold
        self.interpretsDeepCalls = interpretsDeepCalls
    }

    /// Whether this processor runs its code.
    package static let isAvailable = Processor.architecture == "x86_64-linux"
        && Processor.features.isSuperset(of: ["sse4.1", "popcnt"])

    package func request(_ function: UnsafeMutablePointer<MachineCode>, of module: ModuleCode) {
        compile([Int(function.pointee.definedIndex)], of: module, hasOSREntries: true)
    }

    package func requestOSREntry(of function: UnsafeMutablePointer<MachineCode>, of module: ModuleCode) {
        compile([Int(function.pointee.definedIndex)], of: module, hasOSREntries: true)
    }

    /// Compiles functions, by index among those that the module defines.
    package func compile(_ functions: some Collection<Int>, of module: ModuleCode, hasOSREntries: Bool) {
        guard Self.isAvailable else { return }
        let start = HostClock.monotonic.now
        let unit = CompilationUnit(
            module, hasOSREntries: hasOSREntries,
            bodyBytes: functions.reduce(0) { $0 + module.module.functions[$1].body.count })
        unit.compile(functions)
        try? module.publish(unit)
        module.noteCompilation(of: functions.count, since: start)
    }

    /// Compiles all functions of a module, before it runs.
    package func compileAll(_ module: ModuleCode) {
        compile(module.module.functions.indices, of: module, hasOSREntries: false)
    }
}
