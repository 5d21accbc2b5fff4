// A regular file of the host.
//
// Always true: reading and writing it waits for the device alone, so that nothing here has to be
// interrupted. The system keeps the position, and moves it for one thread at a time.

import Glibc
import Platform
import WasmRuntime

final class HostFile: OpenFile {
    private let descriptor: HostDescriptor
    /// Closes the descriptor in the end; nil where the host keeps it.
    private let owner: OwnedDescriptor?
    /// Whether nobody else has this open file description, so that its flags may be changed.
    private let isPrivate: Bool

    /// One that was opened for the guest.
    init(_ owner: OwnedDescriptor) {
        descriptor = owner.descriptor
        self.owner = owner
        isPrivate = true
    }

    /// A descriptor of the embedder. It is closed in the end if `isOwned`.
    init(shared descriptor: HostDescriptor, isOwned: Bool) {
        self.descriptor = descriptor
        owner = isOwned ? OwnedDescriptor(descriptor) : nil
        isPrivate = false
    }

    @inline(__always)
    func read(_ vectors: Vectors, on thread: CallingThread) throws(Failure) -> Int {
        try Failure.guarding { () throws(SystemError) in
            unsafe try descriptor.readWaiting(UnsafeBufferPointer(vectors.buffer))
        }
    }

    @inline(__always)
    func write(_ vectors: inout Vectors, on thread: CallingThread) throws(Failure) -> Int {
        try Failure.guarding { () throws(SystemError) in
            unsafe try descriptor.writeToFile(UnsafeBufferPointer(vectors.buffer))
        }
    }

    @inline(__always)
    func read(_ vectors: Vectors, at offset: Int64) throws(Failure) -> Int {
        try Failure.guarding { () throws(SystemError) in
            unsafe try descriptor.read(UnsafeBufferPointer(vectors.buffer), at: offset)
        }
    }

    @inline(__always)
    func write(_ vectors: Vectors, at offset: Int64) throws(Failure) -> Int {
        try Failure.guarding { () throws(SystemError) in
            unsafe try descriptor.write(UnsafeBufferPointer(vectors.buffer), at: offset)
        }
    }

    func seek(to offset: Int64, from whence: HostDescriptor.Whence) throws(Failure) -> UInt64 {
        try Failure.guarding { () throws(SystemError) in try descriptor.seek(to: offset, from: whence) }
    }

    func filestat() throws(Failure) -> Filestat {
        try Failure.guarding { () throws(SystemError) in Filestat(try descriptor.status()) }
    }

    func setSize(_ size: Int64) throws(Failure) {
        try Failure.guarding { () throws(SystemError) in try descriptor.setSize(size) }
    }

    func allocate(offset: Int64, length: Int64) throws(Failure) {
        try Failure.guarding { () throws(SystemError) in
            try descriptor.allocate(offset: offset, length: length)
        }
    }

    func advise(offset: Int64, length: Int64, _ advice: HostDescriptor.Advice) throws(Failure) {
        try Failure.guarding { () throws(SystemError) in
            try descriptor.advise(offset: offset, length: length, advice)
        }
    }

    func setTimes(_ times: FileTimes) throws(Failure) {
        try Failure.guarding { () throws(SystemError) in
            try descriptor.setTimes(access: times.access, modification: times.modification)
        }
    }

    func synchronize(dataOnly: Bool) throws(Failure) {
        try Failure.guarding { () throws(SystemError) in try descriptor.synchronize(dataOnly: dataOnly) }
    }

    func flags() throws(Failure) -> Fdflags {
        try Failure.guarding { () throws(SystemError) in Fdflags(host: try descriptor.statusFlags()) }
    }

    func setFlags(_ flags: Fdflags) throws(Failure) {
        let now = try self.flags()
        if flags == now { return }
        // How writes are synchronized is set when a file is opened; Linux ignores a change.
        guard isPrivate, flags.synchronization == now.synchronization else { throw .errno(.notsup) }
        try Failure.guarding { () throws(SystemError) in try descriptor.setStatusFlags(flags.host) }
    }
}

extension Fdflags {
    private static let synchronizing: Fdflags = [.dsync, .rsync, .sync]

    fileprivate var synchronization: Fdflags { intersection(Self.synchronizing) }

    /// As status flags of an open file description of the host.
    var host: CInt {
        var flags: CInt = 0
        if contains(.append) { flags |= O_APPEND }
        if contains(.nonblock) { flags |= O_NONBLOCK }
        if contains(.dsync) { flags |= O_DSYNC }
        if !isDisjoint(with: [.sync, .rsync]) { flags |= O_SYNC }
        return flags
    }
}
