// The names in a file system in memory: directories, and what stands in them.
//
// Always true: every directory but the root stands in exactly one other one, which is its parent; one that
// was removed is not found any more, so that who has it open finds nothing there.

import Platform
import WasmRuntime

/// A name in a directory.
struct ResolvedMemoryPath: Sendable {
    let directory: UInt64
    /// Empty for the directory itself.
    let name: [UInt8]
    /// What is there now.
    let entry: MemoryEntry?
    let mustBeDirectory: Bool

    /// What is there; fails where there is nothing, or no directory where one is meant.
    func existing() throws(Failure) -> MemoryEntry {
        guard let entry else { throw .errno(.noent) }
        if mustBeDirectory, !entry.isDirectory { throw .errno(.notdir) }
        return entry
    }

    /// Fails where something is there, or a slash says that a directory is meant.
    func requireCreatable() throws(Failure) {
        if entry == nil, !mustBeDirectory { return }
        _ = try existing()
        throw .errno(.exist)
    }
}

struct MemoryTree: ~Copyable, Sendable {
    static let root: UInt64 = 1
    /// As many links on the way as Linux follows.
    private static let maximumLinks = 40
    /// As on Linux.
    private static let maximumNameLength = 255

    private let root = MemoryDirectoryNode(inode: root, parent: root)
    /// All others.
    private var directories = ObjectTable<MemoryDirectoryNode>()
    private var lastInode = root

    mutating func makeInode() -> UInt64 {
        lastInode += 1
        return lastInode
    }

    private func find(_ inode: UInt64) -> MemoryDirectoryNode? {
        if inode == Self.root { return root }
        return directories.object(UInt(inode)) { $0.inode == inode }
    }

    func directory(_ inode: UInt64) throws(Failure) -> MemoryDirectoryNode {
        guard let directory = find(inode) else { throw .errno(.noent) }
        return directory
    }

    /// Enters something under a name that is free; fails with `nospc` where the system refuses the memory.
    func add(_ entry: MemoryEntry, at place: ResolvedMemoryPath) throws(Failure) {
        try directory(place.directory).add(place.name, entry)
    }

    /// Puts something else under a name that is there.
    func replace(_ entry: MemoryEntry, at place: ResolvedMemoryPath) {
        find(place.directory)?.replace(place.name, with: entry)
    }

    func remove(at place: ResolvedMemoryPath) { find(place.directory)?.remove(place.name) }

    mutating func addDirectory(at place: ResolvedMemoryPath) throws(Failure) {
        let inode = makeInode()
        let made = MemoryDirectoryNode(inode: inode, parent: place.directory)
        guard directories.insert(made, UInt(inode)) else { throw .errno(.nospc) }
        do throws(Failure) {
            try add(.directory(inode: inode), at: place)
        } catch {
            removeDirectory(inode)
            throw error
        }
    }

    /// Removes a directory whose name is gone or another's.
    mutating func removeDirectory(_ inode: UInt64) {
        _ = directories.remove(UInt(inode)) { $0.inode == inode }
    }

    func setParent(of inode: UInt64, to parent: UInt64) { find(inode)?.parent = parent }

    func setTimes(_ times: FileTimes, ofDirectory inode: UInt64) throws(Failure) {
        try directory(inode).times.set(times)
    }

    /// Whether a directory is another one, or stands somewhere in it.
    func isDirectory(_ inode: UInt64, inside outer: UInt64) -> Bool {
        var inode = inode
        while inode != outer {
            guard inode != Self.root, let directory = find(inode) else { return false }
            inode = directory.parent
        }
        return true
    }

    /// Where a path leads that never leaves the directory `start`. Links on the way are followed; one at
    /// the end with `followingLinks`.
    func locate(
        _ path: [UInt8], from start: UInt64, followingLinks: Bool
    ) throws(Failure) -> ResolvedMemoryPath {
        var stack = [start]
        var rest = Array(path.split(separator: GuestPath.slash).reversed())
        var mustBeDirectory = path.last == GuestPath.slash
        var linkCount = 0
        while let component = rest.popLast() {
            if component.elementsEqual(".".utf8) { continue }
            if component.elementsEqual("..".utf8) {
                if stack.count == 1 { throw .errno(.perm) }
                stack.removeLast()
                continue
            }
            if component.count > Self.maximumNameLength { throw .errno(.nametoolong) }
            let name = Array(component)
            let entry = try directory(stack.last!).entry(name)
            if case .link(_, let target, _)? = entry, !rest.isEmpty || followingLinks {
                linkCount += 1
                if linkCount > Self.maximumLinks { throw .errno(.loop) }
                if target.first == GuestPath.slash { throw .errno(.perm) }
                if rest.isEmpty, target.last == GuestPath.slash { mustBeDirectory = true }
                rest += target.split(separator: GuestPath.slash).reversed()
            } else if rest.isEmpty {
                return ResolvedMemoryPath(
                    directory: stack.last!, name: name, entry: entry, mustBeDirectory: mustBeDirectory)
            } else {
                guard let entry else { throw .errno(.noent) }
                guard case .directory(let inode) = entry else { throw .errno(.notdir) }
                stack.append(inode)
            }
        }
        _ = try directory(stack.last!)
        return ResolvedMemoryPath(
            directory: stack.last!, name: [], entry: .directory(inode: stack.last!),
            mustBeDirectory: mustBeDirectory)
    }
}
