// What the runtime asks of a tier: the thing that makes a function run.

import CMachine
import WasmModule

/// What calls a function whose arguments stand in `frame`, and leaves its results there.
/// Returns 0 or a raw `TrapReason`; then the trap fields of `context` are set. A function without a
/// context: threads that call at the same time must not count references to the same tier.
package typealias TierEntry = @convention(c) (
    _ function: UnsafePointer<MachineFunction>, _ context: UnsafeMutablePointer<MachineContext>,
    _ frame: UnsafeMutablePointer<MachineSlot>
) -> UInt32

/// A way to run the functions of one module. The runtime never imports a tier; whoever makes a
/// `ModuleCode` hands it one.
package protocol Tier: AnyObject, Sendable {
    /// Whether code may access memories without a check of their bounds.
    var needsGuardedMemory: Bool { get }

    /// Readies `code`, so that calling it works from now on. Translation may wait for the first call.
    func prepare(_ code: UnsafeMutablePointer<MachineCode>)

    /// How functions are called.
    var entry: TierEntry { get }

    /// The same from compiled code for whose next frame too little of the host's stack is left. Where the way to
    /// run the function takes as much, the call stack is exhausted.
    var deepEntry: TierEntry { get }

    /// Calls `visit` with each frame that was active when the last call on `context` trapped, the innermost
    /// first, and with the instance that it belongs to.
    func visitFrames(
        of context: UnsafePointer<MachineContext>, _ visit: (Trap.Frame, Instance) -> Void)
}

extension Tier {
    /// The frames that were active when the last call on `context` trapped.
    package func frames(of context: UnsafePointer<MachineContext>) -> [Trap.Frame] {
        var frames: [Trap.Frame] = []
        visitFrames(of: context) { frame, _ in frames.append(frame) }
        return frames
    }
}
