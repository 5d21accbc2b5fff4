// The descriptors of the standard streams.

import Glibc
import WasmRuntime

extension Descriptor {
    convenience init(
        _ source: InputSource, number: CInt, name: String
    ) throws(WASIConfigurationError) {
        switch source {
        case .null: self.init(stream: NullStream(), .fd_read)
        case .buffer(let buffer): self.init(stream: buffer, .fd_read)
        case .function(let function): self.init(stream: function, .fd_read)
        case .inherited: self.init(stream: try Self.host(number, name, isBorrowed: true), .fd_read)
        case .descriptor(let given): self.init(stream: try Self.host(given, name, isBorrowed: false), .fd_read)
        }
    }

    convenience init(_ sink: OutputSink, number: CInt, name: String) throws(WASIConfigurationError) {
        switch sink {
        case .null: self.init(stream: NullStream(), .fd_write)
        case .buffer(let buffer): self.init(stream: buffer, .fd_write)
        case .function(let function): self.init(stream: function, .fd_write)
        case .inherited: self.init(stream: try Self.host(number, name, isBorrowed: true), .fd_write)
        case .descriptor(let given): self.init(stream: try Self.host(given, name, isBorrowed: false), .fd_write)
        }
    }

    private convenience init(stream resource: any Resource, _ direction: Rights) {
        // A file can be sought: C libraries take a character device that can not for a terminal.
        let rights = resource.rights(under: .readOnly).base.subtracting([.fd_read, .fd_write])
        self.init(resource, rights.union(direction))
    }

    /// A descriptor of the host. One that is not borrowed is duplicated, and closed in the end.
    private static func host(
        _ number: CInt, _ name: String, isBorrowed: Bool
    ) throws(WASIConfigurationError) -> any Resource {
        do throws(SystemError) {
            var descriptor = HostDescriptor(number)
            let kind = try descriptor.kind()
            if !isBorrowed { descriptor = try descriptor.duplicate() }
            if kind == .regularFile { return HostFile(shared: descriptor, isOwned: !isBorrowed) }
            if isBorrowed { return HostStream(borrowing: descriptor, kind) }
            return HostStream(OwnedDescriptor(descriptor), kind)
        } catch {
            throw WASIConfigurationError(
                description: "Descriptor \(number) can not be the \(name): \(error).")
        }
    }
}
