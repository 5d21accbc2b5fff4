// What a socket can do beside reading and writing.

import Platform
import WasmRuntime

extension HostStream {
    /// Waits for a connection, if the guest did not say otherwise, and takes it.
    func accept(isNonblocking: Bool, on thread: CallingThread) throws(Failure) -> HostStream {
        var accepted: OwnedDescriptor?
        _ = try whenReady(for: .readable, on: thread, readLock) { end throws(SystemError) in
            accepted = OwnedDescriptor(try descriptor.acceptWaiting(until: end))
            return 0
        }
        return HostStream(accepted!, kind, isNonblocking: isNonblocking)
    }

    func receive(
        _ vectors: inout Vectors, peek: Bool, waitsForAll: Bool, on thread: CallingThread
    ) throws(Failure) -> HostDescriptor.Received {
        var count = 0
        while true {
            // There may be more as fast as it is taken.
            try thread.checkEnd()
            var isTruncated = false
            let next = try withoutWaiting(for: .readable, on: thread) { () throws(SystemError) in
                let received = unsafe try descriptor.receive(UnsafeBufferPointer(vectors.buffer), peek: peek)
                isTruncated = received.isTruncated
                return received.count
            }
            guard let next else { throw .errno(.notsup) }
            count += next
            // A datagram comes whole; what was looked at stays, and would be looked at again.
            guard waitsForAll, !peek, kind == .streamSocket, next > 0, next < vectors.byteCount else {
                return HostDescriptor.Received(count: count, isTruncated: isTruncated)
            }
            vectors.removeFirst(next)
        }
    }
}
