// The cache on disk: what comes back, what is not trusted, and what goes.

import Foundation
import ModuleBytes
import Platform
import Testing
import WasmModule
import WasmNative
import WasmRuntime

@Suite(.timeLimit(.minutes(15))) struct CodeCaches {
    private let folder = Folder()
    private let module = SHA256.digest(of: [1])

    private func cache(limit: UInt64 = 1 << 20, version: String = "1") throws -> CodeCache {
        try #require(CodeCache(directory: HostPath(folder.path.utf8), byteLimit: limit, version: version))
    }

    private func objects(_ cache: CodeCache, of module: Digest? = nil) -> [[UInt8]] {
        var objects: [[UInt8]] = []
        cache.forEachObject(of: module ?? self.module) { object in
            objects.append(Array(object))
            return true
        }
        return objects.sorted { $0.count < $1.count }
    }

    private func permissions(_ path: String, _ mode: Int) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    @Test func whatIsAddedIsFoundByTheNext() throws {
        let cache = try cache()
        #expect(objects(cache) == [])
        cache.add([1], of: module)
        cache.add([2, 3], of: module)
        cache.add([4, 5, 6], of: SHA256.digest(of: [2]))
        #expect(objects(try self.cache()) == [[1], [2, 3]])
        #expect(objects(try self.cache(version: "2")) == [], "another library")
        #expect(objects(try self.cache(), of: SHA256.digest(of: [3])) == [])
        for path in folder.entries + folder.files {
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode.map { $0 & 0o077 } == 0, "\(path)")
        }
    }

    @Test func whatIsOfNoUseIsRemoved() throws {
        let cache = try cache()
        cache.add([1], of: module)
        cache.forEachObject(of: module) { _ in false }
        #expect(folder.files == [])
    }

    @Test func brokenFilesAreRemoved() throws {
        let cache = try cache()
        for change in 0..<300 {
            cache.add([1, 2, 3], of: module)
            let file = try #require(folder.files.first)
            var bytes = [UInt8](try Data(contentsOf: URL(filePath: file)))
            if change < bytes.count { bytes[change] ^= 0x10 } else { bytes.removeLast(change - bytes.count) }
            let isChanged = change != bytes.count
            try Data(bytes).write(to: URL(filePath: file))
            if isChanged {
                #expect(objects(cache) == [])
                #expect(folder.files == [])
            }
        }
    }

    @Test func anothersFilesAreNotRead() throws {
        let cache = try cache()
        cache.add([1], of: module)
        let directory = try #require(folder.entries.first)
        let file = try #require(folder.files.first)
        for path in [folder.path, directory, file] {
            let before = path == file ? 0o600 : 0o700
            for mode in [before | 0o020, before | 0o002] {
                try permissions(path, mode)
                #expect(objects(cache) == [], "\(path) \(String(mode, radix: 8))")
                if path == file { cache.add([1], of: module) }
                try permissions(path, before)
            }
        }
        #expect(objects(cache) == [[1]])
        guard geteuid() == 0 else { return }
        for path in [folder.path, directory, file] {
            chown(path, 12345, 0)
            #expect(objects(cache) == [], "\(path) is another user's")
            chown(path, 0, 0)
        }
    }

    @Test func linksAndPipesAreNotFollowed() throws {
        let cache = try cache()
        cache.add([1], of: module)
        let file = try #require(folder.files.first)
        let directory = try #require(folder.entries.first)
        let elsewhere = Folder()
        let manager = FileManager.default
        try manager.moveItem(atPath: file, toPath: "\(elsewhere.path)/file")
        symlink("\(elsewhere.path)/file", file)
        #expect(objects(cache) == [])
        mkfifo(file, 0o600)
        #expect(objects(cache) == [])
        try manager.moveItem(atPath: "\(elsewhere.path)/file", toPath: file)
        #expect(objects(cache) == [[1]])
        try manager.moveItem(atPath: directory, toPath: "\(elsewhere.path)/directory")
        symlink("\(elsewhere.path)/directory", directory)
        #expect(objects(cache) == [])
        cache.add([2], of: module)
        #expect(Folder.count("\(elsewhere.path)/directory") == 1)
        let link = "\(elsewhere.path)/root"
        symlink(folder.path, link)
        let linked = try #require(CodeCache(directory: HostPath(link.utf8), byteLimit: 1 << 20, version: "1"))
        linked.add([3], of: SHA256.digest(of: [9]))
        #expect(objects(linked, of: SHA256.digest(of: [9])) == [])
    }

    @Test func directoriesAreMade() throws {
        let path = "\(folder.path)/one/two"
        let cache = try #require(CodeCache(directory: HostPath(path.utf8), byteLimit: 1 << 20, version: "1"))
        #expect(objects(cache) == [])
        #expect(!FileManager.default.fileExists(atPath: path), "looking makes nothing")
        cache.add([1], of: module)
        #expect(objects(cache) == [[1]])
    }

    @Test func directoriesThatCanNotBe() throws {
        FileManager.default.createFile(atPath: "\(folder.path)/file", contents: nil)
        for path in ["\(folder.path)/file", "\(folder.path)/file/below", "/proc/nowhere", ""] {
            let cache = try #require(CodeCache(directory: HostPath(path.utf8), byteLimit: 1 << 20, version: "1"))
            for _ in 0..<5 { cache.add([1], of: module) }
            #expect(objects(cache) == [])
        }
    }

    @Test func theLimitIsKept() throws {
        let size = 10_000
        let cache = try cache(limit: UInt64(5 * size))
        for index in 0..<20 {
            cache.add([UInt8](repeating: UInt8(index), count: size), of: SHA256.digest(of: [UInt8(index)]))
            let total = folder.files.reduce(0) { sum, file in
                sum + ((try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) ?? 0)!
            }
            #expect(total <= 5 * size)
        }
        #expect(objects(cache, of: SHA256.digest(of: [19])) != [], "the newest stays")
        #expect(objects(cache, of: SHA256.digest(of: [0])) == [], "the oldest goes")
        cache.add([UInt8](repeating: 0, count: 6 * size), of: module)
        #expect(objects(cache) == [], "more than all of it")
        let none = try self.cache(limit: 0)
        none.add([1], of: module)
        #expect(objects(none) == [])
    }

    @Test func useKeepsFromGoing() throws {
        let size = 10_000
        let digests = (10..<14).map { SHA256.digest(of: [UInt8($0)]) }
        for (age, digest) in digests.enumerated() {
            try cache(limit: 1 << 20).add([UInt8](repeating: UInt8(age), count: size), of: digest)
        }
        for entry in folder.entries {
            let longAgo = Date(timeIntervalSince1970: 1)
            try FileManager.default.setAttributes([.modificationDate: longAgo], ofItemAtPath: entry)
        }
        #expect(objects(try cache(), of: digests[0]) != [])
        // Room for two: the one that was used, and the new one.
        try cache(limit: UInt64(5 * size / 2)).add([UInt8](repeating: 9, count: size), of: module)
        #expect(objects(try cache(), of: digests[0]) != [])
        #expect(objects(try cache()) != [])
        #expect(folder.files.count == 2)
    }

    @Test func manyAtTheSameTime() throws {
        let path = folder.path
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for round in 0..<60 {
                let cache = CodeCache(directory: HostPath(path.utf8), byteLimit: 30_000, version: "1")!
                let module = SHA256.digest(of: [UInt8(round % 5)])
                let object = [UInt8](repeating: UInt8(round % 5), count: 1000 + 100 * (thread % 3))
                cache.add(object, of: module)
                cache.forEachObject(of: module) { object in
                    #expect(object.allSatisfy { $0 == UInt8(round % 5) })
                    return thread % 2 == 0
                }
            }
        }
        #expect(folder.files.allSatisfy { !$0.contains(NewFile.temporaryPrefix) })
    }
}

