// The descriptors of a process by number.
//
// Always true: the lock covers the lookup alone. Nothing is read, written, waited for or closed under it.

import Synchronization

final class DescriptorTable: Sendable {
    private let entries: Mutex<[Descriptor?]>

    /// `descriptors` get the numbers from 0 on.
    init(_ descriptors: [Descriptor]) {
        entries = Mutex(descriptors)
    }

    /// The descriptor with a number, if it may be used for all of `rights`.
    func descriptor(_ number: UInt32, for rights: Rights = []) throws(Failure) -> Descriptor {
        let found = entries.withLock { $0.indices.contains(Int(number)) ? $0[Int(number)] : nil }
        guard let found else { throw .errno(.badf) }
        guard found.rights.isSuperset(of: rights) else { throw .errno(.notcapable) }
        return found
    }

    /// Frees a number.
    func remove(_ number: UInt32) throws(Failure) {
        // Taken out under the lock, and released behind it: that may close a descriptor of the host.
        let removed = entries.withLock { entries -> Descriptor? in
            guard entries.indices.contains(Int(number)) else { return nil }
            defer { entries[Int(number)] = nil }
            return entries[Int(number)]
        }
        if removed == nil { throw .errno(.badf) }
    }
}
