// The command line: what each subcommand takes, and how usage errors and failures leave the program.
//
// Always true: standard output has what was asked for and nothing else; what goes wrong is told on
// standard error.

import ArgumentParser
import Platform
import WasiThreads
import WasmModule
import WasmRuntime

@main
struct WasiThreadsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wasi-threads",
        abstract: "Runs WebAssembly programs that use WASI and threads.",
        usage: """
            wasi-threads [run] [<options>] <module> [<argument> ...]
            wasi-threads compile <module> [-o <file>]
            wasi-threads inspect <module>
            wasi-threads validate <module>
            """,
        discussion: "The options of run, and its exit statuses: wasi-threads run --help.",
        version: version,
        subcommands: [Run.self, Compile.self, Inspect.self, Validate.self],
        defaultSubcommand: Run.self)

    static func main() {
        HostDescriptor.fillStandardStreams()
        let words = Word.ofCommandLine
        // The parser's own answer is made at every start, and this one takes time.
        if words == ["--version"] { return printVersion() }
        do {
            var command = try subcommand(words) ?? parseAsRoot(words)
            try command.run()
        } catch {
            // What was asked for (help) goes to standard output, what is wrong to standard error.
            let text = shownText(Word.decoded(fullMessage(for: error)))
            let status = exitCode(for: error).rawValue
            if status == 0 { printLine(text) } else { printError(text) }
            leave(status: status)
        }
    }

    /// The subcommand that the words name; nil where they are no use of one, which is for the parser to answer. It
    /// would find the subcommand, too, but makes the options of all of them first, several times, and that takes
    /// longer than all else in a start.
    private static func subcommand(_ words: [String]) -> (any ParsableCommand)? {
        guard let first = words.first, !aboutAll.contains(first) else { return nil }
        let named = configuration.subcommands.first { $0._commandName == first }
        return try? (named ?? Run.self).parseAsRoot(named == nil ? words : Array(words.dropFirst()))
    }

    /// What the parser answers for the command as a whole.
    private static let aboutAll = [
        "help", "-h", "--help", "--help-hidden", "--generate-completion-script", "--experimental-dump-help",
    ]

    /// The configuration of a subcommand, which may be parsed without the others.
    static func configuration(
        of name: String, abstract: String, usage: String? = nil, discussion: String = ""
    ) -> CommandConfiguration {
        CommandConfiguration(
            commandName: name, _superCommandName: "wasi-threads", abstract: abstract, usage: usage,
            discussion: discussion, version: version)
    }

    private static let version = "wasi-threads \(Version.text)"

    private static func printVersion() {
        printLine(version)
        for tier in [TierChoice.interpreter, .baseline, .compiled] {
            let (isAvailable, text) = tier.availability
            let reason = tier == .interpreter ? "" : ", \(text)"
            printLine("tier \(tier.rawValue): \(isAvailable ? "yes" : "no")\(reason)")
        }
    }
}

/// Exit statuses with a meaning of their own. The others are the guest's.
enum Status {
    static let failure: Int32 = 1
    /// As of ThreadSanitizer's and Go's programs.
    static let race: Int32 = 66
    /// As of `timeout`.
    static let timeLimit: Int32 = 124
    /// As of a shell whose child aborted.
    static let trap: Int32 = 134
    /// Beside that of a trap.
    static let deadlock: Int32 = 135

    /// As of a shell whose child died of a signal.
    static func signal(_ number: Int32) -> Int32 { 128 + number }
}

struct Validate: ParsableCommand {
    static let configuration = WasiThreadsCommand.configuration(
        of: "validate", abstract: "Checks that a module is valid and supported.",
        discussion: "Prints nothing and exits with 0 where it is; prints why not and exits with 1 otherwise.")

    @Argument(help: "The file with the module, in the binary format, or “-” for standard input.")
    var module: Word

    @OptionGroup var features: FeatureOptions

    func run() {
        reportingFailure { () throws(EmbedderError) in
            _ = try Engine(refusedFeatures: features.refused).load(naming: module)
        }
    }
}

/// Runs `body`; where it fails, prints the message and exits with 1.
func reportingFailure<Result>(_ body: () throws(EmbedderError) -> Result) -> Result {
    do {
        return try body()
    } catch {
        leave(error.message, status: Status.failure)
    }
}
