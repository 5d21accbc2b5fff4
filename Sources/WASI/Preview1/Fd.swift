// What concerns a descriptor as such: fd_close, fd_fdstat_*, fd_prestat_*, fd_renumber.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#fd_close

extension Preview1 {
    /// (fd). A read or write that another thread is in goes on with the descriptor it began with.
    static func fd_close(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        try wasi.descriptors.remove(call.u32(0))
    }

    /// (fd, to). As for `fd_close`, what another thread does with the descriptor that was `to` goes on.
    static func fd_renumber(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        try wasi.descriptors.renumber(call.u32(0), to: call.u32(1))
    }

    /// (fd, stat)
    static func fd_fdstat_get(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let descriptor = try wasi.descriptors.descriptor(call.u32(0))
        try descriptor.fdstat().store(at: call.u32(1), in: call.memory)
    }

    /// (fd, flags)
    static func fd_fdstat_set_flags(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let descriptor = try wasi.descriptors.descriptor(call.u32(0), for: .fd_fdstat_set_flags)
        try descriptor.resource.setFlags(try Fdflags(checking: call.u32(1)))
    }

    /// (fd, fs_rights_base, fs_rights_inheriting)
    static func fd_fdstat_set_rights(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let descriptor = try wasi.descriptors.descriptor(call.u32(0))
        try descriptor.limit(
            to: Rights(rawValue: call.u64(1)), inheriting: Rights(rawValue: call.u64(2)))
    }

    /// (fd, prestat). C libraries take `badf` for the end of what they were given, and know only
    /// directories.
    static func fd_prestat_get(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let name = try preopenName(wasi, call)
        // `preopentype` 0, a directory; then the length of its name.
        try call.memory.put(UInt64(name.count) << 32, at: call.u32(1))
    }

    /// (fd, path, path_len)
    static func fd_prestat_dir_name(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let name = try preopenName(wasi, call)
        guard call.u32(2) >= UInt32(name.count) else { throw .errno(.nametoolong) }
        let target = try unsafe call.memory.bytes(at: call.u32(1), count: UInt32(name.count), .writes)
        unsafe target.copyBytes(from: name)
    }

    private static func preopenName(_ wasi: WASIContext, _ call: Call) throws(Failure) -> [UInt8] {
        guard let name = try wasi.descriptors.descriptor(call.u32(0)).preopenName else {
            throw .errno(.badf)
        }
        return name
    }
}
