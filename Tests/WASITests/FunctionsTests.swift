// Every function of the interface: its type, and what it does with hostile arguments.

import Testing
import WASI
import WasmModule
import WasmRuntime

@Suite(.timeLimit(.minutes(5))) struct FunctionsTests {
    /// Each function of the witx with its parameters: i for i32, I for i64.
    static let witx: [(name: String, parameters: String)] = [
        ("args_get", "ii"), ("args_sizes_get", "ii"), ("environ_get", "ii"), ("environ_sizes_get", "ii"),
        ("clock_res_get", "ii"), ("clock_time_get", "iIi"), ("fd_advise", "iIIi"), ("fd_allocate", "iII"),
        ("fd_close", "i"), ("fd_datasync", "i"), ("fd_fdstat_get", "ii"), ("fd_fdstat_set_flags", "ii"),
        ("fd_fdstat_set_rights", "iII"), ("fd_filestat_get", "ii"), ("fd_filestat_set_size", "iI"),
        ("fd_filestat_set_times", "iIIi"), ("fd_pread", "iiiIi"), ("fd_prestat_get", "ii"),
        ("fd_prestat_dir_name", "iii"), ("fd_pwrite", "iiiIi"), ("fd_read", "iiii"),
        ("fd_readdir", "iiiIi"), ("fd_renumber", "ii"), ("fd_seek", "iIii"), ("fd_sync", "i"),
        ("fd_tell", "ii"), ("fd_write", "iiii"), ("path_create_directory", "iii"),
        ("path_filestat_get", "iiiii"), ("path_filestat_set_times", "iiiiIIi"), ("path_link", "iiiiiii"),
        ("path_open", "iiiiiIIii"), ("path_readlink", "iiiiii"), ("path_remove_directory", "iii"),
        ("path_rename", "iiiiii"), ("path_symlink", "iiiii"), ("path_unlink_file", "iii"),
        ("poll_oneoff", "iiii"), ("proc_exit", "i"), ("proc_raise", "i"), ("sched_yield", ""),
        ("random_get", "ii"), ("sock_accept", "iii"), ("sock_recv", "iiiiii"), ("sock_send", "iiiii"),
        ("sock_shutdown", "ii"),
    ]

    @Test func haveTheTypesOfTheWitx() throws {
        let guest = try Guest()
        for (name, parameters) in Self.witx {
            let type = try guest.function(name).type
            #expect(type.parameters == parameters.map { $0 == "i" ? .i32 : .i64 }, "\(name)")
            #expect(type.results == (name == "proc_exit" ? [] : [.i32]), "\(name)")
        }
    }

    @Test func areAllThatThereIs() throws {
        #expect(throws: Guest.Missing.self) { try Guest().function("fd_fly") }
        #expect(throws: Guest.Missing.self) { try Guest().function("args_get", module: "wasi_unstable") }
        #expect(throws: Guest.Missing.self) { try Guest().function("thread-kill", module: "wasi") }
    }

    /// What a guest could do harm to: a directory of the host, and one in memory.
    private static func fill(_ configuration: inout WASIConfiguration, _ directory: TemporaryDirectory) {
        configuration.arguments = [Array("program".utf8)]
        configuration.environment = [(Array("HOME".utf8), Array("/".utf8))]
        let memory = MemoryFileSystem(limit: 100_000)
        // Their numbers are 3 and 4, which are among the hostile arguments.
        configuration.preopens = [
            Preopen(.host(path: Array(directory.path.utf8)), guestPath: Array("/".utf8), .readWrite),
            Preopen(.memory(memory), guestPath: Array("/memory".utf8), .readWrite),
        ]
    }

    /// Null, misaligned, at and over the end of memory, over every limit; and as descriptors: the streams,
    /// and none.
    static let hostile: [UInt64] = [
        0, 1, 3, 4, 1025, 4097, UInt64(Guest.size) - 4, UInt64(Guest.size) - 1, UInt64(Guest.size), .max,
    ]

    @Test(arguments: witx)
    func answerHostileArgumentsWithAnErrno(name: String, parameters: String) throws {
        let directory = TemporaryDirectory()
        directory.write("contents", to: "file")
        let before = directory.everything
        let guest = try Guest { Self.fill(&$0, directory) }
        let function = try guest.function(name)
        // All combinations of the first four; the others repeat them.
        let free = min(parameters.count, 4)
        let combinations = (0..<free).reduce(1) { count, _ in count * Self.hostile.count }
        for combination in 0..<combinations {
            var rest = combination
            let chosen = (0..<free).map { _ in
                defer { rest /= Self.hostile.count }
                return Self.hostile[rest % Self.hostile.count]
            }
            let arguments = (0..<parameters.count).map { chosen[$0 % free] }
            let answer = guest.call(function, arguments, on: nil)
            if case .errno = answer, name != "proc_exit" { continue }
            #expect(answer == .trap(.exited) && name.hasPrefix("proc_"), "\(name) \(arguments)")
        }
        // The name of a file is made of NUL bytes here, so nothing can have come of it.
        #expect(directory.everything == before)
    }

    @Test func trapWhereTheirMemoryIsMissing() throws {
        let guest = try Guest()
        guest.dropMemory()
        #expect(try guest.call("args_sizes_get", 0, 4) == .trap(.hostError))
        #expect(try guest.call("fd_write", 1, 0, 0, 0) == .trap(.hostError))
        #expect(try guest.call("sched_yield") == .success)
        #expect(try guest.call("proc_exit", 0) == .trap(.exited))
    }
}
