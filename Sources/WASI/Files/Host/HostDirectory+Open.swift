// path_open in a directory of the host.
// https://man7.org/linux/man-pages/man2/open.2.html

import Glibc
import Platform
import WasmRuntime

extension HostDirectory {
    func open(_ request: OpenRequest) throws(Failure) -> any Resource {
        let opened: OwnedDescriptor
        do throws(Failure) {
            opened = try openDescriptor(request)
        } catch {
            throw refusal(of: request, error)
        }
        let kind = try Failure.guarding { () throws(SystemError) in try opened.descriptor.kind() }
        if !request.fdflags.contains(.nonblock) {
            try Failure.guarding { () throws(SystemError) in
                let flags = try opened.descriptor.statusFlags()
                try opened.descriptor.setStatusFlags(flags & ~O_NONBLOCK)
            }
        }
        switch kind {
        case .regularFile: return HostFile(opened)
        case .directory: return HostDirectory(opened, resolver, permissions)
        default: return HostStream(opened, kind)
        }
    }

    /// Linux says of a link that is not to be followed that it is no directory, where one is asked for, and
    /// `loop` otherwise; Wasmtime and WAMR say `loop` always.
    private func refusal(of request: OpenRequest, _ failure: Failure) -> Failure {
        guard case .errno(.notdir) = failure, !request.followsLinks,
            let place = try? locate(request.path, followingLinks: false),
            let status = try? place.status(), status.kind == .symbolicLink
        else { return failure }
        return .errno(.loop)
    }

    private func openDescriptor(_ request: OpenRequest) throws(Failure) -> OwnedDescriptor {
        switch resolver {
        case .kernel:
            let flags = request.hostFlags | (request.followsLinks ? 0 : O_NOFOLLOW)
            return try PathResolver.openBeneath(owner, HostPath(request.path.bytes), flags: flags)
        case .componentWalk:
            let place = try locate(request.path, followingLinks: request.followsLinks)
            var flags = request.hostFlags
            if place.mustBeDirectory {
                // A file can not be made where a directory is meant.
                flags = flags & ~O_CREAT | O_DIRECTORY
            }
            do throws(SystemError) {
                return OwnedDescriptor(
                    try place.directory.descriptor.openComponent(place.name, flags: flags))
            } catch {
                let isMissing = error.code == ENOENT && flags != request.hostFlags
                throw .errno(isMissing && request.oflags.contains(.creat) ? .isdir : Errno(error))
            }
        }
    }
}

extension OpenRequest {
    /// Opening waits for nobody: a pipe without another end opens too.
    fileprivate var hostFlags: CInt {
        var flags = fdflags.host | O_NONBLOCK | O_NOCTTY
        flags |= writes ? (reads ? O_RDWR : O_WRONLY) : O_RDONLY
        if oflags.contains(.creat) { flags |= O_CREAT }
        if oflags.contains(.directory) { flags |= O_DIRECTORY }
        if oflags.contains(.excl) { flags |= O_EXCL }
        if oflags.contains(.trunc) { flags |= O_TRUNC }
        return flags
    }
}
