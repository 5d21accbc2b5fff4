// A file that a path names, which appears whole or not at all.

import Platform

extension NewFile {
    /// Puts what `write` writes into the file at `path`, in place of one that is there. Where that fails, or `write`
    /// says that it is not wanted any more, nothing has changed.
    static func write(
        to path: HostPath, _ write: (NewFile) throws(SystemError) -> Bool
    ) throws(EmbedderError) {
        do throws(SystemError) {
            let (directory, name) = split(path)
            let folder = try HostDescriptor.directory(at: directory)
            defer { folder.close() }
            // A device or a link is not to be replaced.
            if let status = try? folder.status(of: name), status.kind != .regularFile {
                throw SystemError.exist
            }
            let file = try NewFile(in: folder, mode: 0o666)
            if try write(file) { try file.publish(as: name) }
        } catch {
            throw EmbedderError(.file, "Cannot write \(path): \(error.description).")
        }
    }

    /// The directory of a path, and the name in it.
    private static func split(_ path: HostPath) -> (directory: HostPath, name: HostPath) {
        let bytes = path.bytes
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else {
            return (HostPath(".".utf8), HostPath(bytes))
        }
        return (HostPath(bytes[...slash]), HostPath(bytes[(slash + 1)...]))
    }
}
