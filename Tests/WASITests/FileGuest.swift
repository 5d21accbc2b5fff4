// A guest with a directory, and the calls of WASI on files in the terms of a test.

import Foundation
import WASI
import WasmRuntime

/// A directory of the host that is removed with this object.
final class TemporaryDirectory: Sendable {
    let path: String

    init() {
        var template = Array((NSTemporaryDirectory() + "/wasi-XXXXXX").utf8CString)
        precondition(mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, to name: String) {
        precondition(FileManager.default.createFile(atPath: "\(path)/\(name)", contents: Data(text.utf8)))
    }

    func read(_ name: String) -> String? {
        FileManager.default.contents(atPath: "\(path)/\(name)").map { String(decoding: $0, as: UTF8.self) }
    }

    func makeDirectory(_ name: String) { precondition(mkdir("\(path)/\(name)", 0o777) == 0) }

    func link(_ name: String, to target: String) { precondition(symlink(target, "\(path)/\(name)") == 0) }

    /// Every name below with what it holds, for telling whether anything changed.
    var everything: [String] {
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
        return names.sorted().map { name in
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")
            let time = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
            let isLink = attributes?[.type] as? FileAttributeType == .typeSymbolicLink
            return "\(name) \(time) \(isLink ? "" : read(name) ?? "")"
        }
    }
}

/// Where the guest's directory is, and how paths are resolved in it.
enum FileBackend: CaseIterable, Sendable {
    case kernel, componentWalk, memory

    static let onHost: [FileBackend] = [.kernel, .componentWalk]
}

/// The calls of one thread of a guest. Each area of its memory serves one of these at a time.
struct FileGuest {
    /// All rights that there are.
    static let allRights: UInt64 = (1 << 30) - 1
    static let (creat, directory, excl, trunc): (UInt64, UInt64, UInt64, UInt64) = (1, 2, 4, 8)
    static let root: UInt64 = 3
    static let areaSize = 16_384

    let guest: Guest
    var area = 0
    var thread: GuestThread?

    /// A guest whose descriptor 3 is a directory.
    init(
        _ place: FileBackend, _ directory: TemporaryDirectory, _ permissions: PreopenPermissions = .readWrite,
        _ configure: (inout WASIConfiguration) -> Void = { _ in }
    ) throws {
        guest = try Guest { configuration in
            let source: Preopen.Source =
                place == .memory
                ? .memory(MemoryFileSystem(limit: 1 << 20)) : .host(path: Array(directory.path.utf8))
            configuration.preopens = [Preopen(source, guestPath: Array("/".utf8), permissions)]
            configuration.pathResolver = place == .componentWalk ? .componentWalk : .kernel
            configure(&configuration)
        }
    }

    init(_ configure: (inout WASIConfiguration) -> Void) throws { guest = try Guest(configure) }

    /// The same guest, for another thread.
    func onThread(_ thread: GuestThread?, area: Int) -> FileGuest {
        var other = self
        other.thread = thread
        other.area = area
        return other
    }

    private var start: Int { area * Self.areaSize }
    private var result: Int { start }

    /// Puts a path at one of two places, and gives the address and the length.
    private func place(_ path: String, _ index: Int = 0) -> [UInt64] {
        let address = start + 2048 + index * 5120
        guest.store(path, at: address)
        return [UInt64(address), UInt64(path.utf8.count)]
    }

    func call(_ name: String, _ arguments: [UInt64]) -> Answer {
        guard let function = try? guest.function(name) else { return .value(.max) }
        return guest.call(function, arguments, on: thread)
    }

    /// A call of the form (fd, path, path_len).
    func path(_ name: String, _ path: String, in fd: UInt64 = root) -> Answer {
        call(name, [fd] + place(path))
    }

