// Calls on a descriptor of a directory.
//
// Always true: what takes a name touches one component of this directory, and follows no symbolic link,
// unless it says otherwise. A name may end with a slash where that is said.
// https://man7.org/linux/man-pages/man2/openat2.2.html

import CMachine
import Glibc

extension HostDescriptor {
    /// Opens a directory that the embedder names.
    package static func directory(at path: HostPath) throws(SystemError) -> HostDescriptor {
        HostDescriptor(
            CInt(
                try resultOrErrno(until: .never) { word in
                    path.withCString {
                        machine_open_component(word, AT_FDCWD, $0, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
                    }
                }))
    }

    /// Opens what `path` leads to, through links too, as long as that lies in this directory: fails with
    /// `EXDEV` where not, and with `ENOSYS` where the kernel can not promise it. Waits as opening does: for
    /// the other end of a pipe, and for who holds a lease.
    package func openBeneath(
        _ path: HostPath, flags: OpenFlags, until end: EndFlag = .never
    ) throws(SystemError) -> HostDescriptor {
        HostDescriptor(
            CInt(
                try resultOrErrno(until: end) { word in
                    path.withCString { machine_open_beneath(word, number, $0, flags.rawValue | O_CLOEXEC, 0o666) }
                }))
    }

    /// Opens one component, and waits in the same way.
    package func openComponent(
        _ name: HostPath, flags: OpenFlags, until end: EndFlag = .never
    ) throws(SystemError) -> HostDescriptor {
        HostDescriptor(
            CInt(
                try resultOrErrno(until: end) { word in
                    name.withCString {
                        machine_open_component(word, number, $0, flags.rawValue | O_CLOEXEC | O_NOFOLLOW, 0o666)
                    }
                }))
    }

    /// The name may end with a slash.
    package func createDirectory(_ name: HostPath) throws(SystemError) {
        _ = try valueOrErrno(retryOnInterrupt: true) { name.withCString { mkdirat(number, $0, 0o777) } }
    }

    /// The name may end with a slash.
    package func removeFile(_ name: HostPath) throws(SystemError) {
        _ = try valueOrErrno(retryOnInterrupt: true) { name.withCString { unlinkat(number, $0, 0) } }
    }

    /// The name may end with a slash.
    package func removeDirectory(_ name: HostPath) throws(SystemError) {
        _ = try valueOrErrno(retryOnInterrupt: true) {
            name.withCString { unlinkat(number, $0, AT_REMOVEDIR) }
        }
    }

    /// Both names may end with a slash.
    package func rename(
        _ name: HostPath, to directory: HostDescriptor, _ newName: HostPath
    ) throws(SystemError) {
        _ = try valueOrErrno(retryOnInterrupt: true) {
            name.withCString { old in
                newName.withCString { renameat(number, old, directory.number, $0) }
            }
        }
    }

    package func link(
        _ name: HostPath, to directory: HostDescriptor, _ newName: HostPath
    ) throws(SystemError) {
        _ = try valueOrErrno(retryOnInterrupt: true) {
            name.withCString { old in
                newName.withCString { linkat(number, old, directory.number, $0, 0) }
            }
        }
    }

    package func createSymbolicLink(_ name: HostPath, to target: HostPath) throws(SystemError) {
        _ = try valueOrErrno(retryOnInterrupt: true) {
            name.withCString { name in target.withCString { symlinkat($0, number, name) } }
        }
    }

    /// What a symbolic link holds; `EINVAL` where it is none. The empty name is this descriptor itself.
    package func readSymbolicLink(_ name: HostPath) throws(SystemError) -> [UInt8] {
        // Longer than PATH_MAX no link can be.
        var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = try valueOrErrno(retryOnInterrupt: true) {
            name.withCString { name in
                target.withUnsafeMutableBytes { buffer in
                    let start = buffer.baseAddress!.assumingMemoryBound(to: CChar.self)
                    return readlinkat(number, name, start, buffer.count)
                }
            }
        }
        target.removeLast(target.count - count)
        return target
    }
}

// MARK: Entries

/// An entry of a directory.
package struct DirectoryEntry: Sendable {
    package let name: [UInt8]
    package let inode: UInt64
    /// Nil where the file system does not tell.
    package let kind: FileStatus.Kind?
    /// Where reading goes on after this entry. Never 0.
    package let next: UInt64
}

extension HostDescriptor {
    /// Some entries from the place `cookie` on; none at the end. 0 is the start, and any other cookie one
    /// that an entry had as `next`. A directory that was removed has none. Moves this descriptor: one call
    /// at a time.
    package func entries(from cookie: Int64) throws(SystemError) -> [DirectoryEntry] {
        _ = try seek(to: cookie, from: .set)
        do throws(SystemError) {
            return try nextEntries()
        } catch {
            // POSIX has this be the end, and C libraries take it for that.
            if error.code == ENOENT { return [] }
            throw error
        }
    }

    private func nextEntries() throws(SystemError) -> [DirectoryEntry] {
        try withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 8) {
            buffer throws(SystemError) in
            let count = try valueOrErrno(retryOnInterrupt: true) {
                machine_directory_entries(number, buffer.baseAddress, buffer.count)
            }
            var entries: [DirectoryEntry] = []
            var start = 0
            while start < count {
                let record = UnsafeRawBufferPointer(rebasing: buffer[start..<count])
                entries.append(DirectoryEntry(record))
                start += Int(record.loadUnaligned(fromByteOffset: 16, as: UInt16.self))
            }
            return entries
        }
    }
}

extension DirectoryEntry {
    /// From a `linux_dirent64`: inode, offset, length of the record, type, name.
    fileprivate init(_ record: UnsafeRawBufferPointer) {
        inode = record.loadUnaligned(as: UInt64.self)
        next = UInt64(bitPattern: record.loadUnaligned(fromByteOffset: 8, as: Int64.self))
        kind =
            switch Int(record[18]) {
            case DT_REG: .regularFile
            case DT_DIR: .directory
            case DT_LNK: .symbolicLink
            case DT_BLK: .blockDevice
            case DT_CHR: .characterDevice
            case DT_SOCK: .socket
            case DT_FIFO: .pipe
            default: nil
            }
        name = Array(record[19...].prefix { $0 != 0 })
    }
}