@Suite(.timeLimit(.minutes(15))) struct KeptCode {
    private let folder = Folder()

    private func cache() -> CodeCache? {
        CodeCache(directory: HostPath(folder.path.utf8), byteLimit: 1 << 20, version: "1")
    }

    /// Runs `counting` with a compiler and closes it, so that what it made is kept.
    private func run(callThreshold: UInt32, backEdgeThreshold: UInt32) throws {
        let compiler = BackgroundCompiler(
            llvmPath: nil, callThreshold: callThreshold, backEdgeThreshold: backEdgeThreshold, cache: cache())
        let runner = try Runner(code(of: try decode(counting), compiler))
        // Until a file is whole: what is asked for is compiled while this goes on.
        while folder.files.allSatisfy({ $0.contains(NewFile.temporaryPrefix) }) {
            #expect(try runner.count(1000) == [.i32(1000)])
        }
        compiler.close()
    }

    @Test func functionsRunCompiledFromTheirFirstCall() throws {
        guard openedLLVM() != nil else { return }
        try run(callThreshold: 1, backEdgeThreshold: 1 << 30)
        let compiler = BackgroundCompiler(
            llvmPath: "/nowhere", callThreshold: 1 << 30, backEdgeThreshold: 1 << 30, cache: cache())
        let restored = code(of: try decode(counting), compiler)
        compiler.restore(restored)
        #expect(restored.functionsWithoutCode == [])
        #expect(try Runner(restored).count(7) == [.i32(7)])
        compiler.close()
    }

    @Test func loopsGoOverAtTheirFirstBackEdge() throws {
        guard openedLLVM() != nil else { return }
        try run(callThreshold: 1 << 30, backEdgeThreshold: 1)
        let compiler = BackgroundCompiler(
            llvmPath: "/nowhere", callThreshold: 1 << 30, backEdgeThreshold: 1 << 30, cache: cache())
        let restored = code(of: try decode(counting), compiler)
        compiler.restore(restored)
        #expect(restored.functionsWithoutCode == [0])
        #expect(try Runner(restored).count(7) == [.i32(7)])
        compiler.close()
    }

    @Test func nothingIsCompiledTwice() throws {
        guard openedLLVM() != nil else { return }
        for _ in 0..<2 {
            let compiler = BackgroundCompiler(
                llvmPath: nil, callThreshold: 1 << 30, backEdgeThreshold: 1 << 30, cache: cache())
            let code = code(of: try decode(counting), compiler)
            compiler.restore(code)
            try compiler.compileAll(code)
            #expect(code.functionsWithoutCode == [])
            #expect(folder.files.count == 1)
            compiler.close()
        }
    }
}

extension Folder {
    static func count(_ path: String) -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: path).count) ?? 0
    }
}
