// Paths: directories, links, names, and what stands behind them, on a disk and in memory alike.

import Foundation
import Testing
import WASI
import WasmRuntime

@Suite(.timeLimit(.minutes(5))) struct PathTests {
    let directory = TemporaryDirectory()

    @Test(arguments: FileBackend.allCases)
    func directories(place: FileBackend) throws {
        let files = try FileGuest(place, directory)
        #expect(files.path("path_create_directory", "dir") == .success)
        #expect(files.path("path_create_directory", "dir") == .errno(.exist))
        #expect(files.path("path_create_directory", "dir/") == .errno(.exist))
        #expect(files.path("path_create_directory", ".") == .errno(.exist))
        #expect(files.path("path_create_directory", "dir/nested/") == .success)
        #expect(files.path("path_create_directory", "no/nested") == .errno(.noent))
        #expect(files.path("path_remove_directory", "dir") == .errno(.notempty))
        #expect(files.path("path_unlink_file", "dir") == .errno(.isdir))
        #expect(files.path("path_unlink_file", "dir/") == .errno(.isdir))
        let fd = files.openDirectory("dir")
        #expect(files.stat("nested", in: fd).stat.filetype == 3)
        #expect(files.path("path_remove_directory", "dir/nested/") == .success)
        #expect(files.path("path_remove_directory", "dir/nested") == .errno(.noent))
        #expect(files.path("path_remove_directory", "dir/.") != .success)
        #expect(files.path("path_remove_directory", "dir") == .success)
        // Open still, but nothing can be made there any more.
        #expect(files.path("path_create_directory", "again", in: fd) == .errno(.noent))
        _ = files.open("file", FileGuest.creat)
        #expect(files.path("path_remove_directory", "file") == .errno(.notdir))
        #expect(files.path("path_remove_directory", "file/") == .errno(.notdir))
        #expect(files.path("path_unlink_file", "file/") == .errno(.notdir))
        #expect(files.path("path_create_directory", "file/nested") == .errno(.notdir))
        #expect(files.path("path_unlink_file", "file") == .success)
        #expect(files.path("path_unlink_file", "file") == .errno(.noent))
    }

    @Test(arguments: FileBackend.allCases)
    func pathsOfAllShapes(place: FileBackend) throws {
        let files = try FileGuest(place, directory)
        #expect(files.path("path_create_directory", "dir") == .success)
        #expect(files.path("path_create_directory", "dir/nested") == .success)
        #expect(files.open("dir/nested/file", FileGuest.creat).answer == .success)
        for path in ["dir/.//nested/../../dir/nested/../nested///./file", "./dir/nested/file"] {
            #expect(files.open(path).answer == .success, "\(path)")
            #expect(files.stat(path).answer == .success, "\(path)")
        }
        let file = "dir/nested/file"
        for path in [file + "/", file + "///", file + "/.", file + "/../file"] {
            #expect(files.open(path).answer == .errno(.notdir), "\(path)")
            #expect(files.stat(path).answer == .errno(.notdir), "\(path)")
        }
        for path in ["dir/nested/", "dir/nested///", "dir/nested/.", "dir/nested/..", ".", "./", "dir/.."] {
            #expect(files.open(path).answer == .success, "\(path)")
            #expect(files.stat(path).stat.filetype == 3, "\(path)")
        }
        #expect(files.open("").answer == .errno(.noent))
        #expect(files.open("dir/nested/file\0").answer == .errno(.inval))
        #expect(files.open(String(repeating: "./", count: 2040) + "dir").answer == .success)
        #expect(files.open(String(repeating: "a", count: 256)).answer == .errno(.nametoolong))
        #expect(files.open(String(repeating: "./", count: 2048)).answer == .errno(.nametoolong))
    }

    @Test(arguments: FileBackend.allCases)
    func symbolicLinks(place: FileBackend) throws {
        let files = try FileGuest(place, directory)
        #expect(files.path("path_create_directory", "dir") == .success)
        let fd = files.openFile("dir/file", FileGuest.creat)
        #expect(files.write("there", to: fd).answer == .success)
        #expect(files.symlink("dir/file", "link") == .success)
        #expect(files.symlink("../dir/./file", "dir/back") == .success)
        #expect(files.symlink("dir/", "slash") == .success)
        #expect(files.symlink("nowhere", "dangling") == .success)
        #expect(files.symlink("loop", "loop") == .success)

        #expect(files.readlink("link") == (.success, "dir/file"))
        #expect(files.readlink("link", room: 3) == (.success, "dir"))
        #expect(files.readlink("dir").answer == .errno(.inval))
        #expect(files.stat("link").stat.filetype == 7)
        #expect(files.stat("link").stat.size == 8)
        #expect(files.stat("link", follow: true).stat.size == 5)
        #expect(files.stat("dir/back", follow: true).stat.size == 5)
        #expect(files.stat("slash", follow: true).stat.filetype == 3)
        #expect(files.stat("slash/").stat.filetype == 3)
        #expect(files.stat("slash/file").stat.size == 5)
        #expect(files.open("link").answer == .errno(.loop))
        #expect(files.open("link", FileGuest.directory).answer == .errno(.loop))
        #expect(files.read(10, from: files.openFile("slash/back")).text == "there")
        #expect(files.open("dangling", follow: true).answer == .errno(.noent))
        #expect(files.stat("dangling", follow: true).answer == .errno(.noent))
        #expect(files.open("loop", follow: true).answer == .errno(.loop))
        #expect(files.stat("loop", follow: true).answer == .errno(.loop))
        #expect(files.stat("loop/x").answer == .errno(.loop))
        // What is made through a link comes where it points.
        #expect(files.open("dangling", FileGuest.creat, follow: true).answer == .success)
        #expect(files.stat("nowhere").stat.filetype == 4)
        // The link itself changes, and what it points to does not.
        let before = files.stat("dir/file").stat
        #expect(files.setTimes("link", modification: 1000, 4) == .success)
        #expect(files.stat("link").stat.modification == 1000)
        #expect(files.stat("dir/file").stat.modification == before.modification)
        #expect(files.setTimes("link", modification: 2000, 4, follow: true) == .success)
        #expect(files.stat("dir/file").stat.modification == 2000)
        #expect(files.path("path_unlink_file", "slash/") == .errno(.isdir))
        #expect(files.path("path_unlink_file", "dangling/") == .errno(.notdir))
        #expect(files.path("path_unlink_file", "loop/") == .errno(.loop))
        #expect(files.symlink("source", "slash/") == .errno(.exist))
        #expect(files.link("link", "slash/") == .errno(.exist))
        #expect(files.link("link", "loop/") == .errno(.loop))
        #expect(files.path("path_remove_directory", "slash") == .errno(.notdir))
        #expect(files.path("path_unlink_file", "link") == .success)
        #expect(files.stat("dir/file").answer == .success)
    }

    @Test(arguments: FileBackend.allCases)
    func symbolicLinksWhereSomethingIs(place: FileBackend) throws {
        let files = try FileGuest(place, directory)
        #expect(files.symlink("source", "target/") == .errno(.noent))
        #expect(files.path("path_create_directory", "target") == .success)
        #expect(files.symlink("source", "target/") == .errno(.exist))
        #expect(files.symlink("source", "target") == .errno(.exist))
        _ = files.open("file", FileGuest.creat)
        #expect(files.symlink("source", "file/") == .errno(.notdir))
        #expect(files.symlink("source", "file") == .errno(.exist))
        #expect(files.symlink("", "empty") == .errno(.noent))
    }

    @Test(arguments: FileBackend.allCases)
    func hardLinks(place: FileBackend) throws {
        let files = try FileGuest(place, directory)
        let fd = files.openFile("file", FileGuest.creat)
        #expect(files.path("path_create_directory", "dir") == .success)
        #expect(files.link("file", "link") == .success)
        #expect(files.stat("file").stat.linkCount == 2)
        #expect(files.stat("file").stat.inode == files.stat("link").stat.inode)
        #expect(files.write("both", to: fd).answer == .success)
        #expect(files.read(10, from: files.openFile("link")).text == "both")
        #expect(files.link("file", "link") == .errno(.exist))
        #expect(files.link("file", "file") == .errno(.exist))
        #expect(files.link("file", "dir") == .errno(.exist))
        #expect(files.link("dir", "dir2") == .errno(.perm))
        #expect(files.link("file", "new/") == .errno(.noent))
        #expect(files.link("file/", "new") == .errno(.notdir))
        #expect(files.link("none", "new") == .errno(.noent))
        #expect(files.link("file", "new", follow: true) == .errno(.inval))
        #expect(files.link("link", "same", to: files.openDirectory("dir")) == .success)
        #expect(files.path("path_unlink_file", "file") == .success)
        #expect(files.path("path_unlink_file", "link") == .success)
        #expect(files.stat("dir/same").stat == files.stat(fd: fd).stat)
    }

    @Test(arguments: FileBackend.allCases)
    func renames(place: FileBackend) throws {
        let files = try FileGuest(place, directory)
        for name in ["empty", "full", "full/inside"] {
            #expect(files.path("path_create_directory", name) == .success)
        }
        for name in ["file", "other"] { _ = files.open(name, FileGuest.creat) }
        #expect(files.rename("file", "full") == .errno(.isdir))
        #expect(files.rename("empty", "file") == .errno(.notdir))
        #expect(files.rename("empty", "full") == .errno(.notempty))
        #expect(files.rename("full", "full/inside/below") == .errno(.inval))
        #expect(files.rename("none", "new") == .errno(.noent))
        #expect(files.rename("file/", "new") == .errno(.notdir))
        #expect(files.rename("file", "new/") == .errno(.notdir))
        #expect(files.rename(".", "new") == .errno(.busy))
        #expect(files.rename("file", "file") == .success)
        #expect(files.rename("file", "other") == .success)
        #expect(files.stat("file").answer == .errno(.noent))
        #expect(files.rename("full/", "empty/") == .success)
        #expect(files.stat("empty/inside").answer == .success)
        let fd = files.openDirectory("empty/inside")
        #expect(files.rename("other", "other", to: fd) == .success)
        #expect(files.stat("empty/inside/other").stat.filetype == 4)
        #expect(files.rename("other", in: fd, "back") == .success)
        #expect(files.stat("back").answer == .success)
        // A directory that is open moves, and its way up with it.
        #expect(files.rename("empty/inside", "moved") == .success)
        #expect(files.rename("moved", "empty/moved") == .success)
        #expect(files.path("path_create_directory", "below", in: fd) == .success)
        #expect(files.stat("empty/moved/below").answer == .success)
    }

    @Test(arguments: FileBackend.allCases)
    func entries(place: FileBackend) throws {
        let files = try FileGuest(place, directory)
        let names = (0..<300).map { "entry-\($0)" }
        for name in names { _ = files.close(files.open(name, FileGuest.creat).fd) }
        #expect(files.path("path_create_directory", "dir") == .success)
        #expect(files.symlink("dir", "link") == .success)
        let all = files.entries()
        #expect(all.map(\.name).sorted() == (names + [".", "..", "dir", "link"]).sorted())
        for room in [40, 64, 100, 1000] {
            #expect(files.entries(room: room) == all)
        }
        for entry in all where entry.name != ".." {
            let stat = files.stat(entry.name).stat
            #expect(entry.inode == stat.inode && entry.filetype == stat.filetype)
        }
        let fd = files.openFile("entry-0")
        #expect(files.readdir(fd).answer == .errno(.notdir))
        #expect(files.readdir(0).answer == .errno(.notdir))
        // Reading goes on where it was, whatever was taken away before and behind.
        for name in names { _ = files.path("path_unlink_file", name) }
        #expect(files.readdir(FileGuest.root, from: all[100].next).answer == .success)
        #expect(files.entries().count == 4)
        #expect(files.readdir(FileGuest.root, from: .max).answer == .success)
        #expect(files.readdir(FileGuest.root, from: .max).entries.isEmpty)
    }

    @Test(arguments: FileBackend.allCases)
    func aDirectoryThatWasRemovedHasNoEntries(place: FileBackend) throws {
        let files = try FileGuest(place, directory)
        #expect(files.path("path_create_directory", "dir") == .success)
        let fd = files.openDirectory("dir")
        #expect(files.path("path_remove_directory", "dir") == .success)
        #expect(files.readdir(fd).answer == .success)
        #expect(files.readdir(fd).entries.isEmpty && files.readdir(fd).isEnd)
    }

    @Test func entriesOfTheHostAreNotToldAboveTheDirectory() throws {
        let files = try FileGuest(.kernel, directory)
        #expect(files.entries().first { $0.name == ".." }?.inode == 0)
    }
}
