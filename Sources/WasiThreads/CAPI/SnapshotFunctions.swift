// wasi_threads_process_snapshot, wasi_threads_snapshot_*.

import CWasiThreads
import WasmRuntime

@c @implementation
public func wasi_threads_process_snapshot(
    _ process: OpaquePointer?, _ snapshot: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
    unsafe reportingWhole { () throws(EmbedderError) in
        let result = unsafe try required(snapshot, "snapshot")
        let process = unsafe try Handle.object(process, as: Process.self)
        unsafe result.pointee = unsafe Handle.make(try process.snapshot())
    }
}

@c @implementation
public func wasi_threads_snapshot_process(
    _ snapshot: OpaquePointer?, _ linker: OpaquePointer?, _ config: OpaquePointer?,
    _ process: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
    unsafe reportingWhole { () throws(EmbedderError) in
        let result = unsafe try required(process, "process")
        let snapshot = unsafe try Handle.object(snapshot, as: Snapshot.self)
        let linker = unsafe linker == nil ? nil : unsafe try Handle.object(linker, as: Linker.self)
        let configuration = unsafe try WasiThreads.configuration(config)
        let loaded = snapshot.loaded
        let made = try Process(
            engine: loaded.engine, module: loaded, linker: linker, configuration: configuration, snapshot: snapshot)
        unsafe result.pointee = made.handle()
    }
}

@c @implementation
public func wasi_threads_snapshot_delete(_ snapshot: OpaquePointer?) {
    _ = unsafe Handle.remove(snapshot, as: Snapshot.self)
}
