// A regular file of the host.
//
// Always true: what is done with a file on a device waits only for that, and so little at once that the end
// of the process comes through in between. Others may wait for a program, as the kernel's own files do and
// those that something serves; from there the end gets a thread out. The system keeps the position, and moves
// it for one thread at a time.

import Platform
import Synchronization
import WasmRuntime

final class HostFile: OpenFile {
    private let descriptor: HostDescriptor
    /// Closes the descriptor in the end; nil where the host keeps it.
    private let owner: OwnedDescriptor?
    /// Whether nobody else has this open file description, so that its flags may be changed.
    private let isPrivate: Bool
    private let isOnDevice: Bool
    /// What the guest says, where the description is not its own. Regular files do not care.
    private let isNonblocking: Atomic<Bool>

    private init(_ descriptor: HostDescriptor, owner: OwnedDescriptor?, isPrivate: Bool) {
        self.descriptor = descriptor
        self.owner = owner
        self.isPrivate = isPrivate
        isOnDevice = descriptor.isOnDevice
        let flags = isPrivate ? [] : try? descriptor.statusFlags()
        isNonblocking = Atomic(flags?.contains(.nonblock) ?? false)
    }

    /// One that was opened for the guest.
    convenience init(_ owner: OwnedDescriptor) {
        self.init(owner.descriptor, owner: owner, isPrivate: true)
    }

    /// A descriptor of the embedder. It is closed in the end if `isOwned`.
    convenience init(shared descriptor: HostDescriptor, isOwned: Bool) {
        self.init(descriptor, owner: isOwned ? OwnedDescriptor(descriptor) : nil, isPrivate: false)
    }

    var hostDescriptor: HostDescriptor? { isOnDevice ? nil : descriptor }

    /// Makes system calls on the file.
    @inline(__always)
    private func calling<Value>(
        on thread: CallingThread, _ call: (EndFlag) throws(SystemError) -> Value
    ) throws(Failure) -> Value {
        isOnDevice ? try thread.guarding(call) : try thread.waiting(call)
    }

    @inline(__always)
    func read(_ vectors: Vectors, on thread: CallingThread) throws(Failure) -> Int {
        if !isOnDevice { try waitForInput(on: thread) }
        return try vectors.inPieces { piece throws(Failure) in
            try calling(on: thread) { end throws(SystemError) in
                unsafe try descriptor.readWaiting(piece.forCall, until: end)
            }
        }
    }

    /// A thread that waits in a read itself holds the position, for which another can wait uninterruptibly. So
    /// that happens only where another program is faster.
    @inline(never)
    private func waitForInput(on thread: CallingThread) throws(Failure) {
        var entries = [PollEntry(descriptor, for: .readable)]
        entries.reserveCapacity(2)
        let isNonblocking = try flags().contains(.nonblock)
        repeat {
            try waitUntilReady(&entries, timeout: isNonblocking ? 0 : nil, on: thread)
            if isNonblocking, entries[0].ready.isEmpty { throw .errno(.again) }
        } while entries[0].ready.isEmpty
    }

    @inline(__always)
    func write(_ vectors: inout Vectors, on thread: CallingThread) throws(Failure) -> Int {
        try vectors.inPieces { piece throws(Failure) in
            try calling(on: thread) { end throws(SystemError) in
                unsafe try descriptor.writeToFile(piece.forCall, until: end)
            }
        }
    }

    @inline(__always)
    func read(_ vectors: Vectors, at offset: Int64, on thread: CallingThread) throws(Failure) -> Int {
        try vectors.inPieces(from: offset) { piece, offset throws(Failure) in
            try calling(on: thread) { end throws(SystemError) in
                unsafe try descriptor.read(piece.forCall, at: offset, until: end)
            }
        }
    }

    @inline(__always)
    func write(_ vectors: Vectors, at offset: Int64, on thread: CallingThread) throws(Failure) -> Int {
        try vectors.inPieces(from: offset) { piece, offset throws(Failure) in
            try calling(on: thread) { end throws(SystemError) in
                unsafe try descriptor.write(piece.forCall, at: offset, until: end)
            }
        }
    }

    func seek(to offset: Int64, from whence: HostDescriptor.Whence) throws(Failure) -> UInt64 {
        try Failure.guarding { () throws(SystemError) in try descriptor.seek(to: offset, from: whence) }
    }

    func filestat() throws(Failure) -> Filestat {
        try Failure.guarding { () throws(SystemError) in Filestat(try descriptor.status()) }
    }

    func setTimes(_ times: FileTimes) throws(Failure) {
        try Failure.guarding { () throws(SystemError) in
            try descriptor.setTimes(access: times.access, modification: times.modification)
        }
    }

    func synchronize(dataOnly: Bool, on thread: CallingThread) throws(Failure) {
        try calling(on: thread) { end throws(SystemError) in
            try descriptor.synchronize(dataOnly: dataOnly, until: end)
        }
    }

    func flags() throws(Failure) -> Fdflags {
        let flags = try Failure.guarding { () throws(SystemError) in
            Fdflags(host: try descriptor.statusFlags())
        }
        guard !isPrivate else { return flags }
        return isNonblocking.load(ordering: .relaxed) ? flags.union(.nonblock) : flags.subtracting(.nonblock)
    }

    func setFlags(_ flags: Fdflags) throws(Failure) {
        let changes = try self.flags().symmetricDifference(flags)
        if changes.isEmpty { return }
        // How writes are synchronized is set when a file is opened; Linux ignores a change.
        guard changes.isDisjoint(with: .synchronizing) else { throw .errno(.notsup) }
        guard isPrivate else {
            // The rest is shared with the host.
            guard changes == .nonblock else { throw .errno(.notsup) }
            return isNonblocking.store(flags.contains(.nonblock), ordering: .relaxed)
        }
        try Failure.guarding { () throws(SystemError) in try descriptor.setStatusFlags(flags.host) }
    }
}

// MARK: Calls that a guest can make last as long as it likes

extension HostFile {
    func setSize(_ size: Int64, on thread: CallingThread) throws(Failure) {
        try calling(on: thread) { end throws(SystemError) in
            try descriptor.setSizeInSteps(size, until: end)
        }
    }

    func allocate(offset: Int64, length: Int64, on thread: CallingThread) throws(Failure) {
        try calling(on: thread) { end throws(SystemError) in
            try descriptor.allocateInSteps(offset: offset, length: length, until: end)
        }
    }

    func advise(
        offset: Int64, length: Int64, _ advice: HostDescriptor.Advice, on thread: CallingThread
    ) throws(Failure) {
        try calling(on: thread) { end throws(SystemError) in
            try descriptor.adviseInSteps(offset: offset, length: length, advice, until: end)
        }
    }
}

extension Fdflags {
    fileprivate static let synchronizing: Fdflags = [.dsync, .rsync, .sync]

    /// As status flags of an open file description of the host.
    var host: OpenFlags {
        var flags: OpenFlags = []
        if contains(.append) { flags.insert(.append) }
        if contains(.nonblock) { flags.insert(.nonblock) }
        if contains(.dsync) { flags.insert(.dsync) }
        if !isDisjoint(with: [.sync, .rsync]) { flags.insert(.sync) }
        return flags
    }
}
