// Adding to a file that other programs read meanwhile.

import Glibc

/// Adds text to the end of the file at `path`, which is made where there is none, for its owner only. A link
/// is not followed: the file may lie where anybody can make one.
package func append(_ text: String, toFile path: String) throws(SystemError) {
    let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY
    let descriptor = try valueOrErrno(retryOnInterrupt: true) { open(path, flags, 0o600) }
    defer { close(descriptor) }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let length = try valueOrErrno(retryOnInterrupt: true) {
            rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        }
        rest = rest.dropFirst(length)
    }
}
