// A directory that nobody but this user writes in.
//
// Always true: it belongs to the user that runs this, and nobody else may write. Nothing in it is reached by
// a symbolic link; what is no regular file of this user's is taken for missing.

import CMachine
import Glibc

package final class PrivateDirectory: Sendable {
    package let descriptor: HostDescriptor

    private init(checking descriptor: HostDescriptor) throws(SystemError) {
        self.descriptor = descriptor
        guard try sizeIfOnlyOurs(descriptor, S_IFDIR) != nil else { throw SystemError.perm }
    }

    deinit { descriptor.close() }

    /// Opens the directory at `path`; with `isMade`, makes it and those above it where they are missing. The
    /// last component is no symbolic link; those above are the system's and the user's own affair.
    package convenience init(at path: HostPath, isMade: Bool) throws(SystemError) {
        if isMade { Self.make(path) }
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW
        try self.init(
            checking: HostDescriptor(
                CInt(
                    try resultOrErrno(until: .never) { word in
                        path.withCString {
                            machine_open_component(word, AT_FDCWD, $0, flags, 0)
                        }
                    })))
    }

    /// A directory in this one.
    package func directory(named name: String, isMade: Bool) throws(SystemError) -> PrivateDirectory {
        if isMade { mkdirat(descriptor.number, name, 0o700) }
        return try PrivateDirectory(
            checking: try descriptor.openComponent(HostPath(name.utf8), flags: .directory))
    }

    private static func make(_ path: HostPath) {
        let bytes = path.bytes
        for end in bytes.indices.dropFirst() where bytes[end] == UInt8(ascii: "/") {
            HostPath(bytes[..<end]).withCString { _ = mkdir($0, 0o700) }
        }
        path.withCString { _ = mkdir($0, 0o700) }
    }

    /// The bytes of a file in this directory, and when it was last changed; nil where it is none of ours.
    package func contents(of name: String, upTo limit: Int) -> HostBytes? {
        // Not to be held up by a pipe.
        guard let file = try? descriptor.openComponent(HostPath(name.utf8), flags: [.nonblock, .noTerminal])
        else { return nil }
        defer { file.close() }
        guard let size = try? sizeIfOnlyOurs(file, S_IFREG), size <= limit else { return nil }
        var bytes = HostBytes()
        guard bytes.resize(to: size) else { return nil }
        let place = bytes.bytes
        var count = 0
        while count < size {
            let length = try? valueOrErrno(retryOnInterrupt: true) {
                read(file.number, place.baseAddress! + count, size - count)
            }
            guard let length, length > 0 else { return nil }
            count += length
        }
        return bytes
    }

    /// Puts a file into this directory, in place of one with its name.
    package func write(_ pieces: [[UInt8]], as name: String) throws(SystemError) {
        let file = try NewFile(in: descriptor, mode: 0o600)
        for piece in pieces { try file.write(piece) }
        try file.publish(as: HostPath(name.utf8))
    }

    /// The names of what is in this directory.
    package var names: [String] {
        var names: [String] = []
        var cookie: Int64 = 0
        while let entries = try? descriptor.entries(from: cookie), let last = entries.last {
            names += entries.map { String(decoding: $0.name, as: UTF8.self) }
            cookie = Int64(bitPattern: last.next)
        }
        return names.filter { $0 != "." && $0 != ".." }
    }

    package func status(of name: String) -> FileStatus? { try? descriptor.status(of: HostPath(name.utf8)) }

    package func removeFile(_ name: String) { try? descriptor.removeFile(HostPath(name.utf8)) }

    package func removeDirectory(_ name: String) { try? descriptor.removeDirectory(HostPath(name.utf8)) }

    /// Notes that the directory was used now.
    package func touch() { try? descriptor.setTimes(access: .now, modification: .now) }
}

/// The size of what is open, where it is of the kind `format`, of this user, and for no other to write.
private func sizeIfOnlyOurs(_ descriptor: HostDescriptor, _ format: mode_t) throws(SystemError) -> Int? {
    var status = stat()
    _ = try valueOrErrno(retryOnInterrupt: true) { fstat(descriptor.number, &status) }
    let isOurs = status.st_uid == geteuid() && status.st_mode & 0o022 == 0
    return status.st_mode & S_IFMT == format && isOurs ? Int(status.st_size) : nil
}
