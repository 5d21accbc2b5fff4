// `errno`: why a function did not do what it was asked for.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/witx/typenames.witx

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
    package init(_ error: SystemError) {
        self = Self.ofHost.first { $0.host == error }?.errno ?? .io
    }

    private static let ofHost: [(host: SystemError, errno: Errno)] = [
        (.tooBig, .tooBig), (.acces, .acces), (.addrinuse, .addrinuse), (.addrnotavail, .addrnotavail),
        (.afnosupport, .afnosupport), (.again, .again), (.already, .already), (.badf, .badf), (.badmsg, .badmsg),
        (.busy, .busy), (.canceled, .canceled), (.child, .child), (.connaborted, .connaborted),
        (.connrefused, .connrefused), (.connreset, .connreset), (.deadlk, .deadlk), (.destaddrreq, .destaddrreq),
        (.dom, .dom), (.dquot, .dquot), (.exist, .exist), (.fault, .fault), (.fbig, .fbig),
        (.hostunreach, .hostunreach), (.idrm, .idrm), (.ilseq, .ilseq), (.inprogress, .inprogress), (.intr, .intr),
        (.inval, .inval), (.io, .io), (.isconn, .isconn), (.isdir, .isdir), (.loop, .loop), (.mfile, .mfile),
        (.mlink, .mlink), (.msgsize, .msgsize), (.multihop, .multihop), (.nametoolong, .nametoolong),
        (.netdown, .netdown), (.netreset, .netreset), (.netunreach, .netunreach), (.nfile, .nfile),
        (.nobufs, .nobufs), (.nodev, .nodev), (.noent, .noent), (.noexec, .noexec), (.nolck, .nolck),
        (.nolink, .nolink), (.nomem, .nomem), (.nomsg, .nomsg), (.noprotoopt, .noprotoopt), (.nospc, .nospc),
        (.nosys, .nosys), (.notconn, .notconn), (.notdir, .notdir), (.notempty, .notempty),
        (.notrecoverable, .notrecoverable), (.notsock, .notsock), (.notsup, .notsup), (.notty, .notty),
        (.nxio, .nxio), (.overflow, .overflow), (.ownerdead, .ownerdead), (.perm, .perm), (.pipe, .pipe),
        (.proto, .proto), (.protonosupport, .protonosupport), (.prototype, .prototype), (.range, .range),
        (.rofs, .rofs), (.spipe, .spipe), (.srch, .srch), (.stale, .stale), (.timedout, .timedout),
        (.txtbsy, .txtbsy), (.xdev, .xdev),
    ]
}
