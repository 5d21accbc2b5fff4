// A path that a guest gave.
//
// Always true: it is a copy, it is not empty and no longer than the host takes, it has no NUL byte and
// does not begin with a slash. Where it leads is for the directory to say that it is used in.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#path_open

import Platform

struct GuestPath: Sendable {
    static let slash = UInt8(ascii: "/")

    private(set) var bytes: [UInt8]

    init(at address: UInt32, count: UInt32, in memory: GuestMemory) throws(Failure) {
        let bytes = try guestString(at: address, count: count, in: memory)
        if bytes.isEmpty { throw .errno(.noent) }
        // Wasmtime says so, and the suite for preview 1 asks for it.
        if bytes.first == Self.slash { throw .errno(.perm) }
        self.bytes = bytes
    }

    /// Of the embedder, for a file system in memory.
    init(embedder bytes: [UInt8]) throws(Failure) {
        guard !bytes.isEmpty, !bytes.contains(0) else { throw .errno(.inval) }
        self.bytes = bytes
    }

    var components: [ArraySlice<UInt8>] { bytes.split(separator: Self.slash) }

    var endsWithSlash: Bool { bytes.last == Self.slash }

    /// The path of the component itself, be it a link.
    var withoutSlash: GuestPath {
        var path = self
        while path.endsWithSlash { path.bytes.removeLast() }
        return path
    }
}

/// A copy of a path, or of the text of a symbolic link.
func guestString(at address: UInt32, count: UInt32, in memory: GuestMemory) throws(Failure) -> [UInt8] {
    let bytes = try unsafe memory.bytes(at: address, count: count, .reads)
    guard count < UInt32(HostPath.limit) else { throw .errno(.nametoolong) }
    let copy = unsafe Array(bytes)
    if copy.contains(0) { throw .errno(.inval) }
    return copy
}
