// fd_readdir.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#fd_readdir

extension Preview1 {
    /// (fd, buf, buf_len, cookie, bufused). Fills the buffer to its end, with a part of the last entry
    /// where there are more; a guest takes a buffer that is not full for the end of the directory.
    static func fd_readdir(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let descriptor = try wasi.descriptors.descriptor(call.u32(0))
        let directory = try descriptor.directory(for: .fd_readdir)
        let memory = try call.memory
        try memory.require(4, at: call.u32(4))
        let buffer = try unsafe memory.bytes(at: call.u32(1), count: call.u32(2), .none)
        var cookie = call.u64(3)
        var used = 0
        while used < buffer.count {
            // A directory can grow as fast as it is read: the end of the process must come through.
            if let thread = call.thread.guest, thread.group.isEnding { throw .trap(.interrupted) }
            let entries = try directory.entries(from: cookie, on: call.thread)
            guard let last = entries.last else { break }
            for entry in entries where used < buffer.count {
                let bytes = entry.bytes.prefix(buffer.count - used)
                unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[used...]).copyBytes(from: bytes)
                unsafe memory.note(
                    UnsafeMutableRawBufferPointer(rebasing: buffer[used..<used + bytes.count]), .writes)
                used += bytes.count
            }
            cookie = last.next
        }
        try memory.put(UInt32(used), at: call.u32(4))
    }
}
