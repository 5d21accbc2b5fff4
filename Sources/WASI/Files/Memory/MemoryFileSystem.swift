// A file system without a disk, which an embedder fills before, reads after, and changes while a guest
// runs.
//
// Always true: what it takes never exceeds its limit by more than `FileSystemBudget` says. A lock is held only for
// copies in memory. Memory that the system refuses is `nospc`.

import Platform
import Synchronization
import WasmRuntime

package final class MemoryFileSystem: Sendable {
    let tree = Mutex(MemoryTree())
    let budget: FileSystemBudget

    /// `limit` counts the bytes of files, names and links, and some for each of these.
    package init(limit: Int) { budget = FileSystemBudget(limit: limit) }

    func root(_ permissions: PreopenPermissions) -> any Directory {
        MemoryDirectory(self, MemoryTree.root, permissions)
    }

    /// Does what a path function does, for the embedder.
    private func atRoot<Value: Sendable>(
        _ path: [UInt8], _ body: (MemoryDirectory, GuestPath) throws(Failure) -> Value
    ) throws(MemoryFileSystemError) -> Value {
        // From the root of the file system, a slash in front means nothing.
        let relative = Array(path.drop { $0 == GuestPath.slash })
        do throws(Failure) {
            let root = MemoryDirectory(self, MemoryTree.root, .readWrite)
            return try body(root, try GuestPath(embedder: relative.isEmpty ? [UInt8(ascii: ".")] : relative))
        } catch {
            throw MemoryFileSystemError(path: path, failure: error)
        }
    }

    /// Makes a directory, and those that it stands in, where they are not there.
    package func addDirectory(_ path: [UInt8]) throws(MemoryFileSystemError) {
        try atRoot(path) { root, path throws(Failure) in try root.createDirectories(path.components) }
    }

    /// Makes a file, and the directories that it stands in, or replaces what a file holds.
    package func addFile(
        _ path: [UInt8], _ contents: UnsafeRawBufferPointer
    ) throws(MemoryFileSystemError) {
        try atRoot(path) { root, path throws(Failure) in
            try root.createDirectories(path.components.dropLast())
            let node = try root.openNode(
                OpenRequest(
                    path: path, followsLinks: true, oflags: .creat, fdflags: [], reads: false, writes: true))
            unsafe try node.replace(with: contents)
        }
    }

    /// How many bytes a file holds.
    package func fileLength(_ path: [UInt8]) throws(MemoryFileSystemError) -> Int {
        try node(path).size
    }

    /// Copies what a file holds from `offset` on; returns how many bytes.
    package func readFile(
        _ path: [UInt8], at offset: Int, _ buffer: UnsafeMutableRawBufferPointer
    ) throws(MemoryFileSystemError) -> Int {
        unsafe try node(path).read(buffer, at: offset)
    }

    private func node(_ path: [UInt8]) throws(MemoryFileSystemError) -> MemoryFileNode {
        try atRoot(path) { root, path throws(Failure) in
            try root.openNode(
                OpenRequest(
                    path: path, followsLinks: true, oflags: [], fdflags: [], reads: true, writes: true))
        }
    }

    /// Calls `body` with each name in a directory, which ends with a NUL byte, as they were when it was called.
    package func forEachName(
        _ path: [UInt8], _ body: (UnsafePointer<CChar>, _ isDirectory: Bool) -> Void
    ) throws(MemoryFileSystemError) {
        var list = HostBytes()
        try atRoot(path) { root, path throws(Failure) in try root.names(path, &list) }
        let bytes = unsafe list.bytes.assumingMemoryBound(to: CChar.self)
        var index = 0
        while index < bytes.count {
            unsafe body(bytes.baseAddress! + index + 1, bytes[index] != 0)
            index = unsafe bytes[(index + 1)...].firstIndex(of: 0)! + 1
        }
        withExtendedLifetime(list) {}
    }

    /// Removes a file, a link or an empty directory.
    package func remove(_ path: [UInt8]) throws(MemoryFileSystemError) {
        try atRoot(path) { root, path throws(Failure) in
            if try root.filestat(of: path, followingLinks: false).filetype == .directory {
                try root.removeDirectory(path)
            } else {
                try root.removeFile(path)
            }
        }
    }
}

/// Why an embedder's call on a file system in memory failed; reads as a sentence.
package struct MemoryFileSystemError: Error, CustomStringConvertible {
    package let description: String
    package let isFull: Bool

    fileprivate init(path: [UInt8], failure: Failure) {
        let shown = String(decoding: path, as: UTF8.self)
        guard case .errno(let errno) = failure else {
            preconditionFailure("no thread is interrupted here, since none of a guest's is given")
        }
        isFull = errno == .nospc
        let reason =
            switch errno {
            case .noent: "there is no such file or directory"
            case .notdir: "a part of it is no directory"
            case .isdir: "it is a directory"
            case .exist: "it is there already"
            case .notempty: "it is not empty"
            case .nospc: "the limit of the file system, or of what the system gives it, is reached"
            case .perm: "it leads out of the file system"
            case .loop: "too many symbolic links are on the way"
            case .nametoolong: "a name is too long"
            case .inval: "it is no path"
            default: "of the error \(errno)"
            }
        description = "The path '\(shown)' in memory can not be used: \(reason)."
    }
}
