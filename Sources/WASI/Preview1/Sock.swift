// sock_accept, sock_recv, sock_send, sock_shutdown, on sockets that the embedder handed in.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#sock_accept

import Platform
import WasmRuntime

extension Preview1 {
    /// (fd, flags, fd). `flags` are `fdflags`, of which a connection has `nonblock`.
    static func sock_accept(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let memory = try call.memory
        let listener = try socket(wasi, call, for: .sock_accept)
        let flags = try Fdflags(checking: call.u32(1))
        guard flags.isSubset(of: .nonblock) else { throw .errno(.inval) }
        try memory.require(4, at: call.u32(2))
        let connection = try listener.accept(isNonblocking: flags.contains(.nonblock), on: call.thread)
        let number = try wasi.descriptors.insert(Descriptor(connection, .connection))
        try memory.put(number, at: call.u32(2))
    }

    /// (fd, ri_data, ri_data_len, ri_flags, ro_datalen, ro_flags). `riflags` are `recv_peek` and
    /// `recv_waitall`; `roflags` is `recv_data_truncated`.
    static func sock_recv(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let stream = try socket(wasi, call, for: .fd_read)
        let flags = call.u32(3)
        guard flags < 1 << 2 else { throw .errno(.inval) }
        let memory = try call.memory
        try memory.require(2, at: call.u32(5))
        var isTruncated = false
        try transfer(call, result: 4, .writes) { vectors throws(Failure) in
            let received = try stream.receive(
                &vectors, peek: flags & 1 != 0, waitsForAll: flags & 2 != 0, on: call.thread)
            isTruncated = received.isTruncated
            return received.count
        }
        try memory.put(UInt16(isTruncated ? 1 : 0), at: call.u32(5))
    }

    /// (fd, si_data, si_data_len, si_flags, so_datalen). There are no `siflags`.
    static func sock_send(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let stream = try socket(wasi, call, for: .fd_write)
        guard call.u32(3) == 0 else { throw .errno(.inval) }
        try transfer(call, result: 4, .reads) { vectors throws(Failure) in
            try stream.write(&vectors, on: call.thread)
        }
    }

    /// (fd, how). `sdflags` are `rd` and `wr`.
    static func sock_shutdown(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let stream = try socket(wasi, call, for: .sock_shutdown)
        let how = call.u32(1)
        guard (1...3).contains(how) else { throw .errno(.inval) }
        try Failure.guarding { () throws(SystemError) in
            try stream.descriptor.shutdown(reading: how & 1 != 0, writing: how & 2 != 0)
        }
    }

    /// The socket that the first argument names.
    private static func socket(
        _ wasi: WASIContext, _ call: Call, for right: Rights
    ) throws(Failure) -> HostStream {
        try wasi.descriptors.descriptor(call.u32(0)).socket(for: right)
    }
}

extension HostDescriptor.Kind {
    package var isSocket: Bool { self == .streamSocket || self == .datagramSocket }
}
