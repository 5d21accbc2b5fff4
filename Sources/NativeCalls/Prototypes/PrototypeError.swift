// Why a text of C declarations is refused, and where.

package struct PrototypeError: Error, Hashable, Sendable {
    /// In bytes from the start of the text.
    package let offset: Int
    /// What is wrong and what to do, without the place: one or more whole sentences.
    package let reason: String

    init(_ offset: Int, _ reason: String) {
        self.offset = offset
        self.reason = reason
    }

    /// The place in `text`, in words: columns count bytes from 1, and lines count where there are several.
    package func place(in text: [UInt8]) -> String {
        let before = text.prefix(offset)
        let newline = UInt8(ascii: "\n")
        let start = before.lastIndex(of: newline).map { $0 + 1 } ?? 0
        let column = "column \(offset - start + 1)"
        guard text.contains(newline) else { return column }
        return "line \(before.reduce(1) { $1 == newline ? $0 + 1 : $0 }), \(column)"
    }
}
