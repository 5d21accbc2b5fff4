// What --dir takes: HOST, HOST::GUEST, and either with :ro or :rw after it.

import WASI

struct DirectoryOption {
    let preopen: Preopen

    /// Nil where the host's or the guest's path is empty.
    init?(_ word: Word) {
        let isReadOnly = word.hasSuffix(":ro")
        let bytes = isReadOnly || word.hasSuffix(":rw") ? word.bytes.dropLast(3) : word.bytes[...]
        let colon = UInt8(ascii: ":")
        var (host, guest) = (bytes, bytes)
        let separator = bytes.indices.dropLast().first { bytes[$0] == colon && bytes[$0 + 1] == colon }
        if let separator {
            host = bytes[..<separator]
            guest = bytes[(separator + 2)...]
        }
        if host.isEmpty || guest.isEmpty { return nil }
        preopen = Preopen(
            .host(path: Array(host)), guestPath: Array(guest), isReadOnly ? .readOnly : .readWrite)
    }
}
