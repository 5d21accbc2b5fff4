// How the threads of a process spend their time, as figures and as a timeline.

import Platform
import WasmModule
import WasmRuntime

/// What a process did up to now.
package struct ProcessStatistics: Sendable {
    /// Of threads that are gone.
    package let figures: RecordedFigures
    package let memoryBytes: UInt64
    package let functionCount: Int
    package let compiledFunctionCount: Int
}

extension Recorder {
    /// Where somebody has asked for it.
    convenience init?(_ configuration: ProcessConfiguration, _ module: Module) {
        guard configuration.keepsStatistics || configuration.trace != nil else { return nil }
        self.init(
            functionNames: module.imports.map { ImportName($0).description },
            trace: configuration.trace.map { HostDescriptor($0) })
    }
}

extension Process {
    package func statistics() throws(EmbedderError) -> ProcessStatistics {
        guard let recorder = group.recorder else {
            throw EmbedderError(.misuse, "Nothing was noted: that is asked for in the configuration of a process.")
        }
        return ProcessStatistics(
            figures: recorder.figures, memoryBytes: main.memories.reduce(0) { $0 + $1.byteLength },
            functionCount: module.functions.count, compiledFunctionCount: main.code.compiledFunctionCount)
    }

    /// Ends the process, where it has not ended, and says whether the timeline was written as a whole.
    package func finishTrace() throws(EmbedderError) {
        guard let recorder = group.recorder, recorder.isTracing else {
            throw EmbedderError(.misuse, "There is no timeline: that is asked for in the configuration of a process.")
        }
        _ = try finish()
        do {
            try recorder.finish(main.code, process: programName)
        } catch {
            throw EmbedderError(.file, "The timeline cannot be written: \(error.description).")
        }
    }
}
