// How compiled code reaches the structures of `layout.h`.

import CLLVM
import CMachine
import Platform
import WasmModule
import WasmRuntime

/// All that compiled code rests on, beside the module and the processor.
package enum CodeLayout {
    /// To be counted up when compiled code, and what it calls, come to mean something else by the same
    /// numbers: another order of parameters, another use of a frame.
    private static let generation = 4

    /// Equal exactly where code that was made with it runs with it.
    package static let text: String = {
        typealias Layout = MachineLayout
        let numbers = [
            generation, Layout.stackLimit, Layout.nativeLimit, Layout.threadState, Layout.stackTop, Layout.helpers,
            Layout.helperTrap, Layout.helperPoll, Layout.helperCall, Layout.helperCallDeep,
            Layout.helperExecute, Layout.helperCatch, Layout.helperThrow, Layout.helperTailCall,
            Layout.helperKeep, Layout.helperWatch, Layout.helperWatchedAtomic, Layout.stackEnd, Layout.tags,
            Layout.memory0, Layout.ownFunctions, Layout.importedFunctions,
            Layout.ownGlobals, Layout.globals, Layout.tables, Layout.memories,
            Layout.typeNumbers, MemoryInstance.tailBytes,
            Layout.memory0Base, Layout.memoryBase, Layout.byteLength, Layout.elements, Layout.elementCount,
            Layout.functionCode, Layout.functionInstance, Layout.functionStride, Layout.codeNative,
            Layout.codeHostEntry, Layout.codeHostContext, Layout.codeHostFunction, Layout.codeTypeNumber,
            MemoryLayout<MachineSlot>.size, FrameLayout.recordSlots, Int(MACHINE_TRACE_LENGTH),
        ]
        // These go as numbers into the code; the order of the opcodes is their numbers.
        let reasons = TrapReason.allCases.map { "\($0)=\($0.rawValue)" }
        var opcodes: [UInt8] = []
        opcodes.reserveCapacity(3 * Opcode.allCases.count)
        for opcode in Opcode.allCases {
            let (prefix, number) = opcode.encoding
            opcodes.append(prefix)
            opcodes.append(UInt8(truncatingIfNeeded: number))
            opcodes.append(UInt8(truncatingIfNeeded: number >> 8))
        }
        return (numbers.map(\.description) + reasons + [SHA256.digest(of: opcodes).hexadecimal]).joined(separator: " ")
    }()
}

extension IRModule {
    func parameter(_ function: IRValue, _ index: Int) -> IRValue {
        f.pointee.LLVMGetParam(function, UInt32(index))
    }

    var insertBlock: IRBlock? { f.pointee.LLVMGetInsertBlock(builder) }

    func clearDebugLocation() { f.pointee.LLVMSetCurrentDebugLocation2(builder, nil) }

    /// A pointer in a structure that does not change while code runs.
    func field(_ base: IRValue, _ byteOffset: Int) -> IRValue {
        loadInvariant(types.pointer, offset(base, bytes: byteOffset))
    }

    func helper(_ context: IRValue, _ byteOffset: Int) -> IRValue {
        field(field(context, MachineLayout.helpers), byteOffset)
    }

    /// Whether the thread is to leave guest code.
    func isInterrupted(_ context: IRValue) -> IRValue {
        let limit = load(types.i64, offset(context, bytes: MachineLayout.stackLimit))
        f.pointee.LLVMSetVolatile(limit, 1)
        return icmp(LLVMIntEQ, limit, i64(0))
    }

    /// The reason to leave for a thread that is interrupted; 0 where it may go on.
    func poll(_ context: IRValue) -> IRValue {
        call(functionType([types.pointer], types.i32), helper(context, MachineLayout.helperPoll), [context])
    }

    /// Looks, after a call that may have lasted, whether the thread is to leave: a signal that came during
    /// the call changed nothing.
    func leaveIfInterrupted(_ function: IRValue, _ context: IRValue, at offset: Int) {
        let (look, leave, stay) = (block(in: function), block(in: function), block(in: function))
        branch(if: isInterrupted(context), look, else: stay)
        position(look)
        let reason = poll(context)
        branch(if: icmp(LLVMIntNE, reason, i32(0)), leave, else: stay)
        position(leave)
        trap(context, reason, at: offset)
        position(stay)
    }

    /// Leaves for the reason that a helper has returned, where it is one.
    func trapUnlessZero(_ reason: IRValue, in function: IRValue, _ context: IRValue, at offset: Int) {
        let (failed, passed) = (block(in: function), block(in: function))
        branch(if: icmp(LLVMIntNE, reason, i32(0)), failed, else: passed)
        position(failed)
        trap(context, reason, at: offset)
        position(passed)
    }

    /// Ends the block. With `catchingAt`, an exception goes to a landing pad of the function.
    func trap(
        _ context: IRValue, _ reason: IRValue, at offset: Int,
        catchingAt place: (function: IRValue, pad: IRBlock)? = nil
    ) {
        let type = functionType([types.pointer, types.i32, types.i32], types.void)
        let helper = helper(context, MachineLayout.helperTrap)
        let arguments = [context, reason, i32(UInt32(offset))]
        let call = place.map { invoke(type, helper, arguments, in: $0.function, catchingAt: $0.pad) }
            ?? call(type, helper, arguments)
        markColdAndFinal(call: call)
        unreachable()
    }

    // MARK: Slots

    /// The value of a type that begins in a slot. Its bits are the low ones.
    func loadSlot(_ slots: IRValue, _ index: Int, _ type: ValueType) -> IRValue {
        let value = load(types.of(type), offset(slots, bytes: index * MemoryLayout<MachineSlot>.stride))
        if type.slots > 1 { f.pointee.LLVMSetAlignment(value, UInt32(MemoryLayout<MachineSlot>.alignment)) }
        return value
    }

    /// The high bits of a narrow value are zero.
    func storeSlot(_ value: IRValue, _ slots: IRValue, _ index: Int, _ type: ValueType) {
        let address = offset(slots, bytes: index * MemoryLayout<MachineSlot>.stride)
        switch type {
        case .i32: store(zext(value, types.i64), address)
        case .f32: store(zext(bitcast(value, types.i32), types.i64), address)
        default:
            let store = store(value, address)
            if type.slots > 1 { f.pointee.LLVMSetAlignment(store, UInt32(MemoryLayout<MachineSlot>.alignment)) }
        }
    }
}
