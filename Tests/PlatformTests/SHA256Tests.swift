// SHA-256, with the processor's instructions and without.
// https://csrc.nist.gov/projects/cryptographic-standards-and-guidelines/example-values

import Platform
import Testing

@Suite(.timeLimit(.minutes(5))) struct Digests {
    static let examples: [(text: String, digest: String)] = [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrs"
                + "mnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
        (
            String(repeating: "a", count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
    ]

    @Test(arguments: [false, true]) func examplesOfTheStandard(usesInstructions: Bool) {
        for (text, digest) in Self.examples {
            var hash = SHA256(usesInstructions: usesInstructions)
            hash.update(Array(text.utf8))
            #expect(hash.finish().hexadecimal == digest)
        }
    }

    @Test func partsMakeTheWhole() {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 131 >> 3) }
        let whole = SHA256.digest(of: bytes)
        for step in 1...200 {
            for usesInstructions in [false, true] {
                var hash = SHA256(usesInstructions: usesInstructions)
                for start in stride(from: 0, to: bytes.count, by: step) {
                    hash.update(Array(bytes[start..<min(start + step, bytes.count)]))
                }
                #expect(hash.finish() == whole)
            }
        }
    }
}
