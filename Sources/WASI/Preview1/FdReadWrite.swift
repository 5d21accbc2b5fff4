// fd_read, fd_write.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#fd_read

import WasmRuntime

extension Preview1 {
    /// (fd, iovs, iovs_len, nread)
    static func fd_read(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        try transfer(wasi, call, .fd_read) { descriptor, vectors throws(Failure) in
            try descriptor.read(vectors, on: call.thread)
        }
    }

    /// (fd, iovs, iovs_len, nwritten). Like POSIX's, it may write less than it was given.
    static func fd_write(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        try transfer(wasi, call, .fd_write) { descriptor, vectors throws(Failure) in
            try descriptor.write(&vectors, on: call.thread)
        }
    }

    private static func transfer(
        _ wasi: WASIContext, _ call: Call, _ right: Rights,
        _ body: (Descriptor, inout Vectors) throws(Failure) -> Int
    ) throws(Failure) {
        let memory = try call.memory
        try memory.require(4, at: call.u32(3))
        let descriptor = try wasi.descriptors.descriptor(call.u32(0), for: right)
        let count = try memory.withVectors(at: call.u32(1), count: call.u32(2)) { vectors throws(Failure) in
            vectors.byteCount == 0 ? 0 : try body(descriptor, &vectors)
        }
        try memory.put(UInt32(count), at: call.u32(3))
    }
}
