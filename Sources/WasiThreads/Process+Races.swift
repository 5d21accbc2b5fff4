// The data races of a process whose engine looks for them.

import WasmRuntime

extension Process {
    /// Those that are kept, the oldest first, and how many were found.
    package var races: (kept: [Race], count: Int) { group.races?.races ?? ([], 0) }

    /// Has `watcher` called for each race, on the thread that finds it. False where the engine looks for none, or there is
    /// a watcher.
    @discardableResult
    package func watchRaces(_ watcher: @escaping @Sendable (Race) -> Void) -> Bool {
        group.races?.watch(watcher) ?? false
    }
}
