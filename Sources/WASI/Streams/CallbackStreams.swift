// Standard streams that are functions of the embedder.
//
// Always true: one call at a time is made for each stream, from whichever thread of the guest reads or
// writes. The function sees memory of its own, which no thread of the guest can change meanwhile.

import Platform
import WasmRuntime

/// Enough that the call costs little beside the copy, and little enough to take for each call.
private let maximumCount = 65_536

/// Input from a function.
package final class InputFunction: Stream {
    /// Gives at most so many bytes: none at the end, nil where that fails.
    package typealias Body = @Sendable (Int) -> [UInt8]?

    private let body: Body
    private let lock = InterruptibleLock()

    package init(_ body: @escaping Body) { self.body = body }

    /// What a function has is known when it was asked.
    var bytesToRead: UInt64 { 1 }

    func read(_ vectors: Vectors, on thread: CallingThread) throws(Failure) -> Int {
        let wanted = min(vectors.byteCount, maximumCount)
        let bytes = try lock.withLock(on: thread) { () throws(Failure) in body(wanted) }
        guard let bytes else { throw .errno(.io) }
        var position = 0
        unsafe vectors.forEachPart { part in
            let length = min(part.count, bytes.count - position)
            unsafe part.copyBytes(from: bytes[position..<position + length])
            position += length
            return length == part.count
        }
        return position
    }
}

/// Output to a function.
package final class OutputFunction: Stream {
    /// Takes all bytes, or returns false.
    package typealias Body = @Sendable ([UInt8]) -> Bool

    private let body: Body
    private let lock = InterruptibleLock()

    package init(_ body: @escaping Body) { self.body = body }

    var roomToWrite: UInt64 { UInt64(HostDescriptor.atomicPipeBytes) }

    func write(_ vectors: inout Vectors, on thread: CallingThread) throws(Failure) -> Int {
        vectors.truncate(to: maximumCount)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(vectors.byteCount)
        unsafe vectors.forEachPart { part in
            unsafe bytes.append(contentsOf: part)
            return true
        }
        let copy = bytes
        if try !lock.withLock(on: thread, { () throws(Failure) in body(copy) }) { throw .errno(.io) }
        return bytes.count
    }
}
