// wasi-threads run: one module as a process of the command's own.

import ArgumentParser
import Platform
import WasiThreads
import WasmModule
import WasmRuntime

struct Run: ParsableCommand {
    static let configuration = WasiThreadsCommand.configuration(
        of: "run", abstract: "Runs a module, or what “compile” made of one.",
        usage: "wasi-threads [run] [<options>] <module> [<argument> ...]",
        discussion: """
            The guest has the standard streams of the command, the environment of the options only, and \
            the module's name and what comes after it as its arguments, a “--” too. Before the module, \
            “--” ends the options.

            EXIT STATUS:
              the guest's, where it returns (0) or exits
              1    the module cannot be run
              64   wrong usage
              66   data races, of a guest that would otherwise have ended with 0: see --race
              124  the time limit is over
              134  a trap; its reason and the functions that were active are printed
              135  a deadlock: all threads wait for each other; for each is printed where
            Ctrl-C, SIGTERM and SIGHUP end all threads of the guest, and then the command as they would any \
            other: a shell has 130, 143 or 129. One that was ignored when the command began stays ignored.
            """)

    @Option(
        name: .customLong("env"),
        help: ArgumentHelp(
            "Set an environment variable of the guest; without a value to that of the command, where it has one.",
            valueName: "name[=value]"))
    var environment: [Word] = []

    @Flag(help: "Give the guest all environment variables of the command, before those of --env.")
    var envInherit = false

    @Option(
        name: .customLong("dir"),
        help: ArgumentHelp(
            "Give the guest a directory, under another name after “::”, and with “:ro” for reading only.",
            valueName: "host[::guest][:ro|:rw]"))
    var directories: [Word] = []

    @Option(help: ArgumentHelp("Read standard input from a file.", valueName: "file"))
    var stdin: Word?

    @Option(help: ArgumentHelp("Give the guest another name of itself than the module's.", valueName: "name"))
    var argv0: Word?

    @Option(help: ArgumentHelp("Let at most this many spawned threads live at a time.", valueName: "count"))
    var maxThreads: UInt64?

    @Option(
        help: ArgumentHelp(
            "Let a memory have at most this many bytes, with K, M or G times 1024.", valueName: "size"))
    var memoryLimit: ByteSize?

    @Option(help: ArgumentHelp("Let the guest have at most this many descriptors.", valueName: "count"))
    var maxDescriptors: UInt64?

    @Option(help: "How the functions of the guest run; auto where nothing else is said.")
    var tier: CommandTier?

    @Option(
        help: ArgumentHelp(
            "Keep compiled code here; else in wasi-threads in XDG_CACHE_HOME or ~/.cache.",
            valueName: "directory"))
    var cacheDir: Word?

    @Flag(help: "Keep no compiled code, and use none that was kept.")
    var noCache = false

    @OptionGroup var features: FeatureOptions

    @Option(help: ArgumentHelp(
            "End the guest after this time, in which compiling it counts.", valueName: "seconds"))
    var timeout: Double?

    @Flag(help: "Let a guest wait for ever whose threads all wait for each other.")
    var noDeadlockDetection = false

    @OptionGroup var races: RaceOptions

    @Option(
        help: ArgumentHelp(
            "Write a core dump here where the guest traps, deadlocks or has no more time.", valueName: "file"))
    var coredump: Word?

    @Flag(help: "Print on standard error, at the end, how the threads of the guest spent their time.")
    var stats = false

    @Option(help: ArgumentHelp(
            "Write a timeline of the threads here, which Perfetto opens.", valueName: "file"))
    var trace: Word?

    @Option(
        help: ArgumentHelp(
            "Call this export with the arguments as numbers; print its results.", valueName: "name"))
    var invoke: Word?

    @OptionGroup var wasmtime: WasmtimeOptions

    /// Optional for the parser, which would else say of an unknown option that the module is missing.
    @Argument(help: "The file with the module, in the binary format, or “-” for standard input.")
    var module = Word(argument: "")!

    @Argument(parsing: .captureForPassthrough, help: "What the guest gets after its name.")
    var arguments: [Word] = []

    func validate() throws {
        if let timeout, !(timeout > 0 && timeout < 1e9) {
            throw ValidationError("--timeout takes seconds, more than 0 and less than 1e9.")
        }
        do throws(EmbedderError) {
            _ = try limits(of: try wasmtime.settings())
        } catch {
            throw ValidationError(error.message)
        }
        for entry in environment where EnvironmentOption(entry) == nil {
            throw ValidationError("--env takes NAME or NAME=VALUE, not “\(entry)”.")
        }
        for entry in directories where DirectoryOption(entry) == nil {
            throw ValidationError(
                "--dir takes HOST, HOST::GUEST, and either with :ro or :rw after it, not “\(entry)”.")
        }
    }

