// Throwing, and finding who catches: tables that are searched, so that code which does not throw pays nothing.
//
// A body has a region for each try, and a region its handlers. The search begins with the innermost region that the
// operation is in, goes outwards, and then on in the frame of the caller, as the records of the frames tell; it
// ends where the loop was entered, which returns the reason `uncaughtException` to whoever did. Compiled code
// catches by tables of its own, and passes on what it does not catch as it does with a trap, so that the search goes on
// in the loop that entered it.
// Always true: a handler's label finds its values where `OperandStack` has them, as with any branch.

import CMachine
import WasmModule
import WasmRuntime

/// Where an exception goes on.
struct Handler {
    /// nil for any.
    let tag: UInt32?
    /// Where the values go.
    let slot: MachineWord
    /// Where a reference to the exception goes.
    let reference: MachineWord?
    /// A word of the body.
    var target: Int
}

/// The words in which an exception goes to some handlers.
struct HandlerRegion {
    let start: Int
    /// After the last word.
    var end: Int
    /// The region around it; nil where there is none.
    let parent: Int?
    var handlers: [Handler] = []
    /// Where the search goes on after these handlers.
    var next: Int?

    init(start: Int, in parent: Int?) {
        self.start = start
        end = .max
        self.parent = parent
        next = parent
    }
}

/// The regions of a body.
final class HandlerTable: Sendable {
    /// By where they start; regions lie beside each other or in each other.
    private let regions: [HandlerRegion]

    init(_ regions: [HandlerRegion]) { self.regions = regions }

    /// The first handler for a tag, of an operation's word.
    func handler(at word: Int, where isMeant: (UInt32) -> Bool) -> Handler? {
        var index = innermost(at: word)
        while let current = index {
            for handler in regions[current].handlers where handler.tag.map(isMeant) ?? true { return handler }
            index = regions[current].next
        }
        return nil
    }

    private func innermost(at word: Int) -> Int? {
        var (low, high) = (0, regions.count)
        while low < high {
            let middle = (low + high) / 2
            if regions[middle].start <= word { low = middle + 1 } else { high = middle }
        }
        var index = low > 0 ? low - 1 : nil
        while let current = index, regions[current].end <= word { index = regions[current].parent }
        return index
    }
}

/// Begins to throw what the operation at `pc` throws. Returns a raw `TrapReason`, which is `uncaughtException` but
/// for null.
@inline(never)
func throwException(
    at pc: Words, frame: Frame, instance: UnsafeMutablePointer<MachineInstance>,
    context: UnsafeMutablePointer<MachineContext>
) -> UInt32 {
    if pc.operation == .throwReference { return context.throw(reference: frame[pc[1]]).rawValue }
    // SAFETY: the caller runs the instance, so it is alive.
    return Unmanaged<Instance>.fromOpaque(instance.pointee.object)._withUnsafeGuaranteedRef { object in
        context.throw(object.tags[Int(pc[u32: 1])], frame + Int(pc[3]))
        return TrapReason.uncaughtException.rawValue
    }
}

@inline(never)
func keepException(at pc: Words, frame: Frame, instance: UnsafeMutablePointer<MachineInstance>) {
    // SAFETY: the caller runs the instance, so it is alive.
    Unmanaged<Instance>.fromOpaque(instance.pointee.object).takeUnretainedValue().keep(exceptionAt: frame[pc[1]])
}

/// Where what is thrown by the operation at `pc`, or passed on by it, goes on; nil where nothing in this run of the
/// loop catches it. With the record of the frame in `beyond`, the function at hand is over, and catches nothing.
@inline(never)
func findHandler(
    at start: Words, frame startFrame: Frame, beyond ended: Frame? = nil,
    instance startInstance: UnsafeMutablePointer<MachineInstance>,
    context: UnsafeMutablePointer<MachineContext>
) -> (pc: Words, frame: Frame, instance: UnsafeMutablePointer<MachineInstance>)? {
    guard let exception = context.thrownException else { return nil }
    var (pc, frame, instance) = (start, startFrame, startInstance)
    // Compiled code has looked at its own tries. Further out, `pc` is no operation's first word.
    var passed = ended ?? nativeRecord(start, startFrame)
    while true {
        // SAFETY: the frame's instance runs, so it is alive.
        let object = Unmanaged<Instance>.fromOpaque(instance.pointee.object).takeUnretainedValue()
        var record: Frame
        if let last = passed {
            record = last
            passed = nil
        } else {
            let found = object.code.portable.search(pc) { object.tags[Int($0)] === exception.tag }
            guard let found else { return nil }
            if let handler = found.handler {
                land(handler, in: frame, context)
                return (handler.target, frame, instance)
            }
            record = frame + found.localsEnd
        }
        if record.returnAddress == StaticBody.bridgeReturn {
            record = record.callerFrame
            instance = record.bridge.instance
        }
        guard record.returnAddress != StaticBody.exit else { return nil }
        frame = record.callerFrame
        // Back from after the call.
        pc = record.returnAddress - 1
    }
}

/// Puts what a handler takes where it takes it.
private func land(_ handler: ExceptionHandler, in frame: Frame, _ context: UnsafeMutablePointer<MachineContext>) {
    let values = frame + Int(handler.slot)
    let top = handler.reference.map { max(values, frame + Int($0)) } ?? values
    let exception = context.takeException(keeping: handler.reference != nil, top: top)
    if handler.takesValues { exception.copySlots(to: values) }
    if let reference = handler.reference { frame[reference] = exception.slot }
}
