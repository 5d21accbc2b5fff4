// Exceptions of guests: what is thrown, and what lives as long as a slot may refer to it.
//
// A reference to an exception is the address of a `GuestException`. Frames keep such references on the value stack
// and nowhere else: compiled functions that hold one have slots there too. Always true: an exception that a frame
// refers to is in `live` of the thread's `ExceptionStore`, and one that a global or a table refers to is held by an
// instance.
// https://webassembly.github.io/spec/core/exec/runtime.html#exception-instances

import CMachine
import WasmModule

package final class GuestException: Sendable {
    package let tag: TagInstance
    /// As a frame holds them, from the first value on.
    package let slots: [MachineSlot]

    init(_ tag: TagInstance, _ slots: [MachineSlot]) {
        self.tag = tag
        self.slots = slots
    }

    /// The values are of the tag's types.
    package convenience init(_ tag: TagInstance, values: [Value]) {
        precondition(values.map(\.type) == tag.type.parameters.map(\.widest), "values are checked where they come in")
        var slots: [MachineSlot] = Array(repeating: 0, count: tag.type.parameterSlots)
        slots.withUnsafeMutableBufferPointer { slots in
            guard var next = slots.baseAddress else { return }
            for value in values {
                value.store(in: next)
                next += value.type.slots
            }
        }
        self.init(tag, slots)
    }

    package var slot: MachineSlot { UInt64(UInt(bitPattern: Unmanaged.passUnretained(self).toOpaque())) }

    /// The exception that a slot refers to; nil for null.
    package static func at(_ slot: MachineSlot) -> GuestException? {
        // SAFETY: what a slot of the type exnref refers to is kept, as said above.
        UnsafeRawPointer(bitPattern: UInt(slot))
            .map { Unmanaged<GuestException>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Gives whoever catches it the values.
    package func copySlots(to first: UnsafeMutablePointer<MachineSlot>) {
        slots.withUnsafeBufferPointer { slots in
            if let source = slots.baseAddress { first.update(from: source, count: slots.count) }
        }
    }

    package var values: [Value] {
        let layout = SlotLayout(tag.type.parameters)
        return slots.withUnsafeBufferPointer { slots in
            tag.type.parameters.enumerated().map { Value(slots.baseAddress! + layout[$0], type: $1) }
        }
    }

    /// What an end by it says.
    package var message: String {
        let values = zip(tag.type.parameters, values).map { "\($0) \($1.text)" }
        let carried = values.isEmpty ? "" : " with (\(values.joined(separator: ", ")))"
        return "\(TrapReason.uncaughtException.description): tag \(tag.name)\(carried)"
    }
}

/// The exceptions of one thread.
private final class ExceptionStore {
    /// On its way to whoever catches it.
    var thrown: GuestException?
    var live: [UInt: GuestException] = [:]
    /// How many of these there are when those are looked for that nobody refers to.
    var limit = ExceptionStore.leastLimit

    static let leastLimit = 256

    /// Forgets the exceptions whose addresses are not among the slots.
    func collect(_ slots: UnsafeBufferPointer<MachineSlot>) {
        var found: [UInt: GuestException] = [:]
        for slot in slots {
            if let exception = live[UInt(slot)] { found[UInt(slot)] = exception }
        }
        live = found
        limit = max(Self.leastLimit, 2 * live.count)
    }
}

/// The exceptions that globals and tables of an instance may refer to.
struct KeptExceptions {
    private var exceptions: [UInt: GuestException] = [:]
    private var limit = 256

    /// Keeps one more; `slots` gives what globals and tables have.
    mutating func keep(_ exception: GuestException, slots: () -> Set<UInt>) {
        exceptions[UInt(exception.slot)] = exception
        guard exceptions.count >= limit else { return }
        let found = slots()
        exceptions = exceptions.filter { found.contains($0.key) || $0.value === exception }
        limit = max(256, 2 * exceptions.count)
    }
}

extension Instance {
    /// Keeps an exception that a global or a table will refer to, as long as one does.
    package func keep(exceptionAt slot: MachineSlot) {
        guard let exception = GuestException.at(slot) else { return }
        keptExceptions.keep(exception) {
            var found: Set<UInt> = []
            for (index, type) in module.globalTypes.enumerated() where type.value.isException {
                found.insert(UInt(machine.pointee.globals[index].unsafelyUnwrapped.pointee))
            }
            for (index, type) in module.tables.enumerated() where type.element.isException {
                let table = table(index)
                for element in 0..<table.count { found.insert(UInt(table[element] ?? 0)) }
            }
            return found
        }
    }
}

extension UnsafeMutablePointer<MachineContext> {
    private var store: ExceptionStore {
        if pointee.exceptions == nil {
            pointee.exceptions = Unmanaged.passRetained(ExceptionStore()).toOpaque()
        }
        // SAFETY: retained here, released by `forgetExceptions`; only this thread uses its context.
        return Unmanaged<ExceptionStore>.fromOpaque(pointee.exceptions.unsafelyUnwrapped).takeUnretainedValue()
    }

    /// What is on its way to whoever catches it.
    package var thrownException: GuestException? {
        pointee.exceptions == nil ? nil : store.thrown
    }

    /// Begins to throw an exception whose values stand in `slots`.
    package func `throw`(_ tag: TagInstance, _ slots: UnsafePointer<MachineSlot>) {
        let count = tag.type.parameterSlots
        store.thrown = GuestException(tag, Array(UnsafeBufferPointer(start: slots, count: count)))
    }

    /// Begins to throw one that is there already.
    package func `throw`(_ exception: GuestException) { store.thrown = exception }

    /// Throws one that a slot refers to, again; a trap where that is null.
    package func `throw`(reference slot: MachineSlot) -> TrapReason {
        guard let exception = GuestException.at(slot) else { return .nullExceptionReference }
        store.thrown = exception
        return .uncaughtException
    }

    /// Ends the way of what is thrown. Where `keeping` says so, a frame below `top` will refer to it.
    package func takeException(keeping: Bool, top: UnsafeMutablePointer<MachineSlot>) -> GuestException {
        let store = store
        let exception = store.thrown.unsafelyUnwrapped
        store.thrown = nil
        guard keeping else { return exception }
        if store.live.count >= store.limit {
            let base = pointee.stackBase.unsafelyUnwrapped
            store.collect(UnsafeBufferPointer(start: base, count: max(top - base, 0)))
        }
        store.live[UInt(exception.slot)] = exception
        return exception
    }

    /// When no frame of this thread is left that could refer to one.
    package func forgetExceptions() {
        guard let store = pointee.exceptions else { return }
        pointee.exceptions = nil
        Unmanaged<ExceptionStore>.fromOpaque(store).release()
    }
}
