// `errno`: why a function did not do what it was asked for.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/witx/typenames.witx

import Glibc
import Platform
import WasmRuntime

/// In the order of the witx, which gives the numbers.
package enum Errno: UInt16, CaseIterable, Sendable {
    case success = 0
    case tooBig  // `2big`, which can not be a name
    case acces, addrinuse, addrnotavail, afnosupport, again, already
    case badf, badmsg, busy
    case canceled, child, connaborted, connrefused, connreset
    case deadlk, destaddrreq, dom, dquot
    case exist
    case fault, fbig
    case hostunreach
    case idrm, ilseq, inprogress, intr, inval, io, isconn, isdir
    case loop
    case mfile, mlink, msgsize, multihop
    case nametoolong, netdown, netreset, netunreach, nfile, nobufs, nodev, noent, noexec, nolck, nolink
    case nomem, nomsg, noprotoopt, nospc, nosys, notconn, notdir, notempty, notrecoverable, notsock
    case notsup, notty, nxio
    case overflow, ownerdead
    case perm, pipe, proto, protonosupport, prototype
    case range, rofs
    case spipe, srch, stale
    case timedout, txtbsy
    case xdev
    case notcapable
}

extension Errno {
    /// What the guest is told about an error of the host; one that WASI has no name for is `io`.
    init(_ error: SystemError) {
        self = Self.ofHost.first { $0.host == error.code }?.errno ?? .io
    }

    private static let ofHost: [(host: CInt, errno: Errno)] = [
        (E2BIG, .tooBig), (EACCES, .acces), (EADDRINUSE, .addrinuse), (EADDRNOTAVAIL, .addrnotavail),
        (EAFNOSUPPORT, .afnosupport), (EAGAIN, .again), (EALREADY, .already), (EBADF, .badf),
        (EBADMSG, .badmsg), (EBUSY, .busy), (ECANCELED, .canceled), (ECHILD, .child),
        (ECONNABORTED, .connaborted), (ECONNREFUSED, .connrefused), (ECONNRESET, .connreset),
        (EDEADLK, .deadlk), (EDESTADDRREQ, .destaddrreq), (EDOM, .dom), (EDQUOT, .dquot), (EEXIST, .exist),
        (EFAULT, .fault), (EFBIG, .fbig), (EHOSTUNREACH, .hostunreach), (EIDRM, .idrm), (EILSEQ, .ilseq),
        (EINPROGRESS, .inprogress), (EINTR, .intr), (EINVAL, .inval), (EIO, .io), (EISCONN, .isconn),
        (EISDIR, .isdir), (ELOOP, .loop), (EMFILE, .mfile), (EMLINK, .mlink), (EMSGSIZE, .msgsize),
        (EMULTIHOP, .multihop), (ENAMETOOLONG, .nametoolong), (ENETDOWN, .netdown), (ENETRESET, .netreset),
        (ENETUNREACH, .netunreach), (ENFILE, .nfile), (ENOBUFS, .nobufs), (ENODEV, .nodev),
        (ENOENT, .noent), (ENOEXEC, .noexec), (ENOLCK, .nolck), (ENOLINK, .nolink), (ENOMEM, .nomem),
        (ENOMSG, .nomsg), (ENOPROTOOPT, .noprotoopt), (ENOSPC, .nospc), (ENOSYS, .nosys),
        (ENOTCONN, .notconn), (ENOTDIR, .notdir), (ENOTEMPTY, .notempty),
        (ENOTRECOVERABLE, .notrecoverable), (ENOTSOCK, .notsock), (ENOTSUP, .notsup), (ENOTTY, .notty),
        (ENXIO, .nxio), (EOVERFLOW, .overflow), (EOWNERDEAD, .ownerdead), (EPERM, .perm), (EPIPE, .pipe),
        (EPROTO, .proto), (EPROTONOSUPPORT, .protonosupport), (EPROTOTYPE, .prototype), (ERANGE, .range),
        (EROFS, .rofs), (ESPIPE, .spipe), (ESRCH, .srch), (ESTALE, .stale), (ETIMEDOUT, .timedout),
        (ETXTBSY, .txtbsy), (EXDEV, .xdev),
    ]
}
