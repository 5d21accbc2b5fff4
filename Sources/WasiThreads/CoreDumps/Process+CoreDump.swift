// Asking for a core dump of a process, and writing it.

import Platform
import WasmRuntime

extension Process {
    /// From now on what a core dump takes is kept where the process fails.
    package func prepareCoreDump() throws(EmbedderError) {
        guard isUntouched, group.keepRemains() else {
            throw EmbedderError(.misuse, "The process has begun, so that a thread may have failed already.")
        }
    }

    /// Writes the core dump to a descriptor, from its present position on, when all threads are gone. nil has the
    /// program be called as its arguments call it.
    package func writeCoreDump(to descriptor: HostDescriptor, program: String?) throws(EmbedderError) {
        let dump = try coreDump(program)
        do throws(SystemError) {
            unsafe try dump.write { part throws(SystemError) in unsafe try descriptor.write(all: part) }
        } catch {
            throw EmbedderError(.file, "The core dump cannot be written: \(error.description).")
        }
    }

    /// Puts the core dump into the file at `path`, in place of one that is there. Where that fails, nothing has
    /// changed.
    package func writeCoreDump(to path: HostPath, program: String?) throws(EmbedderError) {
        let dump = try coreDump(program)
        try NewFile.write(to: path) { file throws(SystemError) in
            unsafe try dump.write { part throws(SystemError) in unsafe try file.write(part) }
            return true
        }
    }

    private func coreDump(_ program: String?) throws(EmbedderError) -> CoreDump {
        guard let outcome = group.outcome else {
            throw EmbedderError(.misuse, "The process has not ended: a core dump is of one that failed.")
        }
        guard outcome.isFailure else {
            throw EmbedderError(.misuse, "The process did not fail, so that there is nothing to dump.")
        }
        _ = try finish()
        guard let remains = group.remains else {
            throw EmbedderError(.misuse, "Nothing was kept for a core dump: that is asked for before a process begins.")
        }
        // Readers look at the first.
        let first = if case .trapped(_, let tid) = outcome { tid } else { UInt32(0) }
        let threads = remains.filter { $0.id == first } + remains.filter { $0.id != first }
        return CoreDump(
            of: module, named: program ?? programName, threads, main: main, reason: EmbedderError(outcome).message)
    }
}
