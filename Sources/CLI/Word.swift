// A word of the command line, as bytes.
//
// Always true: nothing that the system gave is changed on its way. The parser takes and compares strings of
// Swift's, in which a byte that is not UTF-8 has no place and an accent after “=” makes one character of both.
// So each byte beyond ASCII goes through it as a character of its own, from a range that is for private use:
// these neither compose nor compare equal to anything else.

import ArgumentParser
import Platform
import WasmModule
import WasmRuntime

struct Word: Hashable {
    let bytes: [UInt8]

    /// Where the characters that stand for bytes begin.
    private static let base: UInt32 = 0xF_0000

    /// As it goes through the parser, to which “-Sa=b” would be an option “-Sa” and not the value “a=b” of “-S”.
    private static func encoded(_ bytes: some Collection<UInt8>) -> String {
        let hidesEquals = joined.contains { bytes.starts(with: $0.utf8) } && bytes.count > 2
        var text = ""
        for byte in bytes {
            let isPlain = byte < 0x80 && !(hidesEquals && byte == UInt8(ascii: "="))
            text.unicodeScalars.append(Unicode.Scalar(isPlain ? UInt32(byte) : base + UInt32(byte))!)
        }
        return text
    }

    /// The options whose values may follow without a space.
    private static let joined = ["-S", "-W", "-C", "-O", "-D"]

    /// What `encoded` made a text of; characters of the parser's own stand for their UTF-8.
    static func decoded(_ text: some StringProtocol) -> [UInt8] {
        text.unicodeScalars.flatMap { scalar in
            (base..<base + 0x100).contains(scalar.value)
                ? [UInt8(scalar.value - base)] : Array(String(scalar).utf8)
        }
    }

    /// The command's words after its name, for the parser.
    static var ofCommandLine: [String] {
        HostProcess.arguments.dropFirst().map(encoded)
    }

    /// The path that it is; words have no NUL.
    var path: HostPath { HostPath(bytes) }

    /// The same as text; nil where it is none.
    var text: String? { String(validating: bytes, as: UTF8.self) }

    func hasSuffix(_ suffix: StaticString) -> Bool {
        bytes.count >= suffix.utf8CodeUnitCount
            && bytes.suffix(suffix.utf8CodeUnitCount).elementsEqual(suffix.withUTF8Buffer { Array($0) })
    }
}

extension Word: ExpressibleByArgument {
    init?(argument: String) { bytes = Self.decoded(argument) }

    var defaultValueDescription: String { description }
}

extension Word: CustomStringConvertible {
    /// As messages show it.
    var description: String { shown(bytes) }
}
