// Names as the specification compares them: by their code points.

import Platform

/// A name that equals another only where all bytes are the same. Swift compares strings by canonical
/// equivalence instead, under which a precomposed letter equals the letter followed by its accent.
/// https://webassembly.github.io/spec/core/syntax/values.html#names
package struct ExactName: Hashable, Sendable {
    package let name: String

    package init(_ name: String) { self.name = name }

    package static func == (left: ExactName, right: ExactName) -> Bool {
        left.name.utf8.elementsEqual(right.name.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        var name = name
        name.withUTF8 { unsafe hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

extension ExactName: CustomStringConvertible {
    /// As messages show it.
    package var description: String { shown(name) }
}
