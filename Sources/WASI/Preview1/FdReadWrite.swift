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
            try transfer(call, result: 3, .writes) { vectors throws(Failure) in
                try descriptor.resource.read(vectors, on: call.thread)
            }
        }
    }

    /// (fd, iovs, iovs_len, nwritten). Like POSIX's, it may write less than it was given.
    @inline(__always)
    static func fd_write(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        try wasi.descriptors.withDescriptor(call.u32(0), for: .fd_write) { descriptor throws(Failure) in
            try transfer(call, result: 3, .reads) { vectors throws(Failure) in
                try descriptor.resource.write(&vectors, on: call.thread)
            }
        }
    }

    /// (fd, iovs, iovs_len, offset, nread)
    @inline(__always)
    static func fd_pread(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let file = try wasi.descriptors.descriptor(call.u32(0)).file(for: [.fd_read, .fd_seek])
        let offset = try signed(call.u64(3))
        try transfer(call, result: 4, .writes) { vectors throws(Failure) in
            try file.read(vectors, at: offset, on: call.thread)
        }
    }

    /// (fd, iovs, iovs_len, offset, nwritten)
    @inline(__always)
    static func fd_pwrite(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let file = try wasi.descriptors.descriptor(call.u32(0)).file(for: [.fd_write, .fd_seek])
        let offset = try signed(call.u64(3))
        try transfer(call, result: 4, .reads) { vectors throws(Failure) in
            try file.write(vectors, at: offset, on: call.thread)
        }
    }

    /// Has `body` read into or write from the parts of memory that arguments 1 and 2 are about, and stores
    /// how much it was where argument `result` says. `use` is what that does with memory.
    @inline(__always)
    static func transfer(
        _ call: Call, result: Int, _ use: GuestMemory.Use, _ body: (inout Vectors) throws(Failure) -> Int
    ) throws(Failure) {
        let memory = try call.memory
        try memory.require(4, at: call.u32(result))
        let count = try memory.withVectors(at: call.u32(1), count: call.u32(2)) { vectors throws(Failure) in
            // As much as Linux moves, and a result can tell.
            vectors.truncate(to: maximumTransfer)
            if vectors.byteCount == 0 { return 0 }
            return memory.isWatched ? try watch(&vectors, memory, use, body) : try body(&vectors)
        }
        try memory.put(UInt32(count), at: call.u32(result))
    }

    /// The same where the race detector is to know which bytes were touched.
    @inline(never)
    private static func watch(
        _ vectors: inout Vectors, _ memory: GuestMemory, _ use: GuestMemory.Use,
        _ body: (inout Vectors) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        // Some calls cut them off as they go.
        var parts: [UnsafeMutableRawBufferPointer] = unsafe []
        vectors.forEachPart { part in
            unsafe parts.append(part)
            return true
        }
        if use == .reads { for unsafe part in unsafe parts { unsafe memory.note(part, use) } }
        let count = try body(&vectors)
        guard use == .writes else { return count }
        var rest = count
        for unsafe part in unsafe parts {
            let written = min(rest, part.count)
            unsafe memory.note(UnsafeMutableRawBufferPointer(rebasing: part[..<written]), use)
            rest -= written
        }
        return count
    }

    /// A `filesize`, which the host takes as a signed number.
    static func signed(_ value: UInt64) throws(Failure) -> Int64 {
        guard let value = Int64(exactly: value) else { throw .errno(.inval) }
        return value
    }
}
