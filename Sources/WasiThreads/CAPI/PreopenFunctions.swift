// wasi_threads_wasi_config_preopen_* and wasi_threads_wasi_config_add_socket.

import CWasiThreads
import Platform
import WASI
import WasmRuntime

private func permissions(_ value: UInt32) throws(EmbedderError) -> PreopenPermissions {
    let permissions = PreopenPermissions(rawValue: value)
    guard permissions.isSubset(of: .readWrite) else {
        throw EmbedderError(.misuse, "There are no permissions with the number \(value).")
    }
    return permissions
}

@c @implementation
public func wasi_threads_wasi_config_preopen_directory(
    _ config: OpaquePointer?, _ hostPath: UnsafePointer<CChar>?, _ guestPath: UnsafePointer<CChar>?,
    _ permissionBits: UInt32
) -> OpaquePointer? {
    unsafe changing(config) { config throws(EmbedderError) in
        try config.addPreopen(
            Preopen(
                .host(path: unsafe try bytes(hostPath, "host_path")),
                guestPath: unsafe try bytes(guestPath, "guest_path"), try permissions(permissionBits)))
    }
}

@c @implementation
public func wasi_threads_wasi_config_preopen_memory_fs(
    _ config: OpaquePointer?, _ fileSystem: OpaquePointer?, _ guestPath: UnsafePointer<CChar>?,
    _ permissionBits: UInt32
) -> OpaquePointer? {
    unsafe changing(config) { config throws(EmbedderError) in
        let fileSystem = unsafe try Handle.object(fileSystem, as: MemoryFileSystem.self)
        try config.addPreopen(
            Preopen(
                .memory(fileSystem), guestPath: unsafe try bytes(guestPath, "guest_path"),
                try permissions(permissionBits)))
    }
}

@c @implementation
public func wasi_threads_wasi_config_add_socket(
    _ config: OpaquePointer?, _ descriptor: Int32
) -> OpaquePointer? {
    unsafe changing(config) { config throws(EmbedderError) in
        guard isOpenDescriptor(descriptor) else {
            throw EmbedderError(.system, "The descriptor \(descriptor) is not open.")
        }
        guard (try? HostDescriptor(descriptor).kind())?.isSocket == true else {
            throw EmbedderError(.misuse, "The descriptor \(descriptor) is no socket.")
        }
        config.sockets.append(descriptor)
    }
}
