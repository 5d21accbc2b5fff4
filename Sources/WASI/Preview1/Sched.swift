// sched_yield.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#sched_yield

import Platform
import WasmRuntime

extension Preview1 {
    /// ()
    static func sched_yield(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        yieldProcessor()
    }
}
