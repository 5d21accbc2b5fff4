// wasi_threads_process_watch_races and _race_count.

import CWasiThreads
import WasmRuntime

extension Watcher<wasi_threads_race_watcher_t> {
    fileprivate func tell(_ race: Race) {
        // What the copies borrow.
        let storage = CStringStorage()
        var access = unsafe wasi_threads_race_access_t(race.access, storage)
        var earlier = unsafe wasi_threads_race_access_t(race.earlier, storage)
        unsafe withUnsafePointer(to: &access) { access in
            unsafe withUnsafePointer(to: &earlier) { earlier in
                var told = unsafe wasi_threads_race_t()
                unsafe told.memory = race.memory
                unsafe told.address = race.address
                unsafe told.byte_count = UInt32(race.byteCount)
                unsafe told.access = access
                unsafe told.earlier = earlier
                unsafe told.description = unsafe storage.string(race.description)
                unsafe function(environment, process, &told)
            }
        }
        withExtendedLifetime(storage) {}
    }
}

extension wasi_threads_race_access_t {
    fileprivate init(_ access: Race.Access, _ storage: CStringStorage) {
        unsafe self.init()
        unsafe thread = access.actor.map { Int64($0.id) } ?? -1
        unsafe origin = wasi_threads_thread_origin_t(rawValue: access.actor?.origin.rawValue ?? 0)
        unsafe name = unsafe access.actor?.name.map { unsafe storage.string($0) }
        unsafe is_write = access.isWrite
        unsafe is_atomic = access.isAtomic
        unsafe address = access.address
        unsafe byte_count = UInt32(access.byteCount)
        let frames = unsafe storage.frames(access.frames)
        unsafe self.frames = unsafe frames.first
        unsafe frame_count = unsafe frames.count
        unsafe spawner = access.actor?.spawner.map { Int64($0) } ?? -1
        let spawn = unsafe storage.frames(access.actor?.spawnFrames ?? [])
        unsafe spawn_frames = unsafe spawn.first
        unsafe spawn_frame_count = unsafe spawn.count
    }
}

@c @implementation
public func wasi_threads_process_watch_races(
    _ process: OpaquePointer?, _ watcher: wasi_threads_race_watcher_t?,
    _ environment: UnsafeMutableRawPointer?, _ finalizer: wasi_threads_finalizer_t?
) -> OpaquePointer? {
    unsafe reportingWhole { () throws(EmbedderError) in
        let found = unsafe try Handle.object(process, as: Process.self)
        let watcher = unsafe try Watcher(watcher, environment, process)
        try found.watchRaces { watcher.tell($0) }
        unsafe watcher.finalizer = finalizer
    }
}

@c @implementation
public func wasi_threads_process_race_count(
    _ process: OpaquePointer?, _ count: UnsafeMutablePointer<UInt64>?
) -> OpaquePointer? {
    unsafe reportingWhole { () throws(EmbedderError) in
        let process = unsafe try Handle.object(process, as: Process.self)
        let count = unsafe try required(count, "count")
        unsafe count.pointee = UInt64(try process.detection().count)
    }
}
