// From the options of run to a process.

import Platform
import WASI
import WasiThreads
import WasmModule
import WasmRuntime

extension Run {
    /// The limits of the options, or which of them is out of its range.
    func limits(of wasmtime: WasmtimeSettings) throws(EmbedderError) -> EngineLimits {
        var limits = EngineLimits()
        if let maxThreads { try limits.set(.threads, to: maxThreads) }
        if let maxDescriptors { try limits.set(.descriptors, to: maxDescriptors) }
        if let bytes = memoryLimit?.bytes ?? wasmtime.memoryBytes {
            // More than the host has addresses is as much.
            try limits.set(.memoryPages, to: min(bytes / MemoryType.pageSize, EngineLimits.greatestMemoryPages))
        }
        if let timeout = timeout ?? wasmtime.timeout {
            try limits.set(.compilationMilliseconds, to: UInt64(timeout * 1e3))
        }
        return limits
    }

    func makeProcess(_ wasmtime: WasmtimeSettings) throws(EmbedderError) -> Process {
        let engine = Engine(
            limits: try limits(of: wasmtime), tier: tier?.choice,
            cache: noCache || !wasmtime.keepsCode ? nil : cacheSettings,
            refusedFeatures: features.refused.union(wasmtime.refusedFeatures),
            raceSuppressions: try races.suppressions())
        let loaded = try engine.load(naming: module, compiledToo: true)
        let configuration = try configuration(inheriting: envInherit || wasmtime.inheritsEnvironment)
        return try Process(engine: engine, module: loaded, linker: nil, configuration: configuration)
    }

    /// Where a core dump goes, if one is wanted.
    func coredumpFile(_ wasmtime: WasmtimeSettings) -> HostPath? { coredump?.path ?? wasmtime.coredump }

    /// Writes the core dump of a process that failed, where one is wanted, and says so. One that cannot be written
    /// changes nothing else.
    func dump(_ process: Process, to file: HostPath?) {
        guard let file else { return }
        do throws(EmbedderError) {
            try process.writeCoreDump(to: file, program: module.description)
            printError("wasi-threads: A core dump is in \(file).")
        } catch {
            printError("wasi-threads: \(error.message)")
        }
    }

    private func configuration(inheriting: Bool) throws(EmbedderError) -> ProcessConfiguration {
        var configuration = ProcessConfiguration()
        try configuration.setArguments([(argv0 ?? module).bytes] + arguments.map(\.bytes))
        let inherited = hostEnvironment()
        if inheriting {
            for (name, value) in inherited { try configuration.setEnvironment(name, to: value) }
        }
        for entry in environment.compactMap(EnvironmentOption.init) {
            guard let value = entry.value ?? inherited.first(where: { $0.name == entry.name })?.value else {
                continue
            }
            try configuration.setEnvironment(entry.name, to: value)
        }
        for directory in directories.compactMap(DirectoryOption.init) {
            try configuration.addPreopen(directory.preopen)
        }
        configuration.streams = [.inherited, .inherited, .inherited]
        configuration.keepsStatistics = stats
        if let trace { configuration.trace = try openTrace(trace.path) }
        if let stdin { configuration.streams[0] = .descriptor(try openInput(stdin.path)) }
        return configuration
    }

    private var cacheSettings: CacheSettings? {
        let base = absolute(.cacheHome) ?? absolute(.home).map { $0 + "/.cache".utf8 }
        guard let directory = cacheDir?.bytes ?? base.map({ $0 + "/wasi-threads".utf8 }) else { return nil }
        return CacheSettings(directory: HostPath(directory), byteLimit: 256 << 20)
    }

    /// Other than absolute paths there are not to count.
    private func absolute(_ variable: HostVariable) -> [UInt8]? {
        variable.value.flatMap { $0.first == UInt8(ascii: "/") ? $0 : nil }
    }

    /// Opens a file for the guest's input; the command has it open until it ends.
    private func openInput(_ path: HostPath) throws(EmbedderError) -> Int32 {
        do {
            return try openForReading(path).number
        } catch {
            throw EmbedderError(.file, "Cannot read \(path): \(error.description).")
        }
    }
}

extension Run {
    /// Opens the file of a timeline, which the command has open until it ends.
    private func openTrace(_ path: HostPath) throws(EmbedderError) -> Int32 {
        do {
            return try HostDescriptor.newFile(at: path).number
        } catch {
            throw EmbedderError(.file, "Cannot write \(path): \(error.description).")
        }
    }

    /// Ends the timeline, and prints the statistics, where they are wanted.
    func tellRecorded(_ process: Process) {
        // Threads that are still on their way out have not told what they did.
        if trace != nil || stats { try? process.close() }
        do throws(EmbedderError) {
            if trace != nil { try process.finishTrace() }
        } catch {
            printError("wasi-threads: \(error.message)")
        }
        if stats, let statistics = try? process.statistics() { printError(statistics.page) }
    }
}

extension Process {
    /// What to do with a module that is no program; nil for one that is.
    var hintForLackOfStart: String? {
        if module.export(named: "_start") != nil { return nil }
        let lack = "The module has no export _start, with which a program begins."
        let names = module.callableNames
        guard !names.isEmpty else { return lack + " It exports no function that could be called." }
        let shownNames = names.prefix(8).map { "“\(shown($0))”" }.joined(separator: ", ")
        let more = names.count > 8 ? " and \(names.count - 8) more" : ""
        return "\(lack) It exports \(shownNames)\(more): --invoke NAME calls one."
    }
}

extension Module {
    /// The exported functions that an embedder would call.
    var callableNames: [String] {
        exports.filter { $0.kind == .function && !["_initialize", "wasi_thread_start"].contains($0.name) }.map(\.name)
    }
}
