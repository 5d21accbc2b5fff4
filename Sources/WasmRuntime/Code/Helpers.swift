// What compiled code of any tier calls: functions that are not compiled, and instructions that are out of line.
//
// Always true: a helper returns to compiled code, with a reason where it trapped. What it holds is let go by
// then, so that compiled code can leave without coming back here.

import CMachine
import WasmModule

enum Helpers {
    // SAFETY: made once, never written again, never freed.
    nonisolated(unsafe) static let table: UnsafePointer<MachineHelpers> = {
        let table = UnsafeMutablePointer<MachineHelpers>.allocate(capacity: 1)
        table.initialize(
            to: MachineHelpers(
                trap: machine_native_trap,
                // Where it was a pause, that is over when this returns.
                poll: { context in
                    guard context!.isInterrupted, case .mustLeave = context!.parkIfPaused() else { return 0 }
                    return TrapReason.interrupted.rawValue
                },
                call: { context, caller, function, slots in
                    callFunction(context!, caller!, function!, slots!)
                },
                callDeep: { context, _, function, slots in callDeep(context!, function!, slots!) },
                tailCall: { context, caller, function, slots, outerFrame in
                    callInPlace(context!, caller!, function!, slots!, outerFrame!)
                },
                execute: { context, instance, opcode, first, second, slots in
                    let opcode = Opcode(rawValue: UInt16(opcode)).unsafelyUnwrapped
                    return OutOfLine(instance: instance!, context: context!, slots: slots!)
                        .execute(InstructionKind(opcode), first, second)
                },
                unwind: { context, registers in findCatchingCode(context!, registers!) },
                catchException: { context, slots, isKept in
                    let context = context.unsafelyUnwrapped
                    let top = context.pointee.stackTop.unsafelyUnwrapped
                    let exception = context.takeException(keeping: isKept, top: top)
                    if let slots { exception.copySlots(to: slots) }
                    return isKept ? exception.slot : 0
                },
                throwReference: { context, reference in context!.throw(reference: reference).rawValue },
                keepException: { instance, reference in
                    withInstance(of: instance!) { $0.keep(exceptionAt: reference) }
                },
                watch: { context, instance, descriptor, address, size, frame in
                    CompiledWatch.watch(context!, instance!, descriptor, address, size, frame!)
                },
                watchedAtomic: { context, instance, descriptor, address, slots, frame in
                    CompiledWatch.access(context!, instance!, descriptor, address, slots!, frame!)
                }))
        return UnsafePointer(table)
    }()
}

private func callFunction(
    _ context: UnsafeMutablePointer<MachineContext>, _ caller: UnsafeMutablePointer<MachineInstance>,
    _ function: UnsafePointer<MachineFunction>, _ slots: UnsafeMutablePointer<MachineSlot>
) -> UInt32 {
    let code = function.pointee.code.unsafelyUnwrapped
    // What is called from here on puts its frames above those that are live, and may move the mark.
    let frame = context.pointee.stackTop.unsafelyUnwrapped
    defer { context.pointee.stackTop = frame }
    if let entry = code.pointee.hostEntry {
        guard context.transition(to: UInt(bitPattern: code)) else { return TrapReason.interrupted.rawValue }
        let reason = entry(context, caller, code.pointee.hostContext, slots)
        context.threadState = ThreadState.guest
        return reason
    }

    return callGuest(context, function, slots, on: frame, isDeep: false)
}

/// Calls a function in place of one whose frame is above `outerFrame`. Nothing but the entry is left of a frame that
/// was entered from the portable tier, so that has it go on there. Otherwise a run of the portable tier begins,
/// which comes back here as often as it likes without a frame more.
private func callInPlace(
    _ context: UnsafeMutablePointer<MachineContext>, _ caller: UnsafeMutablePointer<MachineInstance>,
    _ function: UnsafePointer<MachineFunction>, _ slots: UnsafeMutablePointer<MachineSlot>,
    _ outerFrame: UnsafeRawPointer
) -> UInt32 {
    let code = function.pointee.code.unsafelyUnwrapped
    guard code.pointee.hostEntry == nil, machine_native_is_entry(outerFrame) else {
        return callFunction(context, caller, function, slots)
    }
    let arguments = context.pointee.stackTop.unsafelyUnwrapped
    let count = Int(code.pointee.parameterSlots)
    guard UInt(bitPattern: arguments + count) <= context.pointee.stackEnd else {
        return TrapReason.callStackExhausted.rawValue
    }
    arguments.update(from: slots, count: count)
    context.pointee.tailCallee = function
    context.pointee.tailArguments = arguments
    return machineTailCall
}

