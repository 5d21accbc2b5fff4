// What an embedder decides about a process before it runs.
//
// Always true: nothing of the host is in here unless the embedder put it there.

import Platform
import WasmModule
import WasmRuntime

package struct WASIConfiguration: Sendable {
    /// The first is the program's name. Bytes, since not every argument of the host is Unicode.
    package var arguments: [[UInt8]] = []
    package var environment: [(name: [UInt8], value: [UInt8])] = []
    package var standardInput = InputSource.null
    package var standardOutput = OutputSink.null
    package var standardError = OutputSink.null
    /// Directories, which get the numbers after the streams in this order.
    package var preopens: [Preopen] = []
    /// Sockets of the host, listening or connected, which get the numbers after the directories. Each is
    /// duplicated; the one given stays the embedder's.
    package var sockets: [CInt] = []
    /// How many descriptors may be open, with those that are given.
    package var descriptorLimit = 512
    package var pathResolver = PathResolver.available

    package init() {}
}

/// Why a configuration was refused; reads as a sentence.
package struct WASIConfigurationError: Error, CustomStringConvertible {
    package let description: String
    /// Whether the host refuses a file, rather than the configuration being wrong in itself.
    package var isAboutFile = false
}

extension WASIConfiguration {
    func argumentStrings() throws(WASIConfigurationError) -> StringTable {
        for (index, argument) in arguments.enumerated() where argument.contains(0) {
            throw WASIConfigurationError(description: "Argument \(index) contains a NUL byte.")
        }
        return try table(arguments, of: "arguments")
    }

    func environmentStrings() throws(WASIConfigurationError) -> StringTable {
        for (index, variable) in environment.enumerated() {
            let (name, value) = variable
            if name.isEmpty {
                throw WASIConfigurationError(description: "Environment variable \(index) has no name.")
            }
            let shown = shown(name)
            if name.contains(UInt8(ascii: "=")) {
                throw WASIConfigurationError(
                    description: "The name of environment variable \(index), '\(shown)', contains '='.")
            }
            if name.contains(0) || value.contains(0) {
                throw WASIConfigurationError(
                    description: "Environment variable \(index), '\(shown)', contains a NUL byte.")
            }
        }
        let strings = environment.map { $0.name + [UInt8(ascii: "=")] + $0.value }
        return try table(strings, of: "environment variables")
    }

    private func table(
        _ strings: [[UInt8]], of what: String
    ) throws(WASIConfigurationError) -> StringTable {
        let byteCount = strings.reduce(0) { $0 + $1.count + 1 }
        guard byteCount <= StringTable.maximumByteCount else {
            throw WASIConfigurationError(
                description: """
                    The \(what) take \(counted(byteCount, "byte")); the limit is \(StringTable.maximumByteCount).
                    """)
        }
        return StringTable(strings)
    }
}
