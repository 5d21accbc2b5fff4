// The descriptors of the standard streams.

import Glibc
import WasmRuntime

extension Descriptor {
    convenience init(
        _ source: InputSource, number: CInt, name: String
    ) throws(WASIConfigurationError) {
        switch source {
        case .null: self.init(stream: .null, .fd_read)
        case .buffer(let buffer): self.init(stream: .input(buffer), .fd_read)
        case .function(let function): self.init(stream: .inputFunction(function), .fd_read)
        case .inherited: self.init(stream: try .host(number, name, isBorrowed: true), .fd_read)
        case .descriptor(let given): self.init(stream: try .host(given, name, isBorrowed: false), .fd_read)
        }
    }

    convenience init(_ sink: OutputSink, number: CInt, name: String) throws(WASIConfigurationError) {
        switch sink {
        case .null: self.init(stream: .null, .fd_write)
        case .buffer(let buffer): self.init(stream: .output(buffer), .fd_write)
        case .function(let function): self.init(stream: .outputFunction(function), .fd_write)
        case .inherited: self.init(stream: try .host(number, name, isBorrowed: true), .fd_write)
        case .descriptor(let given): self.init(stream: try .host(given, name, isBorrowed: false), .fd_write)
        }
    }

    private convenience init(stream resource: Resource, _ direction: Rights) {
        var rights = Rights.stream.subtracting([.fd_read, .fd_write])
        // C libraries take a character device that can not be sought for a terminal.
        if case .file = resource { rights = .fileReading.subtracting(.fd_read) }
        self.init(resource, rights.union(direction))
    }
}

extension Descriptor.Resource {
    /// A descriptor of the host. One that is not borrowed is duplicated, and closed in the end.
    fileprivate static func host(
        _ number: CInt, _ name: String, isBorrowed: Bool
    ) throws(WASIConfigurationError) -> Self {
        do throws(SystemError) {
            var descriptor = HostDescriptor(number)
            let kind = try descriptor.kind()
            if !isBorrowed { descriptor = try descriptor.duplicate() }
            if kind == .regularFile { return .file(HostFile(shared: descriptor, isOwned: !isBorrowed)) }
            if isBorrowed { return .host(HostStream(borrowing: descriptor, kind)) }
            return .host(HostStream(OwnedDescriptor(descriptor), kind))
        } catch {
            throw WASIConfigurationError(
                description: "Descriptor \(number) can not be the \(name): \(error).")
        }
    }
}
