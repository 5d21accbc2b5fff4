// Ways out of a directory, and ways to write where a guest may not: each is tried, and fails.
//
// Always true: every way leads to something that the test has made. Were one of them open, whoever runs the
// tests would lose nothing else.

import Foundation
import Synchronization
import Testing
import WASI
import WasmRuntime

@Suite(.timeLimit(.minutes(5))) struct SandboxTests {
    /// The guest gets `outer/inside`; beside it are a secret and a directory of somebody else.
    let outer = TemporaryDirectory()

    private func fill() {
        outer.makeDirectory("inside")
        outer.makeDirectory("inside/dir")
        outer.makeDirectory("inside/dir/nested")
        outer.makeDirectory("outside")
        outer.write("secret", to: "secret")
        outer.write("secret", to: "outside/secret")
        outer.write("own", to: "inside/file")
        outer.link("inside/to-parent", to: "..")
        outer.link("inside/to-secret", to: "../secret")
        outer.link("inside/to-new", to: "../new")
        outer.link("inside/to-outside", to: "../outside")
        outer.link("inside/to-outside-slash", to: "../outside/")
        outer.link("inside/absolute", to: outer.path + "/secret")
        outer.link("inside/absolute-directory", to: outer.path + "/outside")
        outer.link("inside/absolute-parent", to: outer.path)
        outer.link("inside/absolute-new", to: outer.path + "/new")
        outer.link("inside/hop", to: "dir/hop")
        outer.link("inside/dir/hop", to: "nested/hop")
        outer.link("inside/dir/nested/hop", to: "../../../secret")
        outer.link("inside/dir/out-by-name", to: "../../inside/file")
        outer.link("inside/magic", to: "/proc/self/root" + outer.path)
        outer.link("inside/up-in-middle", to: "dir/../../secret")
    }

    /// Paths that lead out, by their own dots or by links. OUTER is the path of the directory outside.
    static let escapes = [
        "OUTER", "OUTER/secret", "/OUTER/secret", "OUTER/inside/file", "..", "../", "../.", "../secret",
        "../outside", "../inside/file",
        "dir/../../secret", "dir/nested/../../../secret", "./../secret", "dir/.././../secret",
        "dir//..//..//secret", "../../../../../../../../../..OUTER/secret",
        "to-parent/secret", "to-parent/inside/file", "to-outside/secret", "to-outside-slash/secret",
        "absolute-directory/secret", "absolute-parent/secret", "dir/../to-parent/secret", "to-outside/..",
        "magic/secret", "magic/outside/..",
    ]

    /// The same, where the last component is the link.
    static let escapesByLastLink = [
        "to-parent", "to-secret", "to-outside", "to-outside-slash", "absolute", "absolute-directory",
        "absolute-parent", "hop", "dir/hop", "dir/out-by-name", "magic", "up-in-middle",
        "to-new", "absolute-new",
    ]

    private func guest(_ place: FileBackend, _ permissions: PreopenPermissions = .readWrite) throws -> FileGuest {
        try FileGuest(place, outer, permissions) {
            $0.preopens[0].source = .host(path: Array((outer.path + "/inside").utf8))
        }
    }

    /// Runs `body`, and expects that nothing changed outside.
    private func expectNothingChanged(_ body: () throws -> Void) rethrows {
        let before = outer.everything
        try body()
        #expect(outer.everything == before)
    }

    @Test(arguments: FileBackend.onHost)
    func everyFunctionStaysInside(place: FileBackend) throws {
        fill()
        let files = try guest(place)
        expectNothingChanged {
            let refused = Answer.errno(.perm)
            let creations = [
                0, FileGuest.creat, FileGuest.directory, FileGuest.trunc, FileGuest.creat | FileGuest.excl,
            ]
            for path in Self.escapes.map({ $0.replacingOccurrences(of: "OUTER", with: outer.path) }) {
                for oflags in creations {
                    for follow in [false, true] {
                        #expect(files.open(path, oflags, follow: follow).answer == refused, "\(path)")
                    }
                }
                let written = files.open(path, FileGuest.creat, rights: 0x40, follow: true).answer
                #expect(written == refused, "\(path)")
                for follow in [false, true] {
                    #expect(files.stat(path, follow: follow).answer == refused, "\(path)")
                    #expect(files.setTimes(path, modification: 1, 4, follow: follow) == refused, "\(path)")
                }
                for name in ["path_create_directory", "path_remove_directory", "path_unlink_file"] {
                    #expect(files.path(name, path) == refused, "\(name) \(path)")
                    #expect(files.path(name, path + "/new") == refused, "\(name) \(path)/new")
                }
                #expect(files.readlink(path).answer == refused, "\(path)")
                #expect(files.rename("file", path) == refused, "\(path)")
                #expect(files.rename(path, "mine") == refused, "\(path)")
                #expect(files.link("file", path) == refused, "\(path)")
                #expect(files.link(path, "mine") == refused, "\(path)")
                #expect(files.symlink("file", path) == refused, "\(path)")
            }
        }
    }

    @Test(arguments: FileBackend.onHost)
    func linksThatPointOutAreNotFollowed(place: FileBackend) throws {
        fill()
        let files = try guest(place)
        expectNothingChanged {
            for path in Self.escapesByLastLink {
                let refused = Answer.errno(.perm)
                for oflags in [0, FileGuest.creat, FileGuest.directory, FileGuest.trunc] {
                    #expect(files.open(path, oflags, follow: true).answer == refused, "\(path)")
                    #expect(files.open(path, oflags, rights: 2, follow: true).answer == refused, "\(path)")
                }
                let written = files.open(path, FileGuest.creat, rights: 0x40, follow: true).answer
                #expect(written == refused, "\(path)")
                #expect(files.stat(path, follow: true).answer == refused, "\(path)")
                #expect(files.stat(path + "/").answer == refused, "\(path)/")
                #expect(files.setTimes(path, modification: 1, 4, follow: true) == refused, "\(path)")
                #expect(files.setTimes(path + "/", modification: 1, 4) == refused, "\(path)/")
                #expect(files.link(path + "/", "mine") == refused, "\(path)/")
                // Not followed, the link itself is what there is.
                #expect(files.stat(path).stat.filetype == 7, "\(path)")
                #expect(files.open(path).answer == .errno(.loop), "\(path)")
                let created = files.open(path, FileGuest.creat | FileGuest.excl).answer
                #expect(created == .errno(.exist), "\(path)")
                #expect(files.path("path_create_directory", path) == .errno(.exist), "\(path)")
                #expect(files.path("path_create_directory", path + "/") == .errno(.exist), "\(path)/")
                #expect(files.path("path_remove_directory", path) == .errno(.notdir), "\(path)")
                #expect(files.path("path_remove_directory", path + "/") == .errno(.notdir), "\(path)/")
                #expect(files.path("path_unlink_file", path + "/") == refused, "\(path)/")
                #expect(files.symlink("file", path) == .errno(.exist), "\(path)")
                #expect(files.link("file", path) == .errno(.exist), "\(path)")
            }
        }
    }

    /// A guest can make links too: one that would lead out is either refused or of no use.
    @Test(arguments: FileBackend.allCases)
    func linksOfTheGuestAreOfNoUse(place: FileBackend) throws {
        outer.makeDirectory("inside")
        outer.write("secret", to: "secret")
        let files = place == .memory ? try FileGuest(place, outer) : try guest(place)
        #expect(files.symlink(outer.path + "/secret", "link") == .errno(.perm))
        #expect(files.symlink("/", "link") == .errno(.perm))
        #expect(files.symlink("../secret", "link") == .success)
        #expect(files.open("link", follow: true).answer == .errno(.perm))
        #expect(files.open("link", FileGuest.trunc, rights: 0x40, follow: true).answer == .errno(.perm))
        #expect(files.path("path_create_directory", "deep") == .success)
        // Good where it is, and leads out where it is moved to.
        #expect(files.symlink("../target", "deep/link") == .success)
        #expect(files.open("target", FileGuest.creat).answer == .success)
        #expect(files.open("deep/link", follow: true).answer == .success)
        #expect(files.rename("deep/link", "link") == .success)
        #expect(files.open("link", follow: true).answer == .errno(.perm))
        // From a directory that was opened, no path leads above it.
        let fd = files.openDirectory("deep")
        for path in ["..", "../target", "../deep", "x/../.."] {
            let answer = files.open(path, in: fd).answer
            #expect(answer == .errno(.perm) || path == "x/../.." && answer == .errno(.noent), "\(path)")
        }
        #expect(files.symlink("../target", "again", in: fd) == .success)
        #expect(files.open("again", in: fd, follow: true).answer == .errno(.perm))
        #expect(files.open("deep/again", follow: true).answer == .success)
        #expect(outer.read("secret") == "secret")
    }

    @Test(arguments: FileBackend.onHost)
    func pathsWithNULAreRefused(place: FileBackend) throws {
        fill()
        let files = try guest(place)
        expectNothingChanged {
            for path in ["file\0", "\0", "file\0/../../secret", "new\0.txt"] {
                let refused = Answer.errno(.inval)
                #expect(files.open(path, FileGuest.creat).answer == refused)
                #expect(files.stat(path).answer == refused)
                #expect(files.path("path_unlink_file", path) == refused)
                #expect(files.path("path_create_directory", path) == refused)
                #expect(files.symlink(path, "mine") == refused)
                #expect(files.symlink("mine", path) == refused)
                #expect(files.rename("file", path) == refused)
                #expect(files.link(path, "mine") == refused)
            }
        }
    }

    @Test(arguments: FileBackend.allCases)
    func readOnlyMeansThat(place: FileBackend) throws {
        fill()
        let memory = MemoryFileSystem(limit: 1 << 16)
        try memory.addFile(Array("file".utf8), Array("own".utf8))
        try memory.addDirectory(Array("dir/nested".utf8))
        let source: Preopen.Source =
            place == .memory ? .memory(memory) : .host(path: Array((outer.path + "/inside").utf8))
        let files = try FileGuest(place, outer) {
            $0.preopens = [
                Preopen(source, guestPath: [47], .readOnly), Preopen(source, guestPath: [119], .readWrite),
                Preopen(source, guestPath: [102], .writeFiles),
                Preopen(source, guestPath: [100], .changeDirectories),
            ]
        }
        let (writable, filesOnly, directoriesOnly): (UInt64, UInt64, UInt64) = (4, 5, 6)
        let refused = Answer.errno(.notcapable)
        expectNothingChanged {
            #expect(files.open("new", FileGuest.creat).answer == refused)
            #expect(files.open("file", FileGuest.trunc).answer == .errno(.perm))
            for right: UInt64 in [6, 8, 22] {
                #expect(files.open("file", rights: 1 << right).answer == refused)
            }
            #expect(files.path("path_create_directory", "new") == refused)
            #expect(files.path("path_remove_directory", "dir") == refused)
            #expect(files.path("path_unlink_file", "file") == refused)
            #expect(files.symlink("file", "new") == refused)
            #expect(files.setTimes("file", modification: 1, 4) == refused)
            // Neither into the directory nor out of it, where a way to write would be open.
            #expect(files.rename("file", "moved", to: writable) == refused)
            #expect(files.rename("file", in: writable, "moved") == refused)
            #expect(files.link("file", "linked", to: writable) == refused)
            #expect(files.link("file", in: writable, "linked") == refused)
            #expect(files.link("file", in: directoriesOnly, "linked", to: writable) == refused)
            #expect(files.rename("file", in: directoriesOnly, "moved", to: writable) == refused)

            let fd = files.open("file", rights: FileGuest.allRights & ~(1 << 6 | 1 << 8 | 1 << 22)).fd
            #expect(files.read(10, from: fd) == (.success, "own"))
            #expect(files.write("x", to: fd).answer == .errno(.badf))
            #expect(files.write("x", to: fd, at: 0).answer == .errno(.badf))
            #expect(files.call("fd_filestat_set_size", [fd, 0]) == refused)
            #expect(files.call("fd_allocate", [fd, 0, 100]) == refused)
            #expect(files.call("fd_filestat_set_times", [fd, 0, 0, 5]) == refused)
            #expect(files.call("fd_filestat_set_times", [FileGuest.root, 0, 0, 5]) == refused)
            // What is opened below is no more than what it was opened through.
            let below = files.openDirectory("dir")
            #expect(files.path("path_create_directory", "new", in: below) == refused)
            #expect(files.open("new", in: below, FileGuest.creat).answer == refused)
            #expect(files.path("path_create_directory", "new", in: files.openDirectory(".")) == refused)
        }
        #expect(files.path("path_create_directory", "new", in: filesOnly) == refused)
        #expect(files.open("new", in: filesOnly, FileGuest.creat).answer == refused)
        #expect(files.call("fd_filestat_set_times", [filesOnly, 0, 0, 5]) == refused)
        #expect(files.write("X", to: files.openFile("file", in: filesOnly)).answer == .success)
        #expect(files.open("file", in: directoriesOnly, rights: 1 << 6).answer == refused)
        #expect(files.open("file", in: directoriesOnly, FileGuest.trunc).answer == .errno(.perm))
        #expect(files.open("new", in: directoriesOnly, FileGuest.creat).answer == .success)
        #expect(files.read(10, from: files.open("file", rights: 2).fd).text == "Xwn")
    }

    /// One thread swaps a directory for a link that leads out, and moves directories away, while others
    /// use paths through them.
    @Test(arguments: FileBackend.onHost)
    func renamesDuringResolutionLeadNowhere(place: FileBackend) throws {
        outer.makeDirectory("inside")
        outer.makeDirectory("inside/a")
        outer.makeDirectory("inside/a/b")
        outer.makeDirectory("inside/store")
        outer.makeDirectory("outside")
        outer.makeDirectory("outside/b")
        outer.write("secret", to: "outside/file")
        outer.write("secret", to: "outside/b/file")
        outer.write("secret", to: "file")
        outer.write("own", to: "inside/a/b/file")
        outer.link("inside/link", to: "../outside")
        let files = try guest(place)
        let isDone = Atomic(false)
        let areas = Atomic(1)
        let leaks = Mutex<[String]>([])
        let group = makeGroup { thread in
            let files = files.onThread(thread, area: areas.wrappingAdd(1, ordering: .relaxed).oldValue)
            while !isDone.load(ordering: .relaxed) {
                let detour = "a/b/../../store/b/../../a/file"
                for path in ["a/b/file", detour, "a/b/../file", "link/file", "a/b/.."] {
                    let fd = files.open(path, rights: 2, follow: true).fd
                    if fd != .max {
                        let text = files.read(10, from: fd).text
                        if text == "secret" { leaks.withLock { $0.append("read \(path)") } }
                        _ = files.close(fd)
                    }
                    let opened = files.open(path, FileGuest.trunc, rights: 2, follow: true).fd
                    if opened != .max { _ = files.close(opened) }
                    _ = files.path("path_create_directory", "a/b/../new")
                    _ = files.path("path_remove_directory", "a/b/../new")
                    _ = files.path("path_unlink_file", "a/b/../../file")
                }
            }
        }
        for _ in 0..<3 { _ = try group.startThread(startArgument: 0) }
        for _ in 0..<2000 {
            _ = files.rename("a", "hidden")
            _ = files.rename("link", "a")
            _ = files.rename("a", "link")
            _ = files.rename("hidden", "a")
            _ = files.rename("a/b", "store/b")
            _ = files.rename("store/b", "a/b")
        }
        isDone.store(true, ordering: .relaxed)
        try group.waitForAll()
        _ = try group.finish()
        #expect(leaks.withLock { $0 } == [])
        #expect(outer.read("outside/file") == "secret")
        #expect(outer.read("outside/b/file") == "secret")
        #expect(outer.read("file") == "secret")
        #expect(!FileManager.default.fileExists(atPath: outer.path + "/outside/new"))
        #expect(!FileManager.default.fileExists(atPath: outer.path + "/new"))
    }

    /// A name of the kernel's own that leads anywhere must not be followed, even where it looks relative.
    @Test(arguments: FileBackend.onHost)
    func magicLinksOfTheKernelAreNotFollowed(place: FileBackend) throws {
        let files = try FileGuest(place, outer) {
            $0.preopens[0] = Preopen(.host(path: Array("/proc/self".utf8)), guestPath: [47], .readOnly)
        }
        for path in ["root", "cwd", "exe", "fd/0", "root" + outer.path, "cwd/.", "task/../root"] {
            #expect(files.open(path, follow: true).answer != .success, "\(path)")
            #expect(files.stat(path + "/", follow: true).answer != .success, "\(path)")
        }
    }

    /// Nothing of the host comes in by itself.
    @Test func givesNothingThatWasNotGiven() throws {
        let guest = try Guest()
        #expect(try guest.call("fd_prestat_get", 3, 0) == .errno(.badf))
        #expect(try guest.call("environ_sizes_get", 0, 4) == .success)
        #expect(guest.load(0) == 0)
        for fd: UInt64 in 3..<20 { #expect(try guest.call("fd_filestat_get", fd, 0) == .errno(.badf)) }
    }
}
