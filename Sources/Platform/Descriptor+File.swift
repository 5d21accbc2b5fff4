// Calls on a descriptor of a regular file.
// https://man7.org/linux/man-pages/man2/lseek.2.html

import CMachine
import Glibc

extension HostDescriptor {
    /// Where reading and writing go on. The raw values are those of `whence` in WASI and in POSIX.
    package enum Whence: CInt, Sendable { case set, current, end }

    /// Returns the new position.
    package func seek(to offset: Int64, from whence: Whence) throws(SystemError) -> UInt64 {
        UInt64(try valueOrErrno(retryOnInterrupt: true) { lseek(number, off_t(offset), whence.rawValue) })
    }

    package func read(
        _ vectors: UnsafeBufferPointer<iovec>, at offset: Int64
    ) throws(SystemError) -> Int {
        try valueOrErrno(retryOnInterrupt: true) {
            // Without a list to look through, the kernel takes a fifth less time for a page.
            vectors.count == 1
                ? pread(number, vectors[0].iov_base, vectors[0].iov_len, off_t(offset))
                : machine_read_at(number, vectors.baseAddress, CInt(vectors.count), off_t(offset))
        }
    }

    /// On a file that was opened to append, Linux writes at its end all the same.
    package func write(
        _ vectors: UnsafeBufferPointer<iovec>, at offset: Int64
    ) throws(SystemError) -> Int {
        try withoutSizeSignal { () throws(SystemError) in
            try valueOrErrno(retryOnInterrupt: true) {
                vectors.count == 1
                    ? pwrite(number, vectors[0].iov_base, vectors[0].iov_len, off_t(offset))
                    : machine_write_at(number, vectors.baseAddress, CInt(vectors.count), off_t(offset))
            }
        }
    }

    package func setSize(_ size: Int64) throws(SystemError) {
        try withoutSizeSignal { () throws(SystemError) in
            _ = try valueOrErrno(retryOnInterrupt: true) { ftruncate(number, off_t(size)) }
        }
    }

    package func allocate(offset: Int64, length: Int64) throws(SystemError) {
        try withoutSizeSignal { () throws(SystemError) in
            try valueOrCode { posix_fallocate(number, off_t(offset), off_t(length)) }
        }
    }

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
        try valueOrCode { posix_fadvise(number, off_t(offset), off_t(length), code) }
    }

    package func synchronize(dataOnly: Bool) throws(SystemError) {
        _ = try valueOrErrno(retryOnInterrupt: true) { dataOnly ? fdatasync(number) : fsync(number) }
    }

    /// Sets `O_APPEND` and `O_NONBLOCK`; Linux leaves the other flags as they are.
    package func setStatusFlags(_ flags: CInt) throws(SystemError) {
        _ = try valueOrErrno(retryOnInterrupt: true) { fcntl(number, F_SETFL, flags) }
    }

    /// Makes a call that answers with an error number instead of leaving it in `errno`.
    private func valueOrCode(_ call: () -> CInt) throws(SystemError) {
        while true {
            let code = call()
            if code == 0 { return }
            if code != EINTR { throw SystemError(code) }
        }
    }
}
