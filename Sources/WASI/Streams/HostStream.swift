// Reading and writing a descriptor of the host in a way that the end of the process can interrupt.
//
// Always true: a thread of the guest waits nowhere but in `waitUntilReady` and for an
// `InterruptibleLock`. First it tries without waiting: sockets and pipes have a flag for one call that
// leaves the description, which others may share, as it is; a terminal is opened once more, non-blocking.
// Other devices and old kernels have neither; there it waits until the descriptor is ready, and then
// calls what could wait. One lock for each direction keeps another thread of the guest from taking what
// the first was told of. Only a program outside that uses the same device at that moment can still do so.
// https://man7.org/linux/man-pages/man2/readv.2.html

import Glibc
import Synchronization
import WasmRuntime

final class HostStream: Sendable {
    let descriptor: HostDescriptor
    let kind: HostDescriptor.Kind
    private let isOwned: Bool
    /// The same terminal, non-blocking.
    private let terminal: HostDescriptor?
    /// What was learnt about the file so far; only ever gets worse.
    private let readMethod = Atomic(ReadMethod.atOnce)
    private let writeMethod = Atomic(WriteMethod.atOnceWithoutSignal)
    private let readLock = InterruptibleLock()
    private let writeLock = InterruptibleLock()

    private enum ReadMethod: UInt8, AtomicRepresentable { case atOnce, whenReady }
    private enum WriteMethod: UInt8, AtomicRepresentable { case atOnceWithoutSignal, atOnce, whenReady }

    /// Uses `number` as it is; the host keeps it open.
    static func borrowing(_ number: CInt) throws(SystemError) -> HostStream {
        try HostStream(HostDescriptor(number), isOwned: false)
    }

    /// Makes a descriptor of its own, and closes that in the end.
    static func duplicating(_ number: CInt) throws(SystemError) -> HostStream {
        let kind = try HostDescriptor(number).kind()
        return HostStream(try HostDescriptor(number).duplicate(), kind, isOwned: true)
    }

    private convenience init(_ descriptor: HostDescriptor, isOwned: Bool) throws(SystemError) {
        self.init(descriptor, try descriptor.kind(), isOwned: isOwned)
    }

    private init(_ descriptor: HostDescriptor, _ kind: HostDescriptor.Kind, isOwned: Bool) {
        self.descriptor = descriptor
        self.kind = kind
        self.isOwned = isOwned
        terminal = kind == .characterDevice ? descriptor.reopenTerminal() : nil
    }

    deinit {
        terminal?.close()
        if isOwned { descriptor.close() }
    }

    func flags() throws(Failure) -> Fdflags {
        try Failure.guarding { () throws(SystemError) in Fdflags(host: try descriptor.statusFlags()) }
    }

    private func wait(for events: CInt, on thread: GuestThread?) throws(Failure) {
        var entries = [pollfd(fd: descriptor.number, events: Int16(events), revents: 0)]
        repeat {
            try waitUntilReady(&entries, timeout: nil, on: thread)
        } while entries[0].revents == 0
    }

    /// Makes a call that does not wait, again and again until it is no longer told to. Nil where the file
    /// has no such call.
    private func withoutWaiting(
        for events: CInt, on thread: GuestThread?, _ call: () throws(SystemError) -> Int
    ) throws(Failure) -> Int? {
        while true {
            do throws(SystemError) {
                return try call()
            } catch {
                switch error.code {
                case EAGAIN: break
                case EOPNOTSUPP, ENOSYS: return nil
                default: throw .errno(Errno(error))
                }
            }
            if try flags().contains(.nonblock) { throw .errno(.again) }
            try wait(for: events, on: thread)
        }
    }

    /// Makes a call that could wait, when it has no reason to. On a non-blocking description it has none.
    private func whenReady(
        for events: CInt, on thread: GuestThread?, _ lock: InterruptibleLock,
        _ call: () throws(SystemError) -> Int
    ) throws(Failure) -> Int {
        if try flags().contains(.nonblock) { return try Failure.guarding(call) }
        return try lock.withLock(on: thread) { () throws(Failure) in
            try wait(for: events, on: thread)
            return try Failure.guarding(call)
        }
    }
}

