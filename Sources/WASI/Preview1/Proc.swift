// proc_exit, proc_raise.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#proc_exit

import WasmRuntime

extension Preview1 {
    /// (rval). Ends every thread of the process, or only `_start` where that is what its embedder wants; the code goes
    /// to the embedder as it is.
    static func proc_exit(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        if let thread = call.thread.guest { thread.group.exit(call.u32(0), on: thread) }
        throw .trap(.exited)
    }

    /// (sig). A process has no handlers, so that a signal does what POSIX has it do by default. One that
    /// ends a process ends it with the status that a shell shows.
    static func proc_raise(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        switch call.u32(0) {
        // none, chld, cont, urg, winch
        case 0, 16, 17, 22, 27: return
        // stop, tstp, ttin, ttou
        case 18...21: throw .errno(.notsup)
        case 1...30:
            call.thread.guest?.group.end(.exited(128 + call.u32(0)))
            throw .trap(.exited)
        default: throw .errno(.inval)
        }
    }
}
