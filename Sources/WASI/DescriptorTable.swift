// The descriptors of a process by number.
//
// Always true: the lock covers the lookup alone. Nothing is read, written, waited for or closed under it.

import Synchronization

final class DescriptorTable: Sendable {
    private struct Entries {
        var descriptors: [Descriptor?]
        /// No number below this one is free.
        var firstFree: Int

        subscript(number: UInt32) -> Descriptor? {
            get { descriptors.indices.contains(Int(number)) ? descriptors[Int(number)] : nil }
            set {
                descriptors[Int(number)] = newValue
                if newValue == nil { firstFree = min(firstFree, Int(number)) }
            }
        }
    }

    private let entries: Mutex<Entries>
    private let limit: Int

    /// `descriptors` get the numbers from 0 on, and are allowed beyond the limit.
    init(_ descriptors: [Descriptor], limit: Int) {
        entries = Mutex(Entries(descriptors: descriptors, firstFree: descriptors.count))
        self.limit = limit
    }

    /// The descriptor with a number, if it may be used for all of `rights`.
    func descriptor(_ number: UInt32, for rights: Rights = []) throws(Failure) -> Descriptor {
        guard let found = entries.withLock({ $0[number] }) else { throw .errno(.badf) }
        try found.require(rights)
        return found
    }

    /// Runs `body` with it.
    @inline(__always)
    func withDescriptor<Value>(
        _ number: UInt32, for rights: Rights, _ body: (Descriptor) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try body(try descriptor(number, for: rights))
    }

    /// Gives a descriptor the lowest number that is free; `mfile` where the limit is reached.
    func insert(_ descriptor: Descriptor) throws(Failure) -> UInt32 {
        let number = entries.withLock { entries -> Int? in
            var number = entries.firstFree
            while number < entries.descriptors.count, entries.descriptors[number] != nil { number += 1 }
            entries.firstFree = number
            guard number < limit else { return nil }
            if number == entries.descriptors.count {
                entries.descriptors.append(descriptor)
            } else {
                entries.descriptors[number] = descriptor
            }
            return number
        }
        guard let number else { throw .errno(.mfile) }
        return UInt32(number)
    }

    /// Frees a number.
    func remove(_ number: UInt32) throws(Failure) {
        // Taken out under the lock, and released behind it: that may close a descriptor of the host.
        let removed = entries.withLock { entries -> Descriptor? in
            guard let found = entries[number] else { return nil }
            entries[number] = nil
            return found
        }
        if removed == nil { throw .errno(.badf) }
    }

    /// Gives the descriptor with a number another one, whose descriptor is closed. Both must be open, since
    /// a number that is not could be given away by another thread at the same time.
    func renumber(_ number: UInt32, to newNumber: UInt32) throws(Failure) {
        let replaced = entries.withLock { entries -> Descriptor? in
            guard let moved = entries[number], let replaced = entries[newNumber] else { return nil }
            if number != newNumber {
                entries[newNumber] = moved
                entries[number] = nil
            }
            return replaced
        }
        if replaced == nil { throw .errno(.badf) }
    }
}
