// From a place in a module to the programmer's words: functions, files and lines, what was inlined too.
//
// Always true: nothing is read before the first question; what a module says is never trusted, and what all questions
// about it may cost together is bounded (`Meter`): beyond that there are no answers. The answers are kept.
// https://dwarfstd.org/dwarf5std.html; addresses count from the contents of the code section:
// https://yurydelendik.github.io/webassembly-dwarf

import Synchronization
import WasmModule

package struct SourcePlace: Hashable, Sendable {
    package let file: String
    package let line: UInt32
    /// From 1 on; 0 where it is not told.
    package let column: UInt32
}

/// A function that an instruction belongs to.
package struct SourceFrame: Hashable, Sendable {
    package let function: String?
    package let place: SourcePlace?
}

/// What reading may cost, in bytes. Used under the lock of `DebugInformation`.
final class Meter: @unchecked Sendable {
    // SENDABLE: see above.
    private(set) var left = 1 << 30

    func charge(_ bytes: Int) { left = max(left - bytes, 0) }
}

package final class DebugInformation: Sendable {
    private let sections: DebugSections
    private let codeStart: Int
    private let state = Mutex(State())

    private struct State {
        var index: Index?
        var known: [Int: [SourceFrame]] = [:]
    }

    /// How many answers are kept, units and sequences known, and functions inlined into each other.
    private static let mostKnown = 4096
    static let mostUnits = 100_000
    static let mostSequences = 1_000_000
    static let deepest = 32

    /// Nil where the module has none.
    package init?(_ module: Module) {
        guard module.debugSections[DebugSection.line.rawValue] != nil else { return nil }
        sections = DebugSections(module)
        codeStart = module.codeSectionStart
    }

    /// The functions that the instruction at an offset of the module belongs to: the last is the one that was compiled,
    /// and those before were inlined into the next. Empty where nothing is known.
    package func frames(at offset: Int) -> [SourceFrame] {
        guard offset >= codeStart else { return [] }
        return state.withLock { state in
            if let known = state.known[offset] { return known }
            let index = state.index ?? Index(sections)
            state.index = index
            let frames = index.frames(at: UInt64(offset - codeStart))
            if state.known.count >= Self.mostKnown { state.known = [:] }
            state.known[offset] = frames
            return frames
        }
    }
}

/// Where the units and their line tables are.
private final class Index {
    private struct Sequence {
        let low: UInt64
        var high: UInt64
        let program: Int
    }

    private let sections: DebugSections
    private var sequences: [Sequence] = []
    private var units: [DebugUnit] = []
    private var tables: [Int: [UInt64: DebugUnit.Abbreviation]] = [:]

    init(_ sections: DebugSections) {
        self.sections = sections
        readLines()
        readUnits()
    }

    private func readLines() {
        var offset = 0
        while offset < sections.reader(.line).end {
            var end = offset
            let program = LineProgram(sections, at: offset, end: &end)
            program?.run { row, next in
                if let last = sequences.last, last.high == row.address, last.program == offset {
                    sequences[sequences.count - 1].high = next
                } else if row.address > 0, sequences.count < DebugInformation.mostSequences {
                    sequences.append(Sequence(low: row.address, high: next, program: offset))
                }
            }
            guard end > offset else { break }
            offset = end
        }
        sequences.sort { $0.low < $1.low }
    }

    private func readUnits() {
        var offset = 0
        while offset < sections.reader(.info).end, units.count < DebugInformation.mostUnits {
            var next = offset
            if var unit = DebugUnit(sections, at: offset, next: &next) {
                unit.readRoot(table(of: unit))
                units.append(unit)
            }
            guard next > offset else { break }
            offset = next
        }
    }

    private func table(of unit: DebugUnit) -> [UInt64: DebugUnit.Abbreviation] {
        if let table = tables[unit.abbreviations] { return table }
        if tables.count >= 16 { tables = [:] }
        let table = unit.table()
        tables[unit.abbreviations] = table
        return table
    }

    // MARK: Questions

