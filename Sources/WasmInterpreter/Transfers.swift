// The operations that leave a frame for another one than by a call or a return: calls in place of the caller, throws,
// and calls through references.
//
// Always true: where a transfer cannot be made yet, since the thread is interrupted, it leads to its own operation,
// which
// the loop tries again when the interrupt is over.

import CMachine
import WasmRuntime

/// Where the loop goes on, or the raw reason why it ends.
struct Transfer {
    var pc: Words
    var frame: Frame
    var instance: UnsafeMutablePointer<MachineInstance>
    var reason: UInt32 = 0
}

@inline(never)
func transfer(
    at pc: Words, frame: Frame, instance: UnsafeMutablePointer<MachineInstance>,
    context: UnsafeMutablePointer<MachineContext>
) -> Transfer {
    var next = Transfer(pc: pc, frame: frame, instance: instance)
    switch pc.operation {
    case .keepException:
        keepException(at: pc, frame: frame, instance: instance)
        next.pc += 2
    case .throw, .throwReference:
        next.reason = throwException(at: pc, frame: frame, instance: instance, context: context)
        guard next.reason == TrapReason.uncaughtException.rawValue,
            let handler = findHandler(at: pc, frame: frame, instance: instance, context: context)
        else { return next }
        next = Transfer(pc: handler.pc, frame: handler.frame, instance: handler.instance)
    case .returnCall:
        let code = UnsafePointer<MachineCode>(bitPattern: UInt(pc[u64: 1])).unsafelyUnwrapped
        replace(by: code, arguments: pc[5], recordAt: pc[6], context, &next)
    case .returnCallImported:
        let function = instance.pointee.importedFunctions[Int(pc[1])].unsafelyUnwrapped
        replace(by: function, arguments: pc[2], recordAt: pc[3], context, &next)
    case .callReference:
        guard let function = referencedCallee(&next) else { return next }
        return call(function, at: pc, frame: frame, instance: instance, context: context)
    case .returnCallReference:
        guard let function = referencedCallee(&next) else { return next }
        replace(by: function, arguments: pc[2], recordAt: pc[3], context, &next)
    case .nullReference: next.reason = TrapReason.nullReference.rawValue
    default:
        let (function, trap) = indirectCallee(at: pc, frame: frame, instance: instance)
        next.reason = trap
        if let function { replace(by: function, arguments: pc[5], recordAt: pc[6], context, &next) }
    }
    return next
}

/// What the operation at hand refers to; nil after a trap.
@inline(__always)
private func referencedCallee(_ next: inout Transfer) -> UnsafePointer<MachineFunction>? {
    if let function = UnsafePointer<MachineFunction>(bitPattern: UInt(next.frame[next.pc[1]])) { return function }
    next.reason = TrapReason.nullFunctionReference.rawValue
    return nil
}

/// Calls a function for `callReference`.
private func call(
    _ function: UnsafePointer<MachineFunction>, at pc: Words, frame: Frame,
    instance: UnsafeMutablePointer<MachineInstance>, context: UnsafeMutablePointer<MachineContext>
) -> Transfer {
    var next = Transfer(pc: pc, frame: frame, instance: instance)
    let callee = frame + Int(pc[2])
    let code = function.pointee.code.unsafelyUnwrapped
    if let entry = code.pointee.hostEntry {
        let reason = callHost(code, entry: entry, frame: callee, instance: instance, context: context)
        guard reason == 0 else {
            return goOn(after: reason, at: pc, frame: frame, instance: instance, context: context)
        }
        next.pc += 3
    } else if function.pointee.instance == instance {
        let body = code.currentBody
        let limit = context.limit
        if callee.enter(body, returningTo: pc + 3, caller: frame, limit: limit) {
            (next.pc, next.frame) = (body, callee)
        } else {
            next.reason = context.reason(forOverflowAt: limit)
        }
    } else {
        let entered = enterForeign(
            function, frame: callee, returningTo: pc + 3, caller: frame, instance: instance, context: context)
        next.reason = entered.reason
        guard let target = entered.target else { return next }
        (next.pc, next.frame) = target
        next.instance = function.pointee.instance
    }
    return next
}

