// The resolution of a path without help of the kernel: one component after the other.
//
// Always true: every directory on `stack` was opened by one name in the one below it, no link followed,
// and ".." goes back to what was open before instead of asking the kernel. Whatever is renamed meanwhile,
// the walk never comes to a directory that was not inside when it was entered.

import Platform
import WasmRuntime

/// As many links on the way as Linux follows.
private let maximumLinks = 40

/// Each level takes a descriptor of the host while the walk lasts.
private let maximumDepth = 256

struct ComponentWalk {
    private var stack: [OwnedDescriptor]
    /// The components that are still to go, the next one last.
    private var rest: [ArraySlice<UInt8>] = []
    private var linkCount = 0

    init(from directory: OwnedDescriptor) { stack = [directory] }

    mutating func locate(_ path: [UInt8], followingLinks: Bool) throws(Failure) -> ResolvedPath {
        var mustBeDirectory = path.last == GuestPath.slash
        try push(path)
        let here = HostPath([UInt8(ascii: ".")])
        while let component = rest.popLast() {
            if component.elementsEqual(".".utf8) { continue }
            if component.elementsEqual("..".utf8) {
                if stack.count == 1 { throw .errno(.perm) }
                stack.removeLast()
                continue
            }
            let name = HostPath(component)
            if rest.isEmpty, !followingLinks, !mustBeDirectory {
                return ResolvedPath(directory: stack.last!, name: name, mustBeDirectory: false)
            }
            guard let entry = try open(name) else {
                // The last one may be about to be made.
                guard rest.isEmpty else { throw .errno(.noent) }
                return ResolvedPath(directory: stack.last!, name: name, mustBeDirectory: mustBeDirectory)
            }
            let kind = try Failure.guarding { () throws(SystemError) in try entry.descriptor.status().kind }
            if kind == .symbolicLink {
                if try follow(entry) { mustBeDirectory = true }
            } else if rest.isEmpty {
                return ResolvedPath(directory: stack.last!, name: name, mustBeDirectory: mustBeDirectory)
            } else if kind == .directory {
                if stack.count == maximumDepth { throw .errno(.nametoolong) }
                stack.append(entry)
            } else {
                throw .errno(.notdir)
            }
        }
        return ResolvedPath(directory: stack.last!, name: here, mustBeDirectory: mustBeDirectory)
    }

    private mutating func push(_ path: [UInt8]) throws(Failure) {
        if path.first == GuestPath.slash { throw .errno(.perm) }
        if path.isEmpty { throw .errno(.noent) }
        rest += path.split(separator: GuestPath.slash).reversed()
    }

    /// Nil where there is nothing of that name.
    private func open(_ name: HostPath) throws(Failure) -> OwnedDescriptor? {
        do throws(SystemError) {
            let here = stack.last!.descriptor
            return OwnedDescriptor(try here.openComponent(name, flags: .pathOnly))
        } catch {
            if error == .noent { return nil }
            throw .errno(Errno(error))
        }
    }

    /// Puts what a link holds in its place. Returns whether that makes a slash the path's last character.
    private mutating func follow(_ link: OwnedDescriptor) throws(Failure) -> Bool {
        linkCount += 1
        if linkCount > maximumLinks { throw .errno(.loop) }
        let target = try Failure.guarding { () throws(SystemError) in
            try link.descriptor.readSymbolicLink(HostPath([]))
        }
        let wasLast = rest.isEmpty
        try push(target)
        return wasLast && target.last == GuestPath.slash
    }
}
