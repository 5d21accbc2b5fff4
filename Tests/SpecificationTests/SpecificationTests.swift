// The suite of the specification, as far as it is installed: every command of every script.

import Foundation
import Synchronization
import Testing

@Suite("The specification's suite", .timeLimit(.minutes(5)))
struct SpecificationTests {
    @Test(
        "Every script does what it says",
        .enabled(if: Suite.installed != nil, "the suite is not installed: set SPEC_TESTSUITE to its folder"),
        .enabled(if: WasmTools.path != nil, "wasm-tools is not installed: set WASM_TOOLS to its path"))
    func everyScript() throws {
        let suite = Suite.installed!
        let listing = try Listing.committed()
        var reports = try run(suite.scripts(), of: suite)
        for index in reports.indices {
            let script = reports[index].0
            for line in reports[index].1.excuse(listing.commands[script] ?? [:]) {
                Issue.record("unsupported.txt lists \(script):\(line), which did not fail")
            }
        }
        for (script, report) in reports {
            for failure in report.failures {
                Issue.record("\(script):\(failure.line): \(failure.message)")
            }
        }
        try compare(reports, with: listing, isWholeSuite: Suite.chosenScripts == nil)
        Totals(reports.map(\.1)).print()
    }

    @Test(
        "Every script of ours does what it says",
        .enabled(if: WasmTools.path != nil, "wasm-tools is not installed: set WASM_TOOLS to its path"))
    func everyScriptOfOurs() throws {
        for (script, report) in try run(Suite.ours.allScripts(), of: Suite.ours) {
            for failure in report.failures {
                Issue.record("\(script):\(failure.line): \(failure.message)")
            }
            #expect(report.passed > 0 && report.skipped.isEmpty, "\(script)")
        }
    }

    private func run(_ scripts: [String], of suite: Suite) throws -> [(String, Report)] {
        let outcomes = Mutex<[Int: Result<Report, any Error>]>([:])
        DispatchQueue.concurrentPerform(iterations: scripts.count) { index in
            let outcome = Result {
                let (script, folder) = try suite.load(scripts[index])
                let runner = try ScriptRunner(folder: folder)
                runner.run(script.commands)
                return runner.report
            }
            outcomes.withLock { $0[index] = outcome }
        }
        let all = outcomes.withLock { $0 }
        return try scripts.indices.map { (scripts[$0], try all[$0]!.get()) }
    }

    /// Whether exactly those commands were skipped that the list names.
    private func compare(
        _ reports: [(String, Report)], with listing: Listing, isWholeSuite: Bool
    ) throws {
        let found = Dictionary(uniqueKeysWithValues: reports.map { ($0.0, $0.1.skipped) })
        var isExact = true
        for (script, skipped) in found where skipped != listing.scripts[script] ?? [:] {
            let listed = Listing.describe(listing.scripts[script] ?? [:])
            Issue.record("\(script): skipped \(Listing.describe(skipped)), listed: \(listed)")
            isExact = false
        }
        let met = Set(found.values.flatMap(\.keys))
        for reason in met.subtracting(listing.reasons.keys).sorted() {
            Issue.record("unsupported.txt does not say what \(reason) is")
        }
        guard isWholeSuite else { return }
        let listed = Set(listing.scripts.keys).union(listing.commands.keys)
        for script in listed.subtracting(found.keys).sorted() {
            Issue.record("unsupported.txt lists \(script), which the suite does not have")
            isExact = false
        }
        for reason in Set(listing.reasons.keys).subtracting(met).sorted() {
            Issue.record("unsupported.txt lists \(reason), which no script misses")
        }
        if !isExact {
            let corrected = Suite.output.appending(path: "unsupported.txt")
            try listing.updated(with: found).write(to: corrected, atomically: true, encoding: .utf8)
        }
    }
}

/// What a run of the suite came to.
private struct Totals {
    private var sum = Report()
    private var complete = 0
    private var partial = 0
    private var absent = 0

    init(_ reports: [Report]) {
        for report in reports {
            sum.add(report)
            switch (report.passed + report.failures.count, report.skippedCount) {
            case (_, 0): complete += 1
            case (0, _): absent += 1
            default: partial += 1
            }
        }
    }

    func print() {
        Swift.print(
            """
            specification: \(sum.passed) commands passed, \(sum.failures.count) failed, \
            \(sum.skippedCount) skipped for missing features (\(Listing.describe(sum.skipped))), \
            \(sum.aboutText) about the text format
            specification: \(complete) scripts ran completely, \(partial) in part, \(absent) not at all
            """)
    }
}
