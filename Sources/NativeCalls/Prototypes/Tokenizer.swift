// From the text of C declarations to tokens: white space, comments and lines that begin with # are left out.
//
// Always true: the last token, and no other, is `.end`, at the end of the text.

struct Token: Hashable {
    enum Kind: Hashable {
        case identifier(String)
        /// An integer constant; nil where it is none that an array can have as its bound.
        case number(UInt32?)
        /// A string or character constant, whose value nothing here needs.
        case literal
        /// An operator or bracket; all that declarations need have one character, but for "...".
        case mark(String)
        case end
    }

    var kind: Kind
    /// Where it begins and ends, in bytes from the start of the text.
    var offset: Int
    var end: Int

    /// As a message quotes it.
    var words: String {
        switch kind {
        case .identifier(let name): "\"\(name)\""
        case .number: "a number"
        case .literal: "a string"
        case .mark(let mark): "\"\(mark)\""
        case .end: "the end of the text"
        }
    }
}

struct Tokenizer {
    private let text: [UInt8]
    private var index = 0
    private var isAtLineStart = true
    private var tokens: [Token] = []

    static func tokens(of text: [UInt8]) throws(PrototypeError) -> [Token] {
        var tokenizer = Tokenizer(text: text)
        while try tokenizer.step() {}
        tokenizer.tokens.append(Token(kind: .end, offset: text.count, end: text.count))
        return tokenizer.tokens
    }

    private init(text: [UInt8]) { self.text = text }

    private mutating func append(_ kind: Token.Kind, from start: Int) {
        tokens.append(Token(kind: kind, offset: start, end: index))
    }

    private func byte(_ distance: Int = 0) -> UInt8? {
        index + distance < text.count ? text[index + distance] : nil
    }

    /// Takes one token or what stands between tokens; false at the end.
    private mutating func step() throws(PrototypeError) -> Bool {
        guard let first = byte() else { return false }
        let start = index
        switch first {
        case UInt8(ascii: "\n"):
            index += 1
            isAtLineStart = true
            return true
        case UInt8(ascii: " "), 0x09, 0x0B, 0x0C, 0x0D:
            index += 1
            return true
        case UInt8(ascii: "/") where byte(1) == UInt8(ascii: "/"):
            while let next = byte(), next != UInt8(ascii: "\n") { index += 1 }
            return true
        case UInt8(ascii: "/") where byte(1) == UInt8(ascii: "*"):
            try skipComment()
            return true
        case UInt8(ascii: "#") where isAtLineStart:
            try skipDirective()
            return true
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            try skipLiteral(first)
            append(.literal, from: start)
        case _ where first.isLetter:
            while let next = byte(), next.isLetter || next.isDigit { index += 1 }
            let name = String(decoding: text[start..<index], as: UTF8.self)
            append(.identifier(name), from: start)
        case _ where first.isDigit:
            while let next = byte(), next.isLetter || next.isDigit { index += 1 }
            append(.number(Self.value(text[start..<index])), from: start)
        case UInt8(ascii: ".") where byte(1) == first && byte(2) == first:
            index += 3
            append(.mark("..."), from: start)
        case 0x21...0x7E:
            index += 1
            append(.mark(String(UnicodeScalar(first))), from: start)
        default:
            throw PrototypeError(start, "A byte of the value \(first) is no part of a C declaration.")
        }
        isAtLineStart = false
        return true
    }

    private mutating func skipComment() throws(PrototypeError) {
        let start = index
        index += 2
        while byte() != nil {
            if byte() == UInt8(ascii: "*"), byte(1) == UInt8(ascii: "/") {
                index += 2
                return
            }
            index += 1
        }
        throw PrototypeError(start, "The comment that begins here has no end.")
    }

    /// To the end of the line, or of those that are joined to it with a backslash.
    private mutating func skipDirective() throws(PrototypeError) {
        let start = index
        var last: UInt8 = 0
        while let next = byte(), next != UInt8(ascii: "\n") || last == UInt8(ascii: "\\") {
            if next != 0x0D { last = next }
            index += 1
        }
        let words = text[start..<index].split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "(") }
        guard !words.contains(Array("pack".utf8)[...]) else {
            let reason = "#pragma pack changes how structures are laid out, which is not supported here."
            throw PrototypeError(start, reason)
        }
    }

    private mutating func skipLiteral(_ quote: UInt8) throws(PrototypeError) {
        let start = index
        index += 1
        while let next = byte(), next != UInt8(ascii: "\n") {
            index = min(index + (next == UInt8(ascii: "\\") ? 2 : 1), text.count)
            if next == quote { return }
        }
        throw PrototypeError(start, "The string that begins here has no end.")
    }

    /// The value of an integer constant: decimal, octal or hexadecimal, with or without a suffix.
    private static func value(_ digits: ArraySlice<UInt8>) -> UInt32? {
        var digits = String(decoding: digits, as: UTF8.self).lowercased()[...]
        while let last = digits.last, last == "u" || last == "l" { digits.removeLast() }
        if digits.hasPrefix("0x") { return UInt32(digits.dropFirst(2), radix: 16) }
        return UInt32(digits, radix: digits.hasPrefix("0") ? 8 : 10)
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    /// What an identifier may begin with; $ as compilers have it.
    fileprivate var isLetter: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
            UInt8(ascii: "$"):
            true
        default: false
        }
    }
}
