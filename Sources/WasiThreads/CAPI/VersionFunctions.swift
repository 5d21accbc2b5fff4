// wasi_threads_version.

import CWasiThreads

@c @implementation
public func wasi_threads_version() -> UnsafePointer<CChar>? {
    unsafe UnsafeRawPointer(Version.text.utf8Start).assumingMemoryBound(to: CChar.self)
}
