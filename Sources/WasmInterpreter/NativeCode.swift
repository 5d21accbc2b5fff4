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
    /// After how many calls and turns a function or a loop is worth it.
    var callThreshold: UInt32 { get }
    var turnThreshold: UInt32 { get }
    /// Asks for the code of a function; from any thread, once for each. Returns soon.
    func request(_ function: UnsafeMutablePointer<MachineCode>, of module: ModuleCode)
    /// The same for a loop, which lives as long as the module.
    func request(_ loop: UnsafeMutablePointer<MachineLoop>, of module: ModuleCode)
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
        let localsEnd = MachineWord(Swift.max(pointee.parameterSlots, pointee.resultSlots))
        let header = (UnsafeMutableRawPointer(self) + MemoryLayout<MachineCode>.offset(of: \.nativeStub)!)
            .assumingMemoryBound(to: MachineWord.self)
        header[BodyHeader.words + BodyHeader.frameSlots] = localsEnd + MachineWord(recordSlots)
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
}

extension UnsafeMutablePointer<MachineLoop> {
    private func atomicField(_ offset: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
        atomic(UnsafeMutableRawPointer(self) + offset)
    }

    /// Whether someone is to look at the loop.
    @inline(__always)
    func countTurn() -> Bool {
        let left = atomicField(MemoryLayout<MachineLoop>.offset(of: \.turnsLeft)!)
        let count = left.pointee.load(ordering: .relaxed) &- 1
        left.pointee.store(count, ordering: .relaxed)
        return count == 0
    }

    /// How many turns pass between two looks at a loop that is being compiled.
    private static var turnsBetweenLooks: UInt32 { 64 }

    /// Where the loop goes on in compiled code, if it can already; asks for that the first time.
    @inline(never)
    func readyEntry() -> MachineLoopEntry? {
        let field = UnsafeRawPointer(self) + MemoryLayout<MachineLoop>.offset(of: \.entry)!
        let bits = field.assumingMemoryBound(to: Atomic<UInt>.self).pointee.load(ordering: .acquiring)
        let turnsLeft = atomicField(MemoryLayout<MachineLoop>.offset(of: \.turnsLeft)!)
        if let entry = unsafeBitCast(bits, to: MachineLoopEntry?.self) {
            turnsLeft.pointee.store(1, ordering: .relaxed)
            return entry
        }
        turnsLeft.pointee.store(Self.turnsBetweenLooks, ordering: .relaxed)
        let isRequested = atomicField(MemoryLayout<MachineLoop>.offset(of: \.isRequested)!)
        if isRequested.pointee.exchange(1, ordering: .relaxed) == 0 {
            // SAFETY: the caller runs the module's code, so it is alive.
            let moduleCode = Unmanaged<ModuleCode>.fromOpaque(pointee.code.pointee.module).takeUnretainedValue()
            moduleCode.interpreter.compiler?.request(self, of: moduleCode)
        }
        return nil
    }

    /// Lets calls that are under way go on in compiled code.
    package func publish(_ entry: @escaping MachineLoopEntry) {
        let field = UnsafeMutableRawPointer(self) + MemoryLayout<MachineLoop>.offset(of: \.entry)!
        field.assumingMemoryBound(to: Atomic<UInt>.self).pointee
            .store(unsafeBitCast(entry, to: UInt.self), ordering: .releasing)
    }
}

@inline(never)
func requestCompilation(of code: UnsafeMutablePointer<MachineCode>) {
    // SAFETY: the caller runs the module's code, so it is alive.
    let moduleCode = Unmanaged<ModuleCode>.fromOpaque(code.pointee.module).takeUnretainedValue()
    moduleCode.interpreter.compiler?.request(code, of: moduleCode)
}

/// Runs the compiled code of the function whose frame was entered with the stub at `pc`. Returns 0 or a raw
/// `TrapReason`.
func enterNative(
    at pc: Words, frame: Frame, instance: UnsafeMutablePointer<MachineInstance>,
    context: UnsafeMutablePointer<MachineContext>
) -> UInt32 {
    let offset =
        MemoryLayout<MachineCode>.offset(of: \.nativeStub)! + BodyHeader.words * MemoryLayout<MachineWord>.stride
    let code = (UnsafeMutableRawPointer(mutating: UnsafeRawPointer(pc)) - offset)
        .assumingMemoryBound(to: MachineCode.self)
    context.pointee.stackTop = frame + Int(pc[BodyHeader.frameSlots])
    return machine_native_enter(context, instance, frame, code.pointee.nativeEntry, code.pointee.native)
}

/// Goes on with a call in compiled code, to its end. Returns 0 or a raw `TrapReason`.
@inline(never)
func enterNative(
    _ loop: UnsafeMutablePointer<MachineLoop>, _ entry: MachineLoopEntry, frame: Frame,
    instance: UnsafeMutablePointer<MachineInstance>, context: UnsafeMutablePointer<MachineContext>
) -> UInt32 {
    context.pointee.stackTop = frame + Int(loop.pointee.frameSlots)
    return machine_native_enter_loop(context, instance, frame, entry)
}
