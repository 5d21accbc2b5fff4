// The loop that runs a function: one switch over operations.
//
// Always true on the way: `pc` stands at an operation's word, `frame` at slot 0 of the active function,
// `instance` and `memory` belong to that function. Calls between WebAssembly functions stay in this loop.
// The switch names every operation, since a default would cost a comparison at each.
// This function is long on purpose: the compiler makes one jump table of it and keeps its five variables
// in registers, which it does not do across functions. Everything that is rare or large is outside.
//
// How an interrupt gets in: it sets the stack limit to 0, which the check at a call sees, and which the
// loop looks at after each branch that is taken and each call of the host. So no path through a guest
// program is without a check, and straight code pays nothing.

import CMachine
import WasmRuntime

/// Runs from `pc` until the outermost frame returns or something traps.
/// Returns 0 or a raw `TrapReason`, and then says in `context` where.
func interpret(
    from start: Words, frame startFrame: Frame, instance startInstance: UnsafeMutablePointer<MachineInstance>,
    context: UnsafeMutablePointer<MachineContext>
) -> UInt32 {
    var pc = start
    var frame = startFrame
    var instance = startInstance
    var memory = instance.pointee.memory0
    var reason: UInt32 = 0

    run: while true {
        if context.isInterrupted {
            reason = TrapReason.interrupted.rawValue
            break run
        }
        taken: while true {
            switch pc.operation {

            // MARK: Control
            case .translate:
                let outcome = translateBody(at: pc, frame: frame, context: context)
                guard let body = outcome.body else { reason = outcome.reason; break run }
                pc = body
            case .exit:
                return 0
            case .bridgeReturn:
                let bridge = frame.leaveBridge()
                pc = bridge.pc
                frame = bridge.frame
                instance = bridge.instance
                memory = instance.pointee.memory0
            case .unreachable:
                reason = TrapReason.unreachable.rawValue
                break run
            case .br:
                pc += pc[offset: 1]
                break taken
            case .brIf: if frame[i32: pc[1]] != 0 { pc += pc[offset: 2]; break taken } else { pc += 4 }
            case .brUnless: if frame[i32: pc[1]] == 0 { pc += pc[offset: 2]; break taken } else { pc += 4 }
            case .brIfI64: if frame[pc[1]] != 0 { pc += pc[offset: 2]; break taken } else { pc += 4 }
            case .brUnlessI64: if frame[pc[1]] == 0 { pc += pc[offset: 2]; break taken } else { pc += 4 }
            case .brTable:
                let index = min(frame[i32: pc[1]], pc[u32: 2])
                pc += pc[offset: 4 + 2 * Int(index)]
                break taken
            case .brIfI32Eq: if frame[i32: pc[1]] == frame[i32: pc[2]] { pc += pc[offset: 3]; break taken } else { pc += 5 }
            case .brIfI32Ne: if frame[i32: pc[1]] != frame[i32: pc[2]] { pc += pc[offset: 3]; break taken } else { pc += 5 }
            case .brIfI32LtS: if frame[s32: pc[1]] < frame[s32: pc[2]] { pc += pc[offset: 3]; break taken } else { pc += 5 }
            case .brIfI32LtU: if frame[i32: pc[1]] < frame[i32: pc[2]] { pc += pc[offset: 3]; break taken } else { pc += 5 }
            case .brIfI32LeS: if frame[s32: pc[1]] <= frame[s32: pc[2]] { pc += pc[offset: 3]; break taken } else { pc += 5 }
            case .brIfI32LeU: if frame[i32: pc[1]] <= frame[i32: pc[2]] { pc += pc[offset: 3]; break taken } else { pc += 5 }
            case .brIfI64Eq: if frame[pc[1]] == frame[pc[2]] { pc += pc[offset: 3]; break taken } else { pc += 5 }
            case .brIfI64Ne: if frame[pc[1]] != frame[pc[2]] { pc += pc[offset: 3]; break taken } else { pc += 5 }
            case .brIfI64LtS: if frame[s64: pc[1]] < frame[s64: pc[2]] { pc += pc[offset: 3]; break taken } else { pc += 5 }
            case .brIfI64LtU: if frame[pc[1]] < frame[pc[2]] { pc += pc[offset: 3]; break taken } else { pc += 5 }
            case .brIfI64LeS: if frame[s64: pc[1]] <= frame[s64: pc[2]] { pc += pc[offset: 3]; break taken } else { pc += 5 }
            case .brIfI64LeU: if frame[pc[1]] <= frame[pc[2]] { pc += pc[offset: 3]; break taken } else { pc += 5 }
            case .brIfF32Eq: if frame[f32: pc[1]] == frame[f32: pc[2]] { pc += pc[offset: 3]; break taken } else { pc += 5 }
            case .brIfF32Ne: if frame[f32: pc[1]] != frame[f32: pc[2]] { pc += pc[offset: 3]; break taken } else { pc += 5 }
            case .brIfF32Lt: if frame[f32: pc[1]] < frame[f32: pc[2]] { pc += pc[offset: 3]; break taken } else { pc += 5 }
            case .brUnlessF32Lt: if !(frame[f32: pc[1]] < frame[f32: pc[2]]) { pc += pc[offset: 3]; break taken } else { pc += 5 }
            case .brIfF32Le: if frame[f32: pc[1]] <= frame[f32: pc[2]] { pc += pc[offset: 3]; break taken } else { pc += 5 }
            case .brUnlessF32Le: if !(frame[f32: pc[1]] <= frame[f32: pc[2]]) { pc += pc[offset: 3]; break taken } else { pc += 5 }
            case .brIfF64Eq: if frame[f64: pc[1]] == frame[f64: pc[2]] { pc += pc[offset: 3]; break taken } else { pc += 5 }
            case .brIfF64Ne: if frame[f64: pc[1]] != frame[f64: pc[2]] { pc += pc[offset: 3]; break taken } else { pc += 5 }
            case .brIfF64Lt: if frame[f64: pc[1]] < frame[f64: pc[2]] { pc += pc[offset: 3]; break taken } else { pc += 5 }
            case .brUnlessF64Lt: if !(frame[f64: pc[1]] < frame[f64: pc[2]]) { pc += pc[offset: 3]; break taken } else { pc += 5 }
            case .brIfF64Le: if frame[f64: pc[1]] <= frame[f64: pc[2]] { pc += pc[offset: 3]; break taken } else { pc += 5 }
            case .brUnlessF64Le: if !(frame[f64: pc[1]] <= frame[f64: pc[2]]) { pc += pc[offset: 3]; break taken } else { pc += 5 }
            case .brIfI32EqImm: if frame[i32: pc[1]] == pc[u32: 2] { pc += pc[offset: 4]; break taken } else { pc += 6 }
            case .brIfI32NeImm: if frame[i32: pc[1]] != pc[u32: 2] { pc += pc[offset: 4]; break taken } else { pc += 6 }
            case .brIfI32LtSImm: if frame[s32: pc[1]] < Int32(bitPattern: pc[u32: 2]) { pc += pc[offset: 4]; break taken } else { pc += 6 }
            case .brIfI32LtUImm: if frame[i32: pc[1]] < pc[u32: 2] { pc += pc[offset: 4]; break taken } else { pc += 6 }
            case .brIfI32GtSImm: if frame[s32: pc[1]] > Int32(bitPattern: pc[u32: 2]) { pc += pc[offset: 4]; break taken } else { pc += 6 }
            case .brIfI32GtUImm: if frame[i32: pc[1]] > pc[u32: 2] { pc += pc[offset: 4]; break taken } else { pc += 6 }
            case .brIfI64EqImm: if frame[pc[1]] == pc[i64: 2] { pc += pc[offset: 4]; break taken } else { pc += 6 }
            case .brIfI64NeImm: if frame[pc[1]] != pc[i64: 2] { pc += pc[offset: 4]; break taken } else { pc += 6 }
            case .brIfI64LtSImm: if frame[s64: pc[1]] < Int64(bitPattern: pc[i64: 2]) { pc += pc[offset: 4]; break taken } else { pc += 6 }
            case .brIfI64LtUImm: if frame[pc[1]] < pc[i64: 2] { pc += pc[offset: 4]; break taken } else { pc += 6 }
            case .brIfI64GtSImm: if frame[s64: pc[1]] > Int64(bitPattern: pc[i64: 2]) { pc += pc[offset: 4]; break taken } else { pc += 6 }
            case .brIfI64GtUImm: if frame[pc[1]] > pc[i64: 2] { pc += pc[offset: 4]; break taken } else { pc += 6 }
            case .brIfI32AndImm: if frame[i32: pc[1]] & pc[u32: 2] != 0 { pc += pc[offset: 4]; break taken } else { pc += 6 }
            case .brUnlessI32AndImm: if frame[i32: pc[1]] & pc[u32: 2] == 0 { pc += pc[offset: 4]; break taken } else { pc += 6 }
            case .return0:
                let record = frame + Int(pc[1])
                pc = record.returnAddress
                frame = record.callerFrame
            case .return1:
                let record = frame + Int(pc[1])
                frame[0] = frame[pc[2]]
                pc = record.returnAddress
                frame = record.callerFrame
            case .call:
                let code = UnsafePointer<MachineCode>(bitPattern: UInt(pc[u64: 1])).unsafelyUnwrapped
                let callee = frame + Int(pc[5])
                let body = code.currentBody
                guard callee.enter(body, returningTo: pc + 6, caller: frame, limit: context.limit) else { reason = context.overflowReason; break run }
                frame = callee
                pc = body
            case .callImported:
                let function = instance.pointee.importedFunctions[Int(pc[1])].unsafelyUnwrapped
                let code = function.pointee.code.unsafelyUnwrapped
                let callee = frame + Int(pc[2])
                if let entry = code.pointee.hostEntry {
                    reason = callHost(code, entry: entry, frame: callee, instance: instance, context: context)
                    guard reason == 0 else { break run }
                    pc += 3
                    break taken
                }
                let entered = enterForeign(
                    function, frame: callee, returningTo: pc + 3, caller: frame, instance: instance,
                    context: context)
                guard let entered else { reason = context.overflowReason; break run }
                (pc, frame) = entered
                instance = function.pointee.instance
                memory = instance.pointee.memory0
            case .callIndirect:
                let table = instance.pointee.tables[Int(pc[2])].unsafelyUnwrapped
                let index = UInt64(frame[i32: pc[1]])
                guard index < table.pointee.count else { reason = TrapReason.tableOutOfBounds.rawValue; break run }
                guard let function = UnsafePointer<MachineFunction>(bitPattern: UInt(table.pointee.elements[Int(index)])) else { reason = TrapReason.uninitializedElement.rawValue; break run }
                let code = function.pointee.code.unsafelyUnwrapped
                guard code.pointee.typeNumber == pc[u32: 3] else { reason = TrapReason.indirectCallTypeMismatch.rawValue; break run }
                let callee = frame + Int(pc[5])
                if let entry = code.pointee.hostEntry {
                    reason = callHost(code, entry: entry, frame: callee, instance: instance, context: context)
                    guard reason == 0 else { break run }
                    pc += 6
                    break taken
                }
                if function.pointee.instance == instance {
                    let body = code.currentBody
                    guard callee.enter(body, returningTo: pc + 6, caller: frame, limit: context.limit) else {
                        reason = context.overflowReason
                        break run
                    }
                    frame = callee
                    pc = body
                    continue
                }
                let entered = enterForeign(
                    function, frame: callee, returningTo: pc + 6, caller: frame, instance: instance,
                    context: context)
                guard let entered else { reason = context.overflowReason; break run }
                (pc, frame) = entered
                instance = function.pointee.instance
                memory = instance.pointee.memory0

            // MARK: Values
            case .copy, .i32ReinterpretF32, .i64ReinterpretF64, .f32ReinterpretI32, .f64ReinterpretI64:
                frame[pc[1]] = frame[pc[2]]
                pc += 3
            case .const32: frame[pc[1]] = UInt64(pc[u32: 2]); pc += 4
            case .const64: frame[pc[1]] = pc[u64: 2]; pc += 6
            case .select: frame[pc[1]] = frame[i32: pc[4]] != 0 ? frame[pc[2]] : frame[pc[3]]; pc += 5
            case .globalGet: frame[pc[1]] = instance.pointee.ownGlobals[Int(pc[2])]; pc += 3
            case .globalSet: instance.pointee.ownGlobals[Int(pc[2])] = frame[pc[1]]; pc += 3
            case .globalGetImported:
                frame[pc[1]] = instance.pointee.globals[Int(pc[2])].unsafelyUnwrapped.pointee
                pc += 3
            case .globalSetImported:
                instance.pointee.globals[Int(pc[2])].unsafelyUnwrapped.pointee = frame[pc[1]]
                pc += 3

            // MARK: Memory
            case .load32:
                guard let source = memory.address(frame[i32: pc[2]], pc[u32: 3], 4) else { reason = TrapReason.memoryOutOfBounds.rawValue; break run }
                frame[i32: pc[1]] = source.loadUnaligned(as: UInt32.self)
                pc += 5
            case .load64:
                guard let source = memory.address(frame[i32: pc[2]], pc[u32: 3], 8) else { reason = TrapReason.memoryOutOfBounds.rawValue; break run }
                frame[pc[1]] = source.loadUnaligned(as: UInt64.self)
                pc += 5
            case .load8U:
                guard let source = memory.address(frame[i32: pc[2]], pc[u32: 3], 1) else { reason = TrapReason.memoryOutOfBounds.rawValue; break run }
                frame[pc[1]] = UInt64(source.load(as: UInt8.self))
                pc += 5
            case .load16U:
                guard let source = memory.address(frame[i32: pc[2]], pc[u32: 3], 2) else { reason = TrapReason.memoryOutOfBounds.rawValue; break run }
                frame[pc[1]] = UInt64(source.loadUnaligned(as: UInt16.self))
                pc += 5
            case .i32Load8S:
                guard let source = memory.address(frame[i32: pc[2]], pc[u32: 3], 1) else { reason = TrapReason.memoryOutOfBounds.rawValue; break run }
                frame[s32: pc[1]] = Int32(source.load(as: Int8.self))
                pc += 5
            case .i32Load16S:
                guard let source = memory.address(frame[i32: pc[2]], pc[u32: 3], 2) else { reason = TrapReason.memoryOutOfBounds.rawValue; break run }
                frame[s32: pc[1]] = Int32(source.loadUnaligned(as: Int16.self))
                pc += 5
            case .i64Load8S:
                guard let source = memory.address(frame[i32: pc[2]], pc[u32: 3], 1) else { reason = TrapReason.memoryOutOfBounds.rawValue; break run }
                frame[s64: pc[1]] = Int64(source.load(as: Int8.self))
                pc += 5
            case .i64Load16S:
                guard let source = memory.address(frame[i32: pc[2]], pc[u32: 3], 2) else { reason = TrapReason.memoryOutOfBounds.rawValue; break run }
                frame[s64: pc[1]] = Int64(source.loadUnaligned(as: Int16.self))
                pc += 5
            case .i64Load32S:
                guard let source = memory.address(frame[i32: pc[2]], pc[u32: 3], 4) else { reason = TrapReason.memoryOutOfBounds.rawValue; break run }
                frame[s64: pc[1]] = Int64(source.loadUnaligned(as: Int32.self))
                pc += 5
            case .load32Indexed:
                let index = frame[i32: pc[2]] &+ frame[i32: pc[3]]
                guard let source = memory.address(index, pc[u32: 4], 4) else { reason = TrapReason.memoryOutOfBounds.rawValue; break run }
                frame[i32: pc[1]] = source.loadUnaligned(as: UInt32.self)
                pc += 6
            case .load64Indexed:
                let index = frame[i32: pc[2]] &+ frame[i32: pc[3]]
                guard let source = memory.address(index, pc[u32: 4], 8) else { reason = TrapReason.memoryOutOfBounds.rawValue; break run }
                frame[pc[1]] = source.loadUnaligned(as: UInt64.self)
                pc += 6
            case .load8UIndexed:
                let index = frame[i32: pc[2]] &+ frame[i32: pc[3]]
                guard let source = memory.address(index, pc[u32: 4], 1) else { reason = TrapReason.memoryOutOfBounds.rawValue; break run }
                frame[pc[1]] = UInt64(source.load(as: UInt8.self))
                pc += 6
            case .load32Displaced:
                guard let source = memory.address(frame[i32: pc[2]] &+ pc[u32: 3], 0, 4) else { reason = TrapReason.memoryOutOfBounds.rawValue; break run }
                frame[i32: pc[1]] = source.loadUnaligned(as: UInt32.self)
                pc += 5
            case .load64Displaced:
                guard let source = memory.address(frame[i32: pc[2]] &+ pc[u32: 3], 0, 8) else { reason = TrapReason.memoryOutOfBounds.rawValue; break run }
                frame[pc[1]] = source.loadUnaligned(as: UInt64.self)
                pc += 5
            case .load8UDisplaced:
                guard let source = memory.address(frame[i32: pc[2]] &+ pc[u32: 3], 0, 1) else { reason = TrapReason.memoryOutOfBounds.rawValue; break run }
                frame[pc[1]] = UInt64(source.load(as: UInt8.self))
                pc += 5
            case .i32AddLoad:
                guard let source = memory.address(frame[i32: pc[3]], pc[u32: 4], 4) else { reason = TrapReason.memoryOutOfBounds.rawValue; break run }
                frame[i32: pc[1]] = frame[i32: pc[2]] &+ source.loadUnaligned(as: UInt32.self)
                pc += 6
            case .i32XorLoad:
                guard let source = memory.address(frame[i32: pc[3]], pc[u32: 4], 4) else { reason = TrapReason.memoryOutOfBounds.rawValue; break run }
                frame[i32: pc[1]] = frame[i32: pc[2]] ^ source.loadUnaligned(as: UInt32.self)
                pc += 6
            case .f32AddLoad:
                guard let source = memory.address(frame[i32: pc[3]], pc[u32: 4], 4) else { reason = TrapReason.memoryOutOfBounds.rawValue; break run }
                frame[f32: pc[1]] = frame[f32: pc[2]] + Float(bitPattern: source.loadUnaligned(as: UInt32.self))
                pc += 6
            case .f32MulLoad:
                guard let source = memory.address(frame[i32: pc[3]], pc[u32: 4], 4) else { reason = TrapReason.memoryOutOfBounds.rawValue; break run }
                frame[f32: pc[1]] = frame[f32: pc[2]] * Float(bitPattern: source.loadUnaligned(as: UInt32.self))
                pc += 6
            case .f64AddLoad:
                guard let source = memory.address(frame[i32: pc[3]], pc[u32: 4], 8) else { reason = TrapReason.memoryOutOfBounds.rawValue; break run }
                frame[f64: pc[1]] = frame[f64: pc[2]] + Double(bitPattern: source.loadUnaligned(as: UInt64.self))
                pc += 6
            case .f64SubLoad:
                guard let source = memory.address(frame[i32: pc[3]], pc[u32: 4], 8) else { reason = TrapReason.memoryOutOfBounds.rawValue; break run }
                frame[f64: pc[1]] = frame[f64: pc[2]] - Double(bitPattern: source.loadUnaligned(as: UInt64.self))
                pc += 6
            case .f64MulLoad:
                guard let source = memory.address(frame[i32: pc[3]], pc[u32: 4], 8) else { reason = TrapReason.memoryOutOfBounds.rawValue; break run }
                frame[f64: pc[1]] = frame[f64: pc[2]] * Double(bitPattern: source.loadUnaligned(as: UInt64.self))
                pc += 6
            case .store8:
                guard let target = memory.address(frame[i32: pc[1]], pc[u32: 3], 1) else { reason = TrapReason.memoryOutOfBounds.rawValue; break run }
                target.storeBytes(of: UInt8(truncatingIfNeeded: frame[pc[2]]), as: UInt8.self)
                pc += 5
            case .store16:
                guard let target = memory.address(frame[i32: pc[1]], pc[u32: 3], 2) else { reason = TrapReason.memoryOutOfBounds.rawValue; break run }
                target.storeBytes(of: UInt16(truncatingIfNeeded: frame[pc[2]]), as: UInt16.self)
                pc += 5
            case .store32:
                guard let target = memory.address(frame[i32: pc[1]], pc[u32: 3], 4) else { reason = TrapReason.memoryOutOfBounds.rawValue; break run }
                target.storeBytes(of: UInt32(truncatingIfNeeded: frame[pc[2]]), as: UInt32.self)
                pc += 5
            case .store64:
                guard let target = memory.address(frame[i32: pc[1]], pc[u32: 3], 8) else { reason = TrapReason.memoryOutOfBounds.rawValue; break run }
                target.storeBytes(of: UInt64(truncatingIfNeeded: frame[pc[2]]), as: UInt64.self)
                pc += 5

            // MARK: Comparisons
            case .i32Eqz: frame[bool: pc[1]] = frame[i32: pc[2]] == 0; pc += 3
            case .i32Eq: frame[bool: pc[1]] = frame[i32: pc[2]] == frame[i32: pc[3]]; pc += 4
            case .i32Ne: frame[bool: pc[1]] = frame[i32: pc[2]] != frame[i32: pc[3]]; pc += 4
            case .i32LtS: frame[bool: pc[1]] = frame[s32: pc[2]] < frame[s32: pc[3]]; pc += 4
            case .i32LtU: frame[bool: pc[1]] = frame[i32: pc[2]] < frame[i32: pc[3]]; pc += 4
            case .i32GtS: frame[bool: pc[1]] = frame[s32: pc[2]] > frame[s32: pc[3]]; pc += 4
            case .i32GtU: frame[bool: pc[1]] = frame[i32: pc[2]] > frame[i32: pc[3]]; pc += 4
            case .i32LeS: frame[bool: pc[1]] = frame[s32: pc[2]] <= frame[s32: pc[3]]; pc += 4
            case .i32LeU: frame[bool: pc[1]] = frame[i32: pc[2]] <= frame[i32: pc[3]]; pc += 4
            case .i32GeS: frame[bool: pc[1]] = frame[s32: pc[2]] >= frame[s32: pc[3]]; pc += 4
            case .i32GeU: frame[bool: pc[1]] = frame[i32: pc[2]] >= frame[i32: pc[3]]; pc += 4
            case .i64Eqz: frame[bool: pc[1]] = frame[pc[2]] == 0; pc += 3
            case .i64Eq: frame[bool: pc[1]] = frame[pc[2]] == frame[pc[3]]; pc += 4
            case .i64Ne: frame[bool: pc[1]] = frame[pc[2]] != frame[pc[3]]; pc += 4
            case .i64LtS: frame[bool: pc[1]] = frame[s64: pc[2]] < frame[s64: pc[3]]; pc += 4
            case .i64LtU: frame[bool: pc[1]] = frame[pc[2]] < frame[pc[3]]; pc += 4
            case .i64GtS: frame[bool: pc[1]] = frame[s64: pc[2]] > frame[s64: pc[3]]; pc += 4
            case .i64GtU: frame[bool: pc[1]] = frame[pc[2]] > frame[pc[3]]; pc += 4
            case .i64LeS: frame[bool: pc[1]] = frame[s64: pc[2]] <= frame[s64: pc[3]]; pc += 4
            case .i64LeU: frame[bool: pc[1]] = frame[pc[2]] <= frame[pc[3]]; pc += 4
            case .i64GeS: frame[bool: pc[1]] = frame[s64: pc[2]] >= frame[s64: pc[3]]; pc += 4
            case .i64GeU: frame[bool: pc[1]] = frame[pc[2]] >= frame[pc[3]]; pc += 4
            case .f32Eq: frame[bool: pc[1]] = frame[f32: pc[2]] == frame[f32: pc[3]]; pc += 4
            case .f32Ne: frame[bool: pc[1]] = frame[f32: pc[2]] != frame[f32: pc[3]]; pc += 4
            case .f32Lt: frame[bool: pc[1]] = frame[f32: pc[2]] < frame[f32: pc[3]]; pc += 4
            case .f32Gt: frame[bool: pc[1]] = frame[f32: pc[2]] > frame[f32: pc[3]]; pc += 4
            case .f32Le: frame[bool: pc[1]] = frame[f32: pc[2]] <= frame[f32: pc[3]]; pc += 4
            case .f32Ge: frame[bool: pc[1]] = frame[f32: pc[2]] >= frame[f32: pc[3]]; pc += 4
            case .f64Eq: frame[bool: pc[1]] = frame[f64: pc[2]] == frame[f64: pc[3]]; pc += 4
            case .f64Ne: frame[bool: pc[1]] = frame[f64: pc[2]] != frame[f64: pc[3]]; pc += 4
            case .f64Lt: frame[bool: pc[1]] = frame[f64: pc[2]] < frame[f64: pc[3]]; pc += 4
            case .f64Gt: frame[bool: pc[1]] = frame[f64: pc[2]] > frame[f64: pc[3]]; pc += 4
            case .f64Le: frame[bool: pc[1]] = frame[f64: pc[2]] <= frame[f64: pc[3]]; pc += 4
            case .f64Ge: frame[bool: pc[1]] = frame[f64: pc[2]] >= frame[f64: pc[3]]; pc += 4
            case .i32EqImm: frame[bool: pc[1]] = frame[i32: pc[2]] == pc[u32: 3]; pc += 5
            case .i32NeImm: frame[bool: pc[1]] = frame[i32: pc[2]] != pc[u32: 3]; pc += 5
            case .i32LtSImm: frame[bool: pc[1]] = frame[s32: pc[2]] < Int32(bitPattern: pc[u32: 3]); pc += 5
            case .i32LtUImm: frame[bool: pc[1]] = frame[i32: pc[2]] < pc[u32: 3]; pc += 5
            case .i32GtSImm: frame[bool: pc[1]] = frame[s32: pc[2]] > Int32(bitPattern: pc[u32: 3]); pc += 5
            case .i32GtUImm: frame[bool: pc[1]] = frame[i32: pc[2]] > pc[u32: 3]; pc += 5
            case .i64EqImm: frame[bool: pc[1]] = frame[pc[2]] == pc[i64: 3]; pc += 5
            case .i64NeImm: frame[bool: pc[1]] = frame[pc[2]] != pc[i64: 3]; pc += 5
            case .i64LtSImm: frame[bool: pc[1]] = frame[s64: pc[2]] < Int64(bitPattern: pc[i64: 3]); pc += 5
            case .i64LtUImm: frame[bool: pc[1]] = frame[pc[2]] < pc[i64: 3]; pc += 5
            case .i64GtSImm: frame[bool: pc[1]] = frame[s64: pc[2]] > Int64(bitPattern: pc[i64: 3]); pc += 5
            case .i64GtUImm: frame[bool: pc[1]] = frame[pc[2]] > pc[i64: 3]; pc += 5

            // MARK: Integers, i32
            case .i32Clz: frame[i32: pc[1]] = UInt32(frame[i32: pc[2]].leadingZeroBitCount); pc += 3
            case .i32Ctz: frame[i32: pc[1]] = UInt32(frame[i32: pc[2]].trailingZeroBitCount); pc += 3
            case .i32Popcnt: frame[i32: pc[1]] = UInt32(frame[i32: pc[2]].nonzeroBitCount); pc += 3
            case .i32Add: frame[i32: pc[1]] = frame[i32: pc[2]] &+ frame[i32: pc[3]]; pc += 4
            case .i32Sub: frame[i32: pc[1]] = frame[i32: pc[2]] &- frame[i32: pc[3]]; pc += 4
            case .i32Mul: frame[i32: pc[1]] = frame[i32: pc[2]] &* frame[i32: pc[3]]; pc += 4
            case .i32And: frame[i32: pc[1]] = frame[i32: pc[2]] & frame[i32: pc[3]]; pc += 4
            case .i32Or: frame[i32: pc[1]] = frame[i32: pc[2]] | frame[i32: pc[3]]; pc += 4
            case .i32Xor: frame[i32: pc[1]] = frame[i32: pc[2]] ^ frame[i32: pc[3]]; pc += 4
            case .i32Shl: frame[i32: pc[1]] = frame[i32: pc[2]] &<< frame[i32: pc[3]]; pc += 4
            case .i32ShrS: frame[s32: pc[1]] = frame[s32: pc[2]] &>> frame[s32: pc[3]]; pc += 4
            case .i32ShrU: frame[i32: pc[1]] = frame[i32: pc[2]] &>> frame[i32: pc[3]]; pc += 4
            case .i32Rotl: frame[i32: pc[1]] = frame[i32: pc[2]].rotatedLeft(by: frame[i32: pc[3]]); pc += 4
            case .i32Rotr:
                frame[i32: pc[1]] = frame[i32: pc[2]].rotatedLeft(by: 0 &- frame[i32: pc[3]])
                pc += 4
            case .i32DivS:
                let divisor = frame[s32: pc[3]]
                guard divisor != 0 else { reason = TrapReason.integerDivideByZero.rawValue; break run }
                let dividend = frame[s32: pc[2]]
                guard !(divisor == -1 && dividend == .min) else { reason = TrapReason.integerOverflow.rawValue; break run }
                frame[s32: pc[1]] = dividend / divisor
                pc += 4
            case .i32DivU:
                let divisor = frame[i32: pc[3]]
                guard divisor != 0 else { reason = TrapReason.integerDivideByZero.rawValue; break run }
                frame[i32: pc[1]] = frame[i32: pc[2]] / divisor
                pc += 4
            case .i32RemS:
                let divisor = frame[s32: pc[3]]
                guard divisor != 0 else { reason = TrapReason.integerDivideByZero.rawValue; break run }
                frame[s32: pc[1]] = divisor == -1 ? 0 : frame[s32: pc[2]] % divisor
                pc += 4
            case .i32RemU:
                let divisor = frame[i32: pc[3]]
                guard divisor != 0 else { reason = TrapReason.integerDivideByZero.rawValue; break run }
                frame[i32: pc[1]] = frame[i32: pc[2]] % divisor
                pc += 4
            case .i32AddImm: frame[i32: pc[1]] = frame[i32: pc[2]] &+ pc[u32: 3]; pc += 5
            case .i32MulImm: frame[i32: pc[1]] = frame[i32: pc[2]] &* pc[u32: 3]; pc += 5
            case .i32AndImm: frame[i32: pc[1]] = frame[i32: pc[2]] & pc[u32: 3]; pc += 5
            case .i32OrImm: frame[i32: pc[1]] = frame[i32: pc[2]] | pc[u32: 3]; pc += 5
            case .i32XorImm: frame[i32: pc[1]] = frame[i32: pc[2]] ^ pc[u32: 3]; pc += 5
            case .i32ShlImm: frame[i32: pc[1]] = frame[i32: pc[2]] &<< pc[u32: 3]; pc += 5
            case .i32ShrUImm: frame[i32: pc[1]] = frame[i32: pc[2]] &>> pc[u32: 3]; pc += 5
            case .i32ShrSImm: frame[s32: pc[1]] = frame[s32: pc[2]] &>> Int32(bitPattern: pc[u32: 3]); pc += 5
            case .i32RotlImm: frame[i32: pc[1]] = frame[i32: pc[2]].rotatedLeft(by: pc[u32: 3]); pc += 5

            // MARK: Integers, i64
            case .i64Clz: frame[pc[1]] = UInt64(frame[pc[2]].leadingZeroBitCount); pc += 3
            case .i64Ctz: frame[pc[1]] = UInt64(frame[pc[2]].trailingZeroBitCount); pc += 3
            case .i64Popcnt: frame[pc[1]] = UInt64(frame[pc[2]].nonzeroBitCount); pc += 3
            case .i64Add: frame[pc[1]] = frame[pc[2]] &+ frame[pc[3]]; pc += 4
            case .i64Sub: frame[pc[1]] = frame[pc[2]] &- frame[pc[3]]; pc += 4
            case .i64Mul: frame[pc[1]] = frame[pc[2]] &* frame[pc[3]]; pc += 4
            case .i64And: frame[pc[1]] = frame[pc[2]] & frame[pc[3]]; pc += 4
            case .i64Or: frame[pc[1]] = frame[pc[2]] | frame[pc[3]]; pc += 4
            case .i64Xor: frame[pc[1]] = frame[pc[2]] ^ frame[pc[3]]; pc += 4
            case .i64Shl: frame[pc[1]] = frame[pc[2]] &<< frame[pc[3]]; pc += 4
            case .i64ShrS: frame[s64: pc[1]] = frame[s64: pc[2]] &>> frame[s64: pc[3]]; pc += 4
            case .i64ShrU: frame[pc[1]] = frame[pc[2]] &>> frame[pc[3]]; pc += 4
            case .i64Rotl: frame[pc[1]] = frame[pc[2]].rotatedLeft(by: frame[pc[3]]); pc += 4
            case .i64Rotr: frame[pc[1]] = frame[pc[2]].rotatedLeft(by: 0 &- frame[pc[3]]); pc += 4
            case .i64DivS:
                let divisor = frame[s64: pc[3]]
                guard divisor != 0 else { reason = TrapReason.integerDivideByZero.rawValue; break run }
                let dividend = frame[s64: pc[2]]
                guard !(divisor == -1 && dividend == .min) else { reason = TrapReason.integerOverflow.rawValue; break run }
                frame[s64: pc[1]] = dividend / divisor
                pc += 4
            case .i64DivU:
                let divisor = frame[pc[3]]
                guard divisor != 0 else { reason = TrapReason.integerDivideByZero.rawValue; break run }
                frame[pc[1]] = frame[pc[2]] / divisor
                pc += 4
            case .i64RemS:
                let divisor = frame[s64: pc[3]]
                guard divisor != 0 else { reason = TrapReason.integerDivideByZero.rawValue; break run }
                frame[s64: pc[1]] = divisor == -1 ? 0 : frame[s64: pc[2]] % divisor
                pc += 4
            case .i64RemU:
                let divisor = frame[pc[3]]
                guard divisor != 0 else { reason = TrapReason.integerDivideByZero.rawValue; break run }
                frame[pc[1]] = frame[pc[2]] % divisor
                pc += 4
            case .i64AddImm: frame[pc[1]] = frame[pc[2]] &+ pc[i64: 3]; pc += 5
            case .i64MulImm: frame[pc[1]] = frame[pc[2]] &* pc[i64: 3]; pc += 5
            case .i64AndImm: frame[pc[1]] = frame[pc[2]] & pc[i64: 3]; pc += 5
            case .i64OrImm: frame[pc[1]] = frame[pc[2]] | pc[i64: 3]; pc += 5
            case .i64XorImm: frame[pc[1]] = frame[pc[2]] ^ pc[i64: 3]; pc += 5
            case .i64ShlImm: frame[pc[1]] = frame[pc[2]] &<< pc[i64: 3]; pc += 5
            case .i64ShrUImm: frame[pc[1]] = frame[pc[2]] &>> pc[i64: 3]; pc += 5
            case .i64ShrSImm: frame[s64: pc[1]] = frame[s64: pc[2]] &>> Int64(bitPattern: pc[i64: 3]); pc += 5
            case .i64RotlImm: frame[pc[1]] = frame[pc[2]].rotatedLeft(by: pc[i64: 3]); pc += 5
            case .f32MulAdd: frame[f32: pc[1]] = frame[f32: pc[2]] * frame[f32: pc[3]] + frame[f32: pc[4]]; pc += 5
            case .f64MulAdd: frame[f64: pc[1]] = frame[f64: pc[2]] * frame[f64: pc[3]] + frame[f64: pc[4]]; pc += 5
            case .i32ShlAdd: frame[i32: pc[1]] = frame[i32: pc[2]] &<< UInt32(pc[3]) &+ frame[i32: pc[4]]; pc += 5
            case .brIfI32AddNe:
                let sum = frame[i32: pc[2]] &+ pc[u32: 3]
                frame[i32: pc[1]] = sum
                if sum != pc[u32: 5] { pc += pc[offset: 7]; break taken } else { pc += 9 }

            // MARK: Floats, f32
            case .f32Abs: frame[i32: pc[1]] = frame[i32: pc[2]] & 0x7FFF_FFFF; pc += 3
            case .f32Neg: frame[i32: pc[1]] = frame[i32: pc[2]] ^ 0x8000_0000; pc += 3
            case .f32Ceil: frame[f32: pc[1]] = frame[f32: pc[2]].wasmRounded(.up); pc += 3
            case .f32Floor: frame[f32: pc[1]] = frame[f32: pc[2]].wasmRounded(.down); pc += 3
            case .f32Trunc: frame[f32: pc[1]] = frame[f32: pc[2]].wasmRounded(.towardZero); pc += 3
            case .f32Nearest: frame[f32: pc[1]] = frame[f32: pc[2]].wasmRounded(.toNearestOrEven); pc += 3
            case .f32Sqrt: frame[f32: pc[1]] = frame[f32: pc[2]].squareRoot(); pc += 3
            case .f32Add: frame[f32: pc[1]] = frame[f32: pc[2]] + frame[f32: pc[3]]; pc += 4
            case .f32Sub: frame[f32: pc[1]] = frame[f32: pc[2]] - frame[f32: pc[3]]; pc += 4
            case .f32Mul: frame[f32: pc[1]] = frame[f32: pc[2]] * frame[f32: pc[3]]; pc += 4
            case .f32Div: frame[f32: pc[1]] = frame[f32: pc[2]] / frame[f32: pc[3]]; pc += 4
            case .f32Min: frame[f32: pc[1]] = frame[f32: pc[2]].wasmMinimum(frame[f32: pc[3]]); pc += 4
            case .f32Max: frame[f32: pc[1]] = frame[f32: pc[2]].wasmMaximum(frame[f32: pc[3]]); pc += 4
            case .f32Copysign:
                frame[i32: pc[1]] = frame[i32: pc[2]] & 0x7FFF_FFFF | frame[i32: pc[3]] & 0x8000_0000
                pc += 4

            // MARK: Floats, f64
            case .f64Abs: frame[pc[1]] = frame[pc[2]] & 0x7FFF_FFFF_FFFF_FFFF; pc += 3
            case .f64Neg: frame[pc[1]] = frame[pc[2]] ^ 0x8000_0000_0000_0000; pc += 3
            case .f64Ceil: frame[f64: pc[1]] = frame[f64: pc[2]].wasmRounded(.up); pc += 3
            case .f64Floor: frame[f64: pc[1]] = frame[f64: pc[2]].wasmRounded(.down); pc += 3
            case .f64Trunc: frame[f64: pc[1]] = frame[f64: pc[2]].wasmRounded(.towardZero); pc += 3
            case .f64Nearest: frame[f64: pc[1]] = frame[f64: pc[2]].wasmRounded(.toNearestOrEven); pc += 3
            case .f64Sqrt: frame[f64: pc[1]] = frame[f64: pc[2]].squareRoot(); pc += 3
            case .f64Add: frame[f64: pc[1]] = frame[f64: pc[2]] + frame[f64: pc[3]]; pc += 4
            case .f64Sub: frame[f64: pc[1]] = frame[f64: pc[2]] - frame[f64: pc[3]]; pc += 4
            case .f64Mul: frame[f64: pc[1]] = frame[f64: pc[2]] * frame[f64: pc[3]]; pc += 4
            case .f64Div: frame[f64: pc[1]] = frame[f64: pc[2]] / frame[f64: pc[3]]; pc += 4
            case .f64Min: frame[f64: pc[1]] = frame[f64: pc[2]].wasmMinimum(frame[f64: pc[3]]); pc += 4
            case .f64Max: frame[f64: pc[1]] = frame[f64: pc[2]].wasmMaximum(frame[f64: pc[3]]); pc += 4
            case .f64Copysign:
                frame[pc[1]] = frame[pc[2]] & 0x7FFF_FFFF_FFFF_FFFF | frame[pc[3]] & 0x8000_0000_0000_0000
                pc += 4

            // MARK: Conversions
            case .i32WrapI64: frame[i32: pc[1]] = frame[i32: pc[2]]; pc += 3
            case .i64ExtendI32S: frame[s64: pc[1]] = Int64(frame[s32: pc[2]]); pc += 3
            case .i64ExtendI32U: frame[pc[1]] = UInt64(frame[i32: pc[2]]); pc += 3
            case .i32TruncF32S:
                let value = frame[f32: pc[2]]
                guard let integer = value.truncated(to: Int32.self) else { reason = value.truncationTrap.rawValue; break run }
                frame[s32: pc[1]] = integer
                pc += 3
            case .i32TruncSatF32S: frame[s32: pc[1]] = frame[f32: pc[2]].saturated(to: Int32.self); pc += 3
            case .i32TruncF64S:
                let value = frame[f64: pc[2]]
                guard let integer = value.truncated(to: Int32.self) else { reason = value.truncationTrap.rawValue; break run }
                frame[s32: pc[1]] = integer
                pc += 3
            case .i32TruncSatF64S: frame[s32: pc[1]] = frame[f64: pc[2]].saturated(to: Int32.self); pc += 3
            case .i32TruncF32U:
                let value = frame[f32: pc[2]]
                guard let integer = value.truncated(to: UInt32.self) else { reason = value.truncationTrap.rawValue; break run }
                frame[i32: pc[1]] = integer
                pc += 3
            case .i32TruncSatF32U: frame[i32: pc[1]] = frame[f32: pc[2]].saturated(to: UInt32.self); pc += 3
            case .i32TruncF64U:
                let value = frame[f64: pc[2]]
                guard let integer = value.truncated(to: UInt32.self) else { reason = value.truncationTrap.rawValue; break run }
                frame[i32: pc[1]] = integer
                pc += 3
            case .i32TruncSatF64U: frame[i32: pc[1]] = frame[f64: pc[2]].saturated(to: UInt32.self); pc += 3
            case .i64TruncF32S:
                let value = frame[f32: pc[2]]
                guard let integer = value.truncated(to: Int64.self) else { reason = value.truncationTrap.rawValue; break run }
                frame[s64: pc[1]] = integer
                pc += 3
            case .i64TruncSatF32S: frame[s64: pc[1]] = frame[f32: pc[2]].saturated(to: Int64.self); pc += 3
            case .i64TruncF64S:
                let value = frame[f64: pc[2]]
                guard let integer = value.truncated(to: Int64.self) else { reason = value.truncationTrap.rawValue; break run }
                frame[s64: pc[1]] = integer
                pc += 3
            case .i64TruncSatF64S: frame[s64: pc[1]] = frame[f64: pc[2]].saturated(to: Int64.self); pc += 3
            case .i64TruncF32U:
                let value = frame[f32: pc[2]]
                guard let integer = value.truncated(to: UInt64.self) else { reason = value.truncationTrap.rawValue; break run }
                frame[pc[1]] = integer
                pc += 3
            case .i64TruncSatF32U: frame[pc[1]] = frame[f32: pc[2]].saturated(to: UInt64.self); pc += 3
            case .i64TruncF64U:
                let value = frame[f64: pc[2]]
                guard let integer = value.truncated(to: UInt64.self) else { reason = value.truncationTrap.rawValue; break run }
                frame[pc[1]] = integer
                pc += 3
            case .i64TruncSatF64U: frame[pc[1]] = frame[f64: pc[2]].saturated(to: UInt64.self); pc += 3
            case .f32ConvertI32S: frame[f32: pc[1]] = Float(frame[s32: pc[2]]); pc += 3
            case .f32ConvertI32U: frame[f32: pc[1]] = Float(frame[i32: pc[2]]); pc += 3
            case .f32ConvertI64S: frame[f32: pc[1]] = Float(frame[s64: pc[2]]); pc += 3
            case .f32ConvertI64U: frame[f32: pc[1]] = Float(frame[pc[2]]); pc += 3
            case .f64ConvertI32S: frame[f64: pc[1]] = Double(frame[s32: pc[2]]); pc += 3
            case .f64ConvertI32U: frame[f64: pc[1]] = Double(frame[i32: pc[2]]); pc += 3
            case .f64ConvertI64S: frame[f64: pc[1]] = Double(frame[s64: pc[2]]); pc += 3
            case .f64ConvertI64U: frame[f64: pc[1]] = Double(frame[pc[2]]); pc += 3
            case .f32DemoteF64: frame[f32: pc[1]] = Float(frame[f64: pc[2]]); pc += 3
            case .f64PromoteF32: frame[f64: pc[1]] = Double(frame[f32: pc[2]]); pc += 3
            case .i32Extend8S: frame[s32: pc[1]] = Int32(Int8(truncatingIfNeeded: frame[i32: pc[2]])); pc += 3
            case .i32Extend16S:
                frame[s32: pc[1]] = Int32(Int16(truncatingIfNeeded: frame[i32: pc[2]]))
                pc += 3
            case .i64Extend8S: frame[s64: pc[1]] = Int64(Int8(truncatingIfNeeded: frame[pc[2]])); pc += 3
            case .i64Extend16S: frame[s64: pc[1]] = Int64(Int16(truncatingIfNeeded: frame[pc[2]])); pc += 3
            case .i64Extend32S: frame[s64: pc[1]] = Int64(Int32(truncatingIfNeeded: frame[pc[2]])); pc += 3

            // MARK: Out of the loop
            case .memorySize, .memoryGrow, .memoryInit, .dataDrop, .elemDrop, .memoryCopy, .memoryFill,
                .refFunc, .tableInit, .tableCopy, .tableGet, .tableSet, .tableSize, .tableGrow, .tableFill,
                .atomicLoad, .atomicStore, .atomicRmw, .atomicCmpxchg, .atomicNotify, .atomicWait32,
                .atomicWait64, .atomicFence:
                let outcome = executeRare(pc, frame: frame, instance: instance, context: context)
                guard outcome.reason == 0 else { reason = outcome.reason; break run }
                pc += outcome.length
                break taken
            }
        }
    }
    context.pointee.trapBody = pc
    context.pointee.trapFrame = frame
    context.pointee.trapInstance = instance
    return reason
}
