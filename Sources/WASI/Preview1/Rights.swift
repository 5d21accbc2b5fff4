// `rights`: which actions a descriptor may be used for.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/witx/typenames.witx

/// In the order of the witx, which gives the bits.
package struct Rights: OptionSet, Hashable, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    private init(bit: UInt64) { rawValue = 1 << bit }

    static let fd_datasync = Rights(bit: 0)
    static let fd_read = Rights(bit: 1)
    static let fd_seek = Rights(bit: 2)
    static let fd_fdstat_set_flags = Rights(bit: 3)
    static let fd_sync = Rights(bit: 4)
    static let fd_tell = Rights(bit: 5)
    static let fd_write = Rights(bit: 6)
    static let fd_advise = Rights(bit: 7)
    static let fd_allocate = Rights(bit: 8)
    static let path_create_directory = Rights(bit: 9)
    static let path_create_file = Rights(bit: 10)
    static let path_link_source = Rights(bit: 11)
    static let path_link_target = Rights(bit: 12)
    static let path_open = Rights(bit: 13)
    static let fd_readdir = Rights(bit: 14)
    static let path_readlink = Rights(bit: 15)
    static let path_rename_source = Rights(bit: 16)
    static let path_rename_target = Rights(bit: 17)
    static let path_filestat_get = Rights(bit: 18)
    static let path_filestat_set_size = Rights(bit: 19)
    static let path_filestat_set_times = Rights(bit: 20)
    static let fd_filestat_get = Rights(bit: 21)
    static let fd_filestat_set_size = Rights(bit: 22)
    static let fd_filestat_set_times = Rights(bit: 23)
    static let path_symlink = Rights(bit: 24)
    static let path_remove_directory = Rights(bit: 25)
    static let path_unlink_file = Rights(bit: 26)
    static let poll_fd_readwrite = Rights(bit: 27)
    static let sock_shutdown = Rights(bit: 28)
    static let sock_accept = Rights(bit: 29)
}
