// What an engine bounds. Every limit has a range, so that no value given by an embedder can overflow
// the arithmetic behind it.

/// The limits of an engine. The texts at `wasi_threads_limit_t` in the header state the same numbers.
package struct EngineLimits: Hashable, Sendable {
    /// The raw values are those of `wasi_threads_limit_t`.
    package enum Name: UInt32, CaseIterable, Sendable {
        case threads = 0
        case memoryPages
        case tableElements
        case valueStackBytes
        case hostStackBytes
        case bufferBytes
        case descriptors
        case guestStackBytes
        case totalTableElements
        case compilationMilliseconds
        case compilationBytes
    }

    /// As many bytes as a process of the host has addresses.
    package static let greatestMemoryPages: UInt64 = 1 << 31

    private var values: [UInt64]

    package init() { values = Name.allCases.map(\.defaultValue) }

    package subscript(name: Name) -> UInt64 { values[Int(name.rawValue)] }

    /// Sets a limit, or says in which range it must be.
    package mutating func set(_ name: Name, to value: UInt64) throws(EmbedderError) {
        guard name.range.contains(value) else {
            let range = "from \(name.range.lowerBound) to \(name.range.upperBound)"
            throw EmbedderError(.limit, "The limit of \(name.text) is \(range), not \(value).")
        }
        values[Int(name.rawValue)] = value
    }
}

extension EngineLimits.Name {
    fileprivate var defaultValue: UInt64 {
        switch self {
        case .threads: 32_768
        case .memoryPages: 65_536
        case .tableElements: 10_000_000
        case .valueStackBytes: 1 << 20
        case .hostStackBytes: 1 << 20
        case .bufferBytes: 64 << 20
        case .descriptors: 512
        case .guestStackBytes: 128 << 10
        case .totalTableElements: 1 << 27
        case .compilationMilliseconds: 1 << 40
        case .compilationBytes: 1 << 40
        }
    }

    fileprivate var range: ClosedRange<UInt64> {
        switch self {
        case .threads: 0...(1 << 29) - 1
        case .memoryPages: 0...EngineLimits.greatestMemoryPages
        case .tableElements: 0...UInt64(UInt32.max)
        case .valueStackBytes: (16 << 10)...(1 << 30)
        case .hostStackBytes: (64 << 10)...(1 << 30)
        case .bufferBytes: 0...(1 << 40)
        case .descriptors: 3...(1 << 20)
        case .guestStackBytes: (4 << 10)...(1 << 30)
        case .totalTableElements: 0...(1 << 40)
        case .compilationMilliseconds: 0...(1 << 40)
        case .compilationBytes: 0...(1 << 40)
        }
    }

    fileprivate var text: String {
        switch self {
        case .threads: "threads"
        case .memoryPages: "memory pages"
        case .tableElements: "table elements"
        case .valueStackBytes: "value stack bytes"
        case .hostStackBytes: "host stack bytes"
        case .bufferBytes: "buffer bytes"
        case .descriptors: "descriptors"
        case .guestStackBytes: "guest stack bytes"
        case .totalTableElements: "table elements of a process"
        case .compilationMilliseconds: "compilation milliseconds"
        case .compilationBytes: "compilation bytes"
        }
    }
}
