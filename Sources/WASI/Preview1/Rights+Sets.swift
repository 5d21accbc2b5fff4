// Which rights there can be on what kind of descriptor.

extension Rights {
    /// What needs no permission to write, on a regular file.
    static let fileReading: Rights = [
        .fd_read, .fd_seek, .fd_tell, .fd_fdstat_set_flags, .fd_sync, .fd_datasync, .fd_advise,
        .fd_filestat_get, .poll_fd_readwrite,
    ]
    /// What changes a regular file.
    static let fileWriting: Rights = [.fd_write, .fd_allocate, .fd_filestat_set_size, .fd_filestat_set_times]
    /// What needs no permission to write, on a directory.
    static let directoryReading: Rights = [
        .path_open, .fd_readdir, .path_readlink, .path_filestat_get, .fd_filestat_get, .fd_sync, .fd_datasync,
        .fd_fdstat_set_flags,
    ]
    /// What changes a directory, or what stands in it.
    static let directoryChanging: Rights = [
        .path_create_directory, .path_create_file, .path_link_source, .path_link_target,
        .path_rename_source, .path_rename_target, .path_symlink, .path_remove_directory, .path_unlink_file,
        .path_filestat_set_times, .fd_filestat_set_times,
    ]
    /// What there is on a terminal, a pipe or a connection.
    static let stream: Rights = [
        .fd_read, .fd_write, .poll_fd_readwrite, .fd_fdstat_set_flags, .fd_filestat_get,
    ]
    /// On a device that is no terminal.
    static let device: Rights = [.stream, .fd_seek, .fd_tell]
    static let connection: Rights = [.stream, .sock_shutdown]
    static let listener: Rights = [
        .poll_fd_readwrite, .fd_read, .fd_fdstat_set_flags, .fd_filestat_get, .sock_accept,
    ]

    /// Those that decide how a file is opened.
    static let reading: Rights = [.fd_read, .fd_readdir]
    static let writing: Rights = [.fd_write, .fd_allocate, .fd_filestat_set_size]
}

/// What a guest may do in a directory that it is given. Without any, it may look and read.
package struct PreopenPermissions: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Change what files hold, their sizes and their times.
    package static let writeFiles = PreopenPermissions(rawValue: 1 << 0)
    /// Create, remove, rename and link files and directories, and set times by path.
    package static let changeDirectories = PreopenPermissions(rawValue: 1 << 1)

    package static let readOnly: PreopenPermissions = []
    package static let readWrite: PreopenPermissions = [.writeFiles, .changeDirectories]

    var fileRights: Rights {
        contains(.writeFiles) ? [.fileReading, .fileWriting] : .fileReading
    }

    var directoryRights: Rights {
        var rights = Rights.directoryReading
        if contains(.changeDirectories) { rights.formUnion(.directoryChanging) }
        // Truncates a file that is opened.
        if contains(.writeFiles) { rights.insert(.path_filestat_set_size) }
        return rights
    }
}
