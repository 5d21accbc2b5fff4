// Arrays of `iovec` and `ciovec` in guest memory, as the system calls of the host take them.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#iovec

import Glibc

/// More parts than `IOV_MAX` the kernel refuses as well.
private let maximumVectors: UInt32 = 1024

extension GuestMemory {
    /// Translates an array of `iovec` or `ciovec`, without a copy of what its parts hold.
    @inline(__always)
    func withVectors<Value>(
        at address: UInt32, count: UInt32, _ body: (inout Vectors) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        guard count <= maximumVectors else { throw .errno(.inval) }
        let array = try unsafe bytes(at: address, count: count * 8)
        return try unsafe withUnsafeTemporaryAllocation(of: iovec.self, capacity: Int(count)) {
            vectors throws(Failure) in
            for index in 0..<Int(count) {
                let entry = unsafe array.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
                let place = UInt64(littleEndian: entry)
                let part = try unsafe bytes(
                    at: UInt32(truncatingIfNeeded: place), count: UInt32(truncatingIfNeeded: place >> 32))
                unsafe vectors.initializeElement(
                    at: index, to: iovec(iov_base: part.baseAddress, iov_len: part.count))
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
    private(set) var buffer: UnsafeMutableBufferPointer<iovec>
    private(set) var byteCount: Int

    @inline(__always)
    fileprivate init(_ buffer: UnsafeMutableBufferPointer<iovec>) {
        unsafe self.buffer = buffer
        unsafe byteCount = buffer.reduce(0) { unsafe $0 + $1.iov_len }
    }

    /// Cuts off what lies behind the first `limit` bytes.
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

    /// Hands out the parts in order, as long as `body` takes them whole.
    func forEachPart(_ body: (UnsafeMutableRawBufferPointer) -> Bool) {
        for unsafe part in unsafe buffer {
            let bytes = unsafe UnsafeMutableRawBufferPointer(start: part.iov_base, count: part.iov_len)
            guard unsafe body(bytes) else { return }
        }
    }
}
