// How a call enters guest code from outside, in two steps: room for a frame, then the call.

import CMachine

extension UnsafeMutablePointer<MachineContext> {
    /// How deep calls may nest through host functions, wherever the host's stack has room for more.
    @inlinable
    package static var maximumDepth: UInt32 { 64 }

    /// Where the next call puts its arguments and results, `slots` of them at most; nil where the stack is
    /// exhausted.
    @inlinable @inline(__always)
    package func frame(of slots: Int) -> UnsafeMutablePointer<MachineSlot>? {
        let frame: UnsafeMutablePointer<MachineSlot> = pointee.stackTop
        guard pointee.depth < Self.maximumDepth, UInt(bitPattern: frame + slots) <= pointee.stackEnd else {
            return nil
        }
        return frame
    }

    /// Calls a function whose arguments stand in `frame`, and leaves its results there. `entry` is the one of
    /// its module's tier, and is not used for a host function, to which `caller` is handed.
    /// Returns 0 or a raw `TrapReason`. The host's stack is looked at anew, since functions of the host have used
    /// it, or switched to another one.
    package func enter(
        _ function: UnsafePointer<MachineFunction>, _ frame: UnsafeMutablePointer<MachineSlot>, slots: Int,
        entry: TierEntry?, caller: UnsafeMutablePointer<MachineInstance>?
    ) -> UInt32 {
        pointee.depth += 1
        defer { pointee.depth -= 1 }
        if machine_stack_begin(self) { return run(function, frame, slots, entry, caller) }
        return enterWithMark(function, frame, slots, entry, caller)
    }

    @inline(never)
    private func enterWithMark(
        _ function: UnsafePointer<MachineFunction>, _ frame: UnsafeMutablePointer<MachineSlot>, _ slots: Int,
        _ entry: TierEntry?, _ caller: UnsafeMutablePointer<MachineInstance>?
    ) -> UInt32 {
        var mark = MachineStackMark()
        guard machine_stack_enter(self, &mark) else {
            pointee.trapInstance = nil
            return TrapReason.callStackExhausted.rawValue
        }
        defer { machine_stack_leave(self, &mark) }
        return run(function, frame, slots, entry, caller)
    }

    @inline(__always)
    private func run(
        _ function: UnsafePointer<MachineFunction>, _ frame: UnsafeMutablePointer<MachineSlot>, _ slots: Int,
        _ entry: TierEntry?, _ caller: UnsafeMutablePointer<MachineInstance>?
    ) -> UInt32 {
        let state = threadState
        let raw: UInt32
        let target = function.pointee.code.unsafelyUnwrapped
        if let entry = target.pointee.hostEntry {
            pointee.stackTop = frame + slots
            self.threadState = UInt(bitPattern: target)
            raw = entry(self, caller, target.pointee.hostContext, frame)
            pointee.trapInstance = nil
        } else {
            self.threadState = ThreadState.guest
            raw = entry.unsafelyUnwrapped(function, self, frame)
        }
        self.threadState = state
        if isInterrupted { reportQuiescence() }
        pointee.stackTop = frame
        if pointee.exceptions != nil, pointee.depth == 1, raw == 0 { forgetExceptions() }
        return raw
    }
}
