// What a descriptor can refer to, and what streams answer where they have nothing else to say.
//
// Always true: rights were checked before these are called, and any thread may call them.

import Platform
import WasmRuntime

/// A stream, a file or a directory, each of which refines this by a protocol.
protocol Resource: AnyObject, Sendable {
    /// The most that there can be on what a directory with these permissions opens.
    func rights(under permissions: PreopenPermissions) -> (base: Rights, inheriting: Rights)
    /// What a guest is told whose descriptor is missing rights, other than those to read and to write: what
    /// POSIX says where it has a word for that, which the suite for preview 1 expects.
    func refusal(of missing: Rights) -> Errno

    func read(_ vectors: Vectors, on thread: CallingThread) throws(Failure) -> Int
    func write(_ vectors: inout Vectors, on thread: CallingThread) throws(Failure) -> Int
    func synchronize(dataOnly: Bool, on thread: CallingThread) throws(Failure)

    var filetype: Filetype { get }
    func filestat() throws(Failure) -> Filestat
    func setTimes(_ times: FileTimes) throws(Failure)
    func flags() throws(Failure) -> Fdflags
    func setFlags(_ flags: Fdflags) throws(Failure)

    /// What to wait for; nil where reading and writing never wait.
    var hostDescriptor: HostDescriptor? { get }
    var bytesToRead: UInt64 { get }
    /// The least that a write is sure to take.
    var roomToWrite: UInt64 { get }

    /// Itself as what it has to be for a call, or what the guest is told that it is not.
    func file() throws(Failure) -> any OpenFile
    func directory() throws(Failure) -> any Directory
    func socket() throws(Failure) -> HostStream
}

extension Resource {
    var hostDescriptor: HostDescriptor? { nil }
    func directory() throws(Failure) -> any Directory { throw .errno(.notdir) }
    func socket() throws(Failure) -> HostStream { throw .errno(.notsock) }
}

/// Something without a position.
protocol Stream: Resource {}

extension Stream {
    func rights(under permissions: PreopenPermissions) -> (base: Rights, inheriting: Rights) {
        (.stream, [])
    }

    func refusal(of missing: Rights) -> Errno {
        missing.isDisjoint(with: [.fd_seek, .fd_tell]) ? .notcapable : .spipe
    }

    func read(_ vectors: Vectors, on thread: CallingThread) throws(Failure) -> Int { throw .errno(.badf) }
    func write(_ vectors: inout Vectors, on thread: CallingThread) throws(Failure) -> Int {
        throw .errno(.badf)
    }
    func synchronize(dataOnly: Bool, on thread: CallingThread) throws(Failure) { throw .errno(.inval) }

    var filetype: Filetype { .unknown }
    func filestat() throws(Failure) -> Filestat { Filestat(filetype: .unknown) }
    func setTimes(_ times: FileTimes) throws(Failure) { throw .errno(.notsup) }
    func flags() throws(Failure) -> Fdflags { [] }
    /// Those that are not the host's never say that they would wait, and have no end to append to.
    func setFlags(_ flags: Fdflags) throws(Failure) {
        if !flags.isSubset(of: .nonblock) { throw .errno(.notsup) }
    }

    var bytesToRead: UInt64 { 0 }
    var roomToWrite: UInt64 { 0 }

    func file() throws(Failure) -> any OpenFile { throw .errno(.spipe) }
}

/// Empty, and swallows everything.
final class NullStream: Stream {
    func read(_ vectors: Vectors, on thread: CallingThread) -> Int { 0 }
    func write(_ vectors: inout Vectors, on thread: CallingThread) -> Int { vectors.byteCount }
    var roomToWrite: UInt64 { UInt64(HostDescriptor.atomicPipeBytes) }
}
