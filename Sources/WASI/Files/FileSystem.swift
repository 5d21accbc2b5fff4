// What files and directories can do for a guest, wherever they are.
//
// Always true: rights and permissions were checked before these are called, any thread may call them, and
// a path never leads out of the directory that it is given to, nor out of those that it was opened from.

import WasmRuntime

/// An open file: contents and a position that its descriptors share.
protocol OpenFile: AnyObject, Sendable {
    func read(_ vectors: Vectors) throws(Failure) -> Int
    func write(_ vectors: Vectors) throws(Failure) -> Int
    /// Leaves the position alone, as does the next.
    func read(_ vectors: Vectors, at offset: Int64) throws(Failure) -> Int
    func write(_ vectors: Vectors, at offset: Int64) throws(Failure) -> Int
    func seek(to offset: Int64, from whence: HostDescriptor.Whence) throws(Failure) -> UInt64
    func filestat() throws(Failure) -> Filestat
    func setSize(_ size: Int64) throws(Failure)
    /// Makes sure that so much is there and has its place.
    func allocate(offset: Int64, length: Int64) throws(Failure)
    func advise(offset: Int64, length: Int64, _ advice: HostDescriptor.Advice) throws(Failure)
    func setTimes(_ times: FileTimes) throws(Failure)
    func synchronize(dataOnly: Bool) throws(Failure)
    func flags() throws(Failure) -> Fdflags
    func setFlags(_ flags: Fdflags) throws(Failure)
}

extension OpenFile {
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
protocol Directory: AnyObject, Sendable {
    /// Of what is opened through it, too.
    var permissions: PreopenPermissions { get }

    func filestat() throws(Failure) -> Filestat
    func setTimes(_ times: FileTimes) throws(Failure)
    func synchronize(dataOnly: Bool) throws(Failure)
    /// Some entries from the place `cookie` on; none at the end.
    func entries(from cookie: UInt64, on thread: GuestThread?) throws(Failure) -> [Dirent]

    func open(_ request: OpenRequest) throws(Failure) -> Descriptor.Resource
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
