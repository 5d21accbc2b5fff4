// What --stats prints.

import Platform
import WasiThreads
import WasmRuntime

extension ProcessStatistics {
    var page: String {
        let times = figures.times
        var lines = [
            "time             \(seconds(figures.nanoseconds))",
            "threads          \(figures.threadsMade), at most \(figures.mostAlive) at a time",
            "  running        \(seconds(times.running))",
            "  waiting        \(seconds(times.waiting))",
            "  in the host    \(seconds(times.inHost))",
        ]
        if times.paused > 0 { lines.append("  paused         \(seconds(times.paused))") }
        lines += [
            "memory           \(counted(memoryBytes, "byte"))",
            "functions        \(functionCount), \(compiledFunctionCount) of them compiled",
        ]
        lines += list("calls of the host", figures.calls) { $0.name }
        lines += list("waits", figures.waits) { "at 0x\(String($0.address, radix: 16))" }
        return lines.joined(separator: "\n")
    }

    private func list(
        _ title: String, _ costs: [RecordedFigures.Cost], _ name: (RecordedFigures.Cost) -> String
    ) -> [String] {
        if costs.isEmpty { return [] }
        return ["\(title):"] + costs.map { "  \(seconds($0.cost.nanoseconds))  \($0.cost.count) times  \(name($0))" }
    }

    private func seconds(_ nanoseconds: UInt64) -> String {
        let rest = String(nanoseconds / 1000 % 1_000_000)
        return "\(nanoseconds / 1_000_000_000).\(String(repeating: "0", count: 6 - rest.utf8.count))\(rest) s"
    }
}
