// The options of run that have data races looked for, and how those are told.

import ArgumentParser
import Platform
import WasiThreads
import WasmRuntime

struct RaceOptions: ParsableArguments {
    @Flag(
        name: .customLong("race"),
        help: "Look for data races, in the interpreter; print each, and let the guest go on.")
    var isWanted = false

    @Option(
        name: .customLong("race-suppressions"),
        help: ArgumentHelp("Leave out the races that this file names, as ThreadSanitizer does.", valueName: "file"))
    var suppressionsFile: Word?

    mutating func validate() throws {
        if suppressionsFile != nil, !isWanted {
            throw ValidationError("--race-suppressions takes --race.")
        }
    }

    /// nil where no races are looked for.
    func suppressions() throws(EmbedderError) -> RaceSuppressions? {
        guard isWanted else { return nil }
        guard let path = suppressionsFile?.path else { return RaceSuppressions() }
        let text: String
        do throws(FileRefusal) {
            let contents = try fileContents(path, limit: Self.maximumBytes)
            text = unsafe String(decoding: UnsafeRawBufferPointer(contents.bytes), as: UTF8.self)
            withExtendedLifetime(contents) {}
        } catch {
            throw EmbedderError(.file, "Cannot read \(path): \(error.description).")
        }
        return try RaceSuppressions(adding: text, from: "\(path)")
    }

    private static let maximumBytes = 1 << 20

    /// Has each race printed when it is found.
    func watch(_ process: Process) throws(EmbedderError) {
        guard isWanted else { return }
        try process.watchRaces { race in
            // In one piece, since threads find them at once.
            printError("wasi-threads: \(race.description)")
        }
    }

    /// The status of a guest that has ended with `status`.
    func status(_ status: Int32, of process: Process) -> Int32 {
        let count = process.raceCount
        guard count > 0 else { return status }
        printError("wasi-threads: \(counted(count, "data race")) found.")
        return status == 0 ? Status.race : status
    }
}
