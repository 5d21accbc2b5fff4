// clock_res_get, clock_time_get.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#clock_res_get

import Platform
import WasmRuntime

extension HostClock {
    /// The clock that a `clockid` names.
    init(clockid: UInt32) throws(Failure) {
        guard let clock = HostClock(rawValue: clockid) else { throw .errno(.inval) }
        self = clock
    }
}

extension Preview1 {
    /// (id, resolution)
    static func clock_res_get(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let clock = try HostClock(clockid: call.u32(0))
        try call.memory.put(clock.resolution, at: call.u32(1))
    }

    /// (id, precision, time). The precision is a wish; the clock is always read exactly.
    static func clock_time_get(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let clock = try HostClock(clockid: call.u32(0))
        try call.memory.put(clock.now, at: call.u32(2))
    }
}
