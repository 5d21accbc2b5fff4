// Where a path leads in a directory of the host, without ever leaving it.
//
// Always true: what comes out is a directory that was reached without leaving the one that the path was
// given to, held open, and one component in it. What then happens to that component follows no link. So
// whatever other threads rename or replace at the same time, nothing outside is touched.
// https://man7.org/linux/man-pages/man2/openat2.2.html

import Platform
import WasmRuntime

/// How paths are resolved.
package enum PathResolver: Sendable {
    /// By the kernel: openat2.
    case kernel
    /// Component by component, for kernels before 5.6 and sandboxes that refuse openat2.
    case componentWalk

    /// The best that this host has.
    package static let available: PathResolver = {
        let here = HostPath([UInt8(ascii: ".")])
        guard let directory = try? HostDescriptor.directory(at: here) else { return .componentWalk }
        defer { directory.close() }
        guard let again = try? directory.openBeneath(here, flags: .pathOnly)
        else { return .componentWalk }
        again.close()
        return .kernel
    }()
}

/// As many links on the way as Linux follows.
private let maximumLinks = 40

/// A component in a directory that is held open.
struct ResolvedPath: Sendable {
    let directory: OwnedDescriptor
    /// Without a slash. "." where the path leads to the directory itself.
    var name: HostPath
    /// Whether the path ended with a slash, so that it can mean a directory only.
    var mustBeDirectory: Bool

    /// The name as the calls take it that know what a slash after it means, and follow no link for it.
    var nameWithSlash: HostPath {
        mustBeDirectory ? HostPath(Array(name.bytes) + [GuestPath.slash]) : name
    }
}

extension PathResolver {
    /// Finds the directory and the component that `path` means. With `followingLinks`, the component is
    /// no symbolic link at the time; a slash after it follows links too, as POSIX has it.
    func locate(
        _ path: [UInt8], in directory: OwnedDescriptor, followingLinks: Bool
    ) throws(Failure) -> ResolvedPath {
        switch self {
        case .componentWalk:
            var walk = ComponentWalk(from: directory)
            return try walk.locate(path, followingLinks: followingLinks)
        case .kernel:
            return try locateByKernel(path, in: directory, followingLinks: followingLinks)
        }
    }

    private func locateByKernel(
        _ path: [UInt8], in directory: OwnedDescriptor, followingLinks: Bool
    ) throws(Failure) -> ResolvedPath {
        var path = path
        for _ in 0...maximumLinks {
            let split = SplitPath(path)
            var place = ResolvedPath(
                directory: directory, name: HostPath(split.name), mustBeDirectory: split.endsWithSlash)
            if !split.parent.isEmpty {
                place = ResolvedPath(
                    directory: try Self.openBeneath(
                        directory, HostPath(split.parent), flags: [.pathOnly, .directory]),
                    name: place.name, mustBeDirectory: place.mustBeDirectory)
            }
            guard followingLinks || split.endsWithSlash,
                let target = try place.linkTarget()
            else { return place }
            path = Array(split.parent) + (split.parent.isEmpty ? [] : [GuestPath.slash]) + target
            if split.endsWithSlash { path.append(GuestPath.slash) }
        }
        throw .errno(.loop)
    }

    /// Opens with openat2, again where a rename elsewhere keeps the kernel from telling what is beneath.
    /// Waits only with a thread.
    static func openBeneath(
        _ directory: OwnedDescriptor, _ path: HostPath, flags: OpenFlags, on thread: CallingThread? = nil
    ) throws(Failure) -> OwnedDescriptor {
        let open = { (end: EndFlag) throws(SystemError) in
            OwnedDescriptor(try directory.descriptor.openBeneath(path, flags: flags, until: end))
        }
        let maximumTries = 128
        for _ in 1..<maximumTries {
            do throws(Failure) {
                if let thread { return try thread.waiting(open) }
                return try Failure.guarding { () throws(SystemError) in try open(.never) }
            } catch {
                switch error {
                case .errno(.again): continue
                case .errno(.xdev): throw .errno(.perm)
                default: throw error
                }
            }
        }
        throw .errno(.again)
    }
}

extension ResolvedPath {
    /// What the component holds, where it is a symbolic link.
    fileprivate func linkTarget() throws(Failure) -> [UInt8]? {
        let target: [UInt8]
        do throws(SystemError) {
            target = try directory.descriptor.readSymbolicLink(name)
        } catch {
            // No link, or nothing there, which the call that follows will tell or mend.
            if error == .inval || error == .noent { return nil }
            throw .errno(Errno(error))
        }
        if target.first == GuestPath.slash { throw .errno(.perm) }
        return target
    }
}

/// A path as the way to a directory and a component in it.
private struct SplitPath {
    /// Empty for the directory that the path starts from.
    var parent: ArraySlice<UInt8>
    /// "." where the path ends with "." or "..", and the whole way is the parent.
    var name: ArraySlice<UInt8>
    let endsWithSlash: Bool

    init(_ path: [UInt8]) {
        endsWithSlash = path.last == GuestPath.slash
        var trimmed = path[...]
        while trimmed.last == GuestPath.slash { trimmed.removeLast() }
        let dot = UInt8(ascii: ".")
        let start = trimmed.lastIndex(of: GuestPath.slash).map { $0 + 1 } ?? trimmed.startIndex
        name = trimmed[start...]
        if name.elementsEqual([dot]) || name.elementsEqual([dot, dot]) {
            parent = trimmed
            name = [dot]
        } else {
            parent = trimmed[..<start]
        }
    }
}
