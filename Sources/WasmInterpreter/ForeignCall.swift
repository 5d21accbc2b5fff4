// Calls that leave the instance: of a function of the host, and of one that belongs to another instance.
//
// A call of another instance's function puts a bridge between the two frames, so that neither the ordinary
// call nor the return has to know of instances:
//
//     caller's operands | return address | caller's frame | caller's instance | callee's code | arguments …

import CMachine
import WasmRuntime

private let bridgeSlots = 4

/// Calls a function of the host; its frame is `callee`. Returns 0 or a raw `TrapReason`.
@inline(__always)
func callHost(
    _ code: UnsafePointer<MachineCode>, entry: MachineHostEntry, frame callee: Frame,
    instance: UnsafeMutablePointer<MachineInstance>, context: UnsafeMutablePointer<MachineContext>
) -> UInt32 {
    // Should the host call back into the guest, the new frames go above this one's arguments and results.
    context.pointee.stackTop = callee + Int(max(code.pointee.parameterSlots, code.pointee.resultSlots))
    guard context.transition(to: UInt(bitPattern: code)) else { return TrapReason.interrupted.rawValue }
    let reason = entry(context, instance, code.pointee.hostContext, callee)
    context.threadState = ThreadState.guest
    return reason
}

/// Enters a function of another instance across a bridge at `callee`, where its arguments stand.
/// Gives where to go on and the frame there, or why not; with neither, the same again.
@inline(never)
func enterForeign(
    _ function: UnsafePointer<MachineFunction>, frame callee: Frame, returningTo address: Words,
    caller: Frame, instance: UnsafeMutablePointer<MachineInstance>,
    context: UnsafeMutablePointer<MachineContext>
) -> (target: (body: Words, frame: Frame)?, reason: UInt32) {
    let code = function.pointee.code.unsafelyUnwrapped
    let parameters = Int(code.pointee.parameterSlots)
    let frame = callee + bridgeSlots
    let body = code.currentBody
    // Before the arguments move, so that the same again is possible.
    let limit = context.limit
    let slots = max(parameters, Int(body[BodyHeader.frameSlots]))
    guard UInt(bitPattern: frame + slots) <= limit else {
        return (nil, context.reason(forOverflowAt: limit))
    }
    frame.update(from: callee, count: parameters)
    let fits = frame.enter(body, returningTo: StaticBody.bridgeReturn, caller: callee, limit: limit)
    precondition(fits, "a frame fits under the limit that it was compared with")
    callee[0] = UInt64(UInt(bitPattern: address))
    callee[1] = UInt64(UInt(bitPattern: caller))
    callee[2] = UInt64(UInt(bitPattern: instance))
    callee[3] = UInt64(UInt(bitPattern: code))
    return ((body, frame), 0)
}

/// Enters a function of another instance in place of the function whose frame is `frame` and whose record is at
/// `end`; the arguments stand from the slot `arguments` on. A frame on a bridge leaves that in place, so that any
/// number of such calls takes one. Gives what `enterForeign` does.
@inline(never)
func replaceByForeign(
    _ function: UnsafePointer<MachineFunction>, frame: Frame, arguments: MachineWord, recordAt end: MachineWord,
    instance: UnsafeMutablePointer<MachineInstance>, context: UnsafeMutablePointer<MachineContext>
) -> (target: (body: Words, frame: Frame)?, reason: UInt32) {
    let code = function.pointee.code.unsafelyUnwrapped
    let body = code.currentBody
    let record = frame + Int(end)
    let (address, caller) = (record.returnAddress, Frame(bitPattern: UInt(record[1])))
    let isOnBridge = address == StaticBody.bridgeReturn
    let start = isOnBridge ? frame : frame + bridgeSlots
    let parameters = Int(code.pointee.parameterSlots)
    let limit = context.limit
    guard UInt(bitPattern: start + max(parameters, Int(body[BodyHeader.frameSlots]))) <= limit else {
        return (nil, context.reason(forOverflowAt: limit))
    }
    start.update(from: frame + Int(arguments), count: parameters)
    let fits = start.enter(
        body, returningTo: StaticBody.bridgeReturn, caller: isOnBridge ? caller : frame, limit: limit)
    precondition(fits, "a frame fits under the limit that it was compared with")
    if !isOnBridge {
        frame[0] = UInt64(UInt(bitPattern: address))
        frame[1] = UInt64(UInt(bitPattern: caller))
        frame[2] = UInt64(UInt(bitPattern: instance))
        frame[3] = UInt64(UInt(bitPattern: code))
    }
    return ((body, start), 0)
}

/// What the indirect call at `pc` calls, or why nothing.
@inline(never)
func indirectCallee(
    at pc: Words, frame: Frame, instance: UnsafeMutablePointer<MachineInstance>
) -> (function: UnsafePointer<MachineFunction>?, reason: UInt32) {
    let table = instance.pointee.tables[Int(pc[2])].unsafelyUnwrapped
    let index = UInt64(frame[i32: pc[1]])
    guard index < table.pointee.count else { return (nil, TrapReason.tableOutOfBounds.rawValue) }
    let element = UInt(table.pointee.elements[Int(index)])
    guard let function = UnsafePointer<MachineFunction>(bitPattern: element) else {
        return (nil, TrapReason.uninitializedElement.rawValue)
    }
    guard function.pointee.code.unsafelyUnwrapped.pointee.typeNumber == pc[u32: 3] else {
        return (nil, TrapReason.indirectCallTypeMismatch.rawValue)
    }
    return (function, 0)
}

/// Calls a function of the host in place of the function whose frame is `frame`, and leaves its results there.
@inline(never)
func replaceByHost(
    _ code: UnsafePointer<MachineCode>, entry: MachineHostEntry, frame: Frame, arguments: MachineWord,
    instance: UnsafeMutablePointer<MachineInstance>, context: UnsafeMutablePointer<MachineContext>
) -> UInt32 {
    let callee = frame + Int(arguments)
    let reason = callHost(code, entry: entry, frame: callee, instance: instance, context: context)
    if reason == 0 { frame.update(from: callee, count: Int(code.pointee.resultSlots)) }
    return reason
}

struct BridgeRecord {
    let pc: Words
    let frame: Frame
    let instance: UnsafeMutablePointer<MachineInstance>
}

extension UnsafeMutablePointer<MachineSlot> {
    /// What a bridge that starts here says of the caller.
    var bridge: BridgeRecord {
        BridgeRecord(
            pc: returnAddress, frame: callerFrame,
            instance: UnsafeMutablePointer<MachineInstance>(bitPattern: UInt(self[2])).unsafelyUnwrapped)
    }

    /// Takes the results across the bridge that starts here, which the caller's operands then overwrite.
    @inline(never)
    func leaveBridge() -> BridgeRecord {
        let bridge = bridge
        let code = UnsafePointer<MachineCode>(bitPattern: UInt(self[3])).unsafelyUnwrapped
        update(from: self + bridgeSlots, count: Int(code.pointee.resultSlots))
        return bridge
    }
}
