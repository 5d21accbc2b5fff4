// What concerns two places of a file system in memory at once, and what the embedder asks for.

import Platform
import WasmRuntime

extension MemoryDirectory {
    /// Both places, under one lock. A slash after the second follows links with `slashFollows`.
    private func at<Value: Sendable>(
        _ path: GuestPath, and directory: any Directory, _ newPath: GuestPath, slashFollows: Bool,
        _ body: (inout MemoryTree, ResolvedMemoryPath, ResolvedMemoryPath) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        guard let directory = directory as? MemoryDirectory, directory.fileSystem === fileSystem else {
            throw .errno(.xdev)
        }
        return try fileSystem.tree.withLock { tree throws(Failure) in
            let place = try tree.locate(path.withoutSlash.bytes, from: inode, followingLinks: false)
            let newPlace = try tree.locate(
                (slashFollows ? newPath : newPath.withoutSlash).bytes, from: directory.inode,
                followingLinks: slashFollows && newPath.endsWithSlash)
            return try body(&tree, place, newPlace)
        }
    }

    func link(_ path: GuestPath, to directory: any Directory, _ newPath: GuestPath) throws(Failure) {
        try at(path, and: directory, newPath, slashFollows: true) { tree, place, newPlace throws(Failure) in
            guard let entry = place.entry else { throw .errno(.noent) }
            if path.endsWithSlash, !entry.isDirectory { throw .errno(.notdir) }
            try newPlace.requireCreatable()
            // A second name for a link would be a second link, which is not what was asked for.
            guard case .file(let node) = entry else { throw .errno(.perm) }
            try insert(entry, at: newPlace, in: tree)
            node.changeLinkCount(isMore: true)
        }
    }

    func rename(_ path: GuestPath, to directory: any Directory, _ newPath: GuestPath) throws(Failure) {
        // Held until the lock is free: its memory may be much.
        let replaced = try at(path, and: directory, newPath, slashFollows: false) {
            tree, place, newPlace throws(Failure) -> MemoryEntry? in
            guard let entry = place.entry else { throw .errno(.noent) }
            if place.name.isEmpty || newPlace.name.isEmpty { throw .errno(.busy) }
            let isNamedAsDirectory = path.endsWithSlash || newPath.endsWithSlash
            if isNamedAsDirectory, !entry.isDirectory { throw .errno(.notdir) }
            if let old = newPlace.entry, old.inode == entry.inode { return nil }
            if case .directory(let inode) = entry, tree.isDirectory(newPlace.directory, inside: inode) {
                throw .errno(.inval)
            }
            if let old = newPlace.entry {
                try requireReplaceable(old, by: entry, in: tree)
                tree.replace(entry, at: newPlace)
                if case .directory(let inode) = old { tree.removeDirectory(inode) }
                release(old)
                fileSystem.budget.release(FileSystemBudget.nameCost + place.name.count)
            } else {
                // One name for another, which a full file system has room for too.
                let growth = newPlace.name.count - place.name.count
                try insert(entry, at: newPlace, in: tree, cost: max(growth, 0))
                fileSystem.budget.release(max(-growth, 0))
            }
            tree.remove(at: place)
            if case .directory(let inode) = entry { tree.setParent(of: inode, to: newPlace.directory) }
            return newPlace.entry
        }
        withExtendedLifetime(replaced) {}
    }

    /// Fails where `entry` may not take the place of what is in its way.
    private func requireReplaceable(
        _ old: MemoryEntry, by entry: MemoryEntry, in tree: borrowing MemoryTree
    ) throws(Failure) {
        switch (entry.isDirectory, old) {
        case (true, .directory(let inode)):
            guard try tree.directory(inode).isEmpty else { throw .errno(.notempty) }
        case (true, _): throw .errno(.notdir)
        case (false, .directory): throw .errno(.isdir)
        case (false, _): break
        }
    }

    /// Makes each of the directories that is not there.
    func createDirectories(_ components: some Sequence<ArraySlice<UInt8>>) throws(Failure) {
        var path: [UInt8] = []
        for component in components {
            path += component + [GuestPath.slash]
            let place = try GuestPath(embedder: path)
            do throws(Failure) {
                try createDirectory(place)
            } catch {
                guard case .errno(.exist) = error else { throw error }
                let stat = try filestat(of: place, followingLinks: true)
                if stat.filetype != .directory { throw .errno(.notdir) }
            }
        }
    }

    /// Adds the names in a directory to `list`, as `MemoryDirectoryNode.list` has it.
    func names(_ path: GuestPath, _ list: inout HostBytes) throws(Failure) {
        try fileSystem.tree.withLock { tree throws(Failure) in
            let place = try tree.locate(path.bytes, from: inode, followingLinks: true)
            guard case .directory(let inode) = try place.existing() else { throw .errno(.notdir) }
            try tree.directory(inode).list(&list)
        }
    }
}
