// proc_exit.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#proc_exit

import WasmRuntime

extension Preview1 {
    /// (rval). Ends every thread of the process; the code goes to the embedder as it is.
    static func proc_exit(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        call.thread?.group.end(.exited(call.u32(0)))
        throw .trap(.exited)
    }
}
