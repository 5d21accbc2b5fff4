// random_get.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#random_get

import Platform
import WasmRuntime

/// A guest may ask for 4 GiB, which takes seconds; between chunks its thread can be ended.
private let chunkSize = 65_536

extension Preview1 {
    /// (buf, buf_len)
    static func random_get(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let bytes = try unsafe call.memory.bytes(at: call.u32(0), count: call.u32(1), .writes)
        for start in stride(from: 0, to: bytes.count, by: chunkSize) {
            if start > 0, let thread = call.thread.guest, thread.group.isEnding { throw .trap(.interrupted) }
            let chunk = unsafe bytes[start..<min(start + chunkSize, bytes.count)]
            try Failure.guarding { () throws(SystemError) in
                unsafe try fillWithRandomBytes(UnsafeMutableRawBufferPointer(rebasing: chunk))
            }
        }
    }
}
