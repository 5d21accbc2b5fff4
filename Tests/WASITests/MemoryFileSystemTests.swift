// The file system in memory as its embedder sees it, and its limit.

import Testing
import WASI
import WasmRuntime

@Suite(.timeLimit(.minutes(5))) struct MemoryFileSystemTests {
    private let fileSystem = MemoryFileSystem(limit: 100_000)

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private func guest(_ permissions: PreopenPermissions = .readWrite) throws -> FileGuest {
        try FileGuest {
            $0.preopens = [Preopen(.memory(fileSystem), guestPath: bytes("/"), permissions)]
        }
    }

    @Test func carriesFilesInBothDirections() throws {
        try fileSystem.addFile(bytes("/in/deep/file"), bytes("given"))
        try fileSystem.addDirectory(bytes("out"))
        let files = try guest()
        #expect(files.read(10, from: files.openFile("in/deep/file")).text == "given")
        let fd = files.openFile("out/result", FileGuest.creat)
        #expect(files.write("made", to: fd).answer == .success)
        #expect(try fileSystem.contents(bytes("out/result")) == bytes("made"))
        #expect(try fileSystem.names(bytes("/")) == [bytes("in/"), bytes("out/")])
        #expect(try fileSystem.names(bytes("out")) == [bytes("result")])
        try fileSystem.addFile(bytes("out/result"), bytes("replaced"))
        #expect(files.read(10, from: fd, at: 0).text == "replaced")
        try fileSystem.remove(bytes("out/result"))
        #expect(files.stat("out/result").answer == .errno(.noent))
        // Who has it open still has it.
        #expect(files.read(10, from: fd, at: 0).text == "replaced")
        try fileSystem.remove(bytes("out"))
        #expect(files.stat("out").answer == .errno(.noent))
    }

    @Test func saysWhatIsWrongWithAPath() throws {
        try fileSystem.addFile(bytes("dir/file"), [])
        func reason(_ body: () throws -> Void) -> String {
            (#expect(throws: MemoryFileSystemError.self) { try body() })?.description ?? ""
        }
        #expect(reason { _ = try fileSystem.contents(bytes("none")) }.contains("'none'"))
        #expect(reason { _ = try fileSystem.contents(bytes("none")) }.contains("no such file"))
        #expect(reason { _ = try fileSystem.contents(bytes("dir")) }.contains("is a directory"))
        #expect(reason { try fileSystem.addDirectory(bytes("dir/file")) }.contains("no directory"))
        #expect(reason { try fileSystem.addFile(bytes("dir"), []) }.contains("is a directory"))
        #expect(reason { try fileSystem.addFile(bytes("dir/file/x"), []) }.contains("no directory"))
        #expect(reason { try fileSystem.remove(bytes("dir")) }.contains("not empty"))
        #expect(reason { try fileSystem.addFile(bytes("../x"), []) }.contains("leads out"))
        let much = [UInt8](repeating: 0, count: 200_000)
        #expect(reason { try fileSystem.addFile(bytes("big"), much) }.contains("limit"))
    }

    /// Whatever a guest does, it gets no more than the limit, and all of it back.
    @Test func keepsItsLimit() throws {
        let files = try guest()
        for _ in 0..<3 {
            let fd = files.openFile("file", FileGuest.creat | FileGuest.trunc)
            let part = String(repeating: "x", count: 1000)
            var total = 0
            while case (.success, let count) = files.write(part, to: fd) { total += count }
            #expect(total > 99_000 && total <= 100_000)
            #expect(files.write("x", to: fd).answer == .errno(.nospc))
            #expect(files.call("fd_filestat_set_size", [fd, 1 << 40]) == .errno(.nospc))
            #expect(files.call("fd_allocate", [fd, 0, 1 << 40]) == .errno(.nospc))
            #expect(files.write("x", to: fd, at: 1 << 40).answer == .errno(.nospc))
            #expect(files.stat(fd: fd).stat.size == UInt64(total))
            #expect(files.path("path_create_directory", "dir") == .errno(.nospc))
            #expect(files.symlink("a", "link") == .errno(.nospc))
            #expect(files.path("path_unlink_file", "file") == .success)
            // It is held as long as it is open.
            #expect(files.path("path_create_directory", String(repeating: "d", count: 200)) != .success)
            #expect(files.close(fd) == .success)
        }
        var made = 0
        while files.path("path_create_directory", "dir-\(made)") == .success { made += 1 }
        #expect(made > 300 && made < 400)
        for number in 0..<made { #expect(files.path("path_remove_directory", "dir-\(number)") == .success) }
        made = 0
        while files.symlink("target", "link-\(made)") == .success { made += 1 }
        #expect(made > 300 && made < 400)
        for number in 0..<made { #expect(files.path("path_unlink_file", "link-\(number)") == .success) }
        let fd = files.openFile("again", FileGuest.creat)
        #expect(files.write(String(repeating: "x", count: 10_000), to: fd).count == 10_000)
    }

    @Test func isOneForAllProcesses() throws {
        let (writer, reader) = (try guest(), try guest(.readOnly))
        #expect(writer.write("shared", to: writer.openFile("file", FileGuest.creat)).answer == .success)
        #expect(reader.read(10, from: reader.open("file", rights: 2).fd).text == "shared")
        #expect(reader.open("file", rights: 1 << 6).answer == .errno(.notcapable))
    }

    /// Links and names do not cross from one file system to another.
    @Test func isAFileSystemOfItsOwn() throws {
        let directory = TemporaryDirectory()
        let files = try FileGuest {
            $0.preopens = [
                Preopen(.memory(fileSystem), guestPath: bytes("/memory"), .readWrite),
                Preopen(.host(path: bytes(directory.path)), guestPath: bytes("/host"), .readWrite),
                Preopen(.memory(MemoryFileSystem(limit: 10_000)), guestPath: bytes("/other"), .readWrite),
            ]
        }
        for (from, to) in [(3, 4), (4, 3), (3, 5)] as [(UInt64, UInt64)] {
            _ = files.open("file", in: from, FileGuest.creat)
            #expect(files.rename("file", in: from, "moved", to: to) == .errno(.xdev))
            #expect(files.link("file", in: from, "linked", to: to) == .errno(.xdev))
        }
    }

    @Test func survivesThreadsThatChangeIt() throws {
        let files = try guest()
        let group = makeGroup { thread in
            let files = files.onThread(thread, area: 1 + Int(thread.id) % 4)
            for round in 0..<500 {
                let name = "file-\(round % 3)"
                let fd = files.openFile(name, FileGuest.creat)
                _ = files.write(name, to: fd)
                _ = files.rename(name, "file-\((round + 1) % 3)")
                _ = files.link("file-0", "link-\(round % 2)")
                _ = files.path("path_create_directory", "dir")
                _ = files.rename("dir", "dir/dir")
                _ = files.path("path_unlink_file", "link-\(round % 2)")
                _ = files.path("path_remove_directory", "dir")
                _ = files.entries(room: 100)
                _ = files.close(fd)
            }
        }
        for _ in 0..<4 { _ = try group.startThread(startArgument: 0) }
        try group.waitForAll()
        _ = try group.finish()
        for entry in files.entries() where entry.name.first != "." {
            _ = files.path("path_unlink_file", entry.name)
            _ = files.path("path_remove_directory", entry.name)
        }
        #expect(files.entries().count == 2)
        try fileSystem.addFile(bytes("all"), [UInt8](repeating: 0, count: 99_000))
    }
}
