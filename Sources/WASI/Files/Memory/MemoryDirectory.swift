// An open directory of a file system in memory.

import Platform
import Synchronization
import WasmRuntime

final class MemoryDirectory: Directory {
    let fileSystem: MemoryFileSystem
    let inode: UInt64
    let permissions: PreopenPermissions

    init(_ fileSystem: MemoryFileSystem, _ inode: UInt64, _ permissions: PreopenPermissions) {
        self.fileSystem = fileSystem
        self.inode = inode
        self.permissions = permissions
    }

    func filestat() throws(Failure) -> Filestat {
        try fileSystem.tree.withLock { tree throws(Failure) in
            try tree.directory(inode).times.filestat(.directory, inode: inode)
        }
    }

    func setTimes(_ times: FileTimes) throws(Failure) {
        try fileSystem.tree.withLock { tree throws(Failure) in
            try tree.setTimes(times, ofDirectory: inode)
        }
    }

    func synchronize(dataOnly: Bool, on thread: CallingThread) {}

    func entries(from cookie: UInt64, on thread: CallingThread) throws(Failure) -> [Dirent] {
        // One that was removed has none, as on the host.
        fileSystem.tree.withLock { tree in
            (try? tree.directory(inode))?.dirents(after: cookie) ?? []
        }
    }

    /// Runs `body` with the place that a path means. What it gives up is freed after the lock.
    private func at<Value: Sendable>(
        _ path: GuestPath, followingLinks: Bool,
        _ body: (inout MemoryTree, ResolvedMemoryPath) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try fileSystem.tree.withLock { tree throws(Failure) in
            // A slash follows links, as POSIX has it.
            let place = try tree.locate(
                path.bytes, from: inode, followingLinks: followingLinks || path.endsWithSlash)
            return try body(&tree, place)
        }
    }

    private var budget: FileSystemBudget { fileSystem.budget }

    func open(_ request: OpenRequest, on thread: CallingThread) throws(Failure) -> any Resource {
        switch try openEntry(request) {
        case .file(let node): return MemoryFile(node, request.fdflags)
        case .directory(let inode): return MemoryDirectory(fileSystem, inode, permissions)
        case .link: throw .errno(.loop)
        }
    }

    /// The file at a path, for the embedder.
    func openNode(_ request: OpenRequest) throws(Failure) -> MemoryFileNode {
        guard case .file(let node) = try openEntry(request) else { throw .errno(.isdir) }
        return node
    }

    private func openEntry(_ request: OpenRequest) throws(Failure) -> MemoryEntry {
        let isNew = request.oflags.isSuperset(of: [.creat, .excl])
        return try at(request.path, followingLinks: request.followsLinks && !isNew) {
            tree, place throws(Failure) in
            guard let entry = place.entry else {
                guard request.oflags.contains(.creat) else { throw .errno(.noent) }
                if place.mustBeDirectory { throw .errno(.isdir) }
                let node = try MemoryFileNode(inode: tree.makeInode(), budget)
                try insert(.file(node), at: place, in: tree)
                node.changeLinkCount(isMore: true)
                return .file(node)
            }
            if isNew { throw .errno(.exist) }
            switch entry {
            case .directory:
                let isChange = request.writes || !request.oflags.isDisjoint(with: [.creat, .trunc])
                if isChange { throw .errno(.isdir) }
            case .file(let node):
                if place.mustBeDirectory || request.oflags.contains(.directory) { throw .errno(.notdir) }
                if request.oflags.contains(.trunc) { try node.setSize(0) }
            case .link: throw .errno(.loop)
            }
            return entry
        }
    }

    /// Enters something under a free name, which costs so much; the caller counts the links of a file.
    func insert(
        _ entry: MemoryEntry, at place: ResolvedMemoryPath, in tree: borrowing MemoryTree, cost: Int? = nil
    ) throws(Failure) {
        let cost = cost ?? FileSystemBudget.nameCost + place.name.count
        try budget.reserveObject(cost)
        do throws(Failure) {
            try tree.add(entry, at: place)
        } catch {
            budget.release(cost)
            throw error
        }
    }

