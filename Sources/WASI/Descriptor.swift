// One entry of the descriptor table: what it refers to and what it may be used for.
//
// Always true: a thread that uses a descriptor holds it, so that a close by another thread takes away
// its number at once, and the rest when the last use is over.

import Glibc
import WasmRuntime

final class Descriptor: Sendable {
    enum Resource: Sendable {
        /// Empty, and swallows everything.
        case null
        case input(InputBuffer)
        case output(OutputBuffer)
        case host(HostStream)
    }

    private let resource: Resource
    let rights: Rights

    private init(_ resource: Resource, _ direction: Rights) {
        self.resource = resource
        var rights: Rights = [direction, .poll_fd_readwrite, .fd_fdstat_set_flags, .fd_filestat_get]
        // Where they are missing, C libraries take a character device for a terminal.
        if case .host(let stream) = resource, stream.kind == .regularFile {
            rights.formUnion([.fd_seek, .fd_tell])
        }
        self.rights = rights
    }

    convenience init(
        _ source: InputSource, number: CInt, name: String
    ) throws(WASIConfigurationError) {
        switch source {
        case .null: self.init(.null, .fd_read)
        case .buffer(let buffer): self.init(.input(buffer), .fd_read)
        case .inherited: self.init(try .host(number, name, HostStream.borrowing), .fd_read)
        case .descriptor(let given): self.init(try .host(given, name, HostStream.duplicating), .fd_read)
        }
    }

    convenience init(_ sink: OutputSink, number: CInt, name: String) throws(WASIConfigurationError) {
        switch sink {
        case .null: self.init(.null, .fd_write)
        case .buffer(let buffer): self.init(.output(buffer), .fd_write)
        case .inherited: self.init(try .host(number, name, HostStream.borrowing), .fd_write)
        case .descriptor(let given): self.init(try .host(given, name, HostStream.duplicating), .fd_write)
        }
    }

    func fdstat() throws(Failure) -> Fdstat {
        var stat = Fdstat(filetype: .unknown, flags: [], rightsBase: rights, rightsInheriting: [])
        if case .host(let stream) = resource {
            stat.filetype = Filetype(stream.kind)
            stat.flags = try stream.flags()
        }
        return stat
    }

    func read(_ vectors: Vectors, on thread: GuestThread?) throws(Failure) -> Int {
        switch resource {
        case .null: 0
        case .input(let buffer): buffer.read(vectors)
        case .output: throw .errno(.badf)
        case .host(let stream): try stream.read(vectors, on: thread)
        }
    }

    func write(_ vectors: inout Vectors, on thread: GuestThread?) throws(Failure) -> Int {
        switch resource {
        case .null: vectors.byteCount
        case .input: throw .errno(.badf)
        case .output(let buffer): try buffer.write(vectors)
        case .host(let stream): try stream.write(&vectors, on: thread)
        }
    }
}

extension Descriptor.Resource {
    fileprivate static func host(
        _ number: CInt, _ name: String, _ open: (CInt) throws(SystemError) -> HostStream
    ) throws(WASIConfigurationError) -> Self {
        do throws(SystemError) {
            return .host(try open(number))
        } catch {
            throw WASIConfigurationError(
                description: "Descriptor \(number) can not be the \(name): \(error).")
        }
    }
}

// MARK: Polling

extension Descriptor {
    /// What to wait for; nil where reading and writing never wait.
    var hostDescriptor: HostDescriptor? {
        if case .host(let stream) = resource { stream.descriptor } else { nil }
    }

    var bytesToRead: UInt64 {
        switch resource {
        case .null, .output: 0
        case .input(let buffer): UInt64(buffer.count)
        case .host(let stream): stream.descriptor.bytesAvailable
        }
    }

    /// The least that a write is sure to take.
    var roomToWrite: UInt64 {
        switch resource {
        case .null, .host: UInt64(PIPE_BUF)
        case .output(let buffer): UInt64(buffer.room)
        case .input: 0
        }
    }
}
