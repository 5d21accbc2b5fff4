// What --env takes: NAME=VALUE, or NAME for the value that the command has.

struct EnvironmentOption {
    let name: [UInt8]
    /// Nil for that of the command.
    let value: [UInt8]?

    /// Nil where the name is empty.
    init?(_ word: Word) {
        let middle = word.bytes.firstIndex(of: UInt8(ascii: "=")) ?? word.bytes.endIndex
        if middle == 0 { return nil }
        name = Array(word.bytes[..<middle])
        value = middle == word.bytes.endIndex ? nil : Array(word.bytes[(middle + 1)...])
    }
}
