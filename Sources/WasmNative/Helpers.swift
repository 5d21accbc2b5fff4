// What compiled code calls: functions that are not compiled, and instructions that are rare.
//
// Always true: a helper returns to compiled code, with a reason where it trapped. What it holds is let go by
// then, so that compiled code can leave without coming back here.

import CMachine
import WasmInterpreter
import WasmModule
import WasmRuntime

enum Helpers {
    // SAFETY: made once, never written again, never freed.
    nonisolated(unsafe) static let table: UnsafePointer<MachineHelpers> = {
        let table = UnsafeMutablePointer<MachineHelpers>.allocate(capacity: 1)
        table.initialize(
            to: MachineHelpers(
                trap: machine_native_trap,
                // Where it was a pause, that is over when this returns.
                poll: { context in
                    context!.isInterrupted && context!.mustLeave ? TrapReason.interrupted.rawValue : 0
                },
                call: { context, caller, function, slots in
                    callFunction(context!, caller!, function!, slots!)
                },
                callDeep: { context, _, function, slots in callDeep(context!, function!, slots!) },
                execute: { context, instance, opcode, first, second, slots in
                    executeInstruction(
                        context!, instance!, Opcode(rawValue: UInt16(opcode)).unsafelyUnwrapped, first, second,
                        slots!)
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
        guard context.moves(to: UInt(bitPattern: code)) else { return TrapReason.interrupted.rawValue }
        let reason = entry(context, caller, code.pointee.hostContext, slots)
        context.place = Place.guest
        return reason
    }

    return callGuest(context, function, slots, on: frame, isDeep: false)
}

/// Calls a function of this instance again, whose compiled code has found too little of the host's stack left.
private func callDeep(
    _ context: UnsafeMutablePointer<MachineContext>, _ function: UnsafePointer<MachineFunction>,
    _ slots: UnsafeMutablePointer<MachineSlot>
) -> UInt32 {
    let frame = context.pointee.stackTop.unsafelyUnwrapped
    defer { context.pointee.stackTop = frame }
    return callGuest(context, function, slots, on: frame, isDeep: !machine_stack_deepen(context))
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
        let entry = isDeep ? module.tier.deepEntry : module.entry
        let reason = entry(function, context, frame)
        let mustTell = UnsafePointer(context).innerFrames.count < Trap.maximumFrames
        if reason != 0, mustTell, TrapReason(rawValue: reason)?.isTrap == true {
            var frames: [(Trap.Frame, Instance)] = []
            module.tier.visitFrames(of: context) { frames.append(($0, $1)) }
            context.keep(frames)
        }
        return reason
    }
    if reason == 0 { slots.update(from: frame, count: results) }
    return reason
}

/// Executes an instruction whose operands stand in `slots` in the order in which they were pushed.
private func executeInstruction(
    _ context: UnsafeMutablePointer<MachineContext>, _ machine: UnsafeMutablePointer<MachineInstance>,
    _ opcode: Opcode, _ first: UInt32, _ second: UInt32, _ slots: UnsafeMutablePointer<MachineSlot>
) -> UInt32 {
    // SAFETY: the caller runs the instance, so it is alive; nothing is retained on the way.
    let reason = Unmanaged<Instance>.fromOpaque(machine.pointee.object)._withUnsafeGuaranteedRef { instance in
        switch InstructionKind(opcode) {
        case .synchronization(let synchronization):
            return execute(synchronization, context, instance, offset: first, slots)
        case .memory(let memory): return execute(memory, context, instance, segment: first, slots)
        case .table(let table): return execute(table, instance, first, second, slots)
        case .control, .parametric, .variable, .constant, .reference, .load, .store, .numeric, .atomic:
            preconditionFailure("\(opcode) is compiled, not executed here")
        }
    }
    return reason?.rawValue ?? 0
}

private func i32(_ slot: MachineSlot) -> UInt64 { slot & 0xFFFF_FFFF }

private func execute(
    _ instruction: MemoryInstruction, _ context: UnsafeMutablePointer<MachineContext>, _ instance: Instance,
    segment: UInt32, _ slots: UnsafeMutablePointer<MachineSlot>
) -> TrapReason? {
    switch instruction {
    case .memorySize: slots[0] = instance.memories[0].pages
    case .memoryGrow:
        slots[0] = instance.memories[0].grow(by: i32(slots[0])) ?? UInt64(UInt32.max)
        return nil
    case .memoryInit:
        return instance.initializeMemory(
            0, at: i32(slots[0]), from: i32(slots[1]), segment: Int(segment), count: i32(slots[2]))
    case .memoryCopy:
        return instance.memories[0].machine.copy(
            to: i32(slots[0]), from: i32(slots[1]), count: i32(slots[2]), context: context)
    case .memoryFill:
        return instance.memories[0].machine.fill(
            at: i32(slots[0]), with: UInt8(truncatingIfNeeded: slots[1]), count: i32(slots[2]),
            context: context)
    case .dataDrop: instance.dropData(Int(segment))
    }
    return nil
}

private func execute(
    _ instruction: TableInstruction, _ instance: Instance, _ first: UInt32, _ second: UInt32,
    _ slots: UnsafeMutablePointer<MachineSlot>
) -> TrapReason? {
    switch instruction {
    case .elemDrop: instance.dropElements(Int(first))
    case .tableInit:
        return instance.initializeTable(
            Int(second), at: i32(slots[0]), from: i32(slots[1]), segment: Int(first), count: i32(slots[2]))
    case .tableCopy:
        return instance.table(Int(first)).copy(
            to: i32(slots[0]), from: i32(slots[1]), of: instance.table(Int(second)), count: i32(slots[2]))
    case .tableGet:
        guard let value = instance.table(Int(first))[i32(slots[0])] else { return .tableOutOfBounds }
        slots[0] = value
        return nil
    case .tableSet: return instance.table(Int(first)).set(i32(slots[0]), to: slots[1])
    case .tableSize: slots[0] = instance.table(Int(first)).count
    case .tableGrow:
        slots[0] = instance.table(Int(first)).grow(by: i32(slots[1]), with: slots[0]) ?? UInt64(UInt32.max)
    case .tableFill:
        return instance.table(Int(first)).fill(at: i32(slots[0]), with: slots[1], count: i32(slots[2]))
    }
    return nil
}

private func execute(
    _ instruction: SynchronizationInstruction, _ context: UnsafeMutablePointer<MachineContext>,
    _ instance: Instance, offset: UInt32, _ slots: UnsafeMutablePointer<MachineSlot>
) -> TrapReason? {
    let memory = instance.memories[0]
    let bytes: UInt64
    switch instruction {
    case .memoryAtomicNotify, .memoryAtomicWait32: bytes = 4
    case .memoryAtomicWait64: bytes = 8
    case .atomicFence: preconditionFailure("a fence is compiled, not executed here")
    }
    let place = i32(slots[0]) + UInt64(offset)
    guard place + bytes <= memory.byteLength else { return .memoryOutOfBounds }
    guard place % bytes == 0 else { return .unalignedAtomic }
    let address = UnsafeMutableRawPointer(memory.machine.pointee.base.unsafelyUnwrapped) + Int(place)
    if instruction == .memoryAtomicNotify {
        let count = UInt32(truncatingIfNeeded: slots[1])
        slots[0] = UInt64(ParkingLot.notify(address: address, count: count))
        return nil
    }
    guard memory.isShared else { return .expectedSharedMemory }
    context.atomicWaitOffset.pointee.store(place, ordering: .relaxed)
    guard context.moves(to: Place.waiting) else { return .interrupted }
    defer { context.place = Place.guest }
    let timeout = Int64(bitPattern: slots[2])
    let result = GuestThread.withCurrent(context) { thread in
        instruction == .memoryAtomicWait32
            ? ParkingLot.wait32(
                address: address, expected: UInt32(truncatingIfNeeded: slots[1]), timeout: timeout,
                thread: thread)
            : ParkingLot.wait64(address: address, expected: slots[1], timeout: timeout, thread: thread)
    }
    guard result != .interrupted else { return .interrupted }
    slots[0] = UInt64(result.rawValue)
    return nil
}
