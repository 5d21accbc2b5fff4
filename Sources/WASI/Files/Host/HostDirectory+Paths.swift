// What the path functions do in a directory of the host.
//
// Always true: each resolves the parent, and then makes one call that touches one component and follows no
// link. A trailing slash goes on to the calls that know what it means and follow no link for it, and is
// checked here for the others.

import Platform
import WasmRuntime

extension HostDirectory {
    func locate(_ path: GuestPath, followingLinks: Bool) throws(Failure) -> ResolvedPath {
        try resolver.locate(path.bytes, in: owner, followingLinks: followingLinks)
    }

    func filestat(of path: GuestPath, followingLinks: Bool) throws(Failure) -> Filestat {
        let place = try locate(path, followingLinks: followingLinks)
        return Filestat(try place.status())
    }

    func setTimes(_ times: FileTimes, of path: GuestPath, followingLinks: Bool) throws(Failure) {
        let place = try locate(path, followingLinks: followingLinks)
        if place.mustBeDirectory { _ = try place.status() }
        try Failure.guarding { () throws(SystemError) in
            try place.directory.descriptor.setTimes(
                of: place.name, access: times.access, modification: times.modification)
        }
    }

    func createDirectory(_ path: GuestPath) throws(Failure) {
        let place = try locateAsItIs(path)
        try Failure.guarding { () throws(SystemError) in
            try place.directory.descriptor.createDirectory(place.nameWithSlash)
        }
    }

    func removeDirectory(_ path: GuestPath) throws(Failure) {
        let place = try locateAsItIs(path)
        try Failure.guarding { () throws(SystemError) in
            try place.directory.descriptor.removeDirectory(place.nameWithSlash)
        }
    }

    func removeFile(_ path: GuestPath) throws(Failure) {
        if path.endsWithSlash {
            try requireDirectory(path)
            throw .errno(.isdir)
        }
        let place = try locateAsItIs(path)
        try Failure.guarding { () throws(SystemError) in
            try place.directory.descriptor.removeFile(place.name)
        }
    }

    func readSymbolicLink(_ path: GuestPath) throws(Failure) -> [UInt8] {
        let place = try locate(path, followingLinks: false)
        if place.mustBeDirectory { _ = try place.status() }
        return try Failure.guarding { () throws(SystemError) in
            try place.directory.descriptor.readSymbolicLink(place.name)
        }
    }

    func createSymbolicLink(_ path: GuestPath, to target: [UInt8]) throws(Failure) {
        try requireCreatable(path)
        let place = try locateAsItIs(path)
        try Failure.guarding { () throws(SystemError) in
            try place.directory.descriptor.createSymbolicLink(place.name, to: HostPath(target))
        }
    }

    func link(_ path: GuestPath, to directory: any Directory, _ newPath: GuestPath) throws(Failure) {
        guard let directory = directory as? HostDirectory else { throw .errno(.xdev) }
        let place = try locate(path, followingLinks: false)
        if place.mustBeDirectory { _ = try place.status() }
        try directory.requireCreatable(newPath)
        let newPlace = try directory.locateAsItIs(newPath)
        try Failure.guarding { () throws(SystemError) in
            try place.directory.descriptor.link(
                place.name, to: newPlace.directory.descriptor, newPlace.name)
        }
    }

    func rename(_ path: GuestPath, to directory: any Directory, _ newPath: GuestPath) throws(Failure) {
        guard let directory = directory as? HostDirectory else { throw .errno(.xdev) }
        let place = try locateAsItIs(path)
        let newPlace = try directory.locateAsItIs(newPath)
        try Failure.guarding { () throws(SystemError) in
            try place.directory.descriptor.rename(
                place.nameWithSlash, to: newPlace.directory.descriptor, newPlace.nameWithSlash)
        }
    }

    /// Fails where a path with a slash at its end does not lead to a directory, and tells what is there.
    private func requireDirectory(_ path: GuestPath) throws(Failure) {
        _ = try filestat(of: path, followingLinks: true)
    }

    /// Only a directory can be made where a path ends with a slash.
    private func requireCreatable(_ path: GuestPath) throws(Failure) {
        guard path.endsWithSlash else { return }
        try requireDirectory(path)
        throw .errno(.exist)
    }

    /// The component that a call makes, removes or moves: a link itself, even before a slash.
    private func locateAsItIs(_ path: GuestPath) throws(Failure) -> ResolvedPath {
        var place = try locate(path.withoutSlash, followingLinks: false)
        place.mustBeDirectory = path.endsWithSlash
        return place
    }
}

extension ResolvedPath {
    /// Fails with `notdir` where a slash says that this is a directory, and it is none.
    func status() throws(Failure) -> FileStatus {
        let status = try Failure.guarding { () throws(SystemError) in
            try directory.descriptor.status(of: name)
        }
        if mustBeDirectory, status.kind != .directory { throw .errno(.notdir) }
        return status
    }
}
