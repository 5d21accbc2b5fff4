// Which races are not told, and which plain accesses count as atomic ones: patterns of names, a line each.
//
// The format is that of ThreadSanitizer's suppressions: `race:PATTERN`, where PATTERN is part of the name of a function
// or of a source file, `*` stands for any text, `^` at its beginning and `$` at its end for those of the name. `#`
// begins a comment.

import Platform

package struct RaceSuppressions: Sendable {
    private var anyFrame: [NamePattern] = []
    private var topFrame: [NamePattern] = []
    private var atomic: [NamePattern] = []
    private var atomicNames: Set<String> = []

    /// Those of libraries, which need no one to ask for them.
    package init() {
        // They are written here, and a test has looked at them.
        try? add(Self.builtIn)
    }

    package struct Refusal: Error {
        package let line: Int
        package let reason: String
    }

    /// Adds those of a text.
    package mutating func add(_ text: String) throws(Refusal) {
        var added = self
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let entry = Self.trimmed(line.prefix { $0 != "#" })
            guard !entry.isEmpty else { continue }
            guard let colon = entry.firstIndex(of: ":") else {
                throw Refusal(line: index + 1, reason: "has no colon between a kind and a pattern")
            }
            let pattern = Self.trimmed(entry[entry.index(after: colon)...])
            guard !pattern.isEmpty else { throw Refusal(line: index + 1, reason: "has no pattern") }
            switch entry[..<colon] {
            case "race": added.anyFrame.append(NamePattern(pattern))
            case "race_top": added.topFrame.append(NamePattern(pattern))
            case "atomic":
                let parsed = NamePattern(pattern)
                if let name = parsed.wholeName { added.atomicNames.insert(name) } else { added.atomic.append(parsed) }
            default:
                let kind = shown(String(entry[..<colon]))
                throw Refusal(line: index + 1, reason: "has the kind \(kind), not race, race_top or atomic")
            }
        }
        self = added
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\r\n" }
        let start = text.drop(while: isSpace)
        guard let last = start.lastIndex(where: { !isSpace($0) }) else { return "" }
        return start[...last]
    }

    func covers(_ race: Race) -> Bool {
        race.accesses.contains { access in
            access.frames.contains { frame in anyFrame.contains { $0.matches(frame) } }
                || access.frames.first.map { frame in topFrame.contains { $0.matches(frame) } } ?? false
        }
    }

    /// Whether plain accesses of a function count as atomic.
    func isAtomic(_ name: String) -> Bool {
        atomicNames.contains(name) || atomic.contains { $0.matches(name) }
    }
}

/// A pattern of names.
struct NamePattern: Sendable {
    private let parts: [[UInt8]]
    private let beginsName: Bool
    private let endsName: Bool

    init(_ text: Substring) {
        var text = text
        beginsName = text.first == "^"
        if beginsName { text.removeFirst() }
        endsName = text.last == "$"
        if endsName { text.removeLast() }
        parts = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map(Array.init)
    }

    /// The one name that matches, where there is one only.
    var wholeName: String? {
        beginsName && endsName && parts.count == 1 ? String(decoding: parts[0], as: UTF8.self) : nil
    }

    func matches(_ frame: Trap.Frame) -> Bool {
        frame.name.map(matches) ?? false || frame.place.map { matches($0.file) } ?? false
    }

    func matches(_ name: String) -> Bool {
        let name = Array(name.utf8)
        var start = 0
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            if index == 0, beginsName {
                guard name.starts(with: part) else { return false }
                start = part.count
                if isLast, endsName { return start == name.count }
            } else if isLast, endsName {
                return name.count - part.count >= start && name.suffix(part.count).elementsEqual(part)
            } else {
                guard let found = Self.find(part, in: name, from: start) else { return false }
                start = found + part.count
            }
        }
        return true
    }

    private static func find(_ part: [UInt8], in name: [UInt8], from start: Int) -> Int? {
        guard name.count - part.count >= start else { return nil }
        return (start...(name.count - part.count)).first { name[$0...].starts(with: part) }
    }
}