/// SAFETY: for an instance that the caller runs, so that it is alive; nothing is retained on the way.
private func withInstance(of machine: UnsafeMutablePointer<MachineInstance>, _ body: (Instance) -> Void) {
    Unmanaged<Instance>.fromOpaque(machine.pointee.object)._withUnsafeGuaranteedRef(body)
}

/// Looks for who catches what is thrown, from the frame of compiled code on whose registers are at hand, up to
/// where that was entered. Whoever catches anything of its own tries catches all: its code looks what it is.
private func findCatchingCode(
    _ context: UnsafeMutablePointer<MachineContext>, _ registers: UnsafeMutablePointer<MachineRegisters>
) -> Bool {
    guard let exception = context.thrownException else { return false }
    registers.pointee.exception = UInt64(UInt(bitPattern: exception.tag.identity))
    while true {
        // Back from after the call.
        let address = UInt(registers.pointee.address) - 1
        guard let code = CodeRegistry.code(at: address) else { return false }
        if code.enterHandler(registers) { return true }
        guard code.leaveFrame(registers) else { return false }
    }
}

/// Calls a function of this instance again, whose compiled code has found too little of the host's stack left.
private func callDeep(
    _ context: UnsafeMutablePointer<MachineContext>, _ function: UnsafePointer<MachineFunction>,
    _ slots: UnsafeMutablePointer<MachineSlot>
) -> UInt32 {
    let frame = context.pointee.stackTop.unsafelyUnwrapped
    defer { context.pointee.stackTop = frame }
    let isDeep = !machine_stack_deepen(context)
    if isDeep {
        let module = Unmanaged<ModuleCode>.fromOpaque(function.pointee.code.unsafelyUnwrapped.pointee.module)
        // SAFETY: the function's instance lives, and holds its module's code.
        let isInterpreted = module._withUnsafeGuaranteedRef { $0.compiler?.interpretsDeepCalls ?? true }
        guard isInterpreted else { return TrapReason.callStackExhausted.rawValue }
    }
    return callGuest(context, function, slots, on: frame, isDeep: isDeep)
}

/// Calls a function in WebAssembly whose arguments stand in `slots` and whose frame is `frame`, and leaves the
/// results in `slots`.
private func callGuest(
    _ context: UnsafeMutablePointer<MachineContext>, _ function: UnsafePointer<MachineFunction>,
    _ slots: UnsafeMutablePointer<MachineSlot>, on frame: UnsafeMutablePointer<MachineSlot>, isDeep: Bool
) -> UInt32 {
    let code = function.pointee.code.unsafelyUnwrapped
    let parameters = Int(code.pointee.parameterSlots)
    let results = Int(code.pointee.resultSlots)
    guard UInt(bitPattern: frame + max(parameters, results)) <= context.pointee.stackEnd else {
        return TrapReason.callStackExhausted.rawValue
    }
    frame.update(from: slots, count: parameters)
    // SAFETY: the function's instance lives, and holds its module's code.
    let reason = Unmanaged<ModuleCode>.fromOpaque(code.pointee.module)._withUnsafeGuaranteedRef { module in
        let entry = isDeep ? module.portable.deepEntry : module.entry
        let reason = entry(function, context, frame)
        let mustTell = UnsafePointer(context).innerFrames.count < Trap.maximumFrames
        // Most exceptions are caught, and their frames are asked for by nobody.
        let isException = reason == TrapReason.uncaughtException.rawValue
        if let raised = TrapReason(rawValue: reason), !isException, mustTell,
            context.mustTellFrames(of: raised) || context.keepsStacks
        {
            var frames: [VisitedFrame] = []
            module.portable.visitFrames(of: context, withValues: context.keepsStacks) { frames.append($0) }
            context.keep(frames)
        }
        return reason
    }
    if reason == 0 { slots.update(from: frame, count: results) }
    return reason
}