    func open(
        _ path: String, in fd: UInt64 = root, _ oflags: UInt64 = 0, rights: UInt64 = 0,
        inheriting: UInt64 = 0, fdflags: UInt64 = 0, follow: Bool = false
    ) -> (answer: Answer, fd: UInt64) {
        let answer = call(
            "path_open",
            [fd, follow ? 1 : 0] + place(path) + [oflags, rights, inheriting, fdflags, UInt64(result)])
        return (answer, answer == .success ? UInt64(guest.load(result, as: UInt32.self)) : .max)
    }

    /// Opens to read and write.
    func openFile(_ path: String, in fd: UInt64 = root, _ oflags: UInt64 = 0, follow: Bool = true) -> UInt64 {
        let rights: UInt64 = Self.allRights & ~(1 << 14)
        return open(path, in: fd, oflags, rights: rights, follow: follow).fd
    }

    func openDirectory(_ path: String, in fd: UInt64 = root) -> UInt64 {
        open(path, in: fd, Self.directory, rights: Self.allRights & ~(1 << 6 | 1 << 8 | 1 << 22),
            inheriting: Self.allRights, follow: true
        ).fd
    }

    func symlink(_ target: String, _ path: String, in fd: UInt64 = root) -> Answer {
        call("path_symlink", place(target) + [fd] + place(path, 1))
    }

    func rename(_ path: String, in fd: UInt64 = root, _ newPath: String, to newFd: UInt64 = root) -> Answer {
        call("path_rename", [fd] + place(path) + [newFd] + place(newPath, 1))
    }

    func link(
        _ path: String, in fd: UInt64 = root, _ newPath: String, to newFd: UInt64 = root, follow: Bool = false
    ) -> Answer {
        call("path_link", [fd, follow ? 1 : 0] + place(path) + [newFd] + place(newPath, 1))
    }

    func readlink(_ path: String, room: Int = 100) -> (answer: Answer, target: String) {
        let buffer = start + 256
        let answer = call(
            "path_readlink", [Self.root] + place(path) + [UInt64(buffer), UInt64(room), UInt64(result)])
        return (answer, answer == .success ? guest.string(at: buffer, count: Int(guest.load(result))) : "")
    }

    struct Stat: Equatable {
        var inode: UInt64 = 0
        var filetype: UInt8 = 0
        var linkCount: UInt64 = 0
        var size: UInt64 = 0
        var access: UInt64 = 0
        var modification: UInt64 = 0
    }

    private var stat: Stat {
        let at = start + 512
        return Stat(
            inode: guest.load(at + 8, as: UInt64.self), filetype: guest.load(at + 16, as: UInt8.self),
            linkCount: guest.load(at + 24, as: UInt64.self), size: guest.load(at + 32, as: UInt64.self),
            access: guest.load(at + 40, as: UInt64.self), modification: guest.load(at + 48, as: UInt64.self))
    }

    func stat(_ path: String, in fd: UInt64 = root, follow: Bool = false) -> (answer: Answer, stat: Stat) {
        let answer = call("path_filestat_get", [fd, follow ? 1 : 0] + place(path) + [UInt64(start + 512)])
        return (answer, stat)
    }

    func stat(fd: UInt64) -> (answer: Answer, stat: Stat) {
        (call("fd_filestat_get", [fd, UInt64(start + 512)]), stat)
    }

    func setTimes(
        _ path: String, access: UInt64 = 0, modification: UInt64 = 0, _ flags: UInt64, follow: Bool = false
    ) -> Answer {
        call(
            "path_filestat_set_times",
            [Self.root, follow ? 1 : 0] + place(path) + [access, modification, flags])
    }

    func write(_ text: String, to fd: UInt64, at offset: UInt64? = nil) -> (answer: Answer, count: Int) {
        let (vectors, data) = (start + 16, start + 2048)
        guest.store(text, at: data)
        guest.storeVectors([(data, text.utf8.count)], at: vectors)
        let name = offset == nil ? "fd_write" : "fd_pwrite"
        let answer = call(name, [fd, UInt64(vectors), 1] + (offset.map { [$0] } ?? []) + [UInt64(result)])
        return (answer, answer == .success ? Int(guest.load(result)) : 0)
    }

