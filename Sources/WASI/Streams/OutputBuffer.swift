// Output that an embedder collects in memory.

import Synchronization

/// Written by any threads of the guest and read by any of the host, at any time.
package final class OutputBuffer: Sendable {
    package static let defaultLimit = 64 << 20

    private let limit: Int
    private let bytes = Mutex<[UInt8]>([])

    /// A guest that writes more than `limit` bytes gets `nospc`.
    package init(limit: Int = defaultLimit) { self.limit = limit }

    /// All that was written so far.
    package var contents: [UInt8] { bytes.withLock { $0 } }

    /// How many bytes fit still.
    var room: Int { bytes.withLock { limit - $0.count } }

    func write(_ vectors: Vectors) throws(Failure) -> Int {
        let written = bytes.withLock { bytes in
            let start = bytes.count
            unsafe vectors.forEachPart { part in
                let count = min(part.count, limit - bytes.count)
                unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: part[..<count]))
                return count == part.count
            }
            return bytes.count - start
        }
        if written == 0 { throw .errno(.nospc) }
        return written
    }
}
