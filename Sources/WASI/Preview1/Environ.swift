// environ_get, environ_sizes_get.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#environ_get

extension Preview1 {
    /// (environ, environ_buf)
    static func environ_get(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        try wasi.environment.store(pointersAt: call.u32(0), stringsAt: call.u32(1), in: call.memory)
    }

    /// (environc, environ_buf_size)
    static func environ_sizes_get(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        try wasi.environment.storeSizes(call.u32(0), call.u32(1), in: call.memory)
    }
}
