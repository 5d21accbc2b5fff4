// Watching the threads of a process, and bounding what it takes.

import CMachine
import Platform
import Synchronization
import WasmModule
import WasmRuntime

/// What one process may have, beside the limits of its engine.
package enum ProcessLimit: UInt32, CaseIterable, Sendable {
    /// Live threads beside the one that runs `_start`.
    case threads = 0
    /// Bytes of all memories that the process makes.
    case memoryBytes
}

extension Process {
    package func setLimit(_ limit: ProcessLimit, to value: UInt64) throws(EmbedderError) {
        switch limit {
        case .threads: group.limitThreads(to: Int(clamping: value))
        case .memoryBytes:
            guard budget.setLimit(value) else {
                let message = "The memories of the process have more than \(counted(value, "byte")) already."
                throw EmbedderError(.limit, message)
            }
        }
    }

    /// Ends the process when its threads have used so much processor time together from now on, in place
    /// of a limit set before; 0 is none.
    package func setProcessorTimeLimit(nanoseconds: UInt64) throws(EmbedderError) {
        guard takeLimit(nanoseconds, \.hasProcessorTimeLimit) else { return }
        do {
            try group.setProcessorTimeLimit(nanoseconds == 0 ? nil : nanoseconds)
        } catch {
            throw embedderError(error)
        }
    }

    package func watchThreads(_ watcher: @escaping @Sendable (ThreadEvent) -> Void) throws(EmbedderError) {
        guard isUntouched, group.watch(watcher) else {
            throw EmbedderError(.misuse, "The process has begun, or its threads are watched already.")
        }
    }

    /// From now on the process ends when all its threads wait for ever.
    package func detectDeadlocks() throws(EmbedderError) {
        guard isUntouched, group.detectDeadlocks() else {
            throw EmbedderError(.misuse, "The process has begun, so that threads may wait already.")
        }
    }

    package func nameThread(_ id: UInt32, _ name: String) throws(EmbedderError) {
        guard group.nameThread(id, name) else {
            throw EmbedderError(.misuse, "No thread with the TID \(id) lives.")
        }
    }

    /// The names under which the module imports the host function with this code.
    func hostFunctionName(_ code: UInt) -> String {
        var index = 0
        for entry in module.imports {
            guard case .function = entry.type else { continue }
            let function = unsafe main.machine.pointee.importedFunctions[index]
            if unsafe UInt(bitPattern: function?.pointee.code) == code {
                return ImportName(entry).description
            }
            index += 1
        }
        return "a function of the host"
    }

    package func pause() throws(EmbedderError) {
        do { try group.pause() } catch { throw embedderError(error) }
    }

    package func resume() throws(EmbedderError) {
        do { try group.resume() } catch { throw embedderError(error) }
    }

    private func embedderError(_ refusal: PauseRefusal) -> EmbedderError {
        switch refusal {
        case .ownThread:
            return EmbedderError(.misuse, "A thread that is inside the process cannot pause it.")
        case .ending: return EmbedderError(afterEnd: ending)
        case .notPaused: return EmbedderError(.misuse, "The process is not paused.")
        case .noBarrier(let error):
            return EmbedderError(.system, "The system refuses membarrier, which a pause needs: \(error).")
        }
    }
}
