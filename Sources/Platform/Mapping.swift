// Anonymous private memory of the process: reserved, made usable, given back.
//
// Always true: sizes are rounded up to whole pages here, and nowhere else; nothing is accessible before
// `commit`, and the kernel charges no memory before a page is touched.

import Glibc

package enum Mapping {
    package static let pageBytes = Int(sysconf(Int32(_SC_PAGESIZE)))

    package static func roundedToPages(_ bytes: Int) -> Int {
        (bytes + pageBytes - 1) & ~(pageBytes - 1)
    }

    /// Address space that nothing may touch yet; nil where the kernel refuses it.
    package static func reserve(_ bytes: Int) -> UnsafeMutableRawPointer? {
        try? map(bytes, protection: PROT_NONE, flags: MAP_NORESERVE)
    }

    /// Makes reserved pages readable and writable. They read as zero.
    package static func commit(_ base: UnsafeMutableRawPointer, _ bytes: Int) throws(SystemError) {
        try protect(base, bytes, PROT_READ | PROT_WRITE)
    }

    /// Pages that were written become code.
    package static func makeExecutable(
        _ base: UnsafeMutableRawPointer, _ bytes: Int
    ) throws(SystemError) {
        try protect(base, bytes, PROT_READ | PROT_EXEC)
    }

    package static func makeReadOnly(_ base: UnsafeMutableRawPointer, _ bytes: Int) throws(SystemError) {
        try protect(base, bytes, PROT_READ)
    }

    /// Memory that is readable, writable and zero; nil where the kernel refuses it. It is charged: a system that
    /// counts what is promised refuses more than it has.
    package static func allocate(_ bytes: Int) -> UnsafeMutableRawPointer? {
        try? map(bytes, protection: PROT_READ | PROT_WRITE, flags: 0)
    }

    /// Whether the system gives some memory still. Looked at after a guest has got what it asked for, so that it
    /// cannot take the last of it, which the host's small allocations need: those abort where they fail.
    package static var hasMargin: Bool { hasRoom(for: 1 << 20) }

    /// The same for what is small itself and takes a margin's memory only where many ask for it: nothing is looked at
    /// where the host's address space has no limit.
    package static var hasMarginForMany: Bool {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { return true }
        // Several threads begin at once, and each takes memory of the C library's before it looks again.
        return limit.rlim_cur == rlim_t.max || hasRoom(for: 8 << 20)
    }

    /// Whether the system would give so much memory now.
    package static func hasRoom(for bytes: Int) -> Bool {
        guard let base = allocate(bytes) else { return false }
        release(base, bytes)
        return true
    }

    /// Undoes `commit`: the pages are given back, and nothing may touch the addresses.
    package static func retract(_ base: UnsafeMutableRawPointer, _ bytes: Int) {
        discard(base, bytes)
        try? protect(base, bytes, PROT_NONE)
    }

    package static func release(_ base: UnsafeMutableRawPointer, _ bytes: Int) {
        // SAFETY: unmapping whole pages of our own mapping splits at most one area of the kernel's, and
        // may fail only where that would exceed the number of areas: then the pages are given back and
        // the addresses stay reserved.
        if munmap(base, roundedToPages(bytes)) != 0 {
            discard(base, bytes)
        }
    }

    /// Gives the pages back and keeps the addresses: they read as zero from now on.
    package static func discard(_ base: UnsafeMutableRawPointer, _ bytes: Int) {
        madvise(base, bytes, Int32(MADV_DONTNEED))
    }

    /// Readable and writable memory for stacks, with `guardBytes` at its low end that nothing can touch.
    package static func mapStack(_ bytes: Int, guardBytes: Int) throws(SystemError) -> UnsafeMutableRawPointer {
        // MAP_STACK also keeps transparent huge pages away, of which one would cost 2 MiB a thread.
        let base = try map(
            bytes, protection: PROT_READ | PROT_WRITE, flags: MAP_NORESERVE | MAP_STACK)
        // A guard without an area of its own, so that neighbouring stacks are one area of the kernel's and
        // go in one piece (Linux 6.13); otherwise a guard that costs an area.
        if madvise(base, guardBytes, adviceGuardInstall) == 0 { return base }
        do {
            try protect(base, guardBytes, PROT_NONE)
        } catch {
            release(base, bytes)
            throw error
        }
        return base
    }

    /// MADV_GUARD_INSTALL, which older headers lack.
    private static let adviceGuardInstall: Int32 = 102

    private static func map(
        _ bytes: Int, protection: Int32, flags: Int32
    ) throws(SystemError) -> UnsafeMutableRawPointer {
        let base = mmap(nil, roundedToPages(bytes), protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0)
        guard let base, base != MAP_FAILED else { throw SystemError(errno) }
        return base
    }

    private static func protect(
        _ base: UnsafeMutableRawPointer, _ bytes: Int, _ protection: Int32
    ) throws(SystemError) {
        guard mprotect(base, roundedToPages(bytes), protection) == 0 else { throw SystemError(errno) }
    }
}
