// Writing where nobody reads: an error number for the caller, and nothing for the host.

import Glibc
import Platform
import Testing
import WasmRuntime

@Suite(.timeLimit(.minutes(5))) struct PipeSignalTests {
    private typealias Write = @Sendable (HostDescriptor, UnsafeBufferPointer<iovec>) throws -> Int

    /// The ways to write that the kernel of this machine may not need.
    private static let ways: [Write] = [
        { try $0.writeWaiting($1, until: .never) }, { try $0.writeAtOnce($1) },
    ]

    @Test func leavesNoSignalBehind() {
        var ends: [CInt] = [-1, -1]
        _ = pipe(&ends)
        close(ends[0])
        defer { close(ends[1]) }
        var byte: UInt8 = 0
        withUnsafeMutablePointer(to: &byte) { byte in
            let vectors = [iovec(iov_base: byte, iov_len: 1)]
            for write in Self.ways {
                vectors.withUnsafeBufferPointer { vectors in
                    let error = #expect(throws: SystemError.self) {
                        try write(HostDescriptor(ends[1]), vectors)
                    }
                    // A kernel without the second way says so instead.
                    #expect(error?.code == EPIPE || error?.code == EOPNOTSUPP)
                }
            }
        }
        var pending = sigset_t()
        var blocked = sigset_t()
        sigpending(&pending)
        pthread_sigmask(SIG_BLOCK, nil, &blocked)
        #expect(sigismember(&pending, SIGPIPE) == 0)
        #expect(sigismember(&blocked, SIGPIPE) == 0)
    }
}
