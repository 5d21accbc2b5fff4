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
    guard context.moves(to: UInt(bitPattern: code)) else { return TrapReason.interrupted.rawValue }
    let reason = entry(context, instance, code.pointee.hostContext, callee)
    context.place = Place.guest
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
