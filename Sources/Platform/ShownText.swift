// Text that came from users and guests, as messages show it.
//
// Always true: what is shown moves no cursor, forges no line and ends no C string. What stands for something
// else is written as in the text format's strings: `\u{0}` for a NUL, `\ff` for a byte that is not UTF-8,
// `\\` for the backslash itself. So two texts that differ are shown differently.
// https://webassembly.github.io/spec/core/text/values.html#strings

/// A name as messages show it.
package func shown(_ name: String) -> String {
    isPlain(name.utf8) ? name : escaped(Array(name.utf8), escapes)
}

/// Bytes that need not be UTF-8 as messages show them: a path, an argument, a variable.
package func shown(_ bytes: some Collection<UInt8>) -> String { escaped(Array(bytes), escapes) }

/// A whole text of the host's, of several lines perhaps: only what no C string holds is escaped.
package func shownText(_ bytes: some Collection<UInt8>) -> String {
    escaped(Array(bytes)) { $0.value == 0 }
}

private func isPlain(_ bytes: some Collection<UInt8>) -> Bool {
    bytes.allSatisfy { 0x20...0x7E ~= $0 && $0 != UInt8(ascii: "\\") }
}

private func escapes(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: scalar == "\\"
    }
}

private func escaped(_ bytes: [UInt8], _ escapes: (Unicode.Scalar) -> Bool) -> String {
    var text = ""
    var rest = bytes[...]
    while !rest.isEmpty {
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = rest.makeIterator()
        switch parser.parseScalar(from: &iterator) {
        case .valid(let encoded):
            let scalar = Unicode.UTF8.decode(encoded)
            rest = rest.dropFirst(encoded.count)
            if !escapes(scalar) {
                text.unicodeScalars.append(scalar)
            } else {
                text += scalar == "\\" ? "\\\\" : "\\u{\(String(scalar.value, radix: 16))}"
            }
        case .error, .emptyInput:
            text += "\\\(twoDigits(rest.removeFirst()))"
        }
    }
    return text
}

private func twoDigits(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

/// A number with the word for what it counts: `1 byte`, `2 bytes`.
package func counted(_ count: some BinaryInteger, _ word: String) -> String {
    "\(count) \(word)\(count == 1 ? "" : "s")"
}

/// A noun after its article: `a module`, `an engine`.
package func withArticle(_ noun: String) -> String {
    (noun.utf8.first.map("aeiou".utf8.contains) ?? false) ? "an \(noun)" : "a \(noun)"
}
