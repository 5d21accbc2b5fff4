// args_get, args_sizes_get.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#args_get

extension Preview1 {
    /// (argv, argv_buf)
    static func args_get(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        try wasi.arguments.store(pointersAt: call.u32(0), stringsAt: call.u32(1), in: call.memory)
    }

    /// (argc, argv_buf_size)
    static func args_sizes_get(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        try wasi.arguments.storeSizes(call.u32(0), call.u32(1), in: call.memory)
    }
}
