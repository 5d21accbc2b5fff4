// JSON, as `inspect --json` writes it.

indirect enum JSON {
    case text(String)
    case number(UInt64)
    case bool(Bool)
    case list([JSON])
    case object([(name: String, value: JSON)])
}

extension JSON {
    /// With a line for each entry of what `depth` levels hold, and the rest of each in one line.
    func lines(depth: Int, indentation: Int = 0) -> String {
        let entries: [String]
        let (open, close): (String, String)
        switch self {
        case .text(let text): return Self.quoted(text)
        case .number(let number): return "\(number)"
        case .bool(let bool): return "\(bool)"
        case .list(let values):
            (open, close) = ("[", "]")
            entries = values.map { $0.lines(depth: depth - 1, indentation: indentation + 2) }
        case .object(let members):
            (open, close) = ("{", "}")
            entries = members.map { name, value in
                "\(Self.quoted(name)): \(value.lines(depth: depth - 1, indentation: indentation + 2))"
            }
        }
        guard depth > 0, !entries.isEmpty else { return open + entries.joined(separator: ", ") + close }
        let margin = "\n" + String(repeating: " ", count: indentation)
        return open + entries.map { "\(margin)  \($0)" }.joined(separator: ",") + margin + close
    }

    /// No text can leave its quotes or move a cursor: what is no letter of a line is written by its number.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case _ where mustBeEscaped(scalar):
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    private static func mustBeEscaped(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
