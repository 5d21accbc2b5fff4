// Calls on a descriptor of a regular file.
// https://man7.org/linux/man-pages/man2/lseek.2.html

import CMachine
import Glibc

extension HostDescriptor {
    /// Where reading and writing go on. The raw values are those of `whence` in WASI and in POSIX.
    package enum Whence: CInt, Sendable { case set, current, end }

    /// Opens a file for writing, made where there is none, and emptied where there is. A device may be one too.
    package static func newFile(at path: HostPath) throws(SystemError) -> HostDescriptor {
        HostDescriptor(
            try valueOrErrno(retryOnInterrupt: true) {
                path.withCString { open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666) }
            })
    }

    /// Returns the new position.
    package func seek(to offset: Int64, from whence: Whence) throws(SystemError) -> UInt64 {
        UInt64(try valueOrErrno(retryOnInterrupt: true) { lseek(number, off_t(offset), whence.rawValue) })
    }

    package func read(
        _ vectors: UnsafeBufferPointer<IOVector>, at offset: Int64, until end: EndFlag
    ) throws(SystemError) -> Int {
        try resultOrErrno(until: end) {
            machine_read_at($0, number, vectors.baseAddress, CInt(vectors.count), offset)
        }
    }

    /// On a file that was opened to append, Linux writes at its end all the same.
    package func write(
        _ vectors: UnsafeBufferPointer<IOVector>, at offset: Int64, until end: EndFlag
    ) throws(SystemError) -> Int {
        try withoutSizeSignal { () throws(SystemError) in
            try resultOrErrno(until: end) {
                machine_write_at($0, number, vectors.baseAddress, CInt(vectors.count), offset)
            }
        }
    }

    package func setSize(_ size: Int64, until end: EndFlag) throws(SystemError) {
        try withoutSizeSignal { () throws(SystemError) in
            _ = try resultOrErrno(until: end) { machine_truncate($0, number, size) }
        }
    }

    /// Makes sure that so much is there and has its place. Some file systems write for it.
    package func allocate(offset: Int64, length: Int64, until end: EndFlag) throws(SystemError) {
        try withoutSizeSignal { () throws(SystemError) in
            do throws(SystemError) {
                _ = try resultOrErrno(until: end) { machine_allocate($0, number, offset, length) }
            } catch {
                guard error.code == EOPNOTSUPP else { throw error }
                // The C library does it by writing.
                try valueOrCode(until: end) { posix_fallocate(number, off_t(offset), off_t(length)) }
            }
        }
    }

    /// Whether reading and writing this file waits for a device of this host only: not for another program,
    /// as the kernel's own files do, nor for one that serves files, here or elsewhere.
    /// https://man7.org/linux/man-pages/man2/statfs.2.html
    package var isOnDevice: Bool { FileSystems.onDevices.contains(machine_file_system(number)) }

    /// How a file will be used. In the order of `advice` in WASI, which is that of Linux on x86-64 and
    /// AArch64 too.
    package enum Advice: CInt, Sendable { case normal, sequential, random, willNeed, dontNeed, noReuse }

    package func advise(offset: Int64, length: Int64, _ advice: Advice) throws(SystemError) {
        // WASI has sequential before random, POSIX random before sequential.
        let code: CInt =
            switch advice {
            case .sequential: POSIX_FADV_SEQUENTIAL
            case .random: POSIX_FADV_RANDOM
            default: advice.rawValue
            }
        try valueOrCode(until: .never) { posix_fadvise(number, off_t(offset), off_t(length), code) }
    }

    package func synchronize(dataOnly: Bool, until end: EndFlag) throws(SystemError) {
        _ = try resultOrErrno(until: end) { machine_synchronize($0, number, dataOnly ? 1 : 0) }
    }

    /// Sets `append` and `nonblock`; Linux leaves the other flags as they are.
    package func setStatusFlags(_ flags: OpenFlags) throws(SystemError) {
        _ = try valueOrErrno(retryOnInterrupt: true) { fcntl(number, F_SETFL, flags.rawValue) }
    }

    /// Makes a call that answers with an error number instead of leaving it in `errno`.
    private func valueOrCode(until end: EndFlag, _ call: () -> CInt) throws(SystemError) {
        while true {
            let code = call()
            if code == 0 { return }
            if code != EINTR || end.isSet { throw SystemError(code) }
        }
    }
}

private enum FileSystems {
    /// In the order of `linux/magic.h` and of the file systems' own headers: ext2 to ext4, XFS, Btrfs, tmpfs,
    /// ramfs, F2FS, bcachefs, ZFS, overlay, SquashFS, EROFS, ISO 9660, UDF, FAT, exFAT, NTFS, JFS, NILFS.
    static let onDevices: Set<UInt64> = [
        0xEF53, 0x5846_5342, 0x9123_683E, 0x0102_1994, 0x8584_58F6, 0xF2F5_2010, 0xCA45_1A4E, 0x2FC1_2FC1,
        0x794C_7630, 0x7371_7368, 0xE0F5_E1E2, 0x9660, 0x1501_3346, 0x4D44, 0x2011_BAB0, 0x7366_746E,
        0x3153_464A, 0x3434,
    ]
}
