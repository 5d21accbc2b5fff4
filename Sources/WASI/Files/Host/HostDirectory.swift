// A directory of the host: what concerns it as such. What stands in it by path is beside this file.

import Platform
import WasmRuntime

final class HostDirectory: Directory {
    let owner: OwnedDescriptor
    let resolver: PathResolver
    let permissions: PreopenPermissions
    /// Held while entries are read, since the system has one place for all who read the descriptor.
    private let entriesLock = InterruptibleLock()

    init(_ owner: OwnedDescriptor, _ resolver: PathResolver, _ permissions: PreopenPermissions) {
        self.owner = owner
        self.resolver = resolver
        self.permissions = permissions
    }

    func filestat() throws(Failure) -> Filestat {
        try Failure.guarding { () throws(SystemError) in Filestat(try owner.descriptor.status()) }
    }

    func setTimes(_ times: FileTimes) throws(Failure) {
        try Failure.guarding { () throws(SystemError) in
            try owner.descriptor.setTimes(access: times.access, modification: times.modification)
        }
    }

    func synchronize(dataOnly: Bool, on thread: CallingThread) throws(Failure) {
        try thread.guarding { end throws(SystemError) in
            try owner.descriptor.synchronize(dataOnly: dataOnly, until: end)
        }
    }

    func entries(from cookie: UInt64, on thread: CallingThread) throws(Failure) -> [Dirent] {
        // No entry has such a cookie, so that nothing stands after it.
        guard let cookie = Int64(exactly: cookie) else { return [] }
        let entries = try entriesLock.withLock(on: thread) { () throws(Failure) in
            try Failure.guarding { () throws(SystemError) in try owner.descriptor.entries(from: cookie) }
        }
        return entries.map { entry in
            // What is above may be outside, and is no business of the guest's.
            let isParent = entry.name.elementsEqual("..".utf8)
            return Dirent(
                next: entry.next, inode: isParent ? 0 : entry.inode,
                filetype: entry.kind.map(Filetype.init) ?? .unknown, name: entry.name)
        }
    }
}
