// A device of the host that is no terminal.
//
// Always true: it has a position, if only one that never moves, and says so by its rights: C libraries take
// a character device that can not be sought for a terminal.
// https://man7.org/linux/man-pages/man4/null.4.html

import Platform
import WasmRuntime

final class HostDevice: OpenFile {
    private let stream: HostStream

    init(_ stream: HostStream) { self.stream = stream }

    func rights(under permissions: PreopenPermissions) -> (base: Rights, inheriting: Rights) {
        (.device, [])
    }

    var filetype: Filetype { stream.filetype }
    var hostDescriptor: HostDescriptor? { stream.hostDescriptor }
    var bytesToRead: UInt64 { stream.bytesToRead }
    var roomToWrite: UInt64 { stream.roomToWrite }

    @inline(__always)
    func read(_ vectors: Vectors, on thread: CallingThread) throws(Failure) -> Int {
        try stream.read(vectors, on: thread)
    }

    @inline(__always)
    func write(_ vectors: inout Vectors, on thread: CallingThread) throws(Failure) -> Int {
        try stream.write(&vectors, on: thread)
    }

    func read(_ vectors: Vectors, at offset: Int64, on thread: CallingThread) throws(Failure) -> Int {
        try vectors.inPieces(from: offset) { piece, offset throws(Failure) in
            try thread.waiting { end throws(SystemError) in
                unsafe try stream.descriptor.read(piece.forCall, at: offset, until: end)
            }
        }
    }

    func write(_ vectors: Vectors, at offset: Int64, on thread: CallingThread) throws(Failure) -> Int {
        try vectors.inPieces(from: offset) { piece, offset throws(Failure) in
            try thread.waiting { end throws(SystemError) in
                unsafe try stream.descriptor.write(piece.forCall, at: offset, until: end)
            }
        }
    }

    func seek(to offset: Int64, from whence: HostDescriptor.Whence) throws(Failure) -> UInt64 {
        try Failure.guarding { () throws(SystemError) in
            try stream.descriptor.seek(to: offset, from: whence)
        }
    }

    func filestat() throws(Failure) -> Filestat { try stream.filestat() }
    func setTimes(_ times: FileTimes) throws(Failure) { try stream.setTimes(times) }
    func flags() throws(Failure) -> Fdflags { try stream.flags() }
    func setFlags(_ flags: Fdflags) throws(Failure) { try stream.setFlags(flags) }

    // There are no rights for these.

    func synchronize(dataOnly: Bool, on thread: CallingThread) throws(Failure) { throw .errno(.inval) }
    func setSize(_ size: Int64, on thread: CallingThread) throws(Failure) { throw .errno(.inval) }
    func allocate(offset: Int64, length: Int64, on thread: CallingThread) throws(Failure) {
        throw .errno(.inval)
    }
    func advise(
        offset: Int64, length: Int64, _ advice: HostDescriptor.Advice, on thread: CallingThread
    ) throws(Failure) {
        throw .errno(.inval)
    }
}

extension HostStream {
    /// Itself, or as a device where it is one.
    var resource: any Resource {
        switch kind {
        case .blockDevice, .memoryDevice: HostDevice(self)
        case .characterDevice: descriptor.isTerminal ? self : HostDevice(self)
        default: self
        }
    }
}
