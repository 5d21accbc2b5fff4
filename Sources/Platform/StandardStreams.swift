// The standard streams of the process, for a program that owns them.

import Glibc

extension HostDescriptor {
    package static let standardOutput = HostDescriptor(STDOUT_FILENO)
    package static let standardError = HostDescriptor(STDERR_FILENO)

    /// Fills the places of standard streams that are closed, so that no file of the program's own takes one. As
    /// with a closed stream, reading or writing there fails. Before anything else is opened.
    package static func fillStandardStreams() {
        for number in STDIN_FILENO...STDERR_FILENO where fcntl(number, F_GETFD) < 0 {
            // The lowest free number is this one. It stays open until the program exits.
            _ = open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    /// Writes all of it, and waits where it must. A signal that the write raises does what it does.
    package func write(all bytes: [UInt8]) throws(SystemError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = try valueOrErrno(retryOnInterrupt: true) {
                rest.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
            }
            rest = rest.dropFirst(count)
        }
    }
}
