// Compiled code on disk, kept from one run of a program to the next.
//
//     DIRECTORY/<key of a module>/<digest of an object>
//
// Always true: a failure of any kind means that there is nothing in the cache, or that nothing is put in. A
// file appears whole and is never changed, so processes may read, add and remove at the same time. Only files
// of this user's, in directories that nobody else writes in, are read.

import Platform
import Synchronization
import WasmRuntime

package final class CodeCache: Sendable {
    private let path: HostPath
    private let byteLimit: UInt64
    private let stamp: CodeStamp
    /// Enough for every object of the largest program, and not for more than a start has time to read.
    private static let fileLimit = 1 << 14
    private static let fileBytesLimit = 256 << 20
    /// Files that nobody finished writing in this time stay so.
    private static let secondsToWrite: UInt64 = 3600

    /// A full disk or a directory that may not be written is not tried for ever.
    private static let failureLimit = 3

    private struct Use {
        /// How many bytes there are, as last seen, with what was added since.
        var byteCount: UInt64?
        var failures = 0
    }

    private let use = Mutex(Use())

    /// Nothing is read or made before it is needed. nil where the code of this build can not be told from
    /// that of another.
    package init?(directory: HostPath, byteLimit: UInt64, version: String) {
        guard !buildIdentity.isEmpty else { return nil }
        path = directory
        self.byteLimit = byteLimit
        stamp = .ofThisMachine(version: version)
    }

    /// The name of the directory of a module: differs with all that its code rests on.
    private func key(of module: Digest) -> String {
        var hash = SHA256()
        let texts = [stamp.version, stamp.architecture, stamp.features.joined(separator: ",")]
        for text in texts { hash.update(Array("\(text)\n".utf8)) }
        for bytes in [stamp.layout.bytes, buildIdentity, module.bytes] { hash.update(bytes) }
        return hash.finish().hexadecimal
    }

    private static func isName(_ name: String, digits: Int) -> Bool {
        let isDigit = { (byte: UInt8) in (48...57).contains(byte) || (97...102).contains(byte) }
        return name.utf8.count == digits && name.utf8.allSatisfy(isDigit)
    }

    // MARK: Reading

    /// Calls `body` with each object that is kept for a module, which says whether it is of use. What is not
    /// is removed.
    package func forEachObject(of module: Digest, _ body: (UnsafeRawBufferPointer) -> Bool) {
        guard let root = try? PrivateDirectory(at: path, isMade: false),
            let directory = try? root.directory(named: key(of: module), isMade: false)
        else { return }
        let names = directory.names.filter { Self.isName($0, digits: 2 * Digest.byteCount) }.sorted()
        for name in names.prefix(Self.fileLimit) {
            var isOfUse = false
            if let contents = directory.contents(of: name, upTo: Self.fileBytesLimit) {
                let file = try? CompiledFile(UnsafeRawBufferPointer(contents.bytes), for: stamp)
                if let file, file.module == module { isOfUse = file.objects.map(body).contains(true) }
                withExtendedLifetime(contents) {}
            }
            if !isOfUse { directory.removeFile(name) }
        }
        directory.touch()
    }

    // MARK: Writing

    /// Keeps an object.
    package func add(_ object: [UInt8], of module: Digest) {
        use.withLock { use in
            guard use.failures < Self.failureLimit else { return }
            do throws(SystemError) {
                try add(object, of: module, &use)
            } catch {
                use.failures += 1
            }
        }
    }

    private func add(
        _ object: [UInt8], of module: Digest, _ use: inout Use
    ) throws(SystemError) {
        let header = CompiledFile.header(stamp, module: module, moduleByteCount: 0, objects: [object])
        let byteCount = UInt64(header.count + object.count)
        let root = try PrivateDirectory(at: path, isMade: true)
        let directory = try root.directory(named: key(of: module), isMade: true)
        let before = use.byteCount ?? trim(root, keeping: key(of: module), toAdd: byteCount)
        use.byteCount = before
        if before.plus(byteCount) > byteLimit {
            use.byteCount = trim(root, keeping: key(of: module), toAdd: byteCount)
        }
        guard use.byteCount!.plus(byteCount) <= byteLimit else { return }
        try directory.write([header, object], as: SHA256.digest(of: object).hexadecimal)
        use.byteCount! += byteCount
    }

    // MARK: The limit

    /// Removes what was used least lately, until there is room. Returns how many bytes are left.
    private func trim(_ root: PrivateDirectory, keeping kept: String, toAdd byteCount: UInt64) -> UInt64 {
        var entries: [(name: String, used: UInt64, bytes: UInt64)] = []
        for name in root.names where Self.isName(name, digits: 2 * Digest.byteCount) {
            guard let directory = try? root.directory(named: name, isMade: false),
                let status = try? directory.descriptor.status()
            else { continue }
            entries.append((name, status.modificationTime, Self.bytes(in: directory)))
        }
        var total = entries.reduce(UInt64(0)) { $0.plus($1.bytes) }
        for entry in entries.sorted(by: { $0.used < $1.used }) {
            guard total.plus(byteCount) > byteLimit else { break }
            guard entry.name != kept else { continue }
            Self.remove(entry.name, from: root)
            total -= min(entry.bytes, total)
        }
        return total
    }

    /// How many bytes the files in a directory have, without those that were never finished: they go.
    private static func bytes(in directory: PrivateDirectory) -> UInt64 {
        var sum: UInt64 = 0
        let now = HostClock.realtime.now
        for name in directory.names {
            guard let status = directory.status(of: name), status.kind == .regularFile else { continue }
            let isUnfinished = name.hasPrefix(NewFile.temporaryPrefix)
            if isUnfinished, status.modificationTime / 1_000_000_000 + secondsToWrite < now / 1_000_000_000 {
                directory.removeFile(name)
            } else {
                sum = sum.plus(status.size)
            }
        }
        return sum
    }

    private static func remove(_ name: String, from root: PrivateDirectory) {
        if let directory = try? root.directory(named: name, isMade: false) {
            for file in directory.names { directory.removeFile(file) }
        }
        root.removeDirectory(name)
    }
}

extension UInt64 {
    /// The sum, or the greatest number.
    fileprivate func plus(_ other: UInt64) -> UInt64 {
        let (sum, isTooLarge) = addingReportingOverflow(other)
        return isTooLarge ? .max : sum
    }
}
