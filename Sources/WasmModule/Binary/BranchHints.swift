// Which way branches go nearly always, from the custom section `metadata.code.branch_hint`.
//
// The section is outside of validation: what is wrong in it costs the hints from there on and nothing else. Always true:
// the hints rise by offset, so that one is found by halves.
// https://github.com/WebAssembly/branch-hinting

package struct BranchHints: Sendable {
    static let sectionName = "metadata.code.branch_hint"

    private struct Hint {
        /// Of the instruction in the binary.
        let offset: Int
        let isLikely: Bool
    }

    private var hints: [Hint] = []

    init() {}

    /// Reads `section`, which is about functions whose bodies are these; those that the module imports go before them.
    init(_ binary: ModuleBinary, _ section: Range<Int>, bodies: [Range<Int>], importedCount: Int) {
        var reader = ByteReader(binary, section)
        do throws(ModuleError) {
            for _ in 0..<(try reader.u32()) {
                let index = Int(try reader.u32()) - importedCount
                let count = try reader.u32()
                guard bodies.indices.contains(index) else { break }
                for _ in 0..<count { hints.append(try Self.hint(&reader, in: bodies[index])) }
            }
        } catch {}
        for index in hints.indices.dropFirst() where hints[index].offset <= hints[index - 1].offset {
            hints.removeSubrange(index...)
            break
        }
    }

    private static func hint(_ reader: inout ByteReader, in body: Range<Int>) throws(ModuleError) -> Hint {
        let offset = body.lowerBound + Int(try reader.u32())
        let (size, value) = (try reader.u32(), try reader.byte())
        guard size == 1, value < 2, body.contains(offset) else {
            throw ModuleError(.malformed, at: reader.offset, "malformed branch hint")
        }
        return Hint(offset: offset, isLikely: value == 1)
    }

    /// Whether the branch at an offset in the binary is taken nearly always, or nearly never; nil where nothing is said.
    package func isLikely(at offset: Int) -> Bool? {
        var (low, high) = (0, hints.count)
        while low < high {
            let middle = (low + high) / 2
            if hints[middle].offset == offset { return hints[middle].isLikely }
            if hints[middle].offset < offset { low = middle + 1 } else { high = middle }
        }
        return nil
    }
}
