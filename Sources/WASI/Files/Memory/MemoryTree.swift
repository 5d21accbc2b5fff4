// The names in a file system in memory: directories, and what stands in them.
//
// Always true: every directory but the root stands in exactly one other one, which is its parent; one that
// was removed is not in `directories`, so that who has it open finds nothing there any more.

import WasmRuntime

enum MemoryEntry: Sendable {
    case file(MemoryFileNode)
    case directory(inode: UInt64)
    case link(inode: UInt64, target: [UInt8], NodeTimes)

    var inode: UInt64 {
        switch self {
        case .file(let node): node.inode
        case .directory(let inode), .link(let inode, _, _): inode
        }
    }

    var filetype: Filetype {
        switch self {
        case .file: .regularFile
        case .directory: .directory
        case .link: .symbolicLink
        }
    }

    var isDirectory: Bool { filetype == .directory }
}

/// One directory. Each entry has a number that grows with time, by which reading goes on.
struct MemoryDirectoryNode: Sendable {
    private struct Numbered {
        let number: UInt64
        var entry: MemoryEntry
    }

    var parent: UInt64
    var times = NodeTimes()
    private var entries: [[UInt8]: Numbered] = [:]
    /// By number.
    private var order: [(number: UInt64, name: [UInt8])] = []
    /// 1 is ".", 2 is "..".
    private var nextNumber: UInt64 = 3

    init(parent: UInt64) { self.parent = parent }

    var isEmpty: Bool { entries.isEmpty }

    subscript(name: [UInt8]) -> MemoryEntry? {
        get { entries[name]?.entry }
        set {
            times.touch()
            if let old = entries[name] {
                if let newValue {
                    entries[name] = Numbered(number: old.number, entry: newValue)
                } else {
                    entries[name] = nil
                    order.remove(at: firstIndex(behind: old.number - 1))
                }
            } else if let newValue {
                entries[name] = Numbered(number: nextNumber, entry: newValue)
                order.append((nextNumber, name))
                nextNumber += 1
            }
        }
    }

    /// The index in `order` of the first entry with a higher number.
    private func firstIndex(behind number: UInt64) -> Int {
        var (low, high) = (0, order.count)
        while low < high {
            let middle = (low + high) / 2
            if order[middle].number > number { high = middle } else { low = middle + 1 }
        }
        return low
    }

    func dirents(behind cookie: UInt64, inode: UInt64) -> [Dirent] {
        let maximumCount = 128
        var dirents: [Dirent] = []
        if cookie < 1 {
            dirents.append(Dirent(next: 1, inode: inode, filetype: .directory, name: [UInt8](".".utf8)))
        }
        if cookie < 2 {
            dirents.append(Dirent(next: 2, inode: 0, filetype: .directory, name: [UInt8]("..".utf8)))
        }
        for (number, name) in order[firstIndex(behind: cookie)...].prefix(maximumCount) {
            let entry = entries[name]!.entry
            dirents.append(Dirent(next: number, inode: entry.inode, filetype: entry.filetype, name: name))
        }
        return dirents
    }

    var names: [(name: [UInt8], entry: MemoryEntry)] {
        order.map { ($0.name, entries[$0.name]!.entry) }
    }
}

/// A name in a directory.
struct MemoryPlace: Sendable {
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

struct MemoryTree: Sendable {
    static let root: UInt64 = 1
    /// As many links on the way as Linux follows.
    private static let maximumLinks = 40
    /// As on Linux.
    private static let maximumNameLength = 255

    private(set) var directories = [root: MemoryDirectoryNode(parent: root)]
    private var lastInode = root

    mutating func makeInode() -> UInt64 {
        lastInode += 1
        return lastInode
    }

    func directory(_ inode: UInt64) throws(Failure) -> MemoryDirectoryNode {
        guard let directory = directories[inode] else { throw .errno(.noent) }
        return directory
    }

    /// Changes an entry; the directory is there.
    mutating func set(_ entry: MemoryEntry?, at place: MemoryPlace) {
        directories[place.directory]![place.name] = entry
    }

    mutating func addDirectory(at place: MemoryPlace) {
        let inode = makeInode()
        directories[inode] = MemoryDirectoryNode(parent: place.directory)
        set(.directory(inode: inode), at: place)
    }

    mutating func removeDirectory(_ inode: UInt64, at place: MemoryPlace) {
        directories[inode] = nil
        set(nil, at: place)
    }

    mutating func setParent(of inode: UInt64, to parent: UInt64) { directories[inode]!.parent = parent }

    mutating func setTimes(_ times: FileTimes, ofDirectory inode: UInt64) throws(Failure) {
        _ = try directory(inode)
        directories[inode]!.times.set(times)
    }

    /// Whether a directory is another one, or stands somewhere in it.
    func isDirectory(_ inode: UInt64, inside outer: UInt64) -> Bool {
        var inode = inode
        while inode != outer {
            guard inode != Self.root, let directory = directories[inode] else { return false }
            inode = directory.parent
        }
        return true
    }

    /// Where a path leads that never leaves the directory `start`. Links on the way are followed; one at
    /// the end with `followingLinks`.
    func locate(
        _ path: [UInt8], from start: UInt64, followingLinks: Bool
    ) throws(Failure) -> MemoryPlace {
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
            let entry = try directory(stack.last!)[name]
            if case .link(_, let target, _)? = entry, !rest.isEmpty || followingLinks {
                linkCount += 1
                if linkCount > Self.maximumLinks { throw .errno(.loop) }
                if target.first == GuestPath.slash { throw .errno(.perm) }
                if rest.isEmpty, target.last == GuestPath.slash { mustBeDirectory = true }
                rest += target.split(separator: GuestPath.slash).reversed()
            } else if rest.isEmpty {
                return MemoryPlace(
                    directory: stack.last!, name: name, entry: entry, mustBeDirectory: mustBeDirectory)
            } else {
                guard let entry else { throw .errno(.noent) }
                guard case .directory(let inode) = entry else { throw .errno(.notdir) }
                stack.append(inode)
            }
        }
        _ = try directory(stack.last!)
        return MemoryPlace(
            directory: stack.last!, name: [], entry: .directory(inode: stack.last!),
            mustBeDirectory: mustBeDirectory)
    }
}
