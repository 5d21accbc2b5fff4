// The descriptors of the standard streams.

import Platform
import WasmRuntime

extension Descriptor {
    convenience init(
        _ source: InputSource, number: CInt, name: String
    ) throws(WASIConfigurationError) {
        switch source {
        case .null: self.init(stream: NullStream(), .fd_read)
        case .buffer(let buffer): self.init(stream: buffer, .fd_read)
        case .function(let function): self.init(stream: function, .fd_read)
        case .inherited: self.init(stream: try Self.inherited(number, name), .fd_read)
        case .descriptor(let given): self.init(stream: try Self.duplicated(given, name), .fd_read)
        }
    }

    convenience init(_ sink: OutputSink, number: CInt, name: String) throws(WASIConfigurationError) {
        switch sink {
        case .null: self.init(stream: NullStream(), .fd_write)
        case .buffer(let buffer): self.init(stream: buffer, .fd_write)
        case .function(let function): self.init(stream: function, .fd_write)
        case .inherited: self.init(stream: try Self.inherited(number, name), .fd_write)
        case .descriptor(let given): self.init(stream: try Self.duplicated(given, name), .fd_write)
        }
    }

    private convenience init(stream resource: any Resource, _ direction: Rights) {
        // A file can be sought: C libraries take a character device that can not for a terminal.
        let rights = resource.rights(under: .readOnly).base.subtracting([.fd_read, .fd_write])
        self.init(resource, rights.union(direction))
    }

    /// A descriptor that the host keeps open.
    private static func inherited(
        _ number: CInt, _ name: String
    ) throws(WASIConfigurationError) -> any Resource {
        try guarding(number, name) { descriptor, kind throws(SystemError) in
            if kind == .regularFile { return HostFile(shared: descriptor, isOwned: false) }
            return HostStream(borrowing: descriptor, kind).resource
        }
    }

    /// A second descriptor for what the host has given, closed in the end.
    private static func duplicated(
        _ number: CInt, _ name: String
    ) throws(WASIConfigurationError) -> any Resource {
        try guarding(number, name) { given, kind throws(SystemError) in
            let descriptor = try given.duplicate()
            if kind == .regularFile { return HostFile(shared: descriptor, isOwned: true) }
            return HostStream(OwnedDescriptor(descriptor), kind).resource
        }
    }

    private static func guarding(
        _ number: CInt, _ name: String,
        _ open: (HostDescriptor, HostDescriptor.Kind) throws(SystemError) -> any Resource
    ) throws(WASIConfigurationError) -> any Resource {
        let descriptor = HostDescriptor(number)
        do throws(SystemError) {
            return try open(descriptor, try descriptor.kind())
        } catch {
            throw WASIConfigurationError(
                description: "Descriptor \(number) can not be the \(name): \(error).")
        }
    }
}
