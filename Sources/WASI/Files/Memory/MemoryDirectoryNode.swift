// One directory of a file system in memory, and the names in it.
//
// Always true: each name has a number that grows with time, by which reading goes on; `order` has all names by
// number, and `names` owns them.

import Platform
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

final class MemoryDirectoryNode: @unchecked Sendable {
    // SENDABLE: used under the lock of the tree that it belongs to.
    private final class Name: @unchecked Sendable {
        // SENDABLE: used under the same lock.
        let bytes: [UInt8]
        let number: UInt64
        var entry: MemoryEntry

        init(_ bytes: [UInt8], _ number: UInt64, _ entry: MemoryEntry) {
            self.bytes = bytes
            self.number = number
            self.entry = entry
        }
    }

    let inode: UInt64
    var parent: UInt64
    var times = NodeTimes()
    private var names = ObjectTable<Name>()
    private var order = HostBytes()
    /// 1 is ".", 2 is "..".
    private var nextNumber: UInt64 = 3

    init(inode: UInt64, parent: UInt64) {
        self.inode = inode
        self.parent = parent
    }

    var isEmpty: Bool { names.count == 0 }

    private static func hash(_ name: [UInt8]) -> UInt { UInt(bitPattern: name.hashValue) }

    private func name(_ bytes: [UInt8]) -> Name? {
        names.object(Self.hash(bytes)) { $0.bytes == bytes }
    }

    func entry(_ name: [UInt8]) -> MemoryEntry? { self.name(name)?.entry }

    /// Puts another entry under a name that is there.
    func replace(_ bytes: [UInt8], with entry: MemoryEntry) {
        times.touch()
        name(bytes)?.entry = entry
    }

    /// Enters a name that is not there; fails with `nospc` where the system refuses the memory.
    func add(_ bytes: [UInt8], _ entry: MemoryEntry) throws(Failure) {
        let made = Name(bytes, nextNumber, entry)
        guard unsafe order.resize(to: order.count + MemoryLayout<Unmanaged<Name>>.stride) else {
            throw .errno(.nospc)
        }
        guard names.insert(made, Self.hash(bytes)) else {
            _ = unsafe order.resize(to: order.count - MemoryLayout<Unmanaged<Name>>.stride)
            throw .errno(.nospc)
        }
        unsafe ordered[ordered.count - 1] = unsafe .passUnretained(made)
        nextNumber += 1
        times.touch()
    }

    func remove(_ bytes: [UInt8]) {
        guard let removed = names.remove(Self.hash(bytes), where: { $0.bytes == bytes }) else { return }
        let index = firstIndex(after: removed.number - 1)
        let ordered = unsafe ordered
        for place in index..<ordered.count - 1 { unsafe ordered[place] = unsafe ordered[place + 1] }
        _ = unsafe order.resize(to: order.count - MemoryLayout<Unmanaged<Name>>.stride)
        times.touch()
    }

    /// The names by number.
    private var ordered: UnsafeMutableBufferPointer<Unmanaged<Name>> {
        // SAFETY: only names that `names` owns are ever written to this memory, and the place of each is written
        // with the name.
        unsafe order.bytes.assumingMemoryBound(to: Unmanaged<Name>.self)
    }

    /// The index in `ordered` of the first name with a higher number.
    private func firstIndex(after number: UInt64) -> Int {
        let ordered = unsafe ordered
        var (low, high) = (0, ordered.count)
        while low < high {
            let middle = (low + high) / 2
            let isHigher = unsafe ordered[middle]._withUnsafeGuaranteedRef { $0.number > number }
            if isHigher { high = middle } else { low = middle + 1 }
        }
        return low
    }

    func dirents(after cookie: UInt64) -> [Dirent] {
        let maximumCount = 128
        var dirents: [Dirent] = []
        if cookie < 1 {
            dirents.append(Dirent(next: 1, inode: inode, filetype: .directory, name: [UInt8](".".utf8)))
        }
        if cookie < 2 {
            dirents.append(Dirent(next: 2, inode: 0, filetype: .directory, name: [UInt8]("..".utf8)))
        }
        for unsafe name in unsafe ordered[firstIndex(after: cookie)...].prefix(maximumCount) {
            let name = unsafe name.takeUnretainedValue()
            let entry = name.entry
            dirents.append(
                Dirent(next: name.number, inode: entry.inode, filetype: entry.filetype, name: name.bytes))
        }
        return dirents
    }

    /// Adds all names to `list`, each after a byte that is 1 for a directory, and with a NUL byte at its end.
    func list(_ list: inout HostBytes) throws(Failure) {
        for unsafe name in unsafe ordered {
            let name = unsafe name.takeUnretainedValue()
            let record = [name.entry.isDirectory ? 1 : 0] + name.bytes + [0]
            guard unsafe record.withUnsafeBytes({ unsafe list.append($0) }) else { throw .errno(.nospc) }
        }
    }
}
