// The error numbers that others ask for, under their POSIX names without the E.
// https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/errno.h.html

import Glibc

extension SystemError {
    /// E2BIG, of which no name can be made.
    @inlinable package static var tooBig: SystemError { SystemError(E2BIG) }
    @inlinable package static var acces: SystemError { SystemError(EACCES) }
    @inlinable package static var addrinuse: SystemError { SystemError(EADDRINUSE) }
    @inlinable package static var addrnotavail: SystemError { SystemError(EADDRNOTAVAIL) }
    @inlinable package static var afnosupport: SystemError { SystemError(EAFNOSUPPORT) }
    @inlinable package static var again: SystemError { SystemError(EAGAIN) }
    @inlinable package static var already: SystemError { SystemError(EALREADY) }
    @inlinable package static var badf: SystemError { SystemError(EBADF) }
    @inlinable package static var badmsg: SystemError { SystemError(EBADMSG) }
    @inlinable package static var busy: SystemError { SystemError(EBUSY) }
    @inlinable package static var canceled: SystemError { SystemError(ECANCELED) }
    @inlinable package static var child: SystemError { SystemError(ECHILD) }
    @inlinable package static var connaborted: SystemError { SystemError(ECONNABORTED) }
    @inlinable package static var connrefused: SystemError { SystemError(ECONNREFUSED) }
    @inlinable package static var connreset: SystemError { SystemError(ECONNRESET) }
    @inlinable package static var deadlk: SystemError { SystemError(EDEADLK) }
    @inlinable package static var destaddrreq: SystemError { SystemError(EDESTADDRREQ) }
    @inlinable package static var dom: SystemError { SystemError(EDOM) }
    @inlinable package static var dquot: SystemError { SystemError(EDQUOT) }
    @inlinable package static var exist: SystemError { SystemError(EEXIST) }
    @inlinable package static var fault: SystemError { SystemError(EFAULT) }
    @inlinable package static var fbig: SystemError { SystemError(EFBIG) }
    @inlinable package static var hostunreach: SystemError { SystemError(EHOSTUNREACH) }
    @inlinable package static var idrm: SystemError { SystemError(EIDRM) }
    @inlinable package static var ilseq: SystemError { SystemError(EILSEQ) }
    @inlinable package static var inprogress: SystemError { SystemError(EINPROGRESS) }
    @inlinable package static var intr: SystemError { SystemError(EINTR) }
    @inlinable package static var inval: SystemError { SystemError(EINVAL) }
    @inlinable package static var io: SystemError { SystemError(EIO) }
    @inlinable package static var isconn: SystemError { SystemError(EISCONN) }
    @inlinable package static var isdir: SystemError { SystemError(EISDIR) }
    @inlinable package static var loop: SystemError { SystemError(ELOOP) }
    @inlinable package static var mfile: SystemError { SystemError(EMFILE) }
    @inlinable package static var mlink: SystemError { SystemError(EMLINK) }
    @inlinable package static var msgsize: SystemError { SystemError(EMSGSIZE) }
    @inlinable package static var multihop: SystemError { SystemError(EMULTIHOP) }
    @inlinable package static var nametoolong: SystemError { SystemError(ENAMETOOLONG) }
    @inlinable package static var netdown: SystemError { SystemError(ENETDOWN) }
    @inlinable package static var netreset: SystemError { SystemError(ENETRESET) }
    @inlinable package static var netunreach: SystemError { SystemError(ENETUNREACH) }
    @inlinable package static var nfile: SystemError { SystemError(ENFILE) }
    @inlinable package static var nobufs: SystemError { SystemError(ENOBUFS) }
    @inlinable package static var nodev: SystemError { SystemError(ENODEV) }
    @inlinable package static var noent: SystemError { SystemError(ENOENT) }
    @inlinable package static var noexec: SystemError { SystemError(ENOEXEC) }
    @inlinable package static var nolck: SystemError { SystemError(ENOLCK) }
    @inlinable package static var nolink: SystemError { SystemError(ENOLINK) }
    @inlinable package static var nomem: SystemError { SystemError(ENOMEM) }
    @inlinable package static var nomsg: SystemError { SystemError(ENOMSG) }
    @inlinable package static var noprotoopt: SystemError { SystemError(ENOPROTOOPT) }
    @inlinable package static var nospc: SystemError { SystemError(ENOSPC) }
    @inlinable package static var nosys: SystemError { SystemError(ENOSYS) }
    @inlinable package static var notconn: SystemError { SystemError(ENOTCONN) }
    @inlinable package static var notdir: SystemError { SystemError(ENOTDIR) }
    @inlinable package static var notempty: SystemError { SystemError(ENOTEMPTY) }
    @inlinable package static var notrecoverable: SystemError { SystemError(ENOTRECOVERABLE) }
    @inlinable package static var notsock: SystemError { SystemError(ENOTSOCK) }
    @inlinable package static var notsup: SystemError { SystemError(ENOTSUP) }
    /// The same number on Linux.
    @inlinable package static var opnotsupp: SystemError { SystemError(EOPNOTSUPP) }
    @inlinable package static var notty: SystemError { SystemError(ENOTTY) }
    @inlinable package static var nxio: SystemError { SystemError(ENXIO) }
    @inlinable package static var overflow: SystemError { SystemError(EOVERFLOW) }
    @inlinable package static var ownerdead: SystemError { SystemError(EOWNERDEAD) }
    @inlinable package static var perm: SystemError { SystemError(EPERM) }
    @inlinable package static var pipe: SystemError { SystemError(EPIPE) }
    @inlinable package static var proto: SystemError { SystemError(EPROTO) }
    @inlinable package static var protonosupport: SystemError { SystemError(EPROTONOSUPPORT) }
    @inlinable package static var prototype: SystemError { SystemError(EPROTOTYPE) }
    @inlinable package static var range: SystemError { SystemError(ERANGE) }
    @inlinable package static var rofs: SystemError { SystemError(EROFS) }
    @inlinable package static var spipe: SystemError { SystemError(ESPIPE) }
    @inlinable package static var srch: SystemError { SystemError(ESRCH) }
    @inlinable package static var stale: SystemError { SystemError(ESTALE) }
    @inlinable package static var timedout: SystemError { SystemError(ETIMEDOUT) }
    @inlinable package static var txtbsy: SystemError { SystemError(ETXTBSY) }
    @inlinable package static var xdev: SystemError { SystemError(EXDEV) }
}
