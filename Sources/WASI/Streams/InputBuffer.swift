// Bytes that an embedder gives as standard input.

import Synchronization

/// Read by any threads; each byte goes to one of them.
package final class InputBuffer: Stream {
    private let bytes: [UInt8]
    /// The index in `bytes` of the next to read.
    private let position = Mutex(0)

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// How many bytes are left.
    var bytesToRead: UInt64 { position.withLock { UInt64(bytes.count - $0) } }

    func read(_ vectors: Vectors, on thread: CallingThread) -> Int {
        position.withLock { position in
            let start = position
            unsafe vectors.forEachPart { part in
                let count = min(part.count, bytes.count - position)
                unsafe part.copyBytes(from: bytes[position..<position + count])
                position += count
                return count == part.count
            }
            return position - start
        }
    }
}
