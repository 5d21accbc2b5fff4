// The ways from the interpreter to compiled code, and the counts that lead there.
//
// A function that has compiled code has a body of one instruction that enters it; a loop of a call under way
// is looked at when its count runs out. Always true: counts are a matter of speed alone, so threads may
// lose some of each other's.

import CMachine
import Synchronization
import WasmModule
import WasmRuntime

/// What makes compiled code of functions and loops that run often.
package protocol NativeCompiler: AnyObject, Sendable {
    /// Whether a call by compiled code goes on in the interpreter where there is no room for it on the host's
    /// stack. What fits in the interpreter then fits, however much of it is compiled.
    var interpretsDeepCalls: Bool { get }
    /// After how many calls and turns a function or a loop is worth it.
    var callThreshold: UInt32 { get }
    var turnThreshold: UInt32 { get }
    /// Asks for the code of a function; from any thread, once for each. Returns soon.
    func request(_ function: UnsafeMutablePointer<MachineCode>, of module: ModuleCode)
    /// The same for the code that calls of a function go on in which are at one of its loops.
    func requestLoops(of function: UnsafeMutablePointer<MachineCode>, of module: ModuleCode)
    /// The frames of compiled code that its last trap on `context` has left.
    func frames(of context: UnsafePointer<MachineContext>) -> [Trap.Frame]
}

private func atomic(_ field: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Atomic<UInt32>> {
    field.assumingMemoryBound(to: Atomic<UInt32>.self)
}

extension UnsafeMutablePointer<MachineCode> {
    /// Whether this call is the one that makes the function worth compiling.
    @inline(__always)
    func countCall() -> Bool {
        let left = atomic(UnsafeMutableRawPointer(self) + MemoryLayout<MachineCode>.offset(of: \.callsLeft)!)
        let count = left.pointee.load(ordering: .relaxed)
        guard count > 0 else { return false }
        left.pointee.store(count &- 1, ordering: .relaxed)
        return count == 1
    }

    /// Lets all calls from now on enter compiled code.
    package func publish(native: UnsafeRawPointer, entry: @escaping MachineNativeEntry) {
        let localsEnd = MachineWord(
            FrameLayout.localsEnd(
                localSlots: Int(pointee.parameterSlots), resultSlots: Int(pointee.resultSlots)))
        let header = nativeStub
        header[BodyHeader.words + BodyHeader.frameSlots] = localsEnd + MachineWord(FrameLayout.recordSlots)
        header[BodyHeader.words + BodyHeader.localsEnd] = localsEnd
        header[BodyHeader.words + BodyHeader.parameterSlots] = MachineWord(pointee.parameterSlots)
        header[BodyHeader.words] = Operation.enterNative.rawValue
        header[BodyHeader.words + 1] = localsEnd
        pointee.nativeEntry = entry
        let field = UnsafeMutableRawPointer(self) + MemoryLayout<MachineCode>.offset(of: \.native)!
        field.assumingMemoryBound(to: Atomic<UInt>.self).pointee
            .store(UInt(bitPattern: native), ordering: .releasing)
        publish(Words(header + BodyHeader.words))
    }

    private var loopEntryField: UnsafeMutablePointer<Atomic<UInt>> {
        (UnsafeMutableRawPointer(self) + MemoryLayout<MachineCode>.offset(of: \.loopEntry)!)
            .assumingMemoryBound(to: Atomic<UInt>.self)
    }

    /// Whether calls that are under way can go on in compiled code.
    package var hasLoopEntry: Bool { loopEntryField.pointee.load(ordering: .acquiring) != 0 }

    /// Lets calls that are under way go on in compiled code, at their next look at a loop.
    package func publish(_ entry: @escaping MachineLoopEntry) {
        loopEntryField.pointee.store(unsafeBitCast(entry, to: UInt.self), ordering: .releasing)
    }

    /// Whether the caller is the first to say that a loop of the function is worth compiling.
    func isFirstToRequestLoops() -> Bool {
        let offset = MemoryLayout<MachineCode>.offset(of: \.isLoopEntryRequested)!
        return atomic(UnsafeMutableRawPointer(self) + offset).pointee.exchange(1, ordering: .relaxed) == 0
    }
}

extension UnsafeMutablePointer<MachineLoop> {
    private var turnsLeft: UnsafeMutablePointer<Atomic<UInt32>> {
        atomic(UnsafeMutableRawPointer(self) + MemoryLayout<MachineLoop>.offset(of: \.turnsLeft)!)
    }

    /// Whether someone is to look at the loop.
    @inline(__always)
    func countTurn() -> Bool {
        let turnsLeft = turnsLeft
        let count = turnsLeft.pointee.load(ordering: .relaxed) &- 1
        turnsLeft.pointee.store(count, ordering: .relaxed)
        return count == 0
    }

    /// How many turns pass between two looks at a loop that is being compiled.
    private static var turnsBetweenLooks: UInt32 { 64 }

    /// For a loop that compiled code has no room for: it is looked at again later.
    func putOff() { turnsLeft.pointee.store(Self.turnsBetweenLooks, ordering: .relaxed) }

    /// Whether the loop can go on in compiled code already; asks for that the first time, for all loops of
    /// the function.
    @inline(never)
    func isReady() -> Bool {
        let code = pointee.code.unsafelyUnwrapped
        if code.hasLoopEntry {
            turnsLeft.pointee.store(1, ordering: .relaxed)
            return true
        }
        turnsLeft.pointee.store(Self.turnsBetweenLooks, ordering: .relaxed)
        if code.isFirstToRequestLoops() {
            // SAFETY: the caller runs the module's code, so it is alive.
            let moduleCode = Unmanaged<ModuleCode>.fromOpaque(code.pointee.module).takeUnretainedValue()
            moduleCode.interpreter.compiler?.requestLoops(of: code, of: moduleCode)
        }
        return false
    }
}

@inline(never)
func requestCompilation(of code: UnsafeMutablePointer<MachineCode>) {
    // SAFETY: the caller runs the module's code, so it is alive.
    let moduleCode = Unmanaged<ModuleCode>.fromOpaque(code.pointee.module).takeUnretainedValue()
    moduleCode.interpreter.compiler?.request(code, of: moduleCode)
}

/// Runs the compiled code of the function whose frame was entered with the stub at `pc`. Returns 0, a raw
/// `TrapReason`, or `MACHINE_TOO_DEEP`.
func enterNative(
    at pc: Words, frame: Frame, instance: UnsafeMutablePointer<MachineInstance>,
    context: UnsafeMutablePointer<MachineContext>
) -> UInt32 {
    let code = UnsafeMutablePointer<MachineCode>(nativeStub: pc)
    context.pointee.stackTop = frame + Int(pc[BodyHeader.frameSlots])
    return machine_native_enter(context, instance, frame, code.pointee.nativeEntry, code.pointee.native)
}

/// Goes on with a call at a loop that is ready, to the call's end. Returns as the function above.
@inline(never)
func enterNative(
    _ loop: UnsafeMutablePointer<MachineLoop>, frame: Frame, instance: UnsafeMutablePointer<MachineInstance>,
    context: UnsafeMutablePointer<MachineContext>
) -> UInt32 {
    context.pointee.stackTop = frame + Int(loop.pointee.frameSlots)
    return machine_native_enter_loop(context, instance, frame, loop)
}
