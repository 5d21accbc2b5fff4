// The data races of a process whose engine looks for them.

import WasmRuntime

extension RaceSuppressions {
    /// Those of libraries, and those of a text that `source` names.
    package init(adding text: String, from source: String) throws(EmbedderError) {
        self.init()
        do {
            try add(text)
        } catch {
            throw EmbedderError(.misuse, "The line \(error.line) of \(source) \(error.reason).")
        }
    }
}

extension Process {
    /// How many were found; 0 where none are looked for.
    package var raceCount: Int { group.races?.count ?? 0 }

    /// Has `watcher` called for each race, on the thread that finds it.
    package func watchRaces(_ watcher: @escaping @Sendable (Race) -> Void) throws(EmbedderError) {
        guard try detection().watch(watcher) else {
            throw EmbedderError(.misuse, "The data races of the process are watched already.")
        }
    }

    func detection() throws(EmbedderError) -> RaceDetection {
        guard let races = group.races else {
            throw EmbedderError(.misuse, "The engine of the process was not made to look for data races.")
        }
        return races
    }
}
