// Calls in place of the function that makes them.
//
// Always true: no frame of the function is left while what it calls runs, in any mixture of tiers, but where that has
// other arguments than fit into registers: then one is, below a run of the portable tier in which any number of further
// calls is made. A function's loops, which the interpreter enters, leave every such call to it.

import CLLVM
import CMachine
import WasmModule
import WasmRuntime

extension FunctionCompiler {
    /// Where the function begins again, when its locals have their first values.
    mutating func beginRepetition() {
        guard module.features.contains(.tailCalls) else { return }
        let start = ir.block(in: code)
        ir.branch(start)
        ir.position(start)
        repetition = start
    }

    mutating func compileTailCall(_ index: UInt32) {
        let type = module.functionType(index)
        let imported = module.importedFunctionCount
        setDebugLocation()
        guard Int(index) >= imported else {
            let functions = ir.field(instance, MachineLayout.importedFunctions)
            return tailCall(ir.field(functions, Int(index) * MemoryLayout<UnsafeRawPointer>.stride), type)
        }
        let defined = Int(index) - imported
        if defined == definedIndex, let repetition { return repeatFunction(from: repetition) }
        let form = unit.form(of: type)
        if let callee = unit.code(ofDefined: defined), isReplaceable(by: form) {
            let values = takeTailArguments(type)
            return replace(by: callee, form, [ir.poison(ir.types.pointer), context, instance], values)
        }
        let functions = ir.field(instance, MachineLayout.ownFunctions)
        tailCall(ir.offset(functions, bytes: defined * MachineLayout.functionStride), type)
    }

    mutating func compileIndirectTailCall(_ instruction: Instruction) {
        setDebugLocation()
        let function = indirectCallee(instruction)
        tailCall(function, functionType(instruction.first))
    }

    mutating func compileReferenceTailCall(_ index: UInt32) {
        setDebugLocation()
        let function = referencedCallee()
        tailCall(function, functionType(index))
    }

    /// Begins the function again, with the topmost operands as its arguments. As a signal interrupts loops, it does
    /// this one.
    private mutating func repeatFunction(from start: IRBlock) {
        let first = operands.count - type.parameters.count
        let values = type.parameters.indices.map { value(at: first + $0) }
        for (index, local) in locals.enumerated() {
            let type = control.locals[index]
            let value = index < values.count ? values[index] : ir.zero(ir.types.of(type))
            ir.store(laundered(value, type), local)
        }
        ir.branch(start)
    }

    private func isReplaceable(by form: NativeForm) -> Bool {
        self.form == .function && form.isUniform && unit.form(of: type).isUniform
    }

    /// The arguments, and the function's own place for several results.
    private mutating func takeTailArguments(_ type: FunctionType) -> [IRValue] {
        let first = operands.count - type.parameters.count
        var values = type.parameters.indices.map { value(at: first + $0) }
        if form == .function, unit.isReturnedInSlots(type) { values.append(parameters[parameters.count - 1]) }
        callsOut = true
        releaseRoots()
        setDebugLocation()
        return values
    }

    private func replace(by target: IRValue, _ form: NativeForm, _ fixed: [IRValue], _ values: [IRValue]) {
        let result = ir.call(form.type, target, form.arguments(fixed, values))
        ir.markNative(call: result)
        ir.markDistinct(call: result)
        ir.markInPlace(call: result)
        ir.ret(type.results.count == 1 ? result : nil)
    }

    /// Calls what has compiled code by then directly, and anything else through the runtime.
    private mutating func tailCall(_ function: IRValue, _ type: FunctionType) {
        let form = unit.form(of: type)
        guard isReplaceable(by: form) else { return leaveForTailCall(function, type) }
        let values = takeTailArguments(type)
        let callee = ir.field(function, MachineLayout.functionCode)
        let native = ir.load(ir.types.pointer, ir.offset(callee, bytes: MachineLayout.codeNative))
        let (missing, present) = (ir.block(in: code), ir.block(in: code))
        ir.branch(if: ir.icmp(LLVMIntEQ, ir.integer(native), ir.i64(0)), missing, else: present)
        ir.position(missing)
        replace(by: unit.tailCaller(of: type), form, [function, context, instance], values)
        ir.position(present)
        let owner = ir.field(function, MachineLayout.functionInstance)
        replace(by: native, form, [ir.poison(ir.types.pointer), context, owner], values)
    }

    /// Has the runtime call, from this frame: it leaves for that as soon as nobody but the entry is below.
    private mutating func leaveForTailCall(_ function: IRValue, _ type: FunctionType) {
        let values = takeTailArguments(type)
        noteCall()
        let slots = resultSlots(max(type.callSlots, 1))
        unit.store(values, type, in: slots)
        let outer = ir.load(ir.types.pointer, ir.frameAddress())
        let reason = unit.tailCall(function, context, instance, slots, outerFrame: outer)
        ir.trapUnlessZero(reason, in: code, context, at: offset)
        leaveIfInterrupted()
        switch form {
        case .function:
            let results = unit.isReturnedInSlots(type) ? parameters[parameters.count - 1] : nil
            unit.returnSlots(self.type, slots, results: results)
        case .loops:
            // A function of the host.
            unit.copySlots(type, from: slots, to: ir.parameter(code, 2))
            ir.ret(ir.i32(0))
        }
    }
}
