// One descriptor of a guest: what it refers to and what it may be used for.
//
// Always true: a thread that uses a descriptor keeps it, so that a close by another thread takes away
// its number at once, and the rest when the last use is over. Rights are only ever lost.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#rights

import Synchronization
import WasmRuntime

final class Descriptor: Sendable {
    let resource: any Resource
    /// What the guest knows it as, where it was given and not opened.
    let preopenName: [UInt8]?
    private let base: Atomic<UInt64>
    private let inheriting: Atomic<UInt64>

    init(_ resource: any Resource, _ base: Rights, inheriting: Rights = [], preopenName: [UInt8]? = nil) {
        self.resource = resource
        self.preopenName = preopenName
        self.base = Atomic(base.rawValue)
        self.inheriting = Atomic(inheriting.rawValue)
    }

    var rights: Rights { Rights(rawValue: base.load(ordering: .relaxed)) }

    /// The most that what is opened through this directory can have.
    var rightsInheriting: Rights { Rights(rawValue: inheriting.load(ordering: .relaxed)) }

    /// Gives up all rights but these, which it must have.
    func limit(to rights: Rights, inheriting: Rights) throws(Failure) {
        guard self.rights.isSuperset(of: rights), rightsInheriting.isSuperset(of: inheriting) else {
            throw .errno(.notcapable)
        }
        self.base.bitwiseAnd(rights.rawValue, ordering: .relaxed)
        self.inheriting.bitwiseAnd(inheriting.rawValue, ordering: .relaxed)
    }

    /// Fails where not all of `needed` is there.
    @inline(__always)
    func require(_ needed: Rights) throws(Failure) {
        let missing = needed.subtracting(rights)
        if !missing.isEmpty { throw refusal(of: missing) }
    }

    @inline(never)
    private func refusal(of missing: Rights) -> Failure {
        .errno(missing.isDisjoint(with: [.fd_read, .fd_write]) ? resource.refusal(of: missing) : .badf)
    }

    /// The file that is behind it; a directory is none, and neither is a stream.
    func file(for rights: Rights) throws(Failure) -> any OpenFile {
        try require(rights)
        return try resource.file()
    }

    /// The directory that is behind it. What is none says so, whatever its rights, as does the next.
    func directory(for rights: Rights) throws(Failure) -> any Directory {
        let directory = try resource.directory()
        try require(rights)
        return directory
    }

    /// The socket that is behind it.
    func socket(for rights: Rights) throws(Failure) -> HostStream {
        let socket = try resource.socket()
        try require(rights)
        return socket
    }

    func fdstat() throws(Failure) -> Fdstat {
        Fdstat(
            filetype: resource.filetype, flags: try resource.flags(), rightsBase: rights,
            rightsInheriting: rightsInheriting)
    }
}
