// The loop that runs a function: one switch over operations.
//
// Always true on the way: `pc` stands at an operation's word, `fp` at slot 0 of the active function,
// `instance` and `memory` belong to that function. Calls between WebAssembly functions stay in this loop.
// The switch names every operation, since a default would cost a comparison at each.
// This function is long on purpose: the compiler makes one jump table of it and keeps its five variables
// in registers, which it does not do across functions. Everything that is rare or large is out of line.
//
// How an interrupt gets in: it sets the stack limit to 0, which the check at a call sees, and which the
// loop looks at after each branch that is taken and each call of the host. So no path through a guest
// program is without a check, and straight code pays nothing. Where the interrupt was a pause, the thread
// sleeps there, and then tries the same instruction again.

import CMachine
import WasmRuntime

/// Runs from `pc` until the outermost frame returns or something traps.
/// Returns 0 or a raw `TrapReason`, and then says in `context` where.
func interpret(
    from start: Words, frame startFrame: Frame, instance startInstance: UnsafeMutablePointer<MachineInstance>,
    context: UnsafeMutablePointer<MachineContext>
) -> UInt32 {
    var pc = start
    var fp = startFrame
    var instance = startInstance
    var memory = instance.pointee.memory0
    var reason: UInt32 = 0
    let outOfBounds = TrapReason.memoryOutOfBounds.rawValue
    let divideByZero = TrapReason.integerDivideByZero.rawValue

    run: while true {
        if context.isInterrupted, case .mustLeave = context.parkIfPaused() {
            reason = TrapReason.interrupted.rawValue
            break run
        }
        taken: while true {
            switch pc.operation {

            // MARK: Control
            case .translate:
                let outcome = translateBody(at: pc, frame: fp, context: context)
                guard let body = outcome.body else {
                    reason = outcome.reason
                    if reason == 0 { continue }
                    break run
                }
                pc = body
            case .exit:
                return 0
            case .bridgeReturn:
                let bridge = fp.leaveBridge()
                pc = bridge.pc
                fp = bridge.frame
                instance = bridge.instance
                memory = instance.pointee.memory0
            case .unreachable:
                reason = TrapReason.unreachable.rawValue
                break run
            case .br:
                pc.branch(1)
                break taken
            case .brIf: if fp[i32: pc[1]] != 0 { pc.branch(2); break taken }; pc += 4
            case .brUnless: if fp[i32: pc[1]] == 0 { pc.branch(2); break taken }; pc += 4
            case .brIfI64: if fp[pc[1]] != 0 { pc.branch(2); break taken }; pc += 4
            case .brUnlessI64: if fp[pc[1]] == 0 { pc.branch(2); break taken }; pc += 4
            case .brTable:
                let index = min(fp[i32: pc[1]], pc[u32: 2])
                pc.branch(4 + 2 * Int(index))
                break taken
            case .brIfI32Eq: if fp[i32: pc[1]] == fp[i32: pc[2]] { pc.branch(3); break taken }; pc += 5
            case .brIfI32Ne: if fp[i32: pc[1]] != fp[i32: pc[2]] { pc.branch(3); break taken }; pc += 5
            case .brIfI32LtS: if fp[s32: pc[1]] < fp[s32: pc[2]] { pc.branch(3); break taken }; pc += 5
            case .brIfI32LtU: if fp[i32: pc[1]] < fp[i32: pc[2]] { pc.branch(3); break taken }; pc += 5
            case .brIfI32LeS: if fp[s32: pc[1]] <= fp[s32: pc[2]] { pc.branch(3); break taken }; pc += 5
            case .brIfI32LeU: if fp[i32: pc[1]] <= fp[i32: pc[2]] { pc.branch(3); break taken }; pc += 5
            case .brIfI64Eq: if fp[pc[1]] == fp[pc[2]] { pc.branch(3); break taken }; pc += 5
            case .brIfI64Ne: if fp[pc[1]] != fp[pc[2]] { pc.branch(3); break taken }; pc += 5
            case .brIfI64LtS: if fp[s64: pc[1]] < fp[s64: pc[2]] { pc.branch(3); break taken }; pc += 5
            case .brIfI64LtU: if fp[pc[1]] < fp[pc[2]] { pc.branch(3); break taken }; pc += 5
            case .brIfI64LeS: if fp[s64: pc[1]] <= fp[s64: pc[2]] { pc.branch(3); break taken }; pc += 5
            case .brIfI64LeU: if fp[pc[1]] <= fp[pc[2]] { pc.branch(3); break taken }; pc += 5
            case .brIfF32Eq: if fp[f32: pc[1]] == fp[f32: pc[2]] { pc.branch(3); break taken }; pc += 5
            case .brIfF32Ne: if fp[f32: pc[1]] != fp[f32: pc[2]] { pc.branch(3); break taken }; pc += 5
            case .brIfF32Lt: if fp[f32: pc[1]] < fp[f32: pc[2]] { pc.branch(3); break taken }; pc += 5
            case .brUnlessF32Lt: if !(fp[f32: pc[1]] < fp[f32: pc[2]]) { pc.branch(3); break taken }; pc += 5
            case .brIfF32Le: if fp[f32: pc[1]] <= fp[f32: pc[2]] { pc.branch(3); break taken }; pc += 5
            case .brUnlessF32Le: if !(fp[f32: pc[1]] <= fp[f32: pc[2]]) { pc.branch(3); break taken }; pc += 5
            case .brIfF64Eq: if fp[f64: pc[1]] == fp[f64: pc[2]] { pc.branch(3); break taken }; pc += 5
            case .brIfF64Ne: if fp[f64: pc[1]] != fp[f64: pc[2]] { pc.branch(3); break taken }; pc += 5
            case .brIfF64Lt: if fp[f64: pc[1]] < fp[f64: pc[2]] { pc.branch(3); break taken }; pc += 5
            case .brUnlessF64Lt: if !(fp[f64: pc[1]] < fp[f64: pc[2]]) { pc.branch(3); break taken }; pc += 5
            case .brIfF64Le: if fp[f64: pc[1]] <= fp[f64: pc[2]] { pc.branch(3); break taken }; pc += 5
            case .brUnlessF64Le: if !(fp[f64: pc[1]] <= fp[f64: pc[2]]) { pc.branch(3); break taken }; pc += 5
            case .brIfI32EqImm: if fp[i32: pc[1]] == pc[u32: 2] { pc.branch(4); break taken }; pc += 6
            case .brIfI32NeImm: if fp[i32: pc[1]] != pc[u32: 2] { pc.branch(4); break taken }; pc += 6
            case .brIfI32LtSImm: if fp[s32: pc[1]] < pc[s32: 2] { pc.branch(4); break taken }; pc += 6
            case .brIfI32LtUImm: if fp[i32: pc[1]] < pc[u32: 2] { pc.branch(4); break taken }; pc += 6
            case .brIfI32GtSImm: if fp[s32: pc[1]] > pc[s32: 2] { pc.branch(4); break taken }; pc += 6
            case .brIfI32GtUImm: if fp[i32: pc[1]] > pc[u32: 2] { pc.branch(4); break taken }; pc += 6
            case .brIfI64EqImm: if fp[pc[1]] == pc[i64: 2] { pc.branch(4); break taken }; pc += 6
            case .brIfI64NeImm: if fp[pc[1]] != pc[i64: 2] { pc.branch(4); break taken }; pc += 6
            case .brIfI64LtSImm: if fp[s64: pc[1]] < pc[s64: 2] { pc.branch(4); break taken }; pc += 6
            case .brIfI64LtUImm: if fp[pc[1]] < pc[i64: 2] { pc.branch(4); break taken }; pc += 6
            case .brIfI64GtSImm: if fp[s64: pc[1]] > pc[s64: 2] { pc.branch(4); break taken }; pc += 6
            case .brIfI64GtUImm: if fp[pc[1]] > pc[i64: 2] { pc.branch(4); break taken }; pc += 6
            case .brIfI32AndImm: if fp[i32: pc[1]] & pc[u32: 2] != 0 { pc.branch(4); break taken }; pc += 6
            case .brUnlessI32AndImm:
                if fp[i32: pc[1]] & pc[u32: 2] == 0 { pc.branch(4); break taken }
                pc += 6
            case .return0:
                let record = fp + Int(pc[1])
                pc = record.returnAddress
                fp = record.callerFrame
            case .return1:
                let record = fp + Int(pc[1])
                fp[0] = fp[pc[2]]
                pc = record.returnAddress
                fp = record.callerFrame
            case .call:
                let code = UnsafePointer<MachineCode>(bitPattern: UInt(pc[u64: 1])).unsafelyUnwrapped
                let callee = fp + Int(pc[5])
                let body = code.currentBody
                let limit = context.limit
                guard callee.enter(body, returningTo: pc + 6, caller: fp, limit: limit) else {
                    reason = context.reason(forOverflowAt: limit)
                    if reason == 0 { continue }
                    break run
                }
                fp = callee
                pc = body
            case .enterNative:
                reason = enterNative(at: pc, frame: fp, instance: instance, context: context)
                guard reason == 0 else {
                    let next = goOn(after: reason, at: pc, frame: fp, instance: instance, context: context)
                    reason = next.reason
                    guard reason == 0 else { break run }
                    (pc, fp, instance) = (next.pc, next.frame, next.instance)
                    memory = instance.pointee.memory0
                    break taken
                }
                let record = fp + Int(pc[1])
                pc = record.returnAddress
                fp = record.callerFrame
            case .countCall:
                let code = UnsafeMutablePointer<MachineCode>(bitPattern: UInt(pc[u64: 1])).unsafelyUnwrapped
                if code.countCall() { code.requestCompilation() }
                pc += 5
            case .countBackEdge:
                let loop = UnsafeMutablePointer<MachineLoop>(bitPattern: UInt(pc[u64: 1])).unsafelyUnwrapped
                guard loop.countBackEdge(), loop.isReady() else { pc += 5; continue }
                reason = enterNative(loop, frame: fp, instance: instance, context: context)
                guard reason == 0 else {
                    let next = goOn(after: reason, at: pc, frame: fp, instance: instance, context: context)
                    reason = next.reason
                    guard reason == 0 else { break run }
                    (pc, fp, instance) = (next.pc, next.frame, next.instance)
                    memory = instance.pointee.memory0
                    break taken
                }
                let record = fp + Int(loop.pointee.localsEnd)
                pc = record.returnAddress
                fp = record.callerFrame
            case .callImported:
                let function = instance.pointee.importedFunctions[Int(pc[1])].unsafelyUnwrapped
                let code = function.pointee.code.unsafelyUnwrapped
                let callee = fp + Int(pc[2])
                if let entry = code.pointee.hostEntry {
                    reason = callHost(code, entry: entry, frame: callee, instance: instance, context: context)
                    guard reason == 0 else {
                        let next = goOn(after: reason, at: pc, frame: fp, instance: instance, context: context)
                        reason = next.reason
                        guard reason == 0 else { break run }
                        (pc, fp, instance) = (next.pc, next.frame, next.instance)
                        memory = instance.pointee.memory0
                        break taken
                    }
                    pc += 3
                    break taken
                }
                let entered = enterForeign(
                    function, frame: callee, returningTo: pc + 3, caller: fp, instance: instance,
                    context: context)
                guard let target = entered.target else {
                    reason = entered.reason
                    if reason == 0 { continue }
                    break run
                }
                (pc, fp) = target
                instance = function.pointee.instance
                memory = instance.pointee.memory0
            case .callIndirect:
                let table = instance.pointee.tables[Int(pc[2])].unsafelyUnwrapped
                let index = UInt64(fp[i32: pc[1]])
                guard index < table.pointee.count else {
                    reason = TrapReason.tableOutOfBounds.rawValue
                    break run
                }
                let element = UInt(table.pointee.elements[Int(index)])
                guard let function = UnsafePointer<MachineFunction>(bitPattern: element) else {
                    reason = TrapReason.uninitializedElement.rawValue
                    break run
                }
                let code = function.pointee.code.unsafelyUnwrapped
                guard code.pointee.typeNumber == pc[u32: 3] else {
                    reason = TrapReason.indirectCallTypeMismatch.rawValue
                    break run
                }
                let callee = fp + Int(pc[5])
                if let entry = code.pointee.hostEntry {
                    reason = callHost(code, entry: entry, frame: callee, instance: instance, context: context)
                    guard reason == 0 else {
                        let next = goOn(after: reason, at: pc, frame: fp, instance: instance, context: context)
                        reason = next.reason
                        guard reason == 0 else { break run }
                        (pc, fp, instance) = (next.pc, next.frame, next.instance)
                        memory = instance.pointee.memory0
                        break taken
                    }
                    pc += 6
                    break taken
                }
                if function.pointee.instance == instance {
                    let body = code.currentBody
                    let limit = context.limit
                    guard callee.enter(body, returningTo: pc + 6, caller: fp, limit: limit) else {
                        reason = context.reason(forOverflowAt: limit)
                        if reason == 0 { continue }
                        break run
                    }
                    fp = callee
                    pc = body
                    continue
                }
                let entered = enterForeign(
                    function, frame: callee, returningTo: pc + 6, caller: fp, instance: instance,
                    context: context)
                guard let target = entered.target else {
                    reason = entered.reason
                    if reason == 0 { continue }
                    break run
                }
                (pc, fp) = target
                instance = function.pointee.instance
                memory = instance.pointee.memory0

            case .returnCall, .returnCallImported, .returnCallIndirect, .callReference, .returnCallReference,
                .nullReference, .throw, .throwReference, .keepException:
                // All in one function: more code here costs every other operation its registers.
                let next = transfer(at: pc, frame: fp, instance: instance, context: context)
                reason = next.reason
                guard reason == 0 else { break run }
                (pc, fp, instance) = (next.pc, next.frame, next.instance)
                memory = instance.pointee.memory0
                break taken

            // MARK: Values
            case .copy, .i32ReinterpretF32, .i64ReinterpretF64, .f32ReinterpretI32, .f64ReinterpretI64:
                fp[pc[1]] = fp[pc[2]]
                pc += 3
            case .const32: fp[pc[1]] = UInt64(pc[u32: 2]); pc += 4
            case .const64: fp[pc[1]] = pc[u64: 2]; pc += 6
            case .select: fp[pc[1]] = fp[i32: pc[4]] != 0 ? fp[pc[2]] : fp[pc[3]]; pc += 5
            case .globalGet: fp[pc[1]] = instance.pointee.ownGlobals[Int(pc[2])]; pc += 3
            case .globalSet: instance.pointee.ownGlobals[Int(pc[2])] = fp[pc[1]]; pc += 3
            case .globalGetImported:
                fp[pc[1]] = instance.pointee.globals[Int(pc[2])].unsafelyUnwrapped.pointee
                pc += 3
            case .globalSetImported:
                instance.pointee.globals[Int(pc[2])].unsafelyUnwrapped.pointee = fp[pc[1]]
                pc += 3
            case .copyWide: fp[wide: pc[1]] = fp[wide: pc[2]]; pc += 3
            case .selectWide: fp[wide: pc[1]] = fp[i32: pc[4]] != 0 ? fp[wide: pc[2]] : fp[wide: pc[3]]; pc += 5
            case .globalGetWide:
                fp[wide: pc[1]] = instance.pointee.globals[Int(pc[2])].unsafelyUnwrapped[wide: 0]
                pc += 3
            case .globalSetWide:
                instance.pointee.globals[Int(pc[2])].unsafelyUnwrapped[wide: 0] = fp[wide: pc[1]]
                pc += 3

            // MARK: Memory
            case .load32:
                guard let source = memory.at(fp[i32: pc[2]], pc[u32: 3], 4) else {
                    reason = outOfBounds
                    break run
                }
                fp[i32: pc[1]] = source.loadUnaligned(as: UInt32.self)
                pc += 5
            case .load64:
                guard let source = memory.at(fp[i32: pc[2]], pc[u32: 3], 8) else {
                    reason = outOfBounds
                    break run
                }
                fp[pc[1]] = source.loadUnaligned(as: UInt64.self)
                pc += 5
            case .load8U:
                guard let source = memory.at(fp[i32: pc[2]], pc[u32: 3], 1) else {
                    reason = outOfBounds
                    break run
                }
                fp[pc[1]] = UInt64(source.load(as: UInt8.self))
                pc += 5
            case .load16U:
                guard let source = memory.at(fp[i32: pc[2]], pc[u32: 3], 2) else {
                    reason = outOfBounds
                    break run
                }
                fp[pc[1]] = UInt64(source.loadUnaligned(as: UInt16.self))
                pc += 5
            case .i32Load8S:
                guard let source = memory.at(fp[i32: pc[2]], pc[u32: 3], 1) else {
                    reason = outOfBounds
                    break run
                }
                fp[s32: pc[1]] = Int32(source.load(as: Int8.self))
                pc += 5
            case .i32Load16S:
                guard let source = memory.at(fp[i32: pc[2]], pc[u32: 3], 2) else {
                    reason = outOfBounds
                    break run
                }
                fp[s32: pc[1]] = Int32(source.loadUnaligned(as: Int16.self))
                pc += 5
            case .i64Load8S:
                guard let source = memory.at(fp[i32: pc[2]], pc[u32: 3], 1) else {
                    reason = outOfBounds
                    break run
                }
                fp[s64: pc[1]] = Int64(source.load(as: Int8.self))
                pc += 5
            case .i64Load16S:
                guard let source = memory.at(fp[i32: pc[2]], pc[u32: 3], 2) else {
                    reason = outOfBounds
                    break run
                }
                fp[s64: pc[1]] = Int64(source.loadUnaligned(as: Int16.self))
                pc += 5
            case .i64Load32S:
                guard let source = memory.at(fp[i32: pc[2]], pc[u32: 3], 4) else {
                    reason = outOfBounds
                    break run
                }
                fp[s64: pc[1]] = Int64(source.loadUnaligned(as: Int32.self))
                pc += 5
            case .load32Indexed:
                let index = fp[i32: pc[2]] &+ fp[i32: pc[3]]
                guard let source = memory.at(index, pc[u32: 4], 4) else { reason = outOfBounds; break run }
                fp[i32: pc[1]] = source.loadUnaligned(as: UInt32.self)
                pc += 6
            case .load64Indexed:
                let index = fp[i32: pc[2]] &+ fp[i32: pc[3]]
                guard let source = memory.at(index, pc[u32: 4], 8) else { reason = outOfBounds; break run }
                fp[pc[1]] = source.loadUnaligned(as: UInt64.self)
                pc += 6
            case .load8UIndexed:
                let index = fp[i32: pc[2]] &+ fp[i32: pc[3]]
                guard let source = memory.at(index, pc[u32: 4], 1) else { reason = outOfBounds; break run }
                fp[pc[1]] = UInt64(source.load(as: UInt8.self))
                pc += 6
            case .load32Displaced:
                guard let source = memory.at(fp[i32: pc[2]] &+ pc[u32: 3], 0, 4) else {
                    reason = outOfBounds
                    break run
                }
                fp[i32: pc[1]] = source.loadUnaligned(as: UInt32.self)
                pc += 5
            case .load64Displaced:
                guard let source = memory.at(fp[i32: pc[2]] &+ pc[u32: 3], 0, 8) else {
                    reason = outOfBounds
                    break run
                }
                fp[pc[1]] = source.loadUnaligned(as: UInt64.self)
                pc += 5
            case .load8UDisplaced:
                guard let source = memory.at(fp[i32: pc[2]] &+ pc[u32: 3], 0, 1) else {
                    reason = outOfBounds
                    break run
                }
                fp[pc[1]] = UInt64(source.load(as: UInt8.self))
                pc += 5
            case .i32AddLoad:
                guard let source = memory.at(fp[i32: pc[3]], pc[u32: 4], 4) else {
                    reason = outOfBounds
                    break run
                }
                fp[i32: pc[1]] = fp[i32: pc[2]] &+ source.loadUnaligned(as: UInt32.self)
                pc += 6
            case .i32XorLoad:
                guard let source = memory.at(fp[i32: pc[3]], pc[u32: 4], 4) else {
                    reason = outOfBounds
                    break run
                }
                fp[i32: pc[1]] = fp[i32: pc[2]] ^ source.loadUnaligned(as: UInt32.self)
                pc += 6
            case .f32AddLoad:
                guard let source = memory.at(fp[i32: pc[3]], pc[u32: 4], 4) else {
                    reason = outOfBounds
                    break run
                }
                fp[f32: pc[1]] = fp[f32: pc[2]] + Float(bitPattern: source.loadUnaligned(as: UInt32.self))
                pc += 6
            case .f32MulLoad:
                guard let source = memory.at(fp[i32: pc[3]], pc[u32: 4], 4) else {
                    reason = outOfBounds
                    break run
                }
                fp[f32: pc[1]] = fp[f32: pc[2]] * Float(bitPattern: source.loadUnaligned(as: UInt32.self))
                pc += 6
            case .f64AddLoad:
                guard let source = memory.at(fp[i32: pc[3]], pc[u32: 4], 8) else {
                    reason = outOfBounds
                    break run
                }
                fp[f64: pc[1]] = fp[f64: pc[2]] + Double(bitPattern: source.loadUnaligned(as: UInt64.self))
                pc += 6
            case .f64SubLoad:
                guard let source = memory.at(fp[i32: pc[3]], pc[u32: 4], 8) else {
                    reason = outOfBounds
                    break run
                }
                fp[f64: pc[1]] = fp[f64: pc[2]] - Double(bitPattern: source.loadUnaligned(as: UInt64.self))
                pc += 6
            case .f64MulLoad:
                guard let source = memory.at(fp[i32: pc[3]], pc[u32: 4], 8) else {
                    reason = outOfBounds
                    break run
                }
                fp[f64: pc[1]] = fp[f64: pc[2]] * Double(bitPattern: source.loadUnaligned(as: UInt64.self))
                pc += 6
            case .store8:
                guard let target = memory.at(fp[i32: pc[1]], pc[u32: 3], 1) else {
                    reason = outOfBounds
                    break run
                }
                target.storeBytes(of: UInt8(truncatingIfNeeded: fp[pc[2]]), as: UInt8.self)
                pc += 5
            case .store16:
                guard let target = memory.at(fp[i32: pc[1]], pc[u32: 3], 2) else {
                    reason = outOfBounds
                    break run
                }
                target.storeBytes(of: UInt16(truncatingIfNeeded: fp[pc[2]]), as: UInt16.self)
                pc += 5
            case .store32:
                guard let target = memory.at(fp[i32: pc[1]], pc[u32: 3], 4) else {
                    reason = outOfBounds
                    break run
                }
                target.storeBytes(of: UInt32(truncatingIfNeeded: fp[pc[2]]), as: UInt32.self)
                pc += 5
            case .store64:
                guard let target = memory.at(fp[i32: pc[1]], pc[u32: 3], 8) else {
                    reason = outOfBounds
                    break run
                }
                target.storeBytes(of: UInt64(truncatingIfNeeded: fp[pc[2]]), as: UInt64.self)
                pc += 5

            // MARK: Comparisons
            case .i32Eqz: fp[bool: pc[1]] = fp[i32: pc[2]] == 0; pc += 3
            case .i32Eq: fp[bool: pc[1]] = fp[i32: pc[2]] == fp[i32: pc[3]]; pc += 4
            case .i32Ne: fp[bool: pc[1]] = fp[i32: pc[2]] != fp[i32: pc[3]]; pc += 4
            case .i32LtS: fp[bool: pc[1]] = fp[s32: pc[2]] < fp[s32: pc[3]]; pc += 4
            case .i32LtU: fp[bool: pc[1]] = fp[i32: pc[2]] < fp[i32: pc[3]]; pc += 4
            case .i32GtS: fp[bool: pc[1]] = fp[s32: pc[2]] > fp[s32: pc[3]]; pc += 4
            case .i32GtU: fp[bool: pc[1]] = fp[i32: pc[2]] > fp[i32: pc[3]]; pc += 4
            case .i32LeS: fp[bool: pc[1]] = fp[s32: pc[2]] <= fp[s32: pc[3]]; pc += 4
            case .i32LeU: fp[bool: pc[1]] = fp[i32: pc[2]] <= fp[i32: pc[3]]; pc += 4
            case .i32GeS: fp[bool: pc[1]] = fp[s32: pc[2]] >= fp[s32: pc[3]]; pc += 4
            case .i32GeU: fp[bool: pc[1]] = fp[i32: pc[2]] >= fp[i32: pc[3]]; pc += 4
            case .i64Eqz: fp[bool: pc[1]] = fp[pc[2]] == 0; pc += 3
            case .i64Eq: fp[bool: pc[1]] = fp[pc[2]] == fp[pc[3]]; pc += 4
            case .i64Ne: fp[bool: pc[1]] = fp[pc[2]] != fp[pc[3]]; pc += 4
            case .i64LtS: fp[bool: pc[1]] = fp[s64: pc[2]] < fp[s64: pc[3]]; pc += 4
            case .i64LtU: fp[bool: pc[1]] = fp[pc[2]] < fp[pc[3]]; pc += 4
            case .i64GtS: fp[bool: pc[1]] = fp[s64: pc[2]] > fp[s64: pc[3]]; pc += 4
            case .i64GtU: fp[bool: pc[1]] = fp[pc[2]] > fp[pc[3]]; pc += 4
            case .i64LeS: fp[bool: pc[1]] = fp[s64: pc[2]] <= fp[s64: pc[3]]; pc += 4
            case .i64LeU: fp[bool: pc[1]] = fp[pc[2]] <= fp[pc[3]]; pc += 4
            case .i64GeS: fp[bool: pc[1]] = fp[s64: pc[2]] >= fp[s64: pc[3]]; pc += 4
            case .i64GeU: fp[bool: pc[1]] = fp[pc[2]] >= fp[pc[3]]; pc += 4
            case .f32Eq: fp[bool: pc[1]] = fp[f32: pc[2]] == fp[f32: pc[3]]; pc += 4
            case .f32Ne: fp[bool: pc[1]] = fp[f32: pc[2]] != fp[f32: pc[3]]; pc += 4
            case .f32Lt: fp[bool: pc[1]] = fp[f32: pc[2]] < fp[f32: pc[3]]; pc += 4
            case .f32Gt: fp[bool: pc[1]] = fp[f32: pc[2]] > fp[f32: pc[3]]; pc += 4
            case .f32Le: fp[bool: pc[1]] = fp[f32: pc[2]] <= fp[f32: pc[3]]; pc += 4
            case .f32Ge: fp[bool: pc[1]] = fp[f32: pc[2]] >= fp[f32: pc[3]]; pc += 4
            case .f64Eq: fp[bool: pc[1]] = fp[f64: pc[2]] == fp[f64: pc[3]]; pc += 4
            case .f64Ne: fp[bool: pc[1]] = fp[f64: pc[2]] != fp[f64: pc[3]]; pc += 4
            case .f64Lt: fp[bool: pc[1]] = fp[f64: pc[2]] < fp[f64: pc[3]]; pc += 4
            case .f64Gt: fp[bool: pc[1]] = fp[f64: pc[2]] > fp[f64: pc[3]]; pc += 4
            case .f64Le: fp[bool: pc[1]] = fp[f64: pc[2]] <= fp[f64: pc[3]]; pc += 4
            case .f64Ge: fp[bool: pc[1]] = fp[f64: pc[2]] >= fp[f64: pc[3]]; pc += 4
            case .i32EqImm: fp[bool: pc[1]] = fp[i32: pc[2]] == pc[u32: 3]; pc += 5
            case .i32NeImm: fp[bool: pc[1]] = fp[i32: pc[2]] != pc[u32: 3]; pc += 5
            case .i32LtSImm: fp[bool: pc[1]] = fp[s32: pc[2]] < pc[s32: 3]; pc += 5
            case .i32LtUImm: fp[bool: pc[1]] = fp[i32: pc[2]] < pc[u32: 3]; pc += 5
            case .i32GtSImm: fp[bool: pc[1]] = fp[s32: pc[2]] > pc[s32: 3]; pc += 5
            case .i32GtUImm: fp[bool: pc[1]] = fp[i32: pc[2]] > pc[u32: 3]; pc += 5
            case .i64EqImm: fp[bool: pc[1]] = fp[pc[2]] == pc[i64: 3]; pc += 5
            case .i64NeImm: fp[bool: pc[1]] = fp[pc[2]] != pc[i64: 3]; pc += 5
            case .i64LtSImm: fp[bool: pc[1]] = fp[s64: pc[2]] < pc[s64: 3]; pc += 5
            case .i64LtUImm: fp[bool: pc[1]] = fp[pc[2]] < pc[i64: 3]; pc += 5
            case .i64GtSImm: fp[bool: pc[1]] = fp[s64: pc[2]] > pc[s64: 3]; pc += 5
            case .i64GtUImm: fp[bool: pc[1]] = fp[pc[2]] > pc[i64: 3]; pc += 5

            // MARK: Integers, i32
            case .i32Clz: fp[i32: pc[1]] = UInt32(fp[i32: pc[2]].leadingZeroBitCount); pc += 3
            case .i32Ctz: fp[i32: pc[1]] = UInt32(fp[i32: pc[2]].trailingZeroBitCount); pc += 3
            case .i32Popcnt: fp[i32: pc[1]] = UInt32(fp[i32: pc[2]].nonzeroBitCount); pc += 3
            case .i32Add: fp[i32: pc[1]] = fp[i32: pc[2]] &+ fp[i32: pc[3]]; pc += 4
            case .i32Sub: fp[i32: pc[1]] = fp[i32: pc[2]] &- fp[i32: pc[3]]; pc += 4
            case .i32Mul: fp[i32: pc[1]] = fp[i32: pc[2]] &* fp[i32: pc[3]]; pc += 4
            case .i32And: fp[i32: pc[1]] = fp[i32: pc[2]] & fp[i32: pc[3]]; pc += 4
            case .i32Or: fp[i32: pc[1]] = fp[i32: pc[2]] | fp[i32: pc[3]]; pc += 4
            case .i32Xor: fp[i32: pc[1]] = fp[i32: pc[2]] ^ fp[i32: pc[3]]; pc += 4
            case .i32Shl: fp[i32: pc[1]] = fp[i32: pc[2]] &<< fp[i32: pc[3]]; pc += 4
            case .i32ShrS: fp[s32: pc[1]] = fp[s32: pc[2]] &>> fp[s32: pc[3]]; pc += 4
            case .i32ShrU: fp[i32: pc[1]] = fp[i32: pc[2]] &>> fp[i32: pc[3]]; pc += 4
            case .i32Rotl: fp[i32: pc[1]] = fp[i32: pc[2]].rotatedLeft(by: fp[i32: pc[3]]); pc += 4
            case .i32Rotr:
                fp[i32: pc[1]] = fp[i32: pc[2]].rotatedLeft(by: 0 &- fp[i32: pc[3]])
                pc += 4
            case .i32DivS:
                let divisor = fp[s32: pc[3]]
                guard divisor != 0 else { reason = divideByZero; break run }
                let dividend = fp[s32: pc[2]]
                guard !(divisor == -1 && dividend == .min) else {
                    reason = TrapReason.integerOverflow.rawValue
                    break run
                }
                fp[s32: pc[1]] = dividend / divisor
                pc += 4
            case .i32DivU:
                let divisor = fp[i32: pc[3]]
                guard divisor != 0 else { reason = divideByZero; break run }
                fp[i32: pc[1]] = fp[i32: pc[2]] / divisor
                pc += 4
            case .i32RemS:
                let divisor = fp[s32: pc[3]]
                guard divisor != 0 else { reason = divideByZero; break run }
                fp[s32: pc[1]] = divisor == -1 ? 0 : fp[s32: pc[2]] % divisor
                pc += 4
            case .i32RemU:
                let divisor = fp[i32: pc[3]]
                guard divisor != 0 else { reason = divideByZero; break run }
                fp[i32: pc[1]] = fp[i32: pc[2]] % divisor
                pc += 4
            case .i32AddImm: fp[i32: pc[1]] = fp[i32: pc[2]] &+ pc[u32: 3]; pc += 5
            case .i32MulImm: fp[i32: pc[1]] = fp[i32: pc[2]] &* pc[u32: 3]; pc += 5
            case .i32AndImm: fp[i32: pc[1]] = fp[i32: pc[2]] & pc[u32: 3]; pc += 5
            case .i32OrImm: fp[i32: pc[1]] = fp[i32: pc[2]] | pc[u32: 3]; pc += 5
            case .i32XorImm: fp[i32: pc[1]] = fp[i32: pc[2]] ^ pc[u32: 3]; pc += 5
            case .i32ShlImm: fp[i32: pc[1]] = fp[i32: pc[2]] &<< pc[u32: 3]; pc += 5
            case .i32ShrUImm: fp[i32: pc[1]] = fp[i32: pc[2]] &>> pc[u32: 3]; pc += 5
            case .i32ShrSImm: fp[s32: pc[1]] = fp[s32: pc[2]] &>> pc[s32: 3]; pc += 5
            case .i32RotlImm: fp[i32: pc[1]] = fp[i32: pc[2]].rotatedLeft(by: pc[u32: 3]); pc += 5

            // MARK: Integers, i64
            case .i64Clz: fp[pc[1]] = UInt64(fp[pc[2]].leadingZeroBitCount); pc += 3
            case .i64Ctz: fp[pc[1]] = UInt64(fp[pc[2]].trailingZeroBitCount); pc += 3
            case .i64Popcnt: fp[pc[1]] = UInt64(fp[pc[2]].nonzeroBitCount); pc += 3
            case .i64Add: fp[pc[1]] = fp[pc[2]] &+ fp[pc[3]]; pc += 4
            case .i64Sub: fp[pc[1]] = fp[pc[2]] &- fp[pc[3]]; pc += 4
            case .i64Mul: fp[pc[1]] = fp[pc[2]] &* fp[pc[3]]; pc += 4
            case .i64And: fp[pc[1]] = fp[pc[2]] & fp[pc[3]]; pc += 4
            case .i64Or: fp[pc[1]] = fp[pc[2]] | fp[pc[3]]; pc += 4
            case .i64Xor: fp[pc[1]] = fp[pc[2]] ^ fp[pc[3]]; pc += 4
            case .i64Shl: fp[pc[1]] = fp[pc[2]] &<< fp[pc[3]]; pc += 4
            case .i64ShrS: fp[s64: pc[1]] = fp[s64: pc[2]] &>> fp[s64: pc[3]]; pc += 4
            case .i64ShrU: fp[pc[1]] = fp[pc[2]] &>> fp[pc[3]]; pc += 4
            case .i64Rotl: fp[pc[1]] = fp[pc[2]].rotatedLeft(by: fp[pc[3]]); pc += 4
            case .i64Rotr: fp[pc[1]] = fp[pc[2]].rotatedLeft(by: 0 &- fp[pc[3]]); pc += 4
            case .i64DivS:
                let divisor = fp[s64: pc[3]]
                guard divisor != 0 else { reason = divideByZero; break run }
                let dividend = fp[s64: pc[2]]
                guard !(divisor == -1 && dividend == .min) else {
                    reason = TrapReason.integerOverflow.rawValue
                    break run
                }
                fp[s64: pc[1]] = dividend / divisor
                pc += 4
            case .i64DivU:
                let divisor = fp[pc[3]]
                guard divisor != 0 else { reason = divideByZero; break run }
                fp[pc[1]] = fp[pc[2]] / divisor
                pc += 4
            case .i64RemS:
                let divisor = fp[s64: pc[3]]
                guard divisor != 0 else { reason = divideByZero; break run }
                fp[s64: pc[1]] = divisor == -1 ? 0 : fp[s64: pc[2]] % divisor
                pc += 4
            case .i64RemU:
                let divisor = fp[pc[3]]
                guard divisor != 0 else { reason = divideByZero; break run }
                fp[pc[1]] = fp[pc[2]] % divisor
                pc += 4
            case .i64AddImm: fp[pc[1]] = fp[pc[2]] &+ pc[i64: 3]; pc += 5
            case .i64MulImm: fp[pc[1]] = fp[pc[2]] &* pc[i64: 3]; pc += 5
            case .i64AndImm: fp[pc[1]] = fp[pc[2]] & pc[i64: 3]; pc += 5
            case .i64OrImm: fp[pc[1]] = fp[pc[2]] | pc[i64: 3]; pc += 5
            case .i64XorImm: fp[pc[1]] = fp[pc[2]] ^ pc[i64: 3]; pc += 5
            case .i64ShlImm: fp[pc[1]] = fp[pc[2]] &<< pc[i64: 3]; pc += 5
            case .i64ShrUImm: fp[pc[1]] = fp[pc[2]] &>> pc[i64: 3]; pc += 5
            case .i64ShrSImm: fp[s64: pc[1]] = fp[s64: pc[2]] &>> pc[s64: 3]; pc += 5
            case .i64RotlImm: fp[pc[1]] = fp[pc[2]].rotatedLeft(by: pc[i64: 3]); pc += 5
            case .f32MulAdd: fp[f32: pc[1]] = fp[f32: pc[2]] * fp[f32: pc[3]] + fp[f32: pc[4]]; pc += 5
            case .f64MulAdd: fp[f64: pc[1]] = fp[f64: pc[2]] * fp[f64: pc[3]] + fp[f64: pc[4]]; pc += 5
            case .i32ShlAdd: fp[i32: pc[1]] = fp[i32: pc[2]] &<< UInt32(pc[3]) &+ fp[i32: pc[4]]; pc += 5
            case .brIfI32AddNe:
                let sum = fp[i32: pc[2]] &+ pc[u32: 3]
                fp[i32: pc[1]] = sum
                if sum != pc[u32: 5] { pc.branch(7); break taken }; pc += 9

            // MARK: Floats, f32
            case .f32Abs: fp[i32: pc[1]] = fp[i32: pc[2]] & 0x7FFF_FFFF; pc += 3
            case .f32Neg: fp[i32: pc[1]] = fp[i32: pc[2]] ^ 0x8000_0000; pc += 3
            case .f32Ceil: fp[f32: pc[1]] = fp[f32: pc[2]].wasmRounded(.up); pc += 3
            case .f32Floor: fp[f32: pc[1]] = fp[f32: pc[2]].wasmRounded(.down); pc += 3
            case .f32Trunc: fp[f32: pc[1]] = fp[f32: pc[2]].wasmRounded(.towardZero); pc += 3
            case .f32Nearest: fp[f32: pc[1]] = fp[f32: pc[2]].wasmRounded(.toNearestOrEven); pc += 3
            case .f32Sqrt: fp[f32: pc[1]] = fp[f32: pc[2]].squareRoot(); pc += 3
            case .f32Add: fp[f32: pc[1]] = fp[f32: pc[2]] + fp[f32: pc[3]]; pc += 4
            case .f32Sub: fp[f32: pc[1]] = fp[f32: pc[2]] - fp[f32: pc[3]]; pc += 4
            case .f32Mul: fp[f32: pc[1]] = fp[f32: pc[2]] * fp[f32: pc[3]]; pc += 4
            case .f32Div: fp[f32: pc[1]] = fp[f32: pc[2]] / fp[f32: pc[3]]; pc += 4
            case .f32Min: fp[f32: pc[1]] = fp[f32: pc[2]].wasmMinimum(fp[f32: pc[3]]); pc += 4
            case .f32Max: fp[f32: pc[1]] = fp[f32: pc[2]].wasmMaximum(fp[f32: pc[3]]); pc += 4
            case .f32Copysign:
                fp[i32: pc[1]] = fp[i32: pc[2]] & 0x7FFF_FFFF | fp[i32: pc[3]] & 0x8000_0000
                pc += 4

            // MARK: Floats, f64
            case .f64Abs: fp[pc[1]] = fp[pc[2]] & 0x7FFF_FFFF_FFFF_FFFF; pc += 3
            case .f64Neg: fp[pc[1]] = fp[pc[2]] ^ 0x8000_0000_0000_0000; pc += 3
            case .f64Ceil: fp[f64: pc[1]] = fp[f64: pc[2]].wasmRounded(.up); pc += 3
            case .f64Floor: fp[f64: pc[1]] = fp[f64: pc[2]].wasmRounded(.down); pc += 3
            case .f64Trunc: fp[f64: pc[1]] = fp[f64: pc[2]].wasmRounded(.towardZero); pc += 3
            case .f64Nearest: fp[f64: pc[1]] = fp[f64: pc[2]].wasmRounded(.toNearestOrEven); pc += 3
            case .f64Sqrt: fp[f64: pc[1]] = fp[f64: pc[2]].squareRoot(); pc += 3
            case .f64Add: fp[f64: pc[1]] = fp[f64: pc[2]] + fp[f64: pc[3]]; pc += 4
            case .f64Sub: fp[f64: pc[1]] = fp[f64: pc[2]] - fp[f64: pc[3]]; pc += 4
            case .f64Mul: fp[f64: pc[1]] = fp[f64: pc[2]] * fp[f64: pc[3]]; pc += 4
            case .f64Div: fp[f64: pc[1]] = fp[f64: pc[2]] / fp[f64: pc[3]]; pc += 4
            case .f64Min: fp[f64: pc[1]] = fp[f64: pc[2]].wasmMinimum(fp[f64: pc[3]]); pc += 4
            case .f64Max: fp[f64: pc[1]] = fp[f64: pc[2]].wasmMaximum(fp[f64: pc[3]]); pc += 4
            case .f64Copysign:
                fp[pc[1]] = fp[pc[2]] & 0x7FFF_FFFF_FFFF_FFFF | fp[pc[3]] & 0x8000_0000_0000_0000
                pc += 4

            // MARK: Conversions
            case .i32WrapI64: fp[i32: pc[1]] = fp[i32: pc[2]]; pc += 3
            case .i64ExtendI32S: fp[s64: pc[1]] = Int64(fp[s32: pc[2]]); pc += 3
            case .i64ExtendI32U: fp[pc[1]] = UInt64(fp[i32: pc[2]]); pc += 3
            case .i32TruncF32S:
                let value = fp[f32: pc[2]]
                guard let integer = value.truncated(to: Int32.self) else {
                    reason = value.truncationTrap
                    break run
                }
                fp[s32: pc[1]] = integer
                pc += 3
            case .i32TruncSatF32S: fp[s32: pc[1]] = fp[f32: pc[2]].saturated(to: Int32.self); pc += 3
            case .i32TruncF64S:
                let value = fp[f64: pc[2]]
                guard let integer = value.truncated(to: Int32.self) else {
                    reason = value.truncationTrap
                    break run
                }
                fp[s32: pc[1]] = integer
                pc += 3
            case .i32TruncSatF64S: fp[s32: pc[1]] = fp[f64: pc[2]].saturated(to: Int32.self); pc += 3
            case .i32TruncF32U:
                let value = fp[f32: pc[2]]
                guard let integer = value.truncated(to: UInt32.self) else {
                    reason = value.truncationTrap
                    break run
                }
                fp[i32: pc[1]] = integer
                pc += 3
            case .i32TruncSatF32U: fp[i32: pc[1]] = fp[f32: pc[2]].saturated(to: UInt32.self); pc += 3
            case .i32TruncF64U:
                let value = fp[f64: pc[2]]
                guard let integer = value.truncated(to: UInt32.self) else {
                    reason = value.truncationTrap
                    break run
                }
                fp[i32: pc[1]] = integer
                pc += 3
            case .i32TruncSatF64U: fp[i32: pc[1]] = fp[f64: pc[2]].saturated(to: UInt32.self); pc += 3
            case .i64TruncF32S:
                let value = fp[f32: pc[2]]
                guard let integer = value.truncated(to: Int64.self) else {
                    reason = value.truncationTrap
                    break run
                }
                fp[s64: pc[1]] = integer
                pc += 3
            case .i64TruncSatF32S: fp[s64: pc[1]] = fp[f32: pc[2]].saturated(to: Int64.self); pc += 3
            case .i64TruncF64S:
                let value = fp[f64: pc[2]]
                guard let integer = value.truncated(to: Int64.self) else {
                    reason = value.truncationTrap
                    break run
                }
                fp[s64: pc[1]] = integer
                pc += 3
            case .i64TruncSatF64S: fp[s64: pc[1]] = fp[f64: pc[2]].saturated(to: Int64.self); pc += 3
            case .i64TruncF32U:
                let value = fp[f32: pc[2]]
                guard let integer = value.truncated(to: UInt64.self) else {
                    reason = value.truncationTrap
                    break run
                }
                fp[pc[1]] = integer
                pc += 3
            case .i64TruncSatF32U: fp[pc[1]] = fp[f32: pc[2]].saturated(to: UInt64.self); pc += 3
            case .i64TruncF64U:
                let value = fp[f64: pc[2]]
                guard let integer = value.truncated(to: UInt64.self) else {
                    reason = value.truncationTrap
                    break run
                }
                fp[pc[1]] = integer
                pc += 3
            case .i64TruncSatF64U: fp[pc[1]] = fp[f64: pc[2]].saturated(to: UInt64.self); pc += 3
            case .f32ConvertI32S: fp[f32: pc[1]] = Float(fp[s32: pc[2]]); pc += 3
            case .f32ConvertI32U: fp[f32: pc[1]] = Float(fp[i32: pc[2]]); pc += 3
            case .f32ConvertI64S: fp[f32: pc[1]] = Float(fp[s64: pc[2]]); pc += 3
            case .f32ConvertI64U: fp[f32: pc[1]] = Float(fp[pc[2]]); pc += 3
            case .f64ConvertI32S: fp[f64: pc[1]] = Double(fp[s32: pc[2]]); pc += 3
            case .f64ConvertI32U: fp[f64: pc[1]] = Double(fp[i32: pc[2]]); pc += 3
            case .f64ConvertI64S: fp[f64: pc[1]] = Double(fp[s64: pc[2]]); pc += 3
            case .f64ConvertI64U: fp[f64: pc[1]] = Double(fp[pc[2]]); pc += 3
            case .f32DemoteF64: fp[f32: pc[1]] = Float(fp[f64: pc[2]]); pc += 3
            case .f64PromoteF32: fp[f64: pc[1]] = Double(fp[f32: pc[2]]); pc += 3
            case .i32Extend8S: fp[s32: pc[1]] = Int32(Int8(truncatingIfNeeded: fp[i32: pc[2]])); pc += 3
            case .i32Extend16S:
                fp[s32: pc[1]] = Int32(Int16(truncatingIfNeeded: fp[i32: pc[2]]))
                pc += 3
            case .i64Extend8S: fp[s64: pc[1]] = Int64(Int8(truncatingIfNeeded: fp[pc[2]])); pc += 3
            case .i64Extend16S: fp[s64: pc[1]] = Int64(Int16(truncatingIfNeeded: fp[pc[2]])); pc += 3
            case .i64Extend32S: fp[s64: pc[1]] = Int64(Int32(truncatingIfNeeded: fp[pc[2]])); pc += 3

            // MARK: Out of line
            case .atomic:
                let outcome = executeAtomic(pc, frame: fp, instance: instance)
                guard outcome.reason == 0 else { reason = outcome.reason; break run }
                pc += outcome.length
            case .withBody:
                let body = unsafeBitCast(UInt(pc[u64: 2]), to: OperationBody.self)
                let length = body(pc, fp, instance)
                guard length != 0 else { reason = outOfBounds; break run }
                pc += length
            case .outOfLine:
                let outcome = executeOutOfLine(pc, frame: fp, instance: instance, context: context)
                guard outcome.reason == 0 else { reason = outcome.reason; break run }
                pc += outcome.length
                break taken
            case .watch: pc += watchAccess(at: pc, frame: fp, instance: instance, context: context)
            case .watchCall: pc += watchCall(at: pc, frame: fp, instance: instance, context: context)
            case .watchedAtomic:
                let outcome = executeWatchedAtomic(pc, frame: fp, instance: instance, context: context)
                guard outcome.reason == 0 else { reason = outcome.reason; break run }
                pc += outcome.length
            }
        }
    }
    context.pointee.trapBody = pc
    context.pointee.trapFrame = fp
    context.pointee.trapInstance = instance
    return reason
}
