// Files: what is read, written and told about them, on a disk and in memory alike.

import Foundation
import Glibc
import Testing
import WASI
import WasmRuntime

@Suite(.timeLimit(.minutes(5))) struct FileTests {
    let directory = TemporaryDirectory()

    @Test(arguments: FileBackend.allCases)
    func readAndWrite(place: FileBackend) throws {
        let files = try FileGuest(place, directory)
        let fd = files.openFile("file", FileGuest.creat)
        #expect(fd == 4)
        #expect(files.write("0123456789", to: fd) == (.success, 10))
        #expect(files.read(5, from: fd) == (.success, ""))
        #expect(files.seek(fd, 2, 0) == (.success, 2))
        #expect(files.read(3, from: fd) == (.success, "234"))
        #expect(files.call("fd_tell", [fd, 8]) == .success)
        #expect(files.guest.load(8, as: UInt64.self) == 5)
        #expect(files.read(100, from: fd, at: 8) == (.success, "89"))
        #expect(files.write("AB", to: fd, at: 0) == (.success, 2))
        #expect(files.seek(fd, 0, 1) == (.success, 5))
        #expect(files.seek(fd, -10, 2) == (.success, 0))
        #expect(files.read(100, from: fd) == (.success, "AB23456789"))
        #expect(files.seek(fd, -11, 2).answer == .errno(.inval))
        #expect(files.seek(fd, 0, 3).answer == .errno(.inval))
        #expect(files.close(fd) == .success)
        #expect(files.read(1, from: fd).answer == .errno(.badf))
        if place != .memory { #expect(directory.read("file") == "AB23456789") }
    }

    @Test(arguments: FileBackend.allCases)
    func writeAtTheEndWhereAsked(place: FileBackend) throws {
        let files = try FileGuest(place, directory)
        let fd = files.openFile("file", FileGuest.creat)
        #expect(files.write("start", to: fd).answer == .success)
        #expect(files.seek(fd, 0, 0).answer == .success)
        #expect(files.call("fd_fdstat_set_flags", [fd, 1]) == .success)
        #expect(files.flags(fd) == 1)
        #expect(files.write("-end", to: fd).answer == .success)
        #expect(files.seek(fd, 0, 1) == (.success, 9))
        #expect(files.read(20, from: fd, at: 0) == (.success, "start-end"))
        #expect(files.call("fd_fdstat_set_flags", [fd, 0]) == .success)
        #expect(files.call("fd_fdstat_set_flags", [fd, 32]) == .errno(.inval))
        if place != .memory { #expect(files.call("fd_fdstat_set_flags", [fd, 16]) == .errno(.notsup)) }
    }

    @Test(arguments: FileBackend.allCases)
    func changeTheirSize(place: FileBackend) throws {
        let files = try FileGuest(place, directory)
        let fd = files.openFile("file", FileGuest.creat)
        #expect(files.write("0123456789", to: fd).answer == .success)
        #expect(files.call("fd_filestat_set_size", [fd, 4]) == .success)
        #expect(files.call("fd_filestat_set_size", [fd, 6]) == .success)
        #expect(files.read(20, from: fd, at: 0) == (.success, "0123\0\0"))
        #expect(files.call("fd_allocate", [fd, 4, 4]) == .success)
        #expect(files.stat(fd: fd).stat.size == 8)
        #expect(files.call("fd_allocate", [fd, 0, 1]) == .success)
        #expect(files.stat(fd: fd).stat.size == 8)
        #expect(files.call("fd_allocate", [fd, 0, 0]) == .errno(.inval))
        #expect(files.call("fd_filestat_set_size", [fd, .max]) == .errno(.inval))
        #expect(files.open("file", FileGuest.trunc).answer == .success)
        #expect(files.stat("file").stat.size == 0)
    }

    @Test(arguments: FileBackend.allCases)
    func tellAboutThemselves(place: FileBackend) throws {
        let files = try FileGuest(place, directory)
        let fd = files.openFile("file", FileGuest.creat)
        #expect(files.write("12345", to: fd).answer == .success)
        let (answer, stat) = files.stat(fd: fd)
        #expect(answer == .success)
        #expect(stat.filetype == 4 && stat.linkCount == 1 && stat.size == 5 && stat.inode != 0)
        #expect(stat.modification > 1_600_000_000_000_000_000)
        #expect(files.stat("file") == (.success, stat))
        #expect(files.stat(".").stat.filetype == 3)
        #expect(files.stat(fd: FileGuest.root).stat.filetype == 3)

        // To set: 1 the time of access, 4 that of modification; 2 and 8, to now.
        #expect(files.setTimes("file", access: 1000, modification: 2000, 5) == .success)
        #expect(files.stat("file").stat.access == 1000 && files.stat("file").stat.modification == 2000)
        #expect(files.call("fd_filestat_set_times", [fd, 3000, 4000, 4]) == .success)
        #expect(files.stat("file").stat.access == 1000 && files.stat("file").stat.modification == 4000)
        #expect(files.call("fd_filestat_set_times", [fd, 3000, 4000, 2]) == .success)
        #expect(files.stat("file").stat.access > 1_600_000_000_000_000_000)
        #expect(files.stat("file").stat.modification == 4000)
        for flags: UInt64 in [3, 12, 16] {
            #expect(files.setTimes("file", flags) == .errno(.inval))
            #expect(files.call("fd_filestat_set_times", [fd, 0, 0, flags]) == .errno(.inval))
        }
        for name in ["fd_sync", "fd_datasync"] { #expect(files.call(name, [fd]) == .success) }
        for advice: UInt64 in 0...5 { #expect(files.call("fd_advise", [fd, 0, 5, advice]) == .success) }
        #expect(files.call("fd_advise", [fd, 0, 5, 6]) == .errno(.inval))
        #expect(files.call("fd_advise", [fd, .max, 5, 0]) == .success)
        #expect(files.call("fd_advise", [fd, 0, .max, 0]) == .errno(.inval))
    }

    @Test(arguments: FileBackend.allCases)
    func open(place: FileBackend) throws {
        let files = try FileGuest(place, directory)
        #expect(files.open("file").answer == .errno(.noent))
        #expect(files.open("file", FileGuest.creat | FileGuest.excl).answer == .success)
        #expect(files.open("file", FileGuest.creat | FileGuest.excl).answer == .errno(.exist))
        #expect(files.open("file", FileGuest.creat).answer == .success)
        #expect(files.open("file", FileGuest.directory).answer == .errno(.notdir))
        #expect(files.open("file", FileGuest.directory, rights: 0x40).answer == .errno(.notdir))
        #expect(files.open("file", FileGuest.directory | FileGuest.creat).answer == .errno(.inval))
        #expect(files.open("file", 16).answer == .errno(.inval))
        #expect(files.open("file", fdflags: 32).answer == .errno(.inval))
        #expect(files.open(".", FileGuest.directory, rights: 1 << 6).answer == .errno(.isdir))
        #expect(files.open(".", rights: 1 << 6).answer == .errno(.isdir))
        #expect(files.open("file", in: 0).answer == .errno(.notdir))
        #expect(files.open("file", in: files.openFile("file")).answer == .errno(.notdir))
        #expect(files.open("file", in: 99).answer == .errno(.badf))
        #expect(files.open("new/", FileGuest.creat).answer == .errno(.isdir))
    }

    @Test func pollAsReady() throws {
        let files = try FileGuest(.kernel, directory)
        directory.write("0123456789", to: "file")
        let fd = files.openFile("file")
        #expect(files.seek(fd, 3, 0).answer == .success)
        files.guest.store(UInt64(77), at: 1000)
        files.guest.store(UInt64(1), at: 1008)
        files.guest.store(UInt32(fd), at: 1016)
        #expect(files.call("poll_oneoff", [1000, 2000, 1, 3000]) == .success)
        #expect(files.guest.load(3000) == 1)
        #expect(files.guest.load(2000, as: UInt64.self) == 77)
        #expect(files.guest.load(2016, as: UInt64.self) == 7)
    }

    @Test func takeMoreThanOnePart() throws {
        let files = try FileGuest(.kernel, directory)
        let fd = files.openFile("file", FileGuest.creat)
        files.guest.store("abcdefgh", at: 5000)
        files.guest.storeVectors([(5004, 2), (5000, 3), (0, 0), (5007, 1)], at: 6000)
        #expect(files.call("fd_write", [fd, 6000, 4, 7000]) == .success)
        #expect(directory.read("file") == "efabch")
        #expect(files.call("fd_pread", [fd, 6000, 2, 1, 7000]) == .success)
        #expect(files.guest.load(7000) == 5)
        #expect(files.guest.string(at: 5000, count: 8) == "bchdfagh")
    }

    /// As open(2) has it, and `nonblock` is the guest's own to see: the description itself never waits.
    @Test(arguments: FileBackend.onHost)
    func opensNamedPipesWithoutWaiting(place: FileBackend) throws {
        #expect(mkfifo(directory.path + "/pipe", 0o600) == 0)
        let files = try FileGuest(place, directory)
        #expect(files.open("pipe", rights: 1 << 6, fdflags: 4).answer == .errno(.nxio))
        let (answer, reader) = files.open("pipe", rights: 1 << 1, fdflags: 4)
        #expect(answer == .success)
        #expect(files.flags(reader) & 4 == 4)
        let (other, writer) = files.open("pipe", rights: 1 << 6)
        #expect(other == .success)
        #expect(files.flags(writer) & 4 == 0)
        #expect(files.read(1, from: reader).answer == .errno(.again))
        #expect(files.write("x", to: writer).answer == .success)
        #expect(files.read(1, from: reader).text == "x")
    }

    /// Opening waits for the other end, as open(2) does.
    @Test(arguments: FileBackend.onHost, [true, false])
    func waitsForTheOtherEndOfNamedPipes(place: FileBackend, reads: Bool) throws {
        let path = directory.path + "/pipe"
        #expect(mkfifo(path, 0o600) == 0)
        let files = try FileGuest(place, directory)
        let reports = Reports()
        let group = makeGroup { thread in
            reports.willBlock()
            let files = files.onThread(thread, area: 1)
            let (answer, fd) = files.open("pipe", rights: reads ? 1 << 1 : 1 << 6)
            reports.add(answer)
            reports.add(reads ? files.read(1, from: fd).answer : files.write("x", to: fd).answer)
        }
        _ = try group.startThread(startArgument: 0)
        reports.waitUntilBlocked(1)
        #expect(reports.answers == [])
        let other = Glibc.open(path, reads ? O_WRONLY : O_RDONLY)
        var byte = UInt8(ascii: "y")
        #expect((reads ? write(other, &byte, 1) : read(other, &byte, 1)) == 1)
        try group.waitForAll()
        _ = try group.finish()
        close(other)
        #expect(reports.answers == [.success, .success])
        #expect(byte == UInt8(ascii: reads ? "y" : "x"))
    }

    /// Standard streams are alike here, be they pipes or files; what the host has stays as it is.
    @Test func nonblockIsTheGuestsOwnOnStreams() throws {
        directory.write("text", to: "file")
        let descriptor = Glibc.open(directory.path + "/file", O_RDWR)
        defer { close(descriptor) }
        let files = try FileGuest { $0.standardInput = .descriptor(descriptor) }
        #expect(files.call("fd_fdstat_set_flags", [0, 4]) == .success)
        #expect(files.flags(0) == 4)
        #expect(fcntl(descriptor, F_GETFL) & O_NONBLOCK == 0)
        #expect(files.read(4, from: 0).text == "text")
        #expect(files.call("fd_fdstat_set_flags", [0, 5]) == .errno(.notsup))
        #expect(files.call("fd_fdstat_set_flags", [0, 0]) == .success)
        #expect(files.flags(0) == 0)
    }

    /// C libraries take a character device without these rights for a terminal.
    @Test(arguments: ["/dev/null", "/dev/zero", "/dev/full", "/dev/urandom"])
    func devicesThatAreNoTerminalsHaveAPosition(path: String) throws {
        let descriptor = Glibc.open(path, O_RDWR)
        defer { close(descriptor) }
        let files = try FileGuest { $0.standardInput = .descriptor(descriptor) }
        #expect(files.call("fd_fdstat_get", [0, 64]) == .success)
        #expect(files.guest.load(64, as: UInt8.self) == 2)
        let rights = files.guest.load(72, as: UInt64.self)
        let position: UInt64 = 1 << 2 | 1 << 5
        #expect(rights & position == position)
        #expect(files.seek(0, 0, 1).answer == .success)
        #expect(files.seek(0, 0, 0).position == 0)
        if path == "/dev/zero" { #expect(files.read(3, from: 0, at: 7).text == "\0\0\0") }
        if path == "/dev/null" { #expect(files.read(3, from: 0).text == "") }
    }

    @Test func terminalsHaveNoPosition() throws {
        let terminal = Connection.terminal()
        let files = try FileGuest { $0.standardInput = .descriptor(terminal.reading) }
        #expect(files.call("fd_fdstat_get", [0, 64]) == .success)
        let rights = files.guest.load(72, as: UInt64.self)
        let position: UInt64 = 1 << 2 | 1 << 5
        #expect(rights & position == 0)
        #expect(files.seek(0, 0, 1).answer == .errno(.spipe))
    }

    /// More than one system call moves: parts that are larger than a piece, and many that make several.
    @Test func movesManyPiecesAsOne() throws {
        directory.write("", to: "file")
        #expect(truncate(directory.path + "/file", 200 << 20) == 0)
        let files = try FileGuest(.kernel, directory)
        let fd = files.openFile("file")
        let parts = 1024
        files.guest.storeVectors(Array(repeating: (65_536, 60_000), count: parts), at: 16_384)
        #expect(files.call("fd_read", [fd, 16_384, UInt64(parts), 8]) == .success)
        #expect(files.guest.load(8) == UInt32(parts * 60_000))
        #expect(files.seek(fd, 0, 1).position == UInt64(parts * 60_000))
        let (end, size): (UInt64, UInt64) = (200 << 20, UInt64(parts * 60_000))
        #expect(files.call("fd_pwrite", [fd, 16_384, UInt64(parts), end - (10 << 20), 8]) == .success)
        #expect(files.guest.load(8) == UInt32(parts * 60_000))
        #expect(files.stat(fd: fd).stat.size == end - (10 << 20) + size)
        #expect(files.call("fd_pread", [fd, 16_384, UInt64(parts), end, 8]) == .success)
        #expect(UInt64(files.guest.load(8)) == size - (10 << 20))
        #expect(files.call("fd_allocate", [fd, 0, 300 << 20]) == .success)
        #expect(files.stat(fd: fd).stat.size == 300 << 20)
        #expect(files.call("fd_filestat_set_size", [fd, 5]) == .success)
        #expect(files.stat(fd: fd).stat.size == 5)
        #expect(files.call("fd_advise", [fd, 0, 0, 3]) == .success)
    }
}
