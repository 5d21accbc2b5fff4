// wasi_threads_memory_fs_*.

import CWasiThreads
import WASI

extension MemoryFileSystem: HandleObject {
    static let handleName = "memory file system"
}

/// Has `body` use the file system behind `fileSystem` and a path in it.
private func using(
    _ fileSystem: OpaquePointer?, _ path: UnsafePointer<CChar>?,
    _ body: (MemoryFileSystem, [UInt8]) throws(EmbedderError) -> Void
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        let fileSystem = unsafe try Handle.object(fileSystem, as: MemoryFileSystem.self)
        try body(fileSystem, unsafe try bytes(path, "path"))
    }
}

extension EmbedderError {
    /// Runs a call on a file system in memory.
    fileprivate static func ofFiles<Value>(
        _ body: () throws(MemoryFileSystemError) -> Value
    ) throws(EmbedderError) -> Value {
        do {
            return try body()
        } catch {
            throw EmbedderError(error.isFull ? .limit : .file, error.description)
        }
    }
}

@c @implementation
public func wasi_threads_memory_fs_new(
    _ limit: UInt64, _ fileSystem: UnsafeMutablePointer<OpaquePointer?>?
) -> OpaquePointer? {
    unsafe reporting { () throws(EmbedderError) in
        let result = unsafe try required(fileSystem, "fs")
        let maximum: UInt64 = 1 << 40
        guard limit <= maximum else {
            throw EmbedderError(
                .limit, "The limit of a memory file system is at most \(maximum), not \(limit).")
        }
        unsafe result.pointee = unsafe Handle.make(MemoryFileSystem(limit: Int(limit)))
    }
}

@c @implementation
public func wasi_threads_memory_fs_delete(_ fileSystem: OpaquePointer?) {
    _ = unsafe Handle.remove(fileSystem, as: MemoryFileSystem.self)
}

@c @implementation
public func wasi_threads_memory_fs_add_directory(
    _ fileSystem: OpaquePointer?, _ path: UnsafePointer<CChar>?
) -> OpaquePointer? {
    unsafe using(fileSystem, path) { fileSystem, path throws(EmbedderError) in
        try EmbedderError.ofFiles { () throws(MemoryFileSystemError) in try fileSystem.addDirectory(path) }
    }
}

@c @implementation
public func wasi_threads_memory_fs_write_file(
    _ fileSystem: OpaquePointer?, _ path: UnsafePointer<CChar>?, _ bytes: UnsafePointer<UInt8>?,
    _ length: Int
) -> OpaquePointer? {
    unsafe using(fileSystem, path) { fileSystem, path throws(EmbedderError) in
        let contents = unsafe UnsafeRawBufferPointer(try array(bytes, length, "bytes"))
        try EmbedderError.ofFiles { () throws(MemoryFileSystemError) in
            unsafe try fileSystem.addFile(path, contents)
        }
    }
}

@c @implementation
public func wasi_threads_memory_fs_file_length(
    _ fileSystem: OpaquePointer?, _ path: UnsafePointer<CChar>?, _ length: UnsafeMutablePointer<UInt64>?
) -> OpaquePointer? {
    unsafe using(fileSystem, path) { fileSystem, path throws(EmbedderError) in
        let result = unsafe try required(length, "length")
        unsafe result.pointee = UInt64(
            try EmbedderError.ofFiles { () throws(MemoryFileSystemError) in
                try fileSystem.fileLength(path)
            })
    }
}

@c @implementation
public func wasi_threads_memory_fs_read_file(
    _ fileSystem: OpaquePointer?, _ path: UnsafePointer<CChar>?, _ offset: UInt64,
    _ buffer: UnsafeMutablePointer<UInt8>?, _ capacity: Int, _ length: UnsafeMutablePointer<Int>?
) -> OpaquePointer? {
    unsafe using(fileSystem, path) { fileSystem, path throws(EmbedderError) in
        let result = unsafe try required(length, "length")
        guard capacity >= 0, unsafe buffer != nil || capacity == 0 else {
            throw EmbedderError(.misuse, "The argument buffer is NULL or its capacity is too large.")
        }
        let room = unsafe UnsafeMutableRawBufferPointer(start: buffer, count: capacity)
        let count = try EmbedderError.ofFiles { () throws(MemoryFileSystemError) in
            unsafe try fileSystem.readFile(path, at: Int(clamping: offset), room)
        }
        unsafe result.pointee = count
    }
}

@c @implementation
public func wasi_threads_memory_fs_remove(
    _ fileSystem: OpaquePointer?, _ path: UnsafePointer<CChar>?
) -> OpaquePointer? {
    unsafe using(fileSystem, path) { fileSystem, path throws(EmbedderError) in
        try EmbedderError.ofFiles { () throws(MemoryFileSystemError) in try fileSystem.remove(path) }
    }
}

@c @implementation
public func wasi_threads_memory_fs_list(
    _ fileSystem: OpaquePointer?, _ path: UnsafePointer<CChar>?,
    _ visit: wasi_threads_memory_fs_visitor_t?, _ environment: UnsafeMutableRawPointer?
) -> OpaquePointer? {
    unsafe using(fileSystem, path) { fileSystem, path throws(EmbedderError) in
        guard let visit = unsafe visit else { throw EmbedderError(.misuse, "The argument visit is NULL.") }
        try EmbedderError.ofFiles { () throws(MemoryFileSystemError) in
            unsafe try fileSystem.forEachName(path) { unsafe visit(environment, $0, $1) }
        }
    }
}