    func frames(at address: UInt64) -> [SourceFrame] {
        var place = line(at: address)
        guard let unit = units.first(where: { $0.contains($0.root, address) }) else {
            return place.map { [SourceFrame(function: nil, place: $0)] } ?? []
        }
        let chain = functions(of: unit, at: address)
        guard !chain.isEmpty else { return place.map { [SourceFrame(function: nil, place: $0)] } ?? [] }
        var frames: [SourceFrame] = []
        for entry in chain.reversed() {
            frames.append(SourceFrame(function: name(of: entry, unit), place: place))
            if entry.tag == DebugEntry.inlinedSubroutine { place = call(of: entry, unit) }
        }
        return frames
    }

    private func line(at address: UInt64) -> SourcePlace? {
        var (low, high) = (0, sequences.count)
        while low < high {
            let middle = (low + high) / 2
            if sequences[middle].low <= address { low = middle + 1 } else { high = middle }
        }
        // Sequences of what the linker left out lie below all others.
        for sequence in sequences[..<low].reversed().prefix(8) where address < sequence.high {
            var end = 0
            guard let program = LineProgram(sections, at: sequence.program, end: &end),
                let row = program.row(at: address)
            else { continue }
            return place(program, row.file, row.line, row.column)
        }
        return nil
    }

    private func place(_ program: LineProgram, _ file: UInt64, _ line: UInt64, _ column: UInt64) -> SourcePlace? {
        guard let path = program.path(of: file) else { return nil }
        return SourcePlace(file: path, line: UInt32(clamping: line), column: UInt32(clamping: column))
    }

    private func call(of entry: DebugEntry, _ unit: DebugUnit) -> SourcePlace? {
        var end = 0
        guard let table = unit.root.lineTable, let program = LineProgram(sections, at: table, end: &end) else {
            return nil
        }
        return place(program, entry.callFile, entry.callLine, entry.callColumn)
    }

    /// The function that has an address, and those that were inlined there, the outermost first.
    private func functions(of unit: DebugUnit, at address: UInt64) -> [DebugEntry] {
        let table = table(of: unit)
        var reader = sections.reader(.info, at: unit.firstEntry)
        reader.narrow(to: unit.end - unit.firstEntry)
        let first = reader.offset
        defer { sections.meter.charge(reader.offset - first) }
        var chain: [DebugEntry] = []
        var depth = 0
        var functionDepth = 0
        while !reader.isAtEnd {
            guard let entry = unit.entry(&reader, table) else {
                depth -= 1
                if depth <= 0 || !chain.isEmpty && depth <= functionDepth { break }
                continue
            }
            let isFunction = entry.tag == DebugEntry.subprogram && chain.isEmpty
            let isInlined = entry.tag == DebugEntry.inlinedSubroutine && !chain.isEmpty
            if isFunction || isInlined, chain.count < DebugInformation.deepest, unit.contains(entry, address) {
                if isFunction { functionDepth = depth }
                chain.append(entry)
                if isFunction, !entry.hasChildren { break }
            }
            if entry.hasChildren { depth += 1 }
        }
        return chain
    }

    private func name(of entry: DebugEntry, _ unit: DebugUnit) -> String? {
        var (entry, unit) = (entry, unit)
        var plain: String?
        for _ in 0..<8 {
            if let linked = entry.linkageName.flatMap(unit.text), let name = ScopedName.demangled(linked) {
                return name
            }
            plain = plain ?? entry.name.flatMap(unit.text)
            guard let origin = entry.origin, let owner = self.unit(at: origin) else { break }
            var reader = sections.reader(.info, at: origin)
            guard let next = owner.entry(&reader, table(of: owner)) else { break }
            (entry, unit) = (next, owner)
        }
        return plain
    }

    private func unit(at offset: Int) -> DebugUnit? {
        var (low, high) = (0, units.count)
        while low < high {
            let middle = (low + high) / 2
            if units[middle].shape.start <= offset { low = middle + 1 } else { high = middle }
        }
        guard low > 0, offset >= units[low - 1].firstEntry, offset < units[low - 1].end else { return nil }
        return units[low - 1]
    }
}
