// Names of functions as programmers write them: the scopes of a name that a compiler of C++ or Rust has mangled.
//
// Always true: it takes time and memory that are linear in the name. That is why it is not `__cxa_demangle`, which
// prints what a name repeats as often as it says, so that 500 bytes of a hostile module fill any memory. Arguments of
// templates and types of parameters are left out: "ns::List::add".
// https://itanium-cxx-abi.github.io/cxx-abi/abi.html#mangling

package enum ScopedName {
    private static let longestName = 4096

    /// The scopes of a mangled name; nil for one that is not mangled, or not understood.
    package static func demangled(_ name: String) -> String? {
        var scanner = Scanner(Array(name.utf8.prefix(longestName)))
        guard name.utf8.count <= longestName, scanner.take("_Z") else { return nil }
        var parts = scanner.name()
        // Rust puts a hash after its names.
        if let last = parts?.last, last.count == 17, last.first == "h", last.dropFirst().allSatisfy(\.isHexDigit) {
            parts?.removeLast()
        }
        guard let parts, !parts.isEmpty else { return nil }
        return parts.map(plain).joined(separator: "::")
    }

    /// What Rust writes with dollars.
    private static func plain(_ part: String) -> String {
        guard part.utf8.contains(UInt8(ascii: "$")) || part.hasPrefix("_ZN") || part.utf8.contains(UInt8(ascii: "."))
        else { return part }
        var text = part.hasPrefix("_$") ? String(part.dropFirst()) : part
        for (mark, meaning) in marks { text = replacing(text, mark, meaning) }
        return text
    }

    private static let marks = [
        ("$LT$", "<"), ("$GT$", ">"), ("$RF$", "&"), ("$BP$", "*"), ("$LP$", "("), ("$RP$", ")"), ("$C$", ","),
        ("$u20$", " "), ("$u27$", "'"), ("$u5b$", "["), ("$u5d$", "]"), ("$u7b$", "{"), ("$u7d$", "}"), ("..", "::"),
    ]

    private static func replacing(_ text: String, _ mark: String, _ meaning: String) -> String {
        let (text, mark) = (Array(text.utf8), Array(mark.utf8))
        var result: [UInt8] = []
        var index = 0
        while index < text.count {
            if text[index...].starts(with: mark) {
                result += Array(meaning.utf8)
                index += mark.count
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

/// Goes over a mangled name once.
private struct Scanner {
    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    mutating func take(_ text: StaticString) -> Bool {
        let wanted = text.withUTF8Buffer { Array($0) }
        guard bytes[index...].starts(with: wanted) else { return false }
        index += wanted.count
        return true
    }

    /// The scopes of the name of an entity.
    mutating func name() -> [String]? {
        let isNested = take("N")
        var parts: [String] = []
        // A name inside of a function begins with that.
        while take("Z") { if take("N") { break } }
        if isNested { while let byte = next, "rVKRO".utf8.contains(byte) { index += 1 } }
        if take("St") { parts.append("std") }
        while let byte = next {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                guard let part = sourceName() else { return nil }
                parts.append(part)
            case UInt8(ascii: "L") where parts.isEmpty || isNested: index += 1
            case UInt8(ascii: "I"): guard skipList() else { return nil }
            case UInt8(ascii: "B"):
                index += 1
                _ = sourceName()
            case UInt8(ascii: "S"):
                guard let part = substitution() else { return nil }
                if let part = part.isEmpty ? nil : part { parts.append(part) }
            case UInt8(ascii: "C") where isNested && !parts.isEmpty:
                index += 2
                parts.append(parts[parts.count - 1])
            case UInt8(ascii: "D") where isNested && !parts.isEmpty:
                index += 2
                parts.append("~" + parts[parts.count - 1])
            case UInt8(ascii: "E"): return parts
            default:
                guard let sign = operatorName() else { return isNested ? nil : parts }
                parts.append(sign)
            }
            // A name that is not nested ends with its first part.
            if !isNested, let last = parts.last, last != "std", next != UInt8(ascii: "I") { return parts }
        }
        return parts
    }

    private mutating func sourceName() -> String? {
        var length = 0
        while let byte = next, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte, length < bytes.count {
            length = length * 10 + Int(byte - UInt8(ascii: "0"))
            index += 1
        }
        guard length > 0, length <= bytes.count - index else { return nil }
        defer { index += length }
        let text = String(decoding: bytes[index..<index + length], as: UTF8.self)
        return text.hasPrefix("_GLOBAL__N") ? "(anonymous namespace)" : text
    }

    /// A part that stands for one of the standard library's, or, empty, for one that was there before.
    private mutating func substitution() -> String? {
        index += 1
        guard let byte = next else { return nil }
        index += 1
        switch byte {
        case UInt8(ascii: "t"): return "std"
        case UInt8(ascii: "a"): return "std::allocator"
        case UInt8(ascii: "b"): return "std::basic_string"
        case UInt8(ascii: "s"): return "std::string"
        case UInt8(ascii: "i"): return "std::istream"
        case UInt8(ascii: "o"): return "std::ostream"
        case UInt8(ascii: "d"): return "std::iostream"
        default:
            index -= 1
            return skipIndex() ? "" : nil
        }
    }

    /// Up to the underscore of a number.
    private mutating func skipIndex() -> Bool {
        while let byte = next {
            index += 1
            if byte == UInt8(ascii: "_") { return true }
        }
        return false
    }

    /// The arguments of a template, up to the E that ends them: their own lists are counted.
    private mutating func skipList() -> Bool {
        var depth = 0
        while let byte = next {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): guard sourceName() != nil else { return false }
            case UInt8(ascii: "L"):
                // A literal: a type and digits, which are no length.
                while let byte = next, byte != UInt8(ascii: "E") { index += 1 }
                index += 1
            case UInt8(ascii: "I"), UInt8(ascii: "N"), UInt8(ascii: "X"), UInt8(ascii: "J"), UInt8(ascii: "F"):
                depth += 1
                index += 1
            case UInt8(ascii: "S"): guard substitution() != nil else { return false }
            case UInt8(ascii: "T"): guard skipIndex() else { return false }
            case UInt8(ascii: "E"):
                depth -= 1
                index += 1
                if depth == 0 { return true }
            default: index += 1
            }
        }
        return false
    }

    private mutating func operatorName() -> String? {
        guard index + 1 < bytes.count else { return nil }
        let code = String(decoding: bytes[index...index + 1], as: UTF8.self)
        guard let sign = Self.operators[code] else { return nil }
        index += 2
        return "operator" + sign
    }

    private static let operators = [
        "nw": " new", "na": " new[]", "dl": " delete", "da": " delete[]", "pl": "+", "mi": "-", "ml": "*", "dv": "/",
        "rm": "%", "an": "&", "or": "|", "eo": "^", "aS": "=", "pL": "+=", "mI": "-=", "mL": "*=", "dV": "/=",
        "ls": "<<", "rs": ">>", "eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">=", "nt": "!",
        "aa": "&&", "oo": "||", "pp": "++", "mm": "--", "cl": "()", "ix": "[]", "pt": "->", "ss": "<=>", "co": "~",
        "de": "*", "ad": "&",
    ]
}
