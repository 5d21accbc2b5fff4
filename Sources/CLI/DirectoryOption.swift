// What --dir takes: HOST, HOST::GUEST, and either with :ro behind it.

import WASI

struct DirectoryOption {
    let preopen: Preopen

    /// Nil where the host's or the guest's path is empty.
    init?(_ text: String) {
        var rest = text[...]
        let isReadOnly = rest.hasSuffix(":ro")
        if isReadOnly { rest = rest.dropLast(3) }
        let bytes = Array(rest.utf8)
        let colon = UInt8(ascii: ":")
        var (host, guest) = (bytes, bytes)
        let separator = bytes.indices.dropLast().first { bytes[$0] == colon && bytes[$0 + 1] == colon }
        if let separator {
            host = Array(bytes[..<separator])
            guest = Array(bytes[(separator + 2)...])
        }
        if host.isEmpty || guest.isEmpty { return nil }
        preopen = Preopen(.host(path: host), guestPath: guest, isReadOnly ? .readOnly : .readWrite)
    }
}