    func read(_ count: Int, from fd: UInt64, at offset: UInt64? = nil) -> (answer: Answer, text: String) {
        let (vectors, data) = (start + 16, start + 2048)
        guest.storeVectors([(data, count)], at: vectors)
        let name = offset == nil ? "fd_read" : "fd_pread"
        let answer = call(name, [fd, UInt64(vectors), 1] + (offset.map { [$0] } ?? []) + [UInt64(result)])
        return (answer, answer == .success ? guest.string(at: data, count: Int(guest.load(result))) : "")
    }

    func seek(_ fd: UInt64, _ offset: Int64, _ whence: UInt64) -> (answer: Answer, position: UInt64) {
        let answer = call("fd_seek", [fd, UInt64(bitPattern: offset), whence, UInt64(result)])
        return (answer, guest.load(result, as: UInt64.self))
    }

    func close(_ fd: UInt64) -> Answer { call("fd_close", [fd]) }

    func rights(_ fd: UInt64) -> (base: UInt64, inheriting: UInt64) {
        _ = call("fd_fdstat_get", [fd, UInt64(start + 512)])
        return (guest.load(start + 520, as: UInt64.self), guest.load(start + 528, as: UInt64.self))
    }

    func flags(_ fd: UInt64) -> UInt16 {
        _ = call("fd_fdstat_get", [fd, UInt64(start + 512)])
        return guest.load(start + 514, as: UInt16.self)
    }

    struct Entry: Equatable {
        var next: UInt64
        var inode: UInt64
        var filetype: UInt8
        var name: String
    }

    /// One call of fd_readdir: its whole entries, and whether the buffer was not filled.
    func readdir(
        _ fd: UInt64, from cookie: UInt64 = 0, room: Int = 2048
    ) -> (answer: Answer, entries: [Entry], isEnd: Bool) {
        let buffer = start + 2048
        let answer = call("fd_readdir", [fd, UInt64(buffer), UInt64(room), cookie, UInt64(result)])
        guard answer == .success else { return (answer, [], true) }
        let used = Int(guest.load(result))
        var entries: [Entry] = []
        var at = 0
        while at + 24 <= used {
            let length = Int(guest.load(buffer + at + 16))
            guard at + 24 + length <= used else { break }
            entries.append(
                Entry(
                    next: guest.load(buffer + at, as: UInt64.self),
                    inode: guest.load(buffer + at + 8, as: UInt64.self),
                    filetype: guest.load(buffer + at + 20, as: UInt8.self),
                    name: guest.string(at: buffer + at + 24, count: length)))
            at += 24 + length
        }
        return (answer, entries, used < room)
    }

    /// All entries, in calls with so much room each.
    func entries(_ fd: UInt64 = root, room: Int = 2048) -> [Entry] {
        var (all, cookie): ([Entry], UInt64) = ([], 0)
        while true {
            let (answer, entries, isEnd) = readdir(fd, from: cookie, room: room)
            all += entries
            guard answer == .success, !isEnd, let last = entries.last else { return all }
            cookie = last.next
        }
    }
}

extension MemoryFileSystem {
    func addFile(_ path: [UInt8], _ contents: [UInt8]) throws {
        try contents.withUnsafeBytes { try addFile(path, $0) }
    }

    func contents(_ path: [UInt8]) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 1, count: try fileLength(path) + 1)
        let count = try bytes.withUnsafeMutableBytes { try readFile(path, at: 0, $0) }
        return Array(bytes.prefix(count))
    }

    /// Those of directories with a slash at the end.
    func names(_ path: [UInt8]) throws -> [[UInt8]] {
        var names: [[UInt8]] = []
        try forEachName(path) { name, isDirectory in
            names.append(Array(String(cString: name).utf8) + (isDirectory ? [UInt8(ascii: "/")] : []))
        }
        return names
    }
}
