// The descriptors that an embedder gives beside the streams: directories and sockets.

import Platform
import WasmModule
import WasmRuntime

/// A directory that a guest finds open when it starts.
package struct Preopen: Sendable {
    package enum Source: Sendable {
        /// A directory of the host, by its path.
        case host(path: [UInt8])
        case memory(MemoryFileSystem)
    }

    package var source: Source
    /// What the guest knows it as.
    package var guestPath: [UInt8]
    package var permissions: PreopenPermissions

    package init(_ source: Source, guestPath: [UInt8], _ permissions: PreopenPermissions) {
        self.source = source
        self.guestPath = guestPath
        self.permissions = permissions
    }
}

extension Descriptor {
    convenience init(_ preopen: Preopen, _ resolver: PathResolver) throws(WASIConfigurationError) {
        guard !preopen.guestPath.isEmpty, !preopen.guestPath.contains(0) else {
            throw WASIConfigurationError(
                description: "The guest's name for a directory is empty or contains a NUL byte.")
        }
        let resource: any Resource
        switch preopen.source {
        case .host(let path):
            let owner = try Self.openDirectory(path)
            resource = HostDirectory(owner, resolver, preopen.permissions)
        case .memory(let fileSystem):
            resource = fileSystem.root(preopen.permissions)
        }
        let rights = resource.rights(under: preopen.permissions)
        self.init(resource, rights.base, inheriting: rights.inheriting, preopenName: preopen.guestPath)
    }

    private static func openDirectory(_ path: [UInt8]) throws(WASIConfigurationError) -> OwnedDescriptor {
        let shown = shown(path)
        guard !path.contains(0) else {
            throw WASIConfigurationError(
                description: "The path of a directory, '\(shown)', contains a NUL byte.")
        }
        do throws(SystemError) {
            return OwnedDescriptor(try HostDescriptor.directory(at: HostPath(path)))
        } catch {
            throw WASIConfigurationError(
                description: "The directory '\(shown)' can not be opened: \(error).", isAboutFile: true)
        }
    }

    /// A socket of the host.
    convenience init(socket number: CInt) throws(WASIConfigurationError) {
        let given = HostDescriptor(number)
        do throws(SystemError) {
            let kind = try given.kind()
            guard kind == .streamSocket || kind == .datagramSocket else { throw SystemError.notsock }
            let stream = HostStream(OwnedDescriptor(try given.duplicate()), kind)
            self.init(stream, given.isListening ? .listener : .connection)
        } catch {
            throw WASIConfigurationError(
                description: "Descriptor \(number) can not be given as a socket: \(error).")
        }
    }
}
