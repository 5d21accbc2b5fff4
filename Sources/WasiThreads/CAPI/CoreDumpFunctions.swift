// wasi_threads_process_prepare_core_dump, _write_core_dump.

import CWasiThreads
import Platform

@c @implementation
public func wasi_threads_process_prepare_core_dump(_ process: OpaquePointer?) -> OpaquePointer? {
    unsafe reportingWhole { () throws(EmbedderError) in
        try unsafe Handle.object(process, as: Process.self).prepareCoreDump()
    }
}

@c @implementation
public func wasi_threads_process_write_core_dump(
    _ process: OpaquePointer?, _ program: UnsafePointer<CChar>?, _ descriptor: CInt
) -> OpaquePointer? {
    unsafe reportingWhole { () throws(EmbedderError) in
        let process = unsafe try Handle.object(process, as: Process.self)
        let program = unsafe program == nil ? nil : unsafe try string(program, "program")
        try process.writeCoreDump(to: HostDescriptor(descriptor), program: program)
    }
}