    func filestat(of path: GuestPath, followingLinks: Bool) throws(Failure) -> Filestat {
        try at(path, followingLinks: followingLinks) { tree, place throws(Failure) in
            switch try place.existing() {
            case .file(let node): return node.filestat
            case .directory(let inode):
                return try tree.directory(inode).times.filestat(.directory, inode: inode)
            case .link(let inode, let target, let times):
                var stat = times.filestat(.symbolicLink, inode: inode)
                stat.size = UInt64(target.count)
                return stat
            }
        }
    }

    func setTimes(_ times: FileTimes, of path: GuestPath, followingLinks: Bool) throws(Failure) {
        try at(path, followingLinks: followingLinks) { tree, place throws(Failure) in
            switch try place.existing() {
            case .file(let node): node.setTimes(times)
            case .directory(let inode): try tree.setTimes(times, ofDirectory: inode)
            case .link(let inode, let target, var old):
                old.set(times)
                tree.replace(.link(inode: inode, target: target, old), at: place)
            }
        }
    }

    func createDirectory(_ path: GuestPath) throws(Failure) {
        try at(path.withoutSlash, followingLinks: false) { tree, place throws(Failure) in
            if place.entry != nil { throw .errno(.exist) }
            let cost = FileSystemBudget.nodeCost + FileSystemBudget.nameCost + place.name.count
            try budget.reserveObject(cost)
            do throws(Failure) {
                try tree.addDirectory(at: place)
            } catch {
                budget.release(cost)
                throw error
            }
        }
    }

    func removeDirectory(_ path: GuestPath) throws(Failure) {
        try at(path.withoutSlash, followingLinks: false) { tree, place throws(Failure) in
            guard let entry = place.entry else { throw .errno(.noent) }
            guard case .directory(let inode) = entry else { throw .errno(.notdir) }
            if place.name.isEmpty { throw .errno(.inval) }
            guard try tree.directory(inode).isEmpty else { throw .errno(.notempty) }
            tree.removeDirectory(inode)
            tree.remove(at: place)
            release(entry, name: place.name)
        }
    }

    func removeFile(_ path: GuestPath) throws(Failure) {
        // Held until the lock is free: its memory may be much.
        let removed = try at(path, followingLinks: false) {
            tree, place throws(Failure) -> MemoryEntry in
            let entry = try place.existing()
            if entry.isDirectory { throw .errno(.isdir) }
            tree.remove(at: place)
            release(entry, name: place.name)
            return entry
        }
        withExtendedLifetime(removed) {}
    }

    /// Gives back what a name that is gone took, and what stood there.
    func release(_ entry: MemoryEntry, name: [UInt8]) {
        budget.release(FileSystemBudget.nameCost + name.count)
        release(entry)
    }

    /// Gives back what something took whose name is another's.
    func release(_ entry: MemoryEntry) {
        switch entry {
        case .file(let node): node.changeLinkCount(isMore: false)
        case .link(_, let target, _): budget.release(FileSystemBudget.nodeCost + target.count)
        case .directory: budget.release(FileSystemBudget.nodeCost)
        }
    }

    func createSymbolicLink(_ path: GuestPath, to target: [UInt8]) throws(Failure) {
        try at(path, followingLinks: false) { tree, place throws(Failure) in
            try place.requireCreatable()
            try budget.reserveObject(FileSystemBudget.nodeCost + target.count)
            do throws(Failure) {
                let link = MemoryEntry.link(inode: tree.makeInode(), target: target, NodeTimes())
                try insert(link, at: place, in: tree)
            } catch {
                budget.release(FileSystemBudget.nodeCost + target.count)
                throw error
            }
        }
    }

    func readSymbolicLink(_ path: GuestPath) throws(Failure) -> [UInt8] {
        try at(path, followingLinks: false) { _, place throws(Failure) in
            guard case .link(_, let target, _) = try place.existing() else { throw .errno(.inval) }
            return target
        }
    }
}
