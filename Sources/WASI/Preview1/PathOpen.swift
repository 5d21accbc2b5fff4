// path_open.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#path_open

extension Preview1 {
    /// (fd, dirflags, path, path_len, oflags, fs_rights_base, fs_rights_inheriting, fdflags, opened_fd)
    ///
    /// Rights that can not be given are left out, except those that decide how the file is opened: Rust's
    /// standard library asks for rights to directories on every file.
    static func path_open(_ wasi: WASIContext, _ call: Call) throws(Failure) {
        let memory = try call.memory
        let parent = try wasi.descriptors.descriptor(call.u32(0))
        let directory = try parent.directory(for: .path_open)
        let follow = try Lookupflags(checking: call.u32(1))
        let oflags = try Oflags(checking: call.u32(4))
        let fdflags = try Fdflags(checking: call.u32(7))
        let path = try GuestPath(at: call.u32(2), count: call.u32(3), in: memory)
        try memory.require(4, at: call.u32(8))

        let (base, inheriting) = (Rights(rawValue: call.u64(5)), Rights(rawValue: call.u64(6)))
        let granted = parent.rightsInheriting
        let access = base.intersection(Rights.reading.union(.writing))
        guard granted.isSuperset(of: access) else { throw .errno(.notcapable) }
        if oflags.contains(.creat) { try parent.require(.path_create_file) }
        if oflags.contains(.trunc) { try parent.require(.path_filestat_set_size) }

        let writes = !base.isDisjoint(with: .writing)
        let resource = try directory.open(
            OpenRequest(
                path: path, followsLinks: follow.followsLinks, oflags: oflags, fdflags: fdflags,
                reads: !base.isDisjoint(with: .reading), writes: writes),
            on: call.thread)
        let possible = resource.rights(under: directory.permissions)
        let descriptor = Descriptor(
            resource, base.intersection(granted).intersection(possible.base),
            inheriting: inheriting.intersection(granted).intersection(possible.inheriting))
        try memory.put(try wasi.descriptors.insert(descriptor), at: call.u32(8))
    }
}
