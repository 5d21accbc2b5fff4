// An open file in memory.

import Platform
import Synchronization
import WasmRuntime

final class MemoryFile: OpenFile {
    private let node: MemoryFileNode
    /// Held while a read or write moves it, so that no two take the same place.
    private let position = Mutex(0)
    private let fdflags: Mutex<Fdflags>

    init(_ node: MemoryFileNode, _ flags: Fdflags) {
        self.node = node
        fdflags = Mutex(flags)
    }

    func read(_ vectors: Vectors, on thread: CallingThread) throws(Failure) -> Int {
        try vectors.inPieces { piece throws(Failure) in
            try thread.checkEnd()
            return position.withLock { position in
                let count = node.read(piece, at: position)
                position += count
                return count
            }
        }
    }

    func write(_ vectors: inout Vectors, on thread: CallingThread) throws(Failure) -> Int {
        let appends = flags().contains(.append)
        return try vectors.inPieces { piece throws(Failure) in
            try thread.checkEnd()
            return try position.withLock { position throws(Failure) in
                let (count, end) = try node.write(piece, at: appends ? nil : position)
                position = end
                return count
            }
        }
    }

    func read(_ vectors: Vectors, at offset: Int64, on thread: CallingThread) throws(Failure) -> Int {
        try vectors.inPieces(from: offset) { piece, offset throws(Failure) in
            try thread.checkEnd()
            return node.read(piece, at: Int(offset))
        }
    }

    func write(_ vectors: Vectors, at offset: Int64, on thread: CallingThread) throws(Failure) -> Int {
        // As on Linux, whatever the offset.
        let appends = flags().contains(.append)
        return try vectors.inPieces(from: offset) { piece, offset throws(Failure) in
            try thread.checkEnd()
            return try node.write(piece, at: appends ? nil : Int(offset)).count
        }
    }

    func seek(to offset: Int64, from whence: HostDescriptor.Whence) throws(Failure) -> UInt64 {
        try position.withLock { position throws(Failure) in
            let start =
                switch whence {
                case .set: 0
                case .current: position
                case .end: node.size
                }
            let (target, overflow) = start.addingReportingOverflow(Int(offset))
            guard !overflow, target >= 0 else { throw .errno(.inval) }
            position = target
            return UInt64(target)
        }
    }

    func filestat() -> Filestat { node.filestat }
    func setSize(_ size: Int64, on thread: CallingThread) throws(Failure) { try node.setSize(Int(size)) }
    func allocate(offset: Int64, length: Int64, on thread: CallingThread) throws(Failure) {
        try node.grow(to: Int(offset + length))
    }
    func advise(offset: Int64, length: Int64, _ advice: HostDescriptor.Advice, on thread: CallingThread) {}
    func setTimes(_ times: FileTimes) { node.setTimes(times) }
    func synchronize(dataOnly: Bool, on thread: CallingThread) {}
    func flags() -> Fdflags { fdflags.withLock { $0 } }
    func setFlags(_ flags: Fdflags) { fdflags.withLock { $0 = flags } }
}
