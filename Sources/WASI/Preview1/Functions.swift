// All functions of wasi_snapshot_preview1, in the order of the witx.
//
// Always true: the type here is the one of the witx, so that a module which imports a function under
// another type is refused when it is linked.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/witx/wasi_snapshot_preview1.witx

import CMachine
import WasmModule

/// Each family of functions is an extension of this in a file of its own.
enum Preview1 {
    static let moduleName = ExactName("wasi_snapshot_preview1")

    @safe
    struct Function: @unchecked Sendable {
        // SENDABLE: a C function without a context has no state.
        let name: ExactName
        let type: FunctionType
        let entry: MachineHostEntry

        @safe
        fileprivate init(
            _ name: String, _ parameters: [ValueType], results: [ValueType] = [.i32],
            _ entry: @escaping MachineHostEntry
        ) {
            self.name = ExactName(name)
            type = FunctionType(parameters: parameters, results: results)
            unsafe self.entry = entry
        }
    }

    static let functions: [Function] = [
        Function("args_get", [.i32, .i32]) { unsafe dispatch($0, $1, $2, $3, args_get) },
        Function("args_sizes_get", [.i32, .i32]) { unsafe dispatch($0, $1, $2, $3, args_sizes_get) },
        Function("environ_get", [.i32, .i32]) { unsafe dispatch($0, $1, $2, $3, environ_get) },
        Function("environ_sizes_get", [.i32, .i32]) { unsafe dispatch($0, $1, $2, $3, environ_sizes_get) },
        Function("clock_res_get", [.i32, .i32]) { unsafe dispatch($0, $1, $2, $3, clock_res_get) },
        Function("clock_time_get", [.i32, .i64, .i32]) { unsafe dispatch($0, $1, $2, $3, clock_time_get) },
        Function("fd_advise", [.i32, .i64, .i64, .i32]) { unsafe dispatch($0, $1, $2, $3, fd_advise) },
        Function("fd_allocate", [.i32, .i64, .i64]) { unsafe dispatch($0, $1, $2, $3, fd_allocate) },
        Function("fd_close", [.i32]) { unsafe dispatch($0, $1, $2, $3, fd_close) },
        Function("fd_datasync", [.i32]) { unsafe dispatch($0, $1, $2, $3, fd_datasync) },
        Function("fd_fdstat_get", [.i32, .i32]) { unsafe dispatch($0, $1, $2, $3, fd_fdstat_get) },
        Function("fd_fdstat_set_flags", [.i32, .i32]) { unsafe dispatch($0, $1, $2, $3, fd_fdstat_set_flags) },
        Function("fd_fdstat_set_rights", [.i32, .i64, .i64]) {
            unsafe dispatch($0, $1, $2, $3, fd_fdstat_set_rights)
        },
        Function("fd_filestat_get", [.i32, .i32]) { unsafe dispatch($0, $1, $2, $3, fd_filestat_get) },
        Function("fd_filestat_set_size", [.i32, .i64]) { unsafe dispatch($0, $1, $2, $3, fd_filestat_set_size) },
        Function("fd_filestat_set_times", [.i32, .i64, .i64, .i32]) {
            unsafe dispatch($0, $1, $2, $3, fd_filestat_set_times)
        },
        Function("fd_pread", [.i32, .i32, .i32, .i64, .i32]) { unsafe dispatch($0, $1, $2, $3, fd_pread) },
        Function("fd_prestat_get", [.i32, .i32]) { unsafe dispatch($0, $1, $2, $3, fd_prestat_get) },
        Function("fd_prestat_dir_name", [.i32, .i32, .i32]) {
            unsafe dispatch($0, $1, $2, $3, fd_prestat_dir_name)
        },
        Function("fd_pwrite", [.i32, .i32, .i32, .i64, .i32]) { unsafe dispatch($0, $1, $2, $3, fd_pwrite) },
        Function("fd_read", [.i32, .i32, .i32, .i32]) { unsafe dispatch($0, $1, $2, $3, fd_read) },
        Function("fd_readdir", [.i32, .i32, .i32, .i64, .i32]) { unsafe dispatch($0, $1, $2, $3, fd_readdir) },
        Function("fd_renumber", [.i32, .i32]) { unsafe dispatch($0, $1, $2, $3, fd_renumber) },
        Function("fd_seek", [.i32, .i64, .i32, .i32]) { unsafe dispatch($0, $1, $2, $3, fd_seek) },
        Function("fd_sync", [.i32]) { unsafe dispatch($0, $1, $2, $3, fd_sync) },
        Function("fd_tell", [.i32, .i32]) { unsafe dispatch($0, $1, $2, $3, fd_tell) },
        Function("fd_write", [.i32, .i32, .i32, .i32]) { unsafe dispatch($0, $1, $2, $3, fd_write) },
        Function("path_create_directory", [.i32, .i32, .i32]) {
            unsafe dispatch($0, $1, $2, $3, path_create_directory)
        },
        Function("path_filestat_get", [.i32, .i32, .i32, .i32, .i32]) {
            unsafe dispatch($0, $1, $2, $3, path_filestat_get)
        },
        Function("path_filestat_set_times", [.i32, .i32, .i32, .i32, .i64, .i64, .i32]) {
            unsafe dispatch($0, $1, $2, $3, path_filestat_set_times)
        },
        Function("path_link", [.i32, .i32, .i32, .i32, .i32, .i32, .i32]) {
            unsafe dispatch($0, $1, $2, $3, path_link)
        },
        Function("path_open", [.i32, .i32, .i32, .i32, .i32, .i64, .i64, .i32, .i32]) {
            unsafe dispatch($0, $1, $2, $3, path_open)
        },
        Function("path_readlink", [.i32, .i32, .i32, .i32, .i32, .i32]) {
            unsafe dispatch($0, $1, $2, $3, path_readlink)
        },
        Function("path_remove_directory", [.i32, .i32, .i32]) {
            unsafe dispatch($0, $1, $2, $3, path_remove_directory)
        },
        Function("path_rename", [.i32, .i32, .i32, .i32, .i32, .i32]) {
            unsafe dispatch($0, $1, $2, $3, path_rename)
        },
        Function("path_symlink", [.i32, .i32, .i32, .i32, .i32]) {
            unsafe dispatch($0, $1, $2, $3, path_symlink)
        },
        Function("path_unlink_file", [.i32, .i32, .i32]) { unsafe dispatch($0, $1, $2, $3, path_unlink_file) },
        Function("poll_oneoff", [.i32, .i32, .i32, .i32]) { unsafe dispatch($0, $1, $2, $3, poll_oneoff) },
        Function("proc_exit", [.i32], results: []) { unsafe dispatch($0, $1, $2, $3, proc_exit) },
        Function("proc_raise", [.i32]) { unsafe dispatch($0, $1, $2, $3, proc_raise) },
        Function("sched_yield", []) { unsafe dispatch($0, $1, $2, $3, sched_yield) },
        Function("random_get", [.i32, .i32]) { unsafe dispatch($0, $1, $2, $3, random_get) },
        Function("sock_accept", [.i32, .i32, .i32]) { unsafe dispatch($0, $1, $2, $3, sock_accept) },
        Function("sock_recv", [.i32, .i32, .i32, .i32, .i32, .i32]) {
            unsafe dispatch($0, $1, $2, $3, sock_recv)
        },
        Function("sock_send", [.i32, .i32, .i32, .i32, .i32]) { unsafe dispatch($0, $1, $2, $3, sock_send) },
        Function("sock_shutdown", [.i32, .i32]) { unsafe dispatch($0, $1, $2, $3, sock_shutdown) },
    ]
}
