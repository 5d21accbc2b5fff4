// Opens a file, and reads it whole.

import Glibc

/// Opens the file at `path`, which may be a pipe too, and then waits for its other end.
package func openForReading(_ path: String) throws(SystemError) -> HostDescriptor {
    HostDescriptor(
        try valueOrErrno(retryOnInterrupt: true) { open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) })
}

/// The bytes of the file at `path`, which may be a pipe too.
package func fileContents(_ path: String) throws(SystemError) -> [UInt8] {
    let file = try openForReading(path)
    defer { file.close() }
    return try file.contents()
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

    /// All bytes from here to the end.
    package func contents() throws(SystemError) -> [UInt8] {
        var status = stat()
        _ = try valueOrErrno(retryOnInterrupt: false) { fstat(number, &status) }
        // One byte more than a regular file has, so that its end is seen without growing.
        var bytes = [UInt8](repeating: 0, count: max(Int(status.st_size) + 1, 1 << 16))
        var count = 0
        while true {
            if count == bytes.count { bytes.append(contentsOf: repeatElement(0, count: bytes.count)) }
            let length = try valueOrErrno(retryOnInterrupt: true) {
                bytes.withUnsafeMutableBytes { Glibc.read(number, $0.baseAddress! + count, $0.count - count) }
            }
            count += length
            if length == 0 {
                bytes.removeLast(bytes.count - count)
                return bytes
            }
        }
    }
}
