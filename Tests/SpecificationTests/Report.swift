// What came of the commands of a script.

struct Report: Sendable {
    struct Failure: Sendable {
        let line: Int
        let message: String
    }

    var passed = 0
    var failures: [Failure] = []
    /// By the name of the feature that was missing, or of another reason in the list.
    var skipped: [String: Int] = [:]
    /// Commands about the text format, which this library does not read.
    var aboutText = 0

    /// How a single command ended.
    enum Verdict: Sendable {
        case passed
        case failed(String)
        case skipped(feature: String)
        case aboutText
    }

    mutating func add(_ verdict: Verdict, line: Int) {
        switch verdict {
        case .passed: passed += 1
        case .failed(let message): failures.append(Failure(line: line, message: message))
        case .skipped(let feature): skipped[feature, default: 0] += 1
        case .aboutText: aboutText += 1
        }
    }

    mutating func add(_ other: Report) {
        passed += other.passed
        failures += other.failures
        skipped.merge(other.skipped, uniquingKeysWith: +)
        aboutText += other.aboutText
    }

    /// Counts failures that the list foresees as skipped. Returns the lines of the list that met none.
    mutating func excuse(_ listed: [Int: String]) -> [Int] {
        let met = Set(failures.map(\.line)).intersection(listed.keys)
        failures.removeAll { met.contains($0.line) }
        met.forEach { skipped[listed[$0]!, default: 0] += 1 }
        return listed.keys.filter { !met.contains($0) }.sorted()
    }

    var skippedCount: Int { skipped.values.reduce(0, +) }
}
