// The module that a subcommand is given: a file, or standard input for “-”.

import Glibc
import Platform
import WasiThreads

extension Word {
    var isStandardInput: Bool { bytes == [UInt8(ascii: "-")] }
}

extension Engine {
    /// Loads a module, whose name goes into the message where it is no good one.
    func load(naming word: Word, compiledToo: Bool = false) throws(EmbedderError) -> LoadedModule {
        if word.isStandardInput {
            let name: HostPath = "the standard input"
            return try naming(name) { () throws(EmbedderError) in
                try load(readingToEnd: HostDescriptor(STDIN_FILENO), named: name, compiledToo: compiledToo)
            }
        }
        let file = word.path
        do throws(EmbedderError) {
            return try naming(file) { () throws(EmbedderError) in
                compiledToo && Engine.isCompiled(file: file) ? try loadCompiled(file: file) : try load(file: file)
            }
        } catch {
            throw adding(hintFor: word, to: error)
        }
    }

    private func naming(
        _ file: HostPath, _ load: () throws(EmbedderError) -> LoadedModule
    ) throws(EmbedderError) -> LoadedModule {
        do {
            return try load()
        } catch {
            var named = error
            if error.kind != .file { named.message = "\(file): \(error.message)" }
            throw named
        }
    }

    /// A word that was meant as a subcommand is taken for a module.
    private func adding(hintFor word: Word, to error: EmbedderError) -> EmbedderError {
        let names = WasiThreadsCommand.configuration.subcommands.map { $0._commandName }
        guard error.kind == .file, let text = word.text, let near = suggestion(for: text, among: names) else {
            return error
        }
        var hinted = error
        hinted.message += " Did you mean “\(near)”?"
        return hinted
    }
}
