// What an embedder gives a process through WASI, before there is a process.
//
// Always true: no text holds what WASI cannot hand on. One configuration serves many processes, so it has
// no stream's state.

import Platform
import WASI
import WasmModule

/// Arguments, environment and standard streams, as bytes: not every text of the host is UTF-8. The default
/// gives nothing.
package struct ProcessConfiguration: Sendable {
    /// What a standard stream is connected to.
    package enum Stream: Sendable {
        /// Input is at its end, output is discarded.
        case null
        /// The embedding program's stream of the same number.
        case inherited
        /// A descriptor of the embedding program.
        case descriptor(Int32)
        /// What the guest reads; of standard input only.
        case input([UInt8])
        /// What the guest writes is kept; of standard output and error only.
        case captured
        /// A function that the guest reads from; of standard input only.
        case inputFunction(InputFunction.Body)
        /// A function that takes what the guest writes; of standard output and error only.
        case outputFunction(OutputFunction.Body)
    }

    package private(set) var arguments: [[UInt8]] = []
    package private(set) var environment: [(name: [UInt8], value: [UInt8])] = []
    /// By descriptor.
    package var streams: [Stream] = [.null, .null, .null]
    /// The guest's directories, from descriptor 3 on.
    package private(set) var preopens: [Preopen] = []
    /// Descriptors of the embedding program, which the guest finds after its directories.
    package var sockets: [Int32] = []
    /// Whether it is noted how threads spend their time.
    package var keepsStatistics = false
    /// Where a timeline of threads goes, if one is wanted.
    package var trace: Int32?

    package init() {}

    /// The last part of the first argument, for the names of threads.
    var programName: String {
        let path = arguments.first ?? []
        let name = path.split(separator: UInt8(ascii: "/")).last ?? []
        return name.isEmpty ? "wasi-threads" : String(decoding: name, as: UTF8.self)
    }

    package mutating func setArguments(_ arguments: [[UInt8]]) throws(EmbedderError) {
        for argument in arguments { try refuseNUL(argument, "argument") }
        self.arguments = arguments
    }

    package mutating func addArgument(_ argument: [UInt8]) throws(EmbedderError) {
        try refuseNUL(argument, "argument")
        arguments.append(argument)
    }

    /// Sets a variable, in place of one with the same name.
    package mutating func setEnvironment(_ name: [UInt8], to value: [UInt8]) throws(EmbedderError) {
        guard !name.isEmpty, !name.contains(UInt8(ascii: "=")) else {
            let shown = shown(name)
            let message = "The name of an environment variable is empty or holds \"=\": \"\(shown)\"."
            throw EmbedderError(.misuse, message)
        }
        try refuseNUL(name, "name of an environment variable")
        try refuseNUL(value, "value of an environment variable")
        if let index = environment.firstIndex(where: { $0.name == name }) {
            environment[index].value = value
        } else {
            environment.append((name, value))
        }
    }
}

extension ProcessConfiguration {
    package mutating func addPreopen(_ preopen: Preopen) throws(EmbedderError) {
        if preopen.guestPath.isEmpty {
            throw EmbedderError(.misuse, "The guest's name for a directory is empty.")
        }
        try refuseNUL(preopen.guestPath, "guest's name for a directory")
        if case .host(let path) = preopen.source { try refuseNUL(path, "path of a directory") }
        preopens.append(preopen)
    }
}

/// WASI ends strings with a NUL byte, so a guest would see only what stands before one.
private func refuseNUL(_ text: [UInt8], _ what: String) throws(EmbedderError) {
    guard !text.contains(0) else {
        throw EmbedderError(.misuse, "The \(what) holds a NUL byte: \"\(shown(text))\".")
    }
}

/// The streams of one process, and what the embedder reads of them.
struct ProcessStreams {
    private(set) var captured: [OutputBuffer?] = [nil, nil, nil]
    private let streams: [ProcessConfiguration.Stream]

    /// `limit` bounds each captured stream, in bytes.
    init(_ streams: [ProcessConfiguration.Stream], limit: Int) {
        self.streams = streams
        for (index, stream) in streams.enumerated() {
            if case .captured = stream { captured[index] = OutputBuffer(limit: limit) }
        }
    }

    var input: InputSource {
        switch streams[0] {
        case .null, .captured, .outputFunction: .null
        case .inherited: .inherited
        case .descriptor(let number): .descriptor(number)
        case .input(let bytes): .buffer(InputBuffer(bytes))
        case .inputFunction(let body): .function(InputFunction(body))
        }
    }

    /// Where standard output (1) or error (2) goes.
    func output(_ index: Int) -> OutputSink {
        if let buffer = captured[index] { return .buffer(buffer) }
        return switch streams[index] {
        case .null, .input, .inputFunction, .captured: .null
        case .inherited: .inherited
        case .descriptor(let number): .descriptor(number)
        case .outputFunction(let body): .function(OutputFunction(body))
        }
    }
}

extension WASIConfiguration {
    init(_ configuration: ProcessConfiguration, _ streams: ProcessStreams, descriptorLimit: Int) {
        self.init()
        arguments = configuration.arguments
        environment = configuration.environment
        standardInput = streams.input
        standardOutput = streams.output(1)
        standardError = streams.output(2)
        preopens = configuration.preopens
        sockets = configuration.sockets
        self.descriptorLimit = descriptorLimit
    }

    func context() throws(EmbedderError) -> WASIContext {
        do {
            return try WASIContext(self)
        } catch {
            throw EmbedderError(error.isAboutFile ? .file : .misuse, error.description)
        }
    }
}
