// A file that appears whole, under its name, or not at all.
// https://man7.org/linux/man-pages/man2/rename.2.html

import CMachine
import Glibc

/// Used by one thread.
package final class NewFile {
    private let directory: HostDescriptor
    private let temporaryName: HostPath
    private var descriptor: HostDescriptor?

    /// How the names of files that are being written begin.
    package static let temporaryPrefix = ".writing-"

    /// Begins a file in a directory, which stays open meanwhile. What `mode` allows, the process's mask may
    /// forbid.
    package init(in directory: HostDescriptor, mode: mode_t) throws(SystemError) {
        self.directory = directory
        var random: UInt64 = 0
        try withUnsafeMutableBytes(of: &random) { bytes throws(SystemError) -> Void in
            try fillWithRandomBytes(bytes)
        }
        let name = HostPath("\(Self.temporaryPrefix)\(getpid())-\(String(random, radix: 36))".utf8)
        temporaryName = name
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        descriptor = HostDescriptor(
            CInt(
                try resultOrErrno(until: .never) { word in
                    name.withCString { machine_open_component(word, directory.number, $0, flags, mode) }
                }))
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        guard let descriptor else { return }
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest)
            let count = try withoutSizeSignal { () throws(SystemError) -> Int in
                try valueOrErrno(retryOnInterrupt: true) {
                    Glibc.write(descriptor.number, piece.baseAddress, piece.count)
                }
            }
            rest = rest.dropFirst(count)
        }
    }

    package func write(_ bytes: [UInt8]) throws(SystemError) {
        try bytes.withBytes { bytes throws(SystemError) in try write(bytes) }
    }

    /// Gives the file its name, in place of one that has it already. Once, as the last thing.
    package func publish(as name: HostPath) throws(SystemError) {
        guard let number = descriptor.take()?.number else { return }
        // Some file systems write here, and find here that there is no room.
        let isWritten = Glibc.close(number) == 0
        do throws(SystemError) {
            guard isWritten else { throw SystemError(errno) }
            try directory.rename(temporaryName, to: directory, name)
        } catch {
            try? directory.removeFile(temporaryName)
            throw error
        }
    }

    deinit {
        guard let descriptor else { return }
        descriptor.close()
        try? directory.removeFile(temporaryName)
    }
}
