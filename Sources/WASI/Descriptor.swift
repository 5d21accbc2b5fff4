// One entry of the descriptor table: what it refers to and what it may be used for.
//
// Always true: a thread that uses a descriptor holds it, so that a close by another thread takes away
// its number at once, and the rest when the last use is over. Rights are only ever lost.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#rights

import Glibc
import Synchronization
import WasmRuntime

final class Descriptor: Sendable {
    enum Resource: Sendable {
        /// Empty, and swallows everything.
        case null
        case input(InputBuffer)
        case output(OutputBuffer)
        case inputFunction(InputFunction)
        case outputFunction(OutputFunction)
        case host(HostStream)
        case file(any OpenFile)
        case directory(any Directory)
    }

    let resource: Resource
    /// What the guest knows it as, where it was given and not opened.
    let preopenName: [UInt8]?
    private let base: Atomic<UInt64>
    private let inheriting: Atomic<UInt64>

    init(_ resource: Resource, _ base: Rights, inheriting: Rights = [], preopenName: [UInt8]? = nil) {
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
    func require(_ needed: Rights) throws(Failure) {
        let rights = rights
        if !rights.isSuperset(of: needed) { throw .errno(refusal(of: needed.subtracting(rights))) }
    }

    /// What a guest is told whose descriptor is missing a right: what POSIX says where it has a word for
    /// that, which the suite for preview 1 expects.
    private func refusal(of missing: Rights) -> Errno {
        if !missing.isDisjoint(with: [.fd_read, .fd_write]) { return .badf }
        let position: Rights = [.fd_seek, .fd_tell]
        switch resource {
        case .directory:
            let ofFiles = position.union([.fd_advise, .fd_allocate, .fd_filestat_set_size])
            if !missing.isDisjoint(with: ofFiles) { return .badf }
            return missing.contains(.path_filestat_set_size) ? .perm : .notcapable
        case .null, .input, .output, .inputFunction, .outputFunction, .host:
            return missing.isDisjoint(with: position) ? .notcapable : .spipe
        case .file:
            return .notcapable
        }
    }
}

// MARK: What it refers to

extension Descriptor {
    /// The file that is behind it; a directory is none, and neither is a stream.
    func file(for rights: Rights) throws(Failure) -> any OpenFile {
        try require(rights)
        switch resource {
        case .file(let file): return file
        case .directory: throw .errno(.isdir)
        case .null, .input, .output, .inputFunction, .outputFunction, .host: throw .errno(.spipe)
        }
    }

    /// The directory that is behind it.
    func directory(for rights: Rights) throws(Failure) -> any Directory {
        guard case .directory(let directory) = resource else { throw .errno(.notdir) }
        try require(rights)
        return directory
    }

    func fdstat() throws(Failure) -> Fdstat {
        var stat = Fdstat(
            filetype: .unknown, flags: [], rightsBase: rights, rightsInheriting: rightsInheriting)
        switch resource {
        case .null, .input, .output, .inputFunction, .outputFunction: break
        case .host(let stream):
            stat.filetype = Filetype(stream.kind)
            stat.flags = try stream.flags()
        case .file(let file):
            stat.filetype = .regularFile
            stat.flags = try file.flags()
        case .directory:
            stat.filetype = .directory
        }
        return stat
    }

    func filestat() throws(Failure) -> Filestat {
        switch resource {
        case .null, .input, .output, .inputFunction, .outputFunction: Filestat(filetype: .unknown)
        case .host(let stream): try stream.filestat()
        case .file(let file): try file.filestat()
        case .directory(let directory): try directory.filestat()
        }
    }

    func setFlags(_ flags: Fdflags) throws(Failure) {
        switch resource {
        // They never say that they would wait, and have no end to append to.
        case .null, .input, .output, .inputFunction, .outputFunction:
            if !flags.isSubset(of: .nonblock) { throw .errno(.notsup) }
        case .host(let stream): try stream.setFlags(flags)
        case .file(let file): try file.setFlags(flags)
        case .directory: throw .errno(.badf)
        }
    }

    func synchronize(dataOnly: Bool) throws(Failure) {
        switch resource {
        case .null, .input, .output, .inputFunction, .outputFunction, .host: throw .errno(.inval)
        case .file(let file): try file.synchronize(dataOnly: dataOnly)
        case .directory(let directory): try directory.synchronize(dataOnly: dataOnly)
        }
    }

    func setTimes(_ times: FileTimes) throws(Failure) {
        switch resource {
        case .null, .input, .output, .inputFunction, .outputFunction, .host: throw .errno(.notsup)
        case .file(let file): try file.setTimes(times)
        case .directory(let directory): try directory.setTimes(times)
        }
    }
}

// MARK: Reading and writing

extension Descriptor {
    func read(_ vectors: Vectors, on thread: GuestThread?) throws(Failure) -> Int {
        switch resource {
        case .null: 0
        case .input(let buffer): buffer.read(vectors)
        case .inputFunction(let function): try function.read(vectors, on: thread)
        case .output, .outputFunction: throw .errno(.badf)
        case .host(let stream): try stream.read(vectors, on: thread)
        case .file(let file): try file.read(vectors)
        case .directory: throw .errno(.isdir)
        }
    }

    func write(_ vectors: inout Vectors, on thread: GuestThread?) throws(Failure) -> Int {
        switch resource {
        case .null: vectors.byteCount
        case .input, .inputFunction: throw .errno(.badf)
        case .output(let buffer): try buffer.write(vectors)
        case .outputFunction(let function): try function.write(&vectors, on: thread)
        case .host(let stream): try stream.write(&vectors, on: thread)
        case .file(let file): try file.write(vectors)
        case .directory: throw .errno(.isdir)
        }
    }
}

// MARK: Polling

extension Descriptor {
    /// What to wait for; nil where reading and writing never wait.
    var hostDescriptor: HostDescriptor? {
        if case .host(let stream) = resource { stream.descriptor } else { nil }
    }

    var bytesToRead: UInt64 {
        switch resource {
        case .null, .output, .outputFunction, .directory: 0
        // What a function has is known when it was asked.
        case .inputFunction: 1
        case .input(let buffer): UInt64(buffer.count)
        case .host(let stream): stream.descriptor.bytesAvailable
        case .file(let file): file.bytesToRead
        }
    }

    /// The least that a write is sure to take.
    var roomToWrite: UInt64 {
        switch resource {
        case .null, .host, .file, .outputFunction: UInt64(PIPE_BUF)
        case .output(let buffer): UInt64(buffer.room)
        case .input, .inputFunction, .directory: 0
        }
    }
}
