// Descriptors by number: rights, renumbering, limits, and what other threads do meanwhile.

import Foundation
import Synchronization
import Testing
import WASI
import WasmRuntime

@Suite(.timeLimit(.minutes(5))) struct DescriptorTests {
    let directory = TemporaryDirectory()

    @Test(arguments: FileBackend.allCases)
    func preopensHaveTheirNames(place: FileBackend) throws {
        let files = try FileGuest(place, directory) { $0.preopens[0].guestPath = Array("/home/guest".utf8) }
        let guest = files.guest
        #expect(try guest.call("fd_prestat_get", 3, 8) == .success)
        #expect(guest.load(8, as: UInt8.self) == 0 && guest.load(12) == 11)
        #expect(try guest.call("fd_prestat_dir_name", 3, 100, 10) == .errno(.nametoolong))
        #expect(try guest.call("fd_prestat_dir_name", 3, 100, 12) == .success)
        #expect(guest.string(at: 100, count: 11) == "/home/guest")
        #expect(try guest.call("fd_prestat_get", 0, 8) == .errno(.badf))
        #expect(try guest.call("fd_prestat_get", 4, 8) == .errno(.badf))
        // Opened again it is a directory like others.
        let fd = files.openDirectory(".")
        #expect(try guest.call("fd_prestat_get", fd, 8) == .errno(.badf))
    }

    @Test(arguments: FileBackend.allCases)
    func rightsAreOnlyLost(place: FileBackend) throws {
        let files = try FileGuest(place, directory)
        let (read, seek, tell, write, setFlags): (UInt64, UInt64, UInt64, UInt64, UInt64) = (2, 4, 32, 64, 8)
        let fd = files.open("file", FileGuest.creat, rights: read | write | seek | tell).fd
        #expect(files.rights(fd) == (read | write | seek | tell, 0))
        #expect(files.call("fd_fdstat_set_rights", [fd, read | setFlags, 0]) == .errno(.notcapable))
        #expect(files.call("fd_fdstat_set_rights", [fd, read, read]) == .errno(.notcapable))
        #expect(files.call("fd_fdstat_set_rights", [fd, read | tell, 0]) == .success)
        #expect(files.rights(fd) == (read | tell, 0))
        #expect(files.write("x", to: fd).answer == .errno(.badf))
        #expect(files.seek(fd, 1, 0).answer == .errno(.notcapable))
        #expect(files.seek(fd, 0, 1).answer == .success)
        #expect(files.read(1, from: fd, at: 0).answer == .errno(.notcapable))
        #expect(files.call("fd_fdstat_set_flags", [fd, 1]) == .errno(.notcapable))
        #expect(files.call("fd_filestat_get", [fd, 0]) == .errno(.notcapable))
    }

    /// What a directory does not hand on, nothing has that is opened through it.
    @Test(arguments: FileBackend.allCases)
    func rightsAreInherited(place: FileBackend) throws {
        let files = try FileGuest(place, directory)
        _ = files.open("file", FileGuest.creat)
        let root = files.rights(FileGuest.root)
        let (read, write): (UInt64, UInt64) = (2, 64)
        // As much as the root has, from the root.
        #expect(files.open(".", rights: root.base, inheriting: root.inheriting).answer == .success)
        let fd = files.open(
            ".", FileGuest.directory, rights: root.base & ~(1 << 10), inheriting: root.inheriting & ~write
        ).fd
        #expect(files.open("new", in: fd, FileGuest.creat).answer == .errno(.notcapable))
        #expect(files.open("file", in: fd, rights: write).answer == .errno(.notcapable))
        let reader = files.open("file", in: fd, rights: FileGuest.allRights & ~write).fd
        #expect(files.rights(reader).base & read != 0)
        let truncates: UInt64 = 1 << 19
        let rest = [FileGuest.root, root.base & ~truncates, root.inheriting]
        #expect(files.call("fd_fdstat_set_rights", rest) == .success)
        #expect(files.open("file", FileGuest.trunc).answer == .errno(.perm))
        // On a directory there is nothing to read, write or seek, whatever was asked for.
        #expect(files.rights(files.open(".", rights: read | 4).fd).base == 0)
        for (name, arguments) in [
            ("fd_seek", [fd, 0, 1, 8]), ("fd_tell", [fd, 8]), ("fd_allocate", [fd, 0, 1]),
            ("fd_filestat_set_size", [fd, 0]), ("fd_read", [fd, 8, 0, 8]), ("fd_write", [fd, 8, 0, 8]),
            ("fd_pread", [fd, 8, 0, 0, 8]), ("fd_pwrite", [fd, 8, 0, 0, 8]),
        ] as [(String, [UInt64])] {
            #expect(files.call(name, arguments) == .errno(.badf), "\(name)")
        }
    }

    @Test func streamsAreNoFiles() throws {
        let pipe = Connection.pipe()
        let files = try FileGuest { $0.standardInput = .descriptor(pipe.reading) }
        for fd: UInt64 in [0, 1] {
            #expect(files.seek(fd, 0, 1).answer == .errno(.spipe))
            #expect(files.call("fd_tell", [fd, 0]) == .errno(.spipe))
            #expect(files.call("fd_sync", [fd]) == .errno(.notcapable))
            #expect(files.stat(fd: fd).answer == .success)
            #expect(files.call("sock_shutdown", [fd, 1]) == .errno(.notsock))
        }
        // Whether to wait is the guest's own to say, and what the host has stays as it is.
        #expect(files.call("fd_fdstat_set_flags", [0, 4]) == .success)
        #expect(files.flags(0) == 4)
        #expect(files.read(1, from: 0).answer == .errno(.again))
        #expect(fcntl(pipe.reading, F_GETFL) & O_NONBLOCK == 0)
        #expect(files.call("fd_fdstat_set_flags", [0, 1]) == .errno(.notsup))
    }

    @Test func renumberTakesThePlaceOfAnother() throws {
        let files = try FileGuest(.kernel, directory)
        directory.write("one", to: "one")
        directory.write("two", to: "two")
        let (one, two) = (files.openFile("one"), files.openFile("two"))
        #expect(files.call("fd_renumber", [one, two]) == .success)
        #expect(files.read(5, from: two).text == "one")
        #expect(files.close(one) == .errno(.badf))
        #expect(files.call("fd_renumber", [two, two]) == .success)
        #expect(files.call("fd_renumber", [two, 77]) == .errno(.badf))
        #expect(files.call("fd_renumber", [77, two]) == .errno(.badf))
        #expect(files.openFile("two") == one)
        #expect(files.call("fd_renumber", [one, FileGuest.root]) == .success)
        #expect(files.call("fd_prestat_get", [FileGuest.root, 8]) == .errno(.badf))
    }

    @Test func areLimited() throws {
        let files = try FileGuest(.memory, directory) { $0.descriptorLimit = 6 }
        _ = files.open("file", FileGuest.creat)
        #expect(files.open("file").fd == 5)
        #expect(files.open("file").answer == .errno(.mfile))
        #expect(files.close(4) == .success)
        #expect(files.open("file").fd == 4)
        #expect(files.open("file").answer == .errno(.mfile))
    }

    /// A read goes on with what it began with, while its number is given to something else.
    @Test func renumberDuringAReadLeavesTheReadAlone() throws {
        let pipe = Connection.pipe()
        directory.write("file", to: "file")
        let files = try FileGuest(.kernel, directory) { $0.standardInput = .descriptor(pipe.reading) }
        let reports = Reports()
        let group = makeGroup { thread in
            let files = files.onThread(thread, area: 1)
            reports.willBlock()
            let (answer, text) = files.read(10, from: 0)
            reports.add(text == "late" ? answer : .value(0))
        }
        _ = try group.startThread(startArgument: 0)
        reports.waitUntilBlocked(1)
        let fd = files.openFile("file")
        #expect(files.call("fd_renumber", [fd, 0]) == .success)
        #expect(files.read(10, from: 0) == (.success, "file"))
        pipe.write("late")
        try group.waitForAll()
        _ = try group.finish()
        #expect(reports.answers == [.success])
    }

    /// Threads open, close and renumber the same few numbers; what is left in the end is what is open.
    @Test func surviveThreadsThatFightForNumbers() throws {
        directory.write("file", to: "file")
        do {
            let files = try FileGuest(.kernel, directory) { $0.descriptorLimit = 12 }
            let areas = Atomic(1)
            let group = makeGroup { thread in
                let files = files.onThread(thread, area: areas.wrappingAdd(1, ordering: .relaxed).oldValue)
                for round in 0..<3000 {
                    let fd = files.openFile("file")
                    _ = files.read(4, from: fd)
                    _ = files.call("fd_renumber", [fd, UInt64(4 + round % 8)])
                    _ = files.close(UInt64(4 + (round * 5) % 8))
                }
            }
            for _ in 0..<4 { _ = try group.startThread(startArgument: 0) }
            try group.waitForAll()
            _ = try group.finish()
        }
        #expect(descriptorsOfTheHost == [])
    }

    /// Threads read a number while others close it and give it to another file: each read finds one of the
    /// files or none, and in the end nothing is left open.
    @Test(arguments: FileBackend.allCases)
    func readsMeetOneDescriptorOrNone(place: FileBackend) throws {
        do {
            let files = try FileGuest(place, directory)
            for name in ["one", "two"] {
                let fd = files.openFile(name, FileGuest.creat)
                #expect(files.write(name + name, to: fd).count == 6)
                #expect(files.close(fd) == .success)
            }
            let isDone = Atomic(false)
            let areas = Atomic(1)
            let found = Atomic(0)
            let readers = makeGroup { thread in
                let files = files.onThread(thread, area: areas.wrappingAdd(1, ordering: .relaxed).oldValue)
                while !isDone.load(ordering: .relaxed) {
                    let (answer, text) = files.read(10, from: 4, at: 0)
                    if answer == .errno(.badf) { continue }
                    #expect(answer == .success && ["oneone", "twotwo"].contains(text))
                    found.wrappingAdd(1, ordering: .relaxed)
                }
            }
            let closers = makeGroup { thread in
                let files = files.onThread(thread, area: areas.wrappingAdd(1, ordering: .relaxed).oldValue)
                for round in 0..<5000 {
                    let fd = files.openFile(round % 2 == 0 ? "one" : "two")
                    if fd != 4 { _ = files.call("fd_renumber", [fd, 4]) }
                    if round % 3 == 0 { _ = files.close(4) }
                }
            }
            for _ in 0..<2 { _ = try readers.startThread(startArgument: 0) }
            for _ in 0..<2 { _ = try closers.startThread(startArgument: 0) }
            try closers.waitForAll()
            isDone.store(true, ordering: .relaxed)
            try readers.waitForAll()
            _ = try (closers.finish(), readers.finish())
            #expect(found.load(ordering: .relaxed) > 0)
        }
        #expect(descriptorsOfTheHost == [])
    }

    @Test func areFoundAmongMany() throws {
        let files = try FileGuest(.memory, directory) { $0.descriptorLimit = 1000 }
        for number in 4..<1000 {
            let fd = files.openFile("file", FileGuest.creat)
            #expect(fd == UInt64(number))
            #expect(files.seek(fd, Int64(number), 0).answer == .success)
        }
        for number: UInt64 in [1000, 4095, 1 << 31, 1 << 32 - 1] {
            #expect(files.close(number) == .errno(.badf))
            #expect(files.call("fd_renumber", [4, number]) == .errno(.badf))
        }
        #expect(files.call("fd_renumber", [999, 63]) == .success)
        #expect(files.seek(63, 0, 1).position == 999)
        #expect(files.close(64) == .success)
        #expect(files.seek(65, 0, 1).position == 65)
        #expect(files.openFile("file") == 64)
        #expect(files.openFile("file") == 999)
    }

    /// What of the directory this program still has open.
    private var descriptorsOfTheHost: [String] {
        let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return numbers.compactMap { number in
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(number)")
        }.filter { $0.hasPrefix(directory.path) }
    }

    /// Names that are there all the time are seen once each, whatever comes and goes beside them.
    @Test(arguments: FileBackend.allCases)
    func entriesSurviveConcurrentChanges(place: FileBackend) throws {
        let files = try FileGuest(place, directory)
        let lasting = Set((0..<100).map { "lasting-\($0)" })
        for name in lasting { _ = files.close(files.open(name, FileGuest.creat).fd) }
        let isDone = Atomic(false)
        let group = makeGroup { thread in
            let files = files.onThread(thread, area: 1)
            while !isDone.load(ordering: .relaxed) {
                for number in 0..<50 { _ = files.close(files.open("passing-\(number)", FileGuest.creat).fd) }
                for number in 0..<50 { _ = files.path("path_unlink_file", "passing-\(number)") }
            }
        }
        let reader = makeGroup { thread in
            let files = files.onThread(thread, area: 2)
            for _ in 0..<100 {
                let seen = files.entries(room: 256).map(\.name).filter { $0.hasPrefix("lasting") }
                #expect(seen.count == lasting.count && Set(seen) == lasting)
            }
        }
        _ = try group.startThread(startArgument: 0)
        _ = try reader.startThread(startArgument: 0)
        for _ in 0..<100 {
            let seen = files.entries(room: 300).map(\.name).filter { $0.hasPrefix("lasting") }
            #expect(seen.count == lasting.count && Set(seen) == lasting)
        }
        try reader.waitForAll()
        isDone.store(true, ordering: .relaxed)
        try group.waitForAll()
        _ = try (group.finish(), reader.finish())
    }
}
