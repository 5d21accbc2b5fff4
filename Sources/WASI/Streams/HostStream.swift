// Reading and writing a descriptor of the host in a way that the end of the process can interrupt.
//
// Always true: a description that others may have too stays as it is; one that was opened for the guest is
// non-blocking, whatever the guest says. First a thread tries without waiting: sockets and pipes have a flag
// for one call; a terminal is opened once more, non-blocking. Other devices and old kernels have neither;
// there it waits until the descriptor is ready, and then makes a call that could wait. One lock for each
// direction keeps another thread of the guest from taking what the first was told of. A program outside that
// is faster has the call wait, which the end of the process then gets the thread out of.
// https://man7.org/linux/man-pages/man2/readv.2.html

import Platform
import Synchronization
import WasmRuntime

final class HostStream: Stream {
    let descriptor: HostDescriptor
    let kind: HostDescriptor.Kind
    /// Closes the descriptor in the end; nil where the host keeps it.
    private let owner: OwnedDescriptor?
    /// The same terminal, non-blocking.
    private let terminal: HostDescriptor?
    /// What was learnt about the file so far; only ever gets worse.
    private let readMethod: Atomic<Method>
    private let writeMethod: Atomic<Method>
    /// Whether a call of the guest fails that would wait: at first as the description was given, then as the
    /// guest says.
    private let isNonblocking: Atomic<Bool>
    let readLock = InterruptibleLock()
    private let writeLock = InterruptibleLock()

    /// From the best to the worst; a file that does not have one is tried with the next.
    private enum Method: UInt8, AtomicRepresentable {
        case socket, terminal, atOnceWithoutSignal, atOnce, whenReady

        var next: Method { Method(rawValue: rawValue + 1)! }
    }

    private init(
        _ descriptor: HostDescriptor, _ kind: HostDescriptor.Kind, owner: OwnedDescriptor?,
        isNonblocking: Bool? = nil
    ) {
        self.descriptor = descriptor
        self.kind = kind
        self.owner = owner
        terminal = kind == .characterDevice ? descriptor.reopenTerminal() : nil
        let method: Method =
            kind.isSocket ? .socket : terminal != nil ? .terminal : .atOnceWithoutSignal
        readMethod = Atomic(method)
        writeMethod = Atomic(method)
        let isGivenNonblocking = { (try? descriptor.statusFlags())?.contains(.nonblock) ?? false }
        self.isNonblocking = Atomic(isNonblocking ?? isGivenNonblocking())
    }

    /// Uses `descriptor` as it is; the host keeps it open.
    convenience init(borrowing descriptor: HostDescriptor, _ kind: HostDescriptor.Kind) {
        self.init(descriptor, kind, owner: nil)
    }

    /// One that the host has given.
    convenience init(_ owner: OwnedDescriptor, _ kind: HostDescriptor.Kind) {
        self.init(owner.descriptor, kind, owner: owner)
    }

    /// One that was opened for the guest, which says whether it waits.
    convenience init(_ owner: OwnedDescriptor, _ kind: HostDescriptor.Kind, isNonblocking: Bool) {
        self.init(owner.descriptor, kind, owner: owner, isNonblocking: isNonblocking)
    }

    deinit { terminal?.close() }

    var filetype: Filetype { Filetype(kind) }
    var hostDescriptor: HostDescriptor? { descriptor }
    var bytesToRead: UInt64 { descriptor.bytesAvailable }
    var roomToWrite: UInt64 { UInt64(HostDescriptor.atomicPipeBytes) }

    func socket() throws(Failure) -> HostStream {
        guard kind.isSocket else { throw .errno(.notsock) }
        return self
    }

    func filestat() throws(Failure) -> Filestat {
        try Failure.guarding { () throws(SystemError) in Filestat(try descriptor.status()) }
    }

    func flags() throws(Failure) -> Fdflags {
        var flags = try Failure.guarding { () throws(SystemError) in
            Fdflags(host: try descriptor.statusFlags())
        }
        flags.remove(.nonblock)
        return isNonblocking.load(ordering: .relaxed) ? flags.union(.nonblock) : flags
    }

    /// Whether to wait is the guest's own to say; the other flags are shared with the host.
    func setFlags(_ flags: Fdflags) throws(Failure) {
        let isChange = try flags.subtracting(.nonblock) != self.flags().subtracting(.nonblock)
        if isChange { throw .errno(.notsup) }
        isNonblocking.store(flags.contains(.nonblock), ordering: .relaxed)
    }

    private func wait(for events: PollEvents, on thread: CallingThread) throws(Failure) {
        var entries = [PollEntry(descriptor, for: events)]
        entries.reserveCapacity(2)
        repeat {
            try waitUntilReady(&entries, timeout: nil, on: thread)
        } while entries[0].ready.isEmpty
    }

    /// Makes a call that does not wait, again and again until it is no longer told to. Nil where the file
    /// has no such call.
    func withoutWaiting(
        for events: PollEvents, on thread: CallingThread, _ call: () throws(SystemError) -> Int
    ) throws(Failure) -> Int? {
        while true {
            do throws(SystemError) {
                return try call()
            } catch {
                switch error {
                case .again: break
                case .opnotsupp, .nosys: return nil
                default: throw thread.failure(error)
                }
            }
            if isNonblocking.load(ordering: .relaxed) { throw .errno(.again) }
            try wait(for: events, on: thread)
        }
    }

