// The committed list of what the suite asks and the library can not do yet: `unsupported.txt`.
//
// Always true of a list that passes: every entry was met exactly as it stands there.

import Foundation

struct Listing {
    /// Why a feature is missing, by its name.
    var features: [String: String] = [:]
    /// How many commands of a script are skipped, by script and feature.
    var scripts: [String: [String: Int]] = [:]

    private static let file = Suite.sources.appending(path: "unsupported.txt")

    struct SyntaxError: Error {
        let line: String
    }

    /// Reads the committed file: `feature NAME: reason` and `script NAME: FEATURE COUNT, …`.
    static func committed() throws -> Listing {
        var listing = Listing()
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") where line.first != "#" {
            let halves = line.split(separator: ":", maxSplits: 1)
            let words = halves[0].split(separator: " ").map(String.init)
            guard halves.count == 2, words.count == 2 else { throw SyntaxError(line: String(line)) }
            switch words[0] {
            case "feature": listing.features[words[1]] = halves[1].trimmingCharacters(in: .whitespaces)
            case "script": listing.scripts[words[1]] = try counts(halves[1])
            default: throw SyntaxError(line: String(line))
            }
        }
        return listing
    }

    private static func counts(_ text: Substring) throws -> [String: Int] {
        var counts: [String: Int] = [:]
        for entry in text.split(separator: ",") {
            let words = entry.split(separator: " ")
            guard words.count == 2, let count = Int(words[1]) else { throw SyntaxError(line: String(text)) }
            counts[String(words[0])] = count
        }
        return counts
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