    func run() throws {
        // Here and not in `validate`, which comes before the parser's word about options.
        if module.bytes.isEmpty { throw ValidationError("Missing expected argument '<module>'.") }
        // While it costs nothing, since there is one thread. A system without it can run all the same.
        try? ProcessBarrier.prepare()
        // Before the first thread, so that every thread inherits the mask and only the watcher sees them.
        let signals = TerminationSignals.block()
        let beginning = Self.clock.now
        let settings = reportingFailure { () throws(EmbedderError) in try wasmtime.settings() }
        let process = reportingFailure { () throws(EmbedderError) in try makeProcess(settings) }
        signals.watch(ending: process)
        do {
            if !noDeadlockDetection { try process.detectDeadlocks() }
            try races.watch(process)
            if coredumpFile(settings) != nil { try process.prepareCoreDump() }
            if let timeout = timeout ?? settings.timeout {
                // What was compiled before counts too. 0 would be none.
                let left = timeout - beginning.duration(to: Self.clock.now) / .seconds(1)
                try process.setTimeLimit(nanoseconds: UInt64(max(left * 1e9, 1)))
            }
            if let invoke {
                try invokeExport(invoke, of: process)
                try process.close()
                tellRecorded(process)
                leave(status: races.status(0, of: process))
            }
            if let hint = process.hintForLackOfStart { leave(hint, status: Status.failure) }
            let status = try process.run()
            tellRecorded(process)
            leave(status: races.status(Int32(bitPattern: status), of: process))
        } catch {
            stop(after: error, of: process, signals, dumpingTo: coredumpFile(settings))
        }
    }

    private static let clock = ContinuousClock()

    private func invokeExport(_ word: Word, of process: Process) throws(EmbedderError) {
        guard let name = word.text else {
            throw EmbedderError(.export, "The module has no export \(word): names are UTF-8.")
        }
        let type = try typeOfExport(name, of: process)
        guard arguments.count == type.parameters.count else {
            let (wanted, given) = (type.parameters.count, arguments.count)
            throw EmbedderError(
                .type, "The export \(word) is func \(type); it takes \(counted(wanted, "value")), not \(given).")
        }
        var values: [Value] = []
        for (text, type) in zip(arguments, type.parameters) { values.append(try value(text, type)) }
        try process.initialize()
        for result in try process.call(name, values) { printLine(describe(result)) }
    }

    private func typeOfExport(_ name: String, of process: Process) throws(EmbedderError) -> FunctionType {
        do throws(EmbedderError) {
            return try process.functionType(ofExport: name)
        } catch {
            var hinted = error
            if let near = suggestion(for: name, among: process.module.callableNames) {
                hinted.message += " Did you mean “\(shown(near))”?"
            }
            throw hinted
        }
    }

    private func stop(
        after error: EmbedderError, of process: Process, _ signals: TerminationSignals, dumpingTo file: HostPath?
    ) -> Never {
        switch error.kind {
        case .exited:
            tellRecorded(process)
            leave(status: races.status(Int32(bitPattern: error.exitStatus), of: process))
        case .trap:
            printError("wasi-threads: \(error.message)")
            for frame in error.trap?.frames ?? [] { printError("    at \(frame)") }
            dump(process, to: file)
            tellRecorded(process)
            leave(status: Status.trap)
        case .deadlock:
            printError("wasi-threads: \(error.message)")
            for waiter in error.waiters {
                printError("\(waiter)")
                for frame in waiter.frames { printError("    at \(frame)") }
            }
            if let more = error.waitersLeftOut { printError(more) }
            dump(process, to: file)
            tellRecorded(process)
            leave(status: Status.deadlock)
        case .ended:
            if let signal = signals.received {
                tellRecorded(process)
                TerminationSignals.die(of: signal)
            }
            printError("wasi-threads: \(error.message)")
            dump(process, to: file)
            tellRecorded(process)
            leave(status: Status.timeLimit)
        default:
            leave(error.message, status: Status.failure)
        }
    }
}

/// The tiers that users choose from: the others are for tests.
enum CommandTier: String, ExpressibleByArgument, CaseIterable {
    case auto, interpreter, baseline, compiled

    var choice: TierChoice {
        switch self {
        case .auto: .auto
        case .interpreter: .interpreter
        case .baseline: .baseline
        case .compiled: .compiled
        }
    }
}
