// How a call enters guest code from outside, in two steps: room for a frame, then the call.

import CMachine

extension UnsafeMutablePointer<MachineContext> {
    /// How deep calls may nest through host functions: each takes from the host's own stack.
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

    /// Calls a function whose arguments stand in `frame`, and leaves its results there. `tier` is the one of
    /// its module, and is not asked for a host function, to which `caller` is handed.
    /// Returns 0 or a raw `TrapReason`.
    package func enter(
        _ function: UnsafePointer<MachineFunction>, _ frame: UnsafeMutablePointer<MachineSlot>, slots: Int,
        tier: (any Tier)?, caller: UnsafeMutablePointer<MachineInstance>?
    ) -> UInt32 {
        pointee.depth += 1
        let raw: UInt32
        let target = function.pointee.code.unsafelyUnwrapped
        if let entry = target.pointee.hostEntry {
            pointee.stackTop = frame + slots
            raw = entry(self, caller, target.pointee.hostContext, frame)
            pointee.trapInstance = nil
        } else {
            raw = tier.unsafelyUnwrapped.call(function, context: self, frame: frame)
        }
        pointee.depth -= 1
        pointee.stackTop = frame
        return raw
    }
}
