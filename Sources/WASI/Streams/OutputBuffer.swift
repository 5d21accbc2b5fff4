// Output that an embedder collects in memory.

import Platform
import Synchronization
import WasmRuntime

/// Written by any threads of the guest and read by any of the host, at any time.
package final class OutputBuffer: Stream {
    package static let defaultLimit = 64 << 20

    /// What was written and not taken: `bytes` from `head` on.
    private struct Unread: ~Copyable {
        var bytes = HostBytes()
        var head = 0

        var count: Int { bytes.count - head }

        mutating func removeFirst(_ count: Int) {
            head += count
            // Each byte is moved at most once on average, however small the parts that are taken.
            if head * 2 >= bytes.count {
                bytes.removeFirst(head)
                head = 0
            }
        }
    }

    private let limit: Int
    private let unread = Mutex(Unread())

    /// While `limit` bytes wait to be taken, or the system refuses the memory, a guest that writes gets `nospc`.
    package init(limit: Int = defaultLimit) { self.limit = limit }

    /// How many bytes wait to be taken.
    package var count: Int { unread.withLock { $0.count } }

    /// All that waits to be taken.
    package var contents: [UInt8] { unread.withLock { unsafe Array($0.bytes.bytes[$0.head...]) } }

    /// Takes the oldest bytes, as many as there are and fit; returns how many.
    package func take(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        unread.withLock { unread in
            let count = min(buffer.count, unread.count)
            let taken = unsafe unread.bytes.bytes[unread.head..<unread.head + count]
            unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: taken))
            unread.removeFirst(count)
            return count
        }
    }

    var roomToWrite: UInt64 { UInt64(limit - count) }

    func write(_ vectors: inout Vectors, on thread: CallingThread) throws(Failure) -> Int {
        let written = unread.withLock { unread in
            let start = unread.count
            unsafe vectors.forEachPart { part in
                let count = min(part.count, limit - unread.count)
                return unsafe unread.bytes.append(UnsafeRawBufferPointer(rebasing: part[..<count]))
                    && count == part.count
            }
            return unread.count - start
        }
        if written == 0 { throw .errno(.nospc) }
        return written
    }
}