    /// Makes a call that could wait, when it had no reason to a moment ago.
    func whenReady(
        for events: PollEvents, on thread: CallingThread, _ lock: InterruptibleLock,
        _ call: (EndFlag) throws(SystemError) -> Int
    ) throws(Failure) -> Int {
        let isNonblocking = isNonblocking.load(ordering: .relaxed)
        return try lock.withLock(on: thread) { () throws(Failure) in
            while true {
                if isNonblocking {
                    if try !isReady(for: events) { throw .errno(.again) }
                } else {
                    try wait(for: events, on: thread)
                }
                do throws(Failure) {
                    return try thread.waiting(call)
                } catch {
                    // The description itself may be non-blocking, and another program have been faster.
                    guard case .errno(.again) = error, !isNonblocking else { throw error }
                }
            }
        }
    }

    private func isReady(for events: PollEvents) throws(Failure) -> Bool {
        var entries = [PollEntry(descriptor, for: events)]
        try Failure.guarding { () throws(SystemError) in try poll(&entries, timeout: 0) }
        return !entries[0].ready.isEmpty
    }
}

// MARK: Reading and writing

extension HostStream {
    /// Whether it is storage or `/dev/null` or its like, which has no caller wait for anybody.
    private var isDevice: Bool { kind == .memoryDevice || kind == .blockDevice }

    @inline(never)
    private func readDevice(_ vectors: Vectors, on thread: CallingThread) throws(Failure) -> Int {
        try vectors.inPieces { piece throws(Failure) in
            try thread.guarding { end throws(SystemError) in
                unsafe try descriptor.readWaiting(piece.forCall, until: end)
            }
        }
    }

    @inline(never)
    private func writeDevice(_ vectors: Vectors, on thread: CallingThread) throws(Failure) -> Int {
        try vectors.inPieces { piece throws(Failure) in
            try thread.guarding { end throws(SystemError) in
                unsafe try descriptor.writeToFile(piece.forCall, until: end)
            }
        }
    }

    @inline(__always)
    func read(_ vectors: Vectors, on thread: CallingThread) throws(Failure) -> Int {
        if isDevice { return try readDevice(vectors, on: thread) }
        var vectors = vectors
        vectors.truncate(to: Vectors.pieceSize)
        let buffer = unsafe UnsafeBufferPointer(vectors.buffer)
        while true {
            let method = readMethod.load(ordering: .relaxed)
            switch method {
            case .atOnceWithoutSignal, .atOnce:
                let count = try withoutWaiting(for: .readable, on: thread) { () throws(SystemError) in
                    unsafe try descriptor.readAtOnce(buffer)
                }
                if let count { return count }
            case .socket:
                let count = try withoutWaiting(for: .readable, on: thread) { () throws(SystemError) in
                    unsafe try descriptor.receiveAtOnce(buffer)
                }
                guard let count else { throw .errno(.notsup) }
                return count
            case .terminal:
                let count = try withoutWaiting(for: .readable, on: thread) { () throws(SystemError) in
                    unsafe try terminal!.readWaiting(buffer, until: thread.endFlag)
                }
                if let count { return count }
            case .whenReady:
                return try whenReady(for: .readable, on: thread, readLock) { end throws(SystemError) in
                    unsafe try descriptor.readWaiting(buffer, until: end)
                }
            }
            readMethod.store(method.next, ordering: .relaxed)
        }
    }

    @inline(__always)
    func write(_ vectors: inout Vectors, on thread: CallingThread) throws(Failure) -> Int {
        if isDevice { return try writeDevice(vectors, on: thread) }
        vectors.truncate(to: Vectors.pieceSize)
        let buffer = unsafe UnsafeBufferPointer(vectors.buffer)
        while true {
            let method = writeMethod.load(ordering: .relaxed)
            switch method {
            case .atOnceWithoutSignal:
                let count = try withoutWaiting(for: .writable, on: thread) { () throws(SystemError) in
                    unsafe try descriptor.writeAtOnceWithoutSignal(buffer)
                }
                if let count { return count }
            case .atOnce:
                let count = try withoutWaiting(for: .writable, on: thread) { () throws(SystemError) in
                    unsafe try descriptor.writeAtOnce(buffer)
                }
                if let count { return count }
            case .socket:
                let count = try withoutWaiting(for: .writable, on: thread) { () throws(SystemError) in
                    unsafe try descriptor.sendAtOnce(buffer)
                }
                guard let count else { throw .errno(.notsup) }
                return count
            case .terminal:
                let count = try withoutWaiting(for: .writable, on: thread) { () throws(SystemError) in
                    unsafe try terminal!.writeToFile(buffer, until: thread.endFlag)
                }
                if let count { return count }
            case .whenReady:
                // A pipe that is ready takes so much without waiting, and not surely more.
                vectors.truncate(to: HostDescriptor.atomicPipeBytes)
                return try whenReady(for: .writable, on: thread, writeLock) { end throws(SystemError) in
                    unsafe try descriptor.writeWaiting(buffer, until: end)
                }
            }
            writeMethod.store(method.next, ordering: .relaxed)
        }
    }
}
