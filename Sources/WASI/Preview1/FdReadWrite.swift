// fd_read, fd_write, fd_pread, fd_pwrite.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#fd_read

import WasmRuntime

/// In bytes. https://man7.org/linux/man-pages/man2/read.2.html#NOTES
private let maximumTransfer = 0x7FFF_F000

extension Preview1 {
    /// (fd, iovs, iovs_len, nread)
    @inline(__always)
    static func fd_read(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        try wasi.descriptors.withDescriptor(call.u32(0), for: .fd_read) { descriptor throws(Failure) in
            try transfer(call, result: 3) { vectors throws(Failure) in
                try descriptor.resource.read(vectors, on: call.thread)
            }
        }
    }

    /// (fd, iovs, iovs_len, nwritten). Like POSIX's, it may write less than it was given.
    @inline(__always)
    static func fd_write(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        try wasi.descriptors.withDescriptor(call.u32(0), for: .fd_write) { descriptor throws(Failure) in
            try transfer(call, result: 3) { vectors throws(Failure) in
                try descriptor.resource.write(&vectors, on: call.thread)
            }
        }
    }

    /// (fd, iovs, iovs_len, offset, nread)
    @inline(__always)
    static func fd_pread(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let file = try wasi.descriptors.descriptor(call.u32(0)).file(for: [.fd_read, .fd_seek])
        let offset = try signed(call.u64(3))
        try transfer(call, result: 4) { vectors throws(Failure) in
            try file.read(vectors, at: offset, on: call.thread)
        }
    }

    /// (fd, iovs, iovs_len, offset, nwritten)
    @inline(__always)
    static func fd_pwrite(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let file = try wasi.descriptors.descriptor(call.u32(0)).file(for: [.fd_write, .fd_seek])
        let offset = try signed(call.u64(3))
        try transfer(call, result: 4) { vectors throws(Failure) in
            try file.write(vectors, at: offset, on: call.thread)
        }
    }

    /// Has `body` read into or write from the parts of memory that arguments 1 and 2 are about, and stores
    /// how much it was where argument `result` says.
    @inline(__always)
    static func transfer(
        _ call: Call, result: Int, _ body: (inout Vectors) throws(Failure) -> Int
    ) throws(Failure) {
        let memory = try call.memory
        try memory.require(4, at: call.u32(result))
        let count = try memory.withVectors(at: call.u32(1), count: call.u32(2)) { vectors throws(Failure) in
            // As much as Linux moves, and a result can tell.
            vectors.truncate(to: maximumTransfer)
            return vectors.byteCount == 0 ? 0 : try body(&vectors)
        }
        try memory.put(UInt32(count), at: call.u32(result))
    }

    /// A `filesize`, which the host takes as a signed number.
    static func signed(_ value: UInt64) throws(Failure) -> Int64 {
        guard let value = Int64(exactly: value) else { throw .errno(.inval) }
        return value
    }
}
