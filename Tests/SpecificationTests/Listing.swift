// The committed list of what the suite asks and the library can not do yet: `unsupported.txt`.
//
// Always true of a list that passes: every entry was met exactly as it stands there.

import Foundation

struct Listing {
    /// What a reason's name stands for. The reasons are features that are missing, and others.
    var reasons: [String: String] = [:]
    /// How many commands of a script are skipped, by script and feature.
    var scripts: [String: [String: Int]] = [:]
    /// Commands that must fail, by script and line, with the reason's name: such as those that look for
    /// what a refused module would have done.
    var commands: [String: [Int: String]] = [:]

    private static let file = Suite.sources.appending(path: "unsupported.txt")

    struct SyntaxError: Error {
        let line: String
    }

    /// Reads the committed file: `reason NAME: words`, `script NAME: REASON COUNT, …` and
    /// `commands NAME: REASON LINE, …`.
    static func committed() throws -> Listing {
        var listing = Listing()
        let text = try String(contentsOf: file, encoding: .utf8)
        for line in text.split(separator: "\n") where line.first != "#" {
            let halves = line.split(separator: ":", maxSplits: 1)
            let words = halves[0].split(separator: " ").map(String.init)
            guard halves.count == 2, words.count == 2 else { throw SyntaxError(line: String(line)) }
            switch words[0] {
            case "reason": listing.reasons[words[1]] = halves[1].trimmingCharacters(in: .whitespaces)
            case "script":
                listing.scripts[words[1]] = try Dictionary(uniqueKeysWithValues: entries(halves[1]))
            case "commands":
                let lines = try entries(halves[1]).map { ($0.number, $0.reason) }
                listing.commands[words[1]] = Dictionary(uniqueKeysWithValues: lines)
            default: throw SyntaxError(line: String(line))
            }
        }
        return listing
    }

    private static func entries(_ text: Substring) throws -> [(reason: String, number: Int)] {
        try text.split(separator: ",").map { entry in
            let words = entry.split(separator: " ")
            guard words.count == 2, let number = Int(words[1]) else { throw SyntaxError(line: String(text)) }
            return (String(words[0]), number)
        }
    }

    static func describe(_ counts: [String: Int]) -> String {
        counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }

    /// The committed file, with the scripts' lines as this run has found them.
    func updated(with found: [String: [String: Int]]) throws -> String {
        let kept = try String(contentsOf: Self.file, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false
        ).filter { !$0.hasPrefix("script ") }
        let lines = found.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
            .map { "script \($0.key): \(Self.describe($0.value))" }
        return (kept.joined(separator: "\n").trimmingCharacters(in: .newlines) + "\n\n")
            + lines.joined(separator: "\n") + "\n"
    }
}
