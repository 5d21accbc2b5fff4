// What concerns two places of a file system in memory at once, and what the embedder asks for.

import WasmRuntime

extension MemoryDirectory {
    /// Both places, under one lock. A slash behind the second follows links with `slashFollows`.
    private func at<Value: Sendable>(
        _ path: GuestPath, and directory: any Directory, _ newPath: GuestPath, slashFollows: Bool,
        _ body: (inout MemoryTree, MemoryPlace, MemoryPlace) throws(Failure) -> Value
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
            try fileSystem.budget.reserve(newPlace.name.count)
            node.changeLinkCount(isMore: true)
            tree.set(entry, at: newPlace)
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
            try fileSystem.budget.reserve(newPlace.name.count)
            do throws(Failure) {
                try remove(newPlace, for: entry, in: &tree)
            } catch {
                fileSystem.budget.release(newPlace.name.count)
                throw error
            }
            tree.set(nil, at: place)
            tree.set(entry, at: newPlace)
            if case .directory(let inode) = entry { tree.setParent(of: inode, to: newPlace.directory) }
            fileSystem.budget.release(place.name.count)
            return newPlace.entry
        }
        withExtendedLifetime(replaced) {}
    }

    /// Makes room for `entry`, where something is in its way that it may replace.
    private func remove(
        _ place: MemoryPlace, for entry: MemoryEntry, in tree: inout MemoryTree
    ) throws(Failure) {
        guard let old = place.entry else { return }
        switch (entry.isDirectory, old) {
        case (true, .directory(let inode)):
            guard try tree.directory(inode).isEmpty else { throw .errno(.notempty) }
            tree.removeDirectory(inode, at: place)
        case (true, _): throw .errno(.notdir)
        case (false, .directory): throw .errno(.isdir)
        case (false, _): tree.set(nil, at: place)
        }
        release(old, name: place.name)
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

    /// The names in a directory, those of directories with a slash behind.
    func names(_ path: GuestPath) throws(Failure) -> [[UInt8]] {
        try fileSystem.tree.withLock { tree throws(Failure) in
            let place = try tree.locate(path.bytes, from: inode, followingLinks: true)
            guard case .directory(let inode) = try place.existing() else { throw .errno(.notdir) }
            return try tree.directory(inode).names.map { name, entry in
                entry.isDirectory ? name + [GuestPath.slash] : name
            }
        }
    }
}
