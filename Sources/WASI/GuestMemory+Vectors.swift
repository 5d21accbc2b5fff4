// Arrays of `iovec` and `ciovec` in guest memory, as the system calls of the host take them.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#iovec

import Platform

/// More parts than `IOV_MAX` the kernel refuses as well.
private let maximumVectors: UInt32 = 1024

extension GuestMemory {
    /// Translates an array of `iovec` or `ciovec`, without a copy of what its parts hold.
    @inline(__always)
    func withVectors<Value>(
        at address: UInt32, count: UInt32, _ body: (inout Vectors) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        guard count <= maximumVectors else { throw .errno(.inval) }
        let array = try unsafe bytes(at: address, count: count * 8, .reads)
        return try unsafe withUnsafeTemporaryAllocation(of: IOVector.self, capacity: Int(count)) {
            vectors throws(Failure) in
            for index in 0..<Int(count) {
                let entry = unsafe array.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
                let place = UInt64(littleEndian: entry)
                let part = try unsafe bytes(
                    at: UInt32(truncatingIfNeeded: place), count: UInt32(truncatingIfNeeded: place >> 32),
                    .none)
                unsafe vectors.initializeElement(
                    at: index, to: IOVector(iov_base: part.baseAddress, iov_len: part.count))
            }
            var checked = unsafe Vectors(vectors)
            return try body(&checked)
        }
    }
}

/// Checked parts of guest memory to read into or write from. Never leaves the closure it is given to.
@safe
struct Vectors {
    // SAFETY: every element lies inside the guest's memory, which lives as long as the call.
    private(set) var buffer: UnsafeMutableBufferPointer<IOVector>
    private(set) var byteCount: Int

    @inline(__always)
    fileprivate init(_ buffer: UnsafeMutableBufferPointer<IOVector>) {
        unsafe self.buffer = buffer
        unsafe byteCount = buffer.reduce(0) { unsafe $0 + $1.iov_len }
    }

    /// As system calls take them.
    var forCall: UnsafeBufferPointer<IOVector> {
        @inline(__always)
        get { unsafe UnsafeBufferPointer(buffer) }
    }

    /// Cuts off what lies after the first `limit` bytes.
    mutating func truncate(to limit: Int) {
        guard byteCount > limit else { return }
        var rest = limit
        for index in unsafe buffer.indices {
            let length = unsafe min(buffer[index].iov_len, rest)
            unsafe buffer[index].iov_len = length
            rest -= length
        }
        byteCount = limit
    }

    /// Cuts off the first `count` bytes, which are there.
    mutating func removeFirst(_ count: Int) {
        var rest = count
        for index in unsafe buffer.indices {
            let length = unsafe min(buffer[index].iov_len, rest)
            unsafe buffer[index].iov_base += length
            unsafe buffer[index].iov_len -= length
            rest -= length
        }
        byteCount -= count
    }

    /// So much moves in milliseconds, wherever it goes, and what a system call costs is nothing beside it.
    static let pieceSize = 4 << 20

    /// Hands out pieces of at most `pieceSize` bytes, in order, as long as `body` takes them whole, and adds up
    /// what it took. An error after the first piece is left to the next call.
    @inline(__always)
    func inPieces(
        _ body: (Vectors) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        byteCount <= Self.pieceSize ? try body(self) : try inManyPieces(body)
    }

    /// The same for a place in a file, of which `body` is told too.
    @inline(__always)
    func inPieces(
        from offset: Int64, _ body: (Vectors, Int64) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        if byteCount <= Self.pieceSize { return try body(self, offset) }
        var offset = offset
        return try inManyPieces { piece throws(Failure) in
            let count = try body(piece, offset)
            offset += Int64(count)
            return count
        }
    }

    @inline(never)
    private func inManyPieces(
        _ body: (Vectors) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        var total = 0
        var next = 0
        do throws(Failure) {
            while unsafe next < buffer.count {
                let (end, byteCount) = wholeParts(from: next)
                if end == next {
                    let (isWhole, count) = try unsafe inPieces(of: buffer[next], body)
                    total += count
                    if !isWhole { break }
                    next += 1
                } else {
                    let count = try unsafe body(
                        Vectors(UnsafeMutableBufferPointer(rebasing: buffer[next..<end])))
                    total += count
                    if count < byteCount { break }
                    next = end
                }
            }
        } catch {
            guard case .errno = error, total > 0 else { throw error }
        }
        return total
    }

    /// The parts from `start` on that make one piece together.
    private func wholeParts(from start: Int) -> (end: Int, byteCount: Int) {
        var (end, byteCount) = (start, 0)
        while unsafe end < buffer.count, unsafe byteCount + buffer[end].iov_len <= Self.pieceSize {
            byteCount += unsafe buffer[end].iov_len
            end += 1
        }
        return (end, byteCount)
    }

    /// One part that is larger than a piece.
    private func inPieces(
        of part: IOVector, _ body: (Vectors) throws(Failure) -> Int
    ) throws(Failure) -> (isWhole: Bool, count: Int) {
        var rest = unsafe part
        var total = 0
        while unsafe rest.iov_len > 0 {
            let size = unsafe min(rest.iov_len, Self.pieceSize)
            var piece = unsafe IOVector(iov_base: rest.iov_base, iov_len: size)
            let count: Int
            do throws(Failure) {
                count = try unsafe withUnsafeMutablePointer(to: &piece) { piece throws(Failure) in
                    try unsafe body(Vectors(UnsafeMutableBufferPointer(start: piece, count: 1)))
                }
            } catch {
                guard case .errno = error, total > 0 else { throw error }
                return (false, total)
            }
            total += count
            if count < size { return (false, total) }
            unsafe rest.iov_base += count
            unsafe rest.iov_len -= count
        }
        return (true, total)
    }

    /// Hands out the parts in order, as long as `body` takes them whole.
    func forEachPart(_ body: (UnsafeMutableRawBufferPointer) -> Bool) {
        for unsafe part in unsafe buffer {
            let bytes = unsafe UnsafeMutableRawBufferPointer(start: part.iov_base, count: part.iov_len)
            guard unsafe body(bytes) else { return }
        }
    }
}
