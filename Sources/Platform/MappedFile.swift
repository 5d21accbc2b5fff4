// A file in memory, without being copied.
//
// Always true: whoever makes the file shorter meanwhile does not end the host. What is gone reads as zeros,
// on the thread that made this object, and `isWhole` says so.
// https://man7.org/linux/man-pages/man2/mmap.2.html

import CMachine
import Glibc

package final class MappedFile {
    package let bytes: UnsafeRawBufferPointer
    private let formerSignals: sigset_t

    /// Maps a regular file; nil where it can not be. The handler of `machine_native_install` is there, and no
    /// other file is mapped on this thread.
    package init?(_ file: HostDescriptor) {
        guard let status = try? file.status(), status.kind == .regularFile, status.size > 0 else {
            return nil
        }
        let count = Int(status.size)
        let base = mmap(nil, count, PROT_READ, MAP_PRIVATE | Int32(MAP_POPULATE), file.number, 0)
        guard let base, base != MAP_FAILED else { return nil }
        bytes = UnsafeRawBufferPointer(start: base, count: count)
        // A fault that is blocked ends the process.
        var signals = sigset_t()
        var former = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGBUS)
        pthread_sigmask(SIG_UNBLOCK, &signals, &former)
        formerSignals = former
        machine_native_watch(base, Mapping.roundedToPages(count))
    }

    /// Whether all that was read so far was there.
    package var isWhole: Bool { machine_native_watched_is_whole() }

    deinit {
        var former = formerSignals
        machine_native_watch(nil, 0)
        pthread_sigmask(SIG_SETMASK, &former, nil)
        munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress!), bytes.count)
    }
}
