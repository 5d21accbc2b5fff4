// Opens a file, and reads it whole.

import Glibc

/// Opens the file at `path`, which may be a pipe too, and then waits for its other end.
package func openForReading(_ path: HostPath) throws(SystemError) -> HostDescriptor {
    HostDescriptor(
        try valueOrErrno(retryOnInterrupt: true) {
            path.withCString { open($0, O_RDONLY | O_CLOEXEC | O_NOCTTY) }
        })
}

/// Why the bytes of a file are not to be had.
package enum FileRefusal: Error {
    case system(SystemError)
    /// What is there is no regular file: it may have no end, or wait for somebody who never comes.
    case notRegular(FileStatus.Kind)
    case tooLarge(limit: Int)
}

extension FileRefusal: CustomStringConvertible {
    /// The part of a sentence that says why.
    package var description: String {
        switch self {
        case .system(let error): error.description
        case .tooLarge(let limit): "it has more than \(counted(limit, "byte"))"
        case .notRegular(.directory): "it is a directory"
        case .notRegular(.pipe): "it is a pipe, not a file"
        case .notRegular(.socket): "it is a socket, not a file"
        case .notRegular(.characterDevice), .notRegular(.blockDevice): "it is a device, not a file"
        case .notRegular(.regularFile), .notRegular(.symbolicLink): "it is no regular file"
        }
    }
}

/// Opens the regular file at `path`. Never waits, whatever is there.
package func openRegularFile(_ path: HostPath) throws(FileRefusal) -> HostDescriptor {
    let file: HostDescriptor
    let kind: FileStatus.Kind
    do throws(SystemError) {
        let flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY
        file = HostDescriptor(
            try valueOrErrno(retryOnInterrupt: true) { path.withCString { open($0, flags) } })
    } catch {
        throw .system(error)
    }
    do throws(SystemError) {
        kind = try file.status().kind
    } catch {
        file.close()
        throw .system(error)
    }
    if kind == .regularFile { return file }
    file.close()
    throw .notRegular(kind)
}

/// The bytes of the regular file at `path`, which are at most `limit`.
package func fileContents(_ path: HostPath, limit: Int) throws(FileRefusal) -> HostBytes {
    let file = try openRegularFile(path)
    defer { file.close() }
    return try file.contents(limit: limit)
}

extension [UInt8] {
    /// `withUnsafeBytes`, with the type of what `body` throws.
    package func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withUnsafeBufferPointer { buffer throws(Failure) in try body(UnsafeRawBufferPointer(buffer)) }
    }
}

extension HostDescriptor {
    /// The next bytes, at most `count` of them.
    package func firstBytes(_ count: Int) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let length = try valueOrErrno(retryOnInterrupt: true) {
            bytes.withUnsafeMutableBytes { Glibc.read(number, $0.baseAddress, $0.count) }
        }
        return Array(bytes.prefix(length))
    }

    /// All bytes of a regular file, which are at most `limit`.
    package func contents(limit: Int) throws(FileRefusal) -> HostBytes {
        do throws(SystemError) {
            let size = Int(clamping: try status().size)
            var bytes = HostBytes()
            var count = 0
            // One byte more than the file has, so that its end is seen without growing. A file of the kernel's
            // has some and says that it has none.
            var room = max(min(size, limit) + 1, 1 << 16)
            while size <= limit, count <= limit {
                guard bytes.resize(to: room) else { throw SystemError.nomem }
                let place = bytes.bytes
                let length = try valueOrErrno(retryOnInterrupt: true) {
                    Glibc.read(number, place.baseAddress! + count, place.count - count)
                }
                count += length
                if length == 0 {
                    _ = bytes.resize(to: count)
                    return bytes
                }
                if count == room { room *= 2 }
            }
        } catch {
            throw .system(error)
        }
        throw .tooLarge(limit: limit)
    }
}
