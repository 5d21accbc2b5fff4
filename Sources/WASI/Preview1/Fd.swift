// What concerns a descriptor as such: fd_close, fd_fdstat_get, fd_prestat_get, fd_prestat_dir_name.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#fd_close

extension Preview1 {
    /// (fd). A read or write that another thread is in goes on with the descriptor it began with.
    static func fd_close(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        try wasi.descriptors.remove(call.u32(0))
    }

    /// (fd, stat)
    static func fd_fdstat_get(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let descriptor = try wasi.descriptors.descriptor(call.u32(0))
        try descriptor.fdstat().store(at: call.u32(1), in: call.memory)
    }

    /// (fd, prestat). No stream is a preopened directory, which `badf` says.
    static func fd_prestat_get(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        throw .errno(.badf)
    }

    /// (fd, path, path_len)
    static func fd_prestat_dir_name(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        throw .errno(.badf)
    }
}
