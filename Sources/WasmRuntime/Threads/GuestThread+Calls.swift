// How a thread of a process runs functions.

import CMachine

extension GuestThread {
    /// Calls the start function of an instance, if it has one.
    package func start(_ instance: Instance) throws(Trap) {
        do {
            try instance.runStart(on: stack.context)
        } catch {
            throw explained(error)
        }
    }

    /// Calls a function on behalf of an instance. The arguments are of its parameter types.
    package func call(
        _ function: FunctionReference, _ arguments: [Value], of instance: Instance
    ) throws(Trap) -> [Value] {
        do {
            return try instance.call(function, arguments, on: stack.context)
        } catch {
            throw explained(error)
        }
    }

    /// Whether an interrupt waits for it: the end of its group. Looks at nothing that other threads use.
    package var isInterrupted: Bool { stack.context.isInterrupted }

    /// Where the next call of this thread puts its arguments, in so many slots.
    package func frame(slots: Int) throws(Trap) -> UnsafeMutablePointer<MachineSlot> {
        try Instance.frame(slots: slots, on: stack.context)
    }

    /// Calls a function on behalf of an instance, without making values: the arguments stand in `frame`,
    /// which has just been asked for, and so do the results afterwards.
    package func run(
        _ function: UnsafePointer<MachineFunction>, in frame: UnsafeMutablePointer<MachineSlot>, slots: Int,
        of instance: Instance
    ) throws(Trap) {
        do {
            try instance.run(function, in: frame, slots: slots, on: stack.context)
        } catch {
            throw explained(error)
        }
    }

    /// The trap with what a host function said, where one caused it.
    private func explained(_ trap: Trap) -> Trap {
        var trap = trap
        if trap.reason == .hostError { trap.message = hostError }
        return trap
    }
}
