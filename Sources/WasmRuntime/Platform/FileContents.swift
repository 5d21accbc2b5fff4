// Reads a file whole.

import Glibc

/// A file that cannot be read: a sentence for the user.
package struct FileError: Error, CustomStringConvertible {
    package let description: String

    init(_ path: String, _ code: Int32) {
        var text = [CChar](repeating: 0, count: 256)
        // The variant of `strerror_r` that Swift imports fills the buffer.
        let reason = strerror_r(code, &text, text.count) == 0 ? String(cString: text) : "error \(code)"
        description = "Cannot read \(path): \(reason)."
    }
}

/// The bytes of the file at `path`, which may be a pipe too.
package func fileContents(_ path: String) throws(FileError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw FileError(path, errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError(path, errno) }
    // One byte more than a regular file has, so that its end is seen without growing.
    var bytes = [UInt8](repeating: 0, count: max(Int(status.st_size) + 1, 1 << 16))
    var count = 0
    while true {
        if count == bytes.count { bytes.append(contentsOf: repeatElement(0, count: bytes.count)) }
        let length = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + count, $0.count - count) }
        if length > 0 {
            count += length
        } else if length == 0 {
            bytes.removeLast(bytes.count - count)
            return bytes
        } else if errno != EINTR {
            throw FileError(path, errno)
        }
    }
}
