// Strings as args_get and environ_get hand them out: one after the other, each with a NUL.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#args_get

import WasmRuntime

struct StringTable: Sendable {
    /// Several times what Linux takes for a program of its own.
    static let maximumByteCount = 64 << 20

    /// How many strings.
    let count: UInt32
    /// The length of all, with their NULs.
    let byteCount: UInt32
    private let bytes: [UInt8]
    /// Where each string begins in `bytes`.
    private let offsets: [UInt32]

    /// The strings have no NUL, and no more than `maximumByteCount` bytes together with theirs.
    init(_ strings: [[UInt8]]) {
        var bytes: [UInt8] = []
        var offsets: [UInt32] = []
        for string in strings {
            offsets.append(UInt32(bytes.count))
            bytes += string
            bytes.append(0)
        }
        precondition(bytes.count <= Self.maximumByteCount, "the configuration checks the length")
        self.bytes = bytes
        self.offsets = offsets
        count = UInt32(offsets.count)
        byteCount = UInt32(bytes.count)
    }

    @inline(__always)
    func storeSizes(
        _ countAddress: UInt32, _ byteCountAddress: UInt32, in memory: GuestMemory
    ) throws(Failure) {
        try memory.put(count, at: countAddress)
        try memory.put(byteCount, at: byteCountAddress)
    }

    /// Writes nothing unless all of it fits.
    func store(
        pointersAt pointers: UInt32, stringsAt strings: UInt32, in memory: GuestMemory
    ) throws(Failure) {
        try memory.require(count * 4, at: pointers)
        let target = try unsafe memory.bytes(at: strings, count: byteCount, .writes)
        unsafe target.copyBytes(from: bytes)
        for (index, offset) in offsets.enumerated() {
            try memory.put(strings + offset, at: pointers + UInt32(index) * 4)
        }
    }
}