/// Where the loop goes on, or why it ends, after what the operation at `pc` has called or entered has ended otherwise
/// than by returning: a function of the host, or compiled code.
@inline(never)
func goOn(
    after reason: UInt32, at pc: Words, frame: Frame, instance: UnsafeMutablePointer<MachineInstance>,
    context: UnsafeMutablePointer<MachineContext>
) -> Transfer {
    var next = Transfer(pc: pc, frame: frame, instance: instance, reason: reason)
    if reason == TrapReason.uncaughtException.rawValue {
        guard let handler = findHandler(at: pc, frame: frame, instance: instance, context: context) else { return next }
        next = Transfer(pc: handler.pc, frame: handler.frame, instance: handler.instance)
    } else if reason == machineTailCall {
        next.reason = 0
        replaceCompiled(&next, context)
    } else if reason == machineTooDeep {
        next.reason = 0
        if pc.operation == .enterNative {
            let outcome = interpretInstead(at: pc, frame: frame, context: context)
            next.reason = outcome.reason
            if let body = outcome.body { next.pc = body }
        } else {
            UnsafeMutablePointer<MachineLoop>(bitPattern: UInt(pc[u64: 1])).unsafelyUnwrapped.putOff()
            next.pc += 5
        }
    }
    return next
}

/// Calls what compiled code has left to be called in place of the function that it was entered for.
private func replaceCompiled(_ next: inout Transfer, _ context: UnsafeMutablePointer<MachineContext>) {
    let function = context.pointee.tailCallee.unsafelyUnwrapped
    let arguments = MachineWord(context.pointee.tailArguments.unsafelyUnwrapped - next.frame)
    let pc = next.pc
    let end = MachineWord(nativeRecord(pc, next.frame).unsafelyUnwrapped - next.frame)
    // The operation must not enter the code again, which is over.
    repeat {
        replace(by: function, arguments: arguments, recordAt: end, context, &next)
    } while next.reason == 0 && next.pc == pc
}

/// Calls a function of the instance that runs in place of the one whose frame is at hand.
@inline(__always)
private func replace(
    by code: UnsafePointer<MachineCode>, arguments: MachineWord, recordAt end: MachineWord,
    _ context: UnsafeMutablePointer<MachineContext>, _ next: inout Transfer
) {
    let body = code.currentBody
    let limit = context.limit
    if next.frame.replace(by: body, arguments: arguments, recordAt: end, limit: limit) {
        next.pc = body
    } else {
        next.reason = context.reason(forOverflowAt: limit)
    }
}

/// The same for any function.
private func replace(
    by function: UnsafePointer<MachineFunction>, arguments: MachineWord, recordAt end: MachineWord,
    _ context: UnsafeMutablePointer<MachineContext>, _ next: inout Transfer
) {
    let code = function.pointee.code.unsafelyUnwrapped
    if let entry = code.pointee.hostEntry {
        next.reason = replaceByHost(
            code, entry: entry, frame: next.frame, arguments: arguments, instance: next.instance, context: context)
        let record = next.frame + Int(end)
        guard next.reason == 0 else {
            guard next.reason == TrapReason.uncaughtException.rawValue,
                let handler = findHandler(
                    at: next.pc, frame: next.frame, beyond: record, instance: next.instance, context: context)
            else { return }
            next = Transfer(pc: handler.pc, frame: handler.frame, instance: handler.instance)
            return
        }
        (next.pc, next.frame) = (record.returnAddress, record.callerFrame)
    } else if function.pointee.instance == next.instance {
        replace(by: code, arguments: arguments, recordAt: end, context, &next)
    } else {
        let entered = replaceByForeign(
            function, frame: next.frame, arguments: arguments, recordAt: end, instance: next.instance,
            context: context)
        next.reason = entered.reason
        guard let target = entered.target else { return }
        (next.pc, next.frame, next.instance) = (target.body, target.frame, function.pointee.instance)
    }
}
