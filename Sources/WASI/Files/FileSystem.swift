// What files and directories can do for a guest, wherever they are.
//
// Always true: rights and permissions were checked before these are called, any thread may call them, and
// a path never leads out of the directory that it is given to, nor out of those that it was opened from.

import Platform
import WasmRuntime

/// An open file: contents and a position that its descriptors share.
protocol OpenFile: Resource {
    /// Leaves the position alone, as does the next.
    func read(_ vectors: Vectors, at offset: Int64, on thread: CallingThread) throws(Failure) -> Int
    func write(_ vectors: Vectors, at offset: Int64, on thread: CallingThread) throws(Failure) -> Int
    func seek(to offset: Int64, from whence: HostDescriptor.Whence) throws(Failure) -> UInt64
    func setSize(_ size: Int64, on thread: CallingThread) throws(Failure)
    /// Makes sure that so much is there and has its place.
    func allocate(offset: Int64, length: Int64, on thread: CallingThread) throws(Failure)
    func advise(
        offset: Int64, length: Int64, _ advice: HostDescriptor.Advice, on thread: CallingThread
    ) throws(Failure)
}

extension OpenFile {
    func rights(under permissions: PreopenPermissions) -> (base: Rights, inheriting: Rights) {
        (permissions.fileRights, [])
    }

    func refusal(of missing: Rights) -> Errno { .notcapable }
    var filetype: Filetype { .regularFile }
    var roomToWrite: UInt64 { UInt64(HostDescriptor.atomicPipeBytes) }
    func file() -> any OpenFile { self }

    var bytesToRead: UInt64 {
        guard let size = try? filestat().size, let position = try? seek(to: 0, from: .current)
        else { return 0 }
        return size > position ? size - position : 0
    }
}

/// What `path_open` asks a directory for.
struct OpenRequest: Sendable {
    var path: GuestPath
    var followsLinks: Bool
    var oflags: Oflags
    var fdflags: Fdflags
    var reads: Bool
    var writes: Bool
}

/// A directory, and the files below it by path.
protocol Directory: Resource {
    /// Of what is opened through it, too.
    var permissions: PreopenPermissions { get }

    /// Some entries from the place `cookie` on; none at the end.
    func entries(from cookie: UInt64, on thread: CallingThread) throws(Failure) -> [Dirent]

    func open(_ request: OpenRequest, on thread: CallingThread) throws(Failure) -> any Resource
    func filestat(of path: GuestPath, followingLinks: Bool) throws(Failure) -> Filestat
    func setTimes(_ times: FileTimes, of path: GuestPath, followingLinks: Bool) throws(Failure)
    func createDirectory(_ path: GuestPath) throws(Failure)
    func removeDirectory(_ path: GuestPath) throws(Failure)
    func removeFile(_ path: GuestPath) throws(Failure)
    func createSymbolicLink(_ path: GuestPath, to target: [UInt8]) throws(Failure)
    func readSymbolicLink(_ path: GuestPath) throws(Failure) -> [UInt8]
    /// Fails with `xdev` where the other directory is on another file system.
    func link(_ path: GuestPath, to directory: any Directory, _ newPath: GuestPath) throws(Failure)
    func rename(_ path: GuestPath, to directory: any Directory, _ newPath: GuestPath) throws(Failure)
}

extension Directory {
    func rights(under permissions: PreopenPermissions) -> (base: Rights, inheriting: Rights) {
        (permissions.directoryRights, permissions.directoryRights.union(permissions.fileRights))
    }

    func refusal(of missing: Rights) -> Errno {
        let ofFiles: Rights = [.fd_seek, .fd_tell, .fd_advise, .fd_allocate, .fd_filestat_set_size]
        if !missing.isDisjoint(with: ofFiles) { return .badf }
        return missing.contains(.path_filestat_set_size) ? .perm : .notcapable
    }

    func read(_ vectors: Vectors, on thread: CallingThread) throws(Failure) -> Int { throw .errno(.isdir) }
    func write(_ vectors: inout Vectors, on thread: CallingThread) throws(Failure) -> Int {
        throw .errno(.isdir)
    }

    var filetype: Filetype { .directory }
    func flags() -> Fdflags { [] }
    func setFlags(_ flags: Fdflags) throws(Failure) { throw .errno(.badf) }
    var bytesToRead: UInt64 { 0 }
    var roomToWrite: UInt64 { 0 }
    func file() throws(Failure) -> any OpenFile { throw .errno(.isdir) }
    func directory() -> any Directory { self }
}
