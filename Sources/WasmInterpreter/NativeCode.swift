// The ways from the interpreter to compiled code.
//
// A function that has compiled code has a body of one instruction that enters it; a loop of a call under way
// is looked at when its count runs out.

import CMachine
import WasmModule
import WasmRuntime

extension Interpreter {
    package func enterCompiled(_ code: UnsafeMutablePointer<MachineCode>) {
        let localsEnd = MachineWord(
            FrameLayout.localsEnd(
                localSlots: Int(code.pointee.parameterSlots), resultSlots: Int(code.pointee.resultSlots)))
        let header = code.nativeStub
        header[BodyHeader.words + BodyHeader.frameSlots] = localsEnd + MachineWord(FrameLayout.recordSlots)
        header[BodyHeader.words + BodyHeader.localsEnd] = localsEnd
        header[BodyHeader.words + BodyHeader.parameterSlots] = MachineWord(code.pointee.parameterSlots)
        header[BodyHeader.words] = Operation.enterNative.rawValue
        header[BodyHeader.words + 1] = localsEnd
        code.publish(Words(header + BodyHeader.words))
    }
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
