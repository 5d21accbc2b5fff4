// What the runtime asks of the tiers: the things that make functions run.
//
// A module has one portable tier, in which every function runs from its first call on, and may have a compiling
// one, which makes code of what runs often. They know each other by what is said here only, and nobody asks which
// ones they are:
//
// - Entry: a call from outside goes through the portable tier's `entry`. Calls there and in compiled code find the
//   compiled code of what they call in its `MachineCode`.
// - Publication: `ModuleCode.publish` lets calls enter compiled code, and calls under way go on in it at loops
//   (OSR entries). What is published again replaces what was there, for calls from then on, so that one compiling
//   tier may follow another; both kinds of code have the form that `layout.h` and `MachineNativeCode` say.
// - Counts: calls and back edges count down in `MachineCode` and `MachineLoop` wherever they run; at the end
//   `ModuleCode` asks the compiling tier, once for each function and once for its loops.
// - Interrupts: the portable tier looks at the context's limit at calls and after taken branches. Compiled code
//   lies in the `CodeSpace`, where a signal may have it leave between any two instructions, and looks by itself
//   when it is entered and after each call that leaves it.
// - Traps and frames: compiled code ends by `MachineHelpers.trap` or by a fault. Its frames are linked by frame
//   pointers, and `CodeRegistry` knows whose code an address is. The portable tier tells its own frames, and where
//   those of compiled code go between them.
// - Exceptions: who catches is searched for in the frames of the tier that throws, up to the innermost entry; there
//   compiled code leaves with the reason, as with a trap, and whoever has entered it searches on.
// - Calls in place of the caller: each tier replaces its own frames. Where compiled code that was entered calls what is
//   not compiled, the entry ends first (`MACHINE_TAIL_CALL`), so that no mixture of tiers adds to a stack.
// - Depth: compiled code compares with the context's `nativeLimit` before it uses its frame.
// - What is out of line is in the runtime (`MachineHelpers`, `execute`), for all tiers.

import CMachine
import WasmModule

/// What calls a function whose arguments stand in `frame`, and leaves its results there.
/// Returns 0 or a raw `TrapReason`; then the trap fields of `context` are set. A function without a
/// context: threads that call at the same time must not count references to the same tier.
package typealias TierEntry = @convention(c) (
    _ function: UnsafePointer<MachineFunction>, _ context: UnsafeMutablePointer<MachineContext>,
    _ frame: UnsafeMutablePointer<MachineSlot>
) -> UInt32

/// `MACHINE_TOO_DEEP` and `MACHINE_TAIL_CALL`, which Swift cannot read.
package let machineTooDeep = UInt32.max
package let machineTailCall = UInt32.max - 1

/// A way to run the functions of a module. The runtime never imports one; whoever makes a `ModuleCode` hands it
/// what it has.
package protocol Tier: AnyObject, Sendable {
    /// Whether its code accesses memories without a check of their bounds.
    var needsGuardedMemory: Bool { get }
}

/// What can run every function.
package protocol PortableTier: Tier {
    /// Readies `code`, so that calling it works from now on. Translation may wait for the first call.
    func prepare(_ code: UnsafeMutablePointer<MachineCode>)

    /// Makes the words of a function, if nobody has yet; nil where that cannot be.
    func translate(_ code: UnsafeMutablePointer<MachineCode>, of module: ModuleCode) -> UnsafePointer<MachineWord>?

    /// How functions are called.
    var entry: TierEntry { get }

    /// The same from compiled code for whose next frame too little of the host's stack is left. Takes nothing of
    /// that for the calls below it.
    var deepEntry: TierEntry { get }

    /// Lets its calls of a function enter the compiled code, which is there by now.
    func enterCompiled(_ code: UnsafeMutablePointer<MachineCode>)

    /// Calls `visit` with each frame that was active when the last call on `context` trapped, the innermost
    /// first: those of all tiers.
    func visitFrames(
        of context: UnsafePointer<MachineContext>, withValues: Bool, _ visit: (VisitedFrame) -> Void)

    /// Who catches an exception at a word, of one of its functions' bodies; `isMeant` says of a tag, by its index in
    /// the module, whether it is the exception's. nil where the word is of no body.
    func search(_ word: UnsafePointer<MachineWord>, _ isMeant: (UInt32) -> Bool) -> HandlerSearch?

    /// What the word at an address belongs to; nil where it is none of the module's.
    func locate(_ word: UnsafePointer<MachineWord>, in module: ModuleCode) -> CodePosition?

    /// The values of a frame that is at a word; the slots from `end` on are a callee's. nil where the word is of no
    /// body.
    func values(
        of frame: UnsafePointer<MachineSlot>, at word: UnsafePointer<MachineWord>, below end: Int?,
        in module: ModuleCode
    ) -> FrameValues?
}

/// What a search has found in one function.
package struct HandlerSearch {
    /// nil where the function catches nothing there.
    package let handler: ExceptionHandler?
    /// Of the function's frames.
    package let localsEnd: Int

    package init(handler: ExceptionHandler?, localsEnd: Int) {
        self.handler = handler
        self.localsEnd = localsEnd
    }
}

/// Where an exception goes on in a function.
package struct ExceptionHandler {
    package let target: UnsafePointer<MachineWord>
    /// Where in the frame its values go, if they do.
    package let slot: MachineWord
    package let takesValues: Bool
    /// Where a reference to it goes.
    package let reference: MachineWord?

    package init(target: UnsafePointer<MachineWord>, slot: MachineWord, takesValues: Bool, reference: MachineWord?) {
        self.target = target
        self.slot = slot
        self.takesValues = takesValues
        self.reference = reference
    }
}

/// Where a word of a portable tier comes from.
package struct CodePosition {
    package let frame: Trap.Frame
    /// Of the function's frames.
    package let localsEnd: Int

    package init(frame: Trap.Frame, localsEnd: Int) {
        self.frame = frame
        self.localsEnd = localsEnd
    }
}

extension PortableTier {
    /// The frames that were active when the last call on `context` trapped.
    package func frames(of context: UnsafePointer<MachineContext>) -> [Trap.Frame] {
        var frames: [Trap.Frame] = []
        visitFrames(of: context, withValues: false) { frames += $0.instance.code.expanded($0.frame) }
        return Array(frames.prefix(Trap.maximumFrames))
    }
}

/// What makes compiled code of functions and loops that run often.
package protocol CompilingTier: Tier {
    /// Whether a call by compiled code goes on in the portable tier where there is no room for it on the host's
    /// stack. What fits there then fits, however much of it is compiled.
    var interpretsDeepCalls: Bool { get }

    /// After how many calls and back edges a function or a loop is worth it.
    var callThreshold: UInt32 { get }
    var backEdgeThreshold: UInt32 { get }

    /// Asks for the code of a function; from any thread, once for each. Returns soon.
    func request(_ function: UnsafeMutablePointer<MachineCode>, of module: ModuleCode)

    /// The same for the code that calls of a function go on in which are at one of its loops.
    func requestOSREntry(of function: UnsafeMutablePointer<MachineCode>, of module: ModuleCode)
}
