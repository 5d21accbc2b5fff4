// What stat(2) tells about a file.
// https://man7.org/linux/man-pages/man3/stat.3type.html

import Glibc

package struct FileStatus: Sendable {
    package enum Kind: Sendable {
        case regularFile, directory, symbolicLink, blockDevice, characterDevice, socket, pipe

        fileprivate init(mode: mode_t) {
            switch mode & S_IFMT {
            case S_IFREG: self = .regularFile
            case S_IFDIR: self = .directory
            case S_IFLNK: self = .symbolicLink
            case S_IFBLK: self = .blockDevice
            case S_IFCHR: self = .characterDevice
            case S_IFSOCK: self = .socket
            default: self = .pipe
            }
        }
    }

    package let kind: Kind
    package let device: UInt64
    package let inode: UInt64
    package let linkCount: UInt64
    package let size: UInt64
    /// In nanoseconds since 1970; 0 for times before.
    package let accessTime: UInt64
    package let modificationTime: UInt64
    package let changeTime: UInt64

    init(_ status: stat) {
        kind = Kind(mode: status.st_mode)
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        linkCount = UInt64(status.st_nlink)
        size = UInt64(max(status.st_size, 0))
        accessTime = status.st_atim.nanoseconds
        modificationTime = status.st_mtim.nanoseconds
        changeTime = status.st_ctim.nanoseconds
    }
}

/// A time to set.
package enum TimeChange: Sendable {
    case leave
    case now
    /// In nanoseconds since 1970.
    case to(UInt64)

    fileprivate var value: timespec {
        switch self {
        case .leave: timespec(tv_sec: 0, tv_nsec: 0x3FFF_FFFE)  // UTIME_OMIT
        case .now: timespec(tv_sec: 0, tv_nsec: 0x3FFF_FFFF)  // UTIME_NOW
        case .to(let nanoseconds): timespec(nanoseconds: nanoseconds)
        }
    }
}

extension HostDescriptor {
    package func status() throws(SystemError) -> FileStatus {
        var status = stat()
        _ = try valueOrErrno(retryOnInterrupt: true) { fstat(number, &status) }
        return FileStatus(status)
    }

    /// Of what stands in this directory under one name; a symbolic link is not followed.
    package func status(of name: HostPath) throws(SystemError) -> FileStatus {
        var status = stat()
        _ = try valueOrErrno(retryOnInterrupt: true) {
            name.withCString { fstatat(number, $0, &status, AT_SYMLINK_NOFOLLOW) }
        }
        return FileStatus(status)
    }

    package func setTimes(access: TimeChange, modification: TimeChange) throws(SystemError) {
        let times = [access.value, modification.value]
        _ = try valueOrErrno(retryOnInterrupt: true) { futimens(number, times) }
    }

    /// Of what stands in this directory under one name; a symbolic link is not followed.
    package func setTimes(
        of name: HostPath, access: TimeChange, modification: TimeChange
    ) throws(SystemError) {
        let times = [access.value, modification.value]
        _ = try valueOrErrno(retryOnInterrupt: true) {
            name.withCString { utimensat(number, $0, times, AT_SYMLINK_NOFOLLOW) }
        }
    }
}
