// path_open in a directory of the host.
// https://man7.org/linux/man-pages/man2/open.2.html

import Platform
import WasmRuntime

extension HostDirectory {
    func open(_ request: OpenRequest, on thread: CallingThread) throws(Failure) -> any Resource {
        let opened: OwnedDescriptor
        do throws(Failure) {
            opened = try openDescriptor(request, on: thread)
        } catch {
            throw refusal(of: request, error)
        }
        let kind = try Failure.guarding { () throws(SystemError) in try opened.descriptor.kind() }
        switch kind {
        case .regularFile: return HostFile(opened)
        case .directory: return HostDirectory(opened, resolver, permissions)
        default:
            try Failure.guarding { () throws(SystemError) in
                let flags = try opened.descriptor.statusFlags()
                try opened.descriptor.setStatusFlags(flags.union(.nonblock))
            }
            let isNonblocking = request.fdflags.contains(.nonblock)
            return HostStream(opened, kind, isNonblocking: isNonblocking).resource
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

    /// Waits as opening does: for the other end of a pipe, and for who holds a lease.
    private func openDescriptor(
        _ request: OpenRequest, on thread: CallingThread
    ) throws(Failure) -> OwnedDescriptor {
        switch resolver {
        case .kernel:
            let flags = request.hostFlags.union(request.followsLinks ? [] : .noFollow)
            return try PathResolver.openBeneath(
                owner, HostPath(request.path.bytes), flags: flags, on: thread)
        case .componentWalk:
            let place = try locate(request.path, followingLinks: request.followsLinks)
            var flags = request.hostFlags
            if place.mustBeDirectory {
                // A file can not be made where a directory is meant.
                flags = flags.subtracting(.create).union(.directory)
            }
            do throws(Failure) {
                return try thread.waiting { end throws(SystemError) in
                    OwnedDescriptor(
                        try place.directory.descriptor.openComponent(place.name, flags: flags, until: end))
                }
            } catch {
                guard case .errno(.noent) = error, flags != request.hostFlags,
                    request.oflags.contains(.creat)
                else { throw error }
                throw .errno(.isdir)
            }
        }
    }
}

extension OpenRequest {
    fileprivate var hostFlags: OpenFlags {
        var flags = fdflags.host.union(.noTerminal)
        if writes { flags.insert(reads ? .readWrite : .writeOnly) }
        if oflags.contains(.creat) { flags.insert(.create) }
        if oflags.contains(.directory) { flags.insert(.directory) }
        if oflags.contains(.excl) { flags.insert(.exclusive) }
        if oflags.contains(.trunc) { flags.insert(.truncate) }
        return flags
    }
}
