// The path functions but path_open.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#path_create_directory

extension Preview1 {
    /// (fd, path, path_len)
    static func path_create_directory(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let directory = try directory(wasi, call.u32(0), for: .path_create_directory)
        try directory.createDirectory(try path(call, 1))
    }

    /// (fd, path, path_len)
    static func path_remove_directory(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let directory = try directory(wasi, call.u32(0), for: .path_remove_directory)
        try directory.removeDirectory(try path(call, 1))
    }

    /// (fd, path, path_len)
    static func path_unlink_file(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let directory = try directory(wasi, call.u32(0), for: .path_unlink_file)
        try directory.removeFile(try path(call, 1))
    }

    /// (fd, flags, path, path_len, buf)
    static func path_filestat_get(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let directory = try directory(wasi, call.u32(0), for: .path_filestat_get)
        let follow = try Lookupflags(checking: call.u32(1))
        let stat = try directory.filestat(of: try path(call, 2), followingLinks: follow.followsLinks)
        try stat.store(at: call.u32(4), in: call.memory)
    }

    /// (fd, flags, path, path_len, atim, mtim, fst_flags)
    static func path_filestat_set_times(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let directory = try directory(wasi, call.u32(0), for: .path_filestat_set_times)
        let follow = try Lookupflags(checking: call.u32(1))
        let times = try FileTimes(atim: call.u64(4), mtim: call.u64(5), flags: call.u32(6))
        try directory.setTimes(times, of: try path(call, 2), followingLinks: follow.followsLinks)
    }

    /// (old_fd, old_flags, old_path, old_path_len, new_fd, new_path, new_path_len). Like Wasmtime, it
    /// links to a symbolic link itself, and refuses to look behind it.
    static func path_link(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let source = try directory(wasi, call.u32(0), for: .path_link_source)
        let target = try directory(wasi, call.u32(4), for: .path_link_target)
        if try Lookupflags(checking: call.u32(1)).followsLinks { throw .errno(.inval) }
        try requireNoGain(from: source, to: target)
        try source.link(try path(call, 2), to: target, try path(call, 5))
    }

    /// (fd, old_path, old_path_len, new_fd, new_path, new_path_len)
    static func path_rename(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let source = try directory(wasi, call.u32(0), for: .path_rename_source)
        let target = try directory(wasi, call.u32(3), for: .path_rename_target)
        try requireNoGain(from: source, to: target)
        try source.rename(try path(call, 1), to: target, try path(call, 4))
    }

    /// (old_path, old_path_len, fd, new_path, new_path_len). A link to an absolute path could not be
    /// followed, and is refused like one.
    static func path_symlink(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let directory = try directory(wasi, call.u32(2), for: .path_symlink)
        let target = try guestString(at: call.u32(0), count: call.u32(1), in: call.memory)
        if target.isEmpty { throw .errno(.noent) }
        if target.first == GuestPath.slash { throw .errno(.perm) }
        try directory.createSymbolicLink(try path(call, 3), to: target)
    }

    /// (fd, path, path_len, buf, buf_len, bufused). Cuts off what has no room, as POSIX does.
    static func path_readlink(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let memory = try call.memory
        let directory = try directory(wasi, call.u32(0), for: .path_readlink)
        try memory.require(4, at: call.u32(5))
        let buffer = try unsafe memory.bytes(at: call.u32(3), count: call.u32(4), .none)
        let target = try directory.readSymbolicLink(try path(call, 1)).prefix(buffer.count)
        unsafe buffer.copyBytes(from: target)
        unsafe memory.note(UnsafeMutableRawBufferPointer(rebasing: buffer[..<target.count]), .writes)
        try memory.put(UInt32(target.count), at: call.u32(5))
    }

    private static func directory(
        _ wasi: WASIContext, _ number: UInt32, for right: Rights
    ) throws(Failure) -> any Directory {
        try wasi.descriptors.descriptor(number).directory(for: right)
    }

    /// The path that arguments `index` and the next are about.
    private static func path(_ call: Call, _ index: Int) throws(Failure) -> GuestPath {
        try GuestPath(at: call.u32(index), count: call.u32(index + 1), in: call.memory)
    }

    /// A file must not come where more may be done with it than where it was.
    private static func requireNoGain(
        from source: any Directory, to target: any Directory
    ) throws(Failure) {
        if !source.permissions.isSuperset(of: target.permissions) { throw .errno(.notcapable) }
    }
}
