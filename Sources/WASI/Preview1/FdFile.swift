// What concerns an open file: its position, size, times, and what is on the disk.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#fd_advise

import Platform
import WasmRuntime

extension Preview1 {
    /// (fd, offset, len, advice)
    static func fd_advise(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let file = try wasi.descriptors.descriptor(call.u32(0)).file(for: .fd_advise)
        let number = Int32(exactly: call.u32(3)) ?? -1
        guard let advice = HostDescriptor.Advice(rawValue: number) else { throw .errno(.inval) }
        // No file is so long that an offset beyond the host's numbers would mean a part of it.
        let offset = Int64(clamping: call.u64(1))
        try file.advise(offset: offset, length: try signed(call.u64(2)), advice, on: call.thread)
    }

    /// (fd, offset, len)
    static func fd_allocate(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let file = try wasi.descriptors.descriptor(call.u32(0)).file(for: .fd_allocate)
        let (offset, length) = (try signed(call.u64(1)), try signed(call.u64(2)))
        guard length > 0 else { throw .errno(.inval) }
        guard !offset.addingReportingOverflow(length).overflow else { throw .errno(.fbig) }
        try file.allocate(offset: offset, length: length, on: call.thread)
    }

    /// (fd)
    static func fd_datasync(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let descriptor = try wasi.descriptors.descriptor(call.u32(0), for: .fd_datasync)
        try descriptor.resource.synchronize(dataOnly: true, on: call.thread)
    }

    /// (fd)
    static func fd_sync(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let descriptor = try wasi.descriptors.descriptor(call.u32(0), for: .fd_sync)
        try descriptor.resource.synchronize(dataOnly: false, on: call.thread)
    }

    /// (fd, buf)
    static func fd_filestat_get(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let descriptor = try wasi.descriptors.descriptor(call.u32(0), for: .fd_filestat_get)
        try descriptor.resource.filestat().store(at: call.u32(1), in: call.memory)
    }

    /// (fd, size)
    static func fd_filestat_set_size(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let file = try wasi.descriptors.descriptor(call.u32(0)).file(for: .fd_filestat_set_size)
        try file.setSize(try signed(call.u64(1)), on: call.thread)
    }

    /// (fd, atim, mtim, fst_flags)
    static func fd_filestat_set_times(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let descriptor = try wasi.descriptors.descriptor(call.u32(0), for: .fd_filestat_set_times)
        let times = try FileTimes(atim: call.u64(1), mtim: call.u64(2), flags: call.u32(3))
        try descriptor.resource.setTimes(times)
    }

    /// (fd, offset, whence, newoffset)
    static func fd_seek(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let offset = Int64(bitPattern: call.u64(1))
        let number = Int32(exactly: call.u32(2)) ?? -1
        guard let whence = HostDescriptor.Whence(rawValue: number) else { throw .errno(.inval) }
        // A seek that goes nowhere only tells where that is.
        let right: Rights = offset == 0 && whence == .current ? .fd_tell : .fd_seek
        let file = try wasi.descriptors.descriptor(call.u32(0)).file(for: right)
        let memory = try call.memory
        try memory.require(8, at: call.u32(3))
        try memory.put(try file.seek(to: offset, from: whence), at: call.u32(3))
    }

    /// (fd, offset)
    static func fd_tell(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let file = try wasi.descriptors.descriptor(call.u32(0)).file(for: .fd_tell)
        try call.memory.put(try file.seek(to: 0, from: .current), at: call.u32(1))
    }
}