// MARK: Reading

extension HostStream {
    func read(_ vectors: Vectors, on thread: GuestThread?) throws(Failure) -> Int {
        let vectors = unsafe UnsafeBufferPointer(vectors.buffer)
        switch kind {
        case .regularFile, .directory, .blockDevice:
            return try Failure.guarding { () throws(SystemError) in
                unsafe try descriptor.readWaiting(vectors)
            }
        case .streamSocket, .datagramSocket:
            let count = try withoutWaiting(for: POLLIN, on: thread) { () throws(SystemError) in
                unsafe try descriptor.receiveAtOnce(vectors)
            }
            guard let count else { throw .errno(.notsup) }
            return count
        case .characterDevice, .pipe:
            if let terminal {
                let count = try withoutWaiting(for: POLLIN, on: thread) { () throws(SystemError) in
                    unsafe try terminal.readWaiting(vectors)
                }
                if let count { return count }
            }
            if readMethod.load(ordering: .relaxed) == .atOnce {
                let count = try withoutWaiting(for: POLLIN, on: thread) { () throws(SystemError) in
                    unsafe try descriptor.readAtOnce(vectors)
                }
                if let count { return count }
                readMethod.store(.whenReady, ordering: .relaxed)
            }
            return try whenReady(for: POLLIN, on: thread, readLock) { () throws(SystemError) in
                unsafe try descriptor.readWaiting(vectors)
            }
        }
    }
}

// MARK: Writing

extension HostStream {
    func write(_ vectors: inout Vectors, on thread: GuestThread?) throws(Failure) -> Int {
        switch kind {
        case .regularFile, .directory, .blockDevice:
            return try Failure.guarding { () throws(SystemError) in
                unsafe try descriptor.writeToFile(UnsafeBufferPointer(vectors.buffer))
            }
        case .streamSocket, .datagramSocket:
            let count = try withoutWaiting(for: POLLOUT, on: thread) { () throws(SystemError) in
                unsafe try descriptor.sendAtOnce(UnsafeBufferPointer(vectors.buffer))
            }
            guard let count else { throw .errno(.notsup) }
            return count
        case .characterDevice, .pipe:
            if let count = try writeAtOnce(vectors, on: thread) { return count }
            // A pipe that is ready takes so much without waiting, and not surely more.
            vectors.truncate(to: Int(PIPE_BUF))
            return try whenReady(for: POLLOUT, on: thread, writeLock) { () throws(SystemError) in
                unsafe try descriptor.writeWaiting(UnsafeBufferPointer(vectors.buffer))
            }
        }
    }

    /// Tries the calls that do not wait, the better one first; nil where the file has neither.
    private func writeAtOnce(_ vectors: Vectors, on thread: GuestThread?) throws(Failure) -> Int? {
        let vectors = unsafe UnsafeBufferPointer(vectors.buffer)
        if let terminal {
            return try withoutWaiting(for: POLLOUT, on: thread) { () throws(SystemError) in
                unsafe try terminal.writeToFile(vectors)
            }
        }
        if writeMethod.load(ordering: .relaxed) == .atOnceWithoutSignal {
            let count = try withoutWaiting(for: POLLOUT, on: thread) { () throws(SystemError) in
                unsafe try descriptor.writeAtOnceWithoutSignal(vectors)
            }
            if let count { return count }
            writeMethod.store(.atOnce, ordering: .relaxed)
        }
        if writeMethod.load(ordering: .relaxed) == .atOnce {
            let count = try withoutWaiting(for: POLLOUT, on: thread) { () throws(SystemError) in
                unsafe try descriptor.writeAtOnce(vectors)
            }
            if let count { return count }
            writeMethod.store(.whenReady, ordering: .relaxed)
        }
        return nil
    }
}
