// The descriptors of a process by number.
//
// Always true: the lock covers changes of the table only. Nothing is looked up, read, written, waited for or
// closed under it.

import Synchronization

final class DescriptorTable: Sendable {
    private struct State {
        /// All numbers that were ever given are below this one.
        var count: UInt32
        /// No number below this one is free.
        var firstFree: UInt32
        /// Entries without uses.
        var spare: [DescriptorEntry] = []
    }

    private let slots = DescriptorSlots()
    private let state: Mutex<State>
    private let limit: Int

    /// `descriptors` get the numbers from 0 on, and are allowed beyond the limit.
    init(_ descriptors: [Descriptor], limit: Int) {
        for (index, descriptor) in descriptors.enumerated() {
            slots.set(UInt32(index), to: DescriptorEntry(descriptor))
        }
        let count = UInt32(descriptors.count)
        state = Mutex(State(count: count, firstFree: count))
        self.limit = limit
    }

    deinit {
        let state = state.withLock { $0 }
        for number in 0..<state.count {
            guard let entry = slots[number] else { continue }
            unsafe entry.descriptor.release()
            entry.deallocate()
        }
        for entry in state.spare { entry.deallocate() }
    }
}

// MARK: Looking up

extension DescriptorTable {
    /// Runs `body` with the descriptor that has a number, if it may be used for all of `rights`, and keeps it
    /// meanwhile.
    @inline(__always)
    func withDescriptor<Value>(
        _ number: UInt32, for rights: Rights, _ body: (Descriptor) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        guard let entry = use(number) else { throw .errno(.badf) }
        defer { endUse(of: entry) }
        // SAFETY: an entry that is used keeps its descriptor.
        return try unsafe entry.descriptor._withUnsafeGuaranteedRef { descriptor in
            Result { () throws(Failure) in
                try descriptor.require(rights)
                return try body(descriptor)
            }
        }.get()
    }

    /// The descriptor with a number, if it may be used for all of `rights`.
    func descriptor(_ number: UInt32, for rights: Rights = []) throws(Failure) -> Descriptor {
        try withDescriptor(number, for: rights) { $0 }
    }

    @inline(__always)
    private func use(_ number: UInt32) -> DescriptorEntry? {
        while let entry = slots[number] {
            guard entry.beginUse() else { continue }
            // Before that, another thread may have taken it out and given it to another descriptor.
            if slots[number] == entry { return entry }
            endUse(of: entry)
        }
        return nil
    }

    @inline(__always)
    private func endUse(of entry: DescriptorEntry) {
        if entry.endUse() { retire(entry) }
    }

    @inline(never)
    private func retire(_ entry: DescriptorEntry) {
        // SAFETY: its last use was the caller's, and it is nobody else's before it is spare.
        let descriptor = unsafe entry.descriptor
        state.withLock { $0.spare.append(entry) }
        // After the lock is given back, since it may close a descriptor of the host.
        unsafe descriptor.release()
    }
}

// MARK: Changes

extension DescriptorTable {
    /// Gives a descriptor the lowest number that is free; `mfile` where the limit is reached.
    func insert(_ descriptor: Descriptor) throws(Failure) -> UInt32 {
        let number = state.withLock { state -> UInt32? in
            var number = state.firstFree
            while number < state.count, slots[number] != nil { number += 1 }
            state.firstFree = number
            guard number < limit else { return nil }
            let entry = state.spare.popLast()
            entry?.refill(descriptor)
            slots.set(number, to: entry ?? DescriptorEntry(descriptor))
            state.count = max(state.count, number + 1)
            return number
        }
        guard let number else { throw .errno(.mfile) }
        return number
    }

    /// Frees a number.
    func remove(_ number: UInt32) throws(Failure) {
        let removed = state.withLock { state in free(number, in: &state) }
        guard let removed else { throw .errno(.badf) }
        endUse(of: removed)
    }

    /// Gives the descriptor with a number another one, whose descriptor is closed. Both must be open, since
    /// a number that is not could be given away by another thread at the same time.
    func renumber(_ number: UInt32, to newNumber: UInt32) throws(Failure) {
        let (isDone, replaced) = state.withLock { state -> (Bool, DescriptorEntry?) in
            guard let moved = slots[number], let replaced = slots[newNumber] else { return (false, nil) }
            if number == newNumber { return (true, nil) }
            slots.set(newNumber, to: moved)
            _ = free(number, in: &state)
            return (true, replaced)
        }
        guard isDone else { throw .errno(.badf) }
        if let replaced { endUse(of: replaced) }
    }

    /// What was in the slot, with the use that this was.
    private func free(_ number: UInt32, in state: inout State) -> DescriptorEntry? {
        guard let entry = slots[number] else { return nil }
        slots.set(number, to: nil)
        state.firstFree = min(state.firstFree, number)
        return entry
    }
}
