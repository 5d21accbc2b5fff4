// The values of a frame, for whoever looks at what is left of a thread: numbers, where they stand anywhere.

import CMachine
import WasmModule

/// A local or an operand. What is no number, or stands in a register of compiled code, is not available.
package enum KnownValue: Hashable, Sendable {
    case unavailable
    case i32(UInt32)
    case i64(UInt64)
    /// By their bits, as the next one.
    case f32(UInt32)
    case f64(UInt64)

    package init(_ slot: MachineSlot, _ type: ValueType) {
        switch type {
        case .i32: self = .i32(UInt32(truncatingIfNeeded: slot))
        case .i64: self = .i64(slot)
        case .f32: self = .f32(UInt32(truncatingIfNeeded: slot))
        case .f64: self = .f64(slot)
        default: self = .unavailable
        }
    }
}

package struct FrameValues: Hashable, Sendable {
    /// Parameters first.
    package let locals: [KnownValue]
    /// The lowest first. Those that a call has taken are not among them.
    package let operands: [KnownValue]

    package init(locals: [KnownValue], operands: [KnownValue]) {
        self.locals = locals
        self.operands = operands
    }

    package var count: Int { locals.count + operands.count }
}

/// A frame as it is found on a stack.
package struct VisitedFrame {
    package let frame: Trap.Frame
    package let instance: Instance
    /// nil where nobody asked for them, and for a frame of compiled code.
    package let values: FrameValues?

    package init(frame: Trap.Frame, instance: Instance, values: FrameValues?) {
        self.frame = frame
        self.instance = instance
        self.values = values
    }
}
