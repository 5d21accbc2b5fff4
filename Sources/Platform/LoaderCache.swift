// What the loader knows of the libraries that the system has installed, without opening one.

package enum LoaderCache {
    /// Larger ones are not looked at.
    private static let mostBytes = 16 << 20

    /// Whether the loader's cache has a library whose name begins so. True where there is no telling.
    package static func mayHave(_ prefix: StaticString) -> Bool {
        guard let contents = try? fileContents(HostPath("/etc/ld.so.cache".utf8), limit: mostBytes) else { return true }
        let name = prefix.withUTF8Buffer { Array($0) }
        return withExtendedLifetime(contents) {
            let bytes = UnsafeRawBufferPointer(contents.bytes)
            var rest = bytes[...]
            while let start = rest.firstIndex(of: name[0]) {
                rest = rest[start...]
                if rest.starts(with: name) { return true }
                rest = rest.dropFirst()
            }
            return false
        }
    }
}
