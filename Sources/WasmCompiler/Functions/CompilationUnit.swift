// What the functions of one object share: the types of their code, who calls whom, how they are entered and left.
//
// Always true: code does not depend on an instance or a process. It finds everything from its two first
// parameters, by the offsets of `layout.h`.

import CLLVM
import CMachine
import WasmModule
import WasmRuntime

struct CompilationUnit {
    let module: Module
    let ir: IRModule
    /// Where accesses are watched for data races.
    let watching: RaceWatching?
    /// The size of the frame of functions of which LLVM has told it, by index among those that the module
    /// defines.
    let frameBytes: [Int: Int]
    /// The code of the functions that are in this object, by index among those that the module defines.
    private var functions: [Int: IRValue] = [:]
    private var callers: [Caller: IRValue] = [:]
    private var dispatchers: [FunctionType: IRValue] = [:]

    private enum Way {
        case call
        /// The function at hand again, for which the stack is too short.
        case deep
        /// In place of the caller.
        case tail
    }

    /// A way out of compiled code for functions of a type.
    private struct Caller: Hashable {
        let type: FunctionType
        let way: Way
    }

    init(_ module: Module, _ ir: IRModule, frameBytes: [Int: Int], watching: RaceWatching?) {
        self.module = module
        self.watching = watching
        self.ir = ir
        self.frameBytes = frameBytes
    }

    // MARK: Types

    func isReturnedInSlots(_ type: FunctionType) -> Bool { type.results.count > 1 }

    /// `MachineNativeCode` with the parameters and the result of a function type.
    func nativeType(_ type: FunctionType) -> IRType {
        var parameters = [ir.types.pointer, ir.types.pointer, ir.types.pointer]
        parameters += type.parameters.map(ir.types.of)
        if isReturnedInSlots(type) { parameters.append(ir.types.pointer) }
        let result = type.results.count == 1 ? ir.types.of(type.results[0]) : ir.types.void
        return ir.functionType(parameters, result)
    }

    /// The form in which functions of the type are made and called by name in this object.
    func form(of type: FunctionType) -> NativeForm {
        module.features.contains(.tailCalls)
            ? NativeForm(uniformFor: type, of: self) ?? NativeForm(plainFor: type, of: self)
            : NativeForm(plainFor: type, of: self)
    }

    func type(ofDefined index: Int) -> FunctionType {
        module.functionType(UInt32(module.importedFunctionCount + index))
    }

    /// The code of a function, if it is or will be in this object.
    func code(ofDefined index: Int) -> IRValue? { functions[index] }

    // MARK: Functions

    /// Makes all functions known before one of them is compiled, so that they call each other directly.
    mutating func declare(_ indices: [Int]) {
        for index in indices {
            let function = ir.addFunction(Symbol.function(index).name, form(of: type(ofDefined: index)).type)
            ir.markNative(function)
            functions[index] = function
        }
    }

    mutating func addFunction(_ index: Int) {
        let function = functions[index]!
        var compiler = FunctionCompiler(self, function: index, code: function, form: .function)
        compiler.run()
        self = compiler.unit
    }

    /// A second body, for OSR: with its entries, the loops of the function's own
    /// would have several heads, and LLVM makes less of such loops.
    mutating func addOSREntry(of index: Int) {
        let types = ir.types
        let type = ir.functionType([types.pointer, types.pointer, types.pointer, types.i32], types.i32)
        let loops = ir.addFunction(Symbol.loops(index).name, type)
        ir.markNotInlined(function: loops)
        var compiler = FunctionCompiler(self, function: index, code: loops, form: .loops)
        compiler.run()
        self = compiler.unit
        // A frame of its own, so that whatever is called in place of what was entered is below one of an entry.
        let entry = ir.addFunction(Symbol.osrEntry(index).name, type)
        ir.position(ir.block(in: entry))
        ir.clearDebugLocation()
        ir.ret(ir.call(type, loops, (0..<4).map { ir.parameter(entry, $0) }))
    }

    // MARK: Ways in

    /// One for each type of the functions, by the first index of that type.
    func addEntries(of job: CompilationJob) {
        let imported = module.importedFunctionCount
        for index in Set(job.functions.map { module.functionTypeIndices[imported + $0] }).sorted() {
            guard case .function(let type) = module.types[Int(index)] else { continue }
            addEntry(Symbol.entry(typeIndex: Int(index)).name, type)
        }
    }

    private func addEntry(_ name: String, _ type: FunctionType) {
        let types = ir.types
        let parameters = [types.pointer, types.pointer, types.pointer, types.pointer]
        let entry = ir.addFunction(name, ir.functionType(parameters, types.i32))
        let (context, instance, frame, code) = (
            ir.parameter(entry, 0), ir.parameter(entry, 1), ir.parameter(entry, 2), ir.parameter(entry, 3)
        )
        ir.position(ir.block(in: entry))
        // An interrupt from before, which no signal will repeat.
        ir.leaveIfInterrupted(entry, context, at: 0)
        var arguments = [ir.poison(types.pointer), context, instance]
        let layout = SlotLayout(type.parameters)
        for (index, parameter) in type.parameters.enumerated() {
            arguments.append(ir.loadSlot(frame, layout[index], parameter))
        }
        if isReturnedInSlots(type) { arguments.append(frame) }
        let call = ir.call(nativeType(type), code, arguments)
        ir.markNative(call: call)
        if type.results.count == 1 { ir.storeSlot(call, frame, 0, type.results[0]) }
        ir.ret(ir.i32(0))
    }

    // MARK: Ways out

    /// Code of the type that calls, through the runtime, the function in the static-chain register: one that
    /// is not compiled or belongs to another instance.
    mutating func caller(of type: FunctionType) -> IRValue {
        caller(Caller(type: type, way: .call)) { unit, caller in unit.fill(caller: caller, type) }
    }

    /// Code of the type that calls the function in the static-chain register, which is not compiled, in place of
    /// whoever calls that code in place of itself.
    mutating func tailCaller(of type: FunctionType) -> IRValue {
        caller(Caller(type: type, way: .tail)) { unit, caller in unit.fill(tailCaller: caller, type) }
    }

    /// The same for the function at hand, whose frame has no room on the host's stack.
    mutating func deepCaller(of type: FunctionType) -> IRValue {
        caller(Caller(type: type, way: .deep)) { unit, caller in unit.fill(deepCaller: caller, type) }
    }

    private mutating func caller(_ key: Caller, fill: (CompilationUnit, IRValue) -> Void) -> IRValue {
        if let caller = callers[key] { return caller }
        let type = key.way == .tail ? form(of: key.type).type : nativeType(key.type)
        let caller = ir.addFunction("caller.\(callers.count)", type, isInternal: true)
        ir.markNative(caller)
        ir.markCold(function: caller)
        callers[key] = caller
        let block = ir.insertBlock
        ir.clearDebugLocation()
        fill(self, caller)
        if let block { ir.position(block) }
        return caller
    }

    /// Code of the type that calls the function in the static-chain register by its compiled code, or through
    /// the runtime where it has none. For functions with so many calls that each is to be short.
    mutating func dispatcher(of type: FunctionType) -> IRValue {
        if let dispatcher = dispatchers[type] { return dispatcher }
        let name = "dispatcher.\(dispatchers.count)"
        let dispatcher = ir.addFunction(name, nativeType(type), isInternal: true)
        ir.markNative(dispatcher)
        ir.markNotInlined(function: dispatcher)
        dispatchers[type] = dispatcher
        let caller = caller(of: type)
        let block = ir.insertBlock
        ir.clearDebugLocation()
        fill(dispatcher, caller, type)
        if let block { ir.position(block) }
        return dispatcher
    }

    private func fill(_ dispatcher: IRValue, _ caller: IRValue, _ type: FunctionType) {
        ir.position(ir.block(in: dispatcher))
        let (function, context) = (ir.parameter(dispatcher, 0), ir.parameter(dispatcher, 1))
        var rest = type.parameters.indices.map { ir.parameter(dispatcher, $0 + 3) }
        if isReturnedInSlots(type) { rest.append(ir.parameter(dispatcher, type.parameters.count + 3)) }
        let code = ir.field(function, MachineLayout.functionCode)
        let native = ir.load(ir.types.pointer, ir.offset(code, bytes: MachineLayout.codeNative))
        let (missing, present) = (ir.block(in: dispatcher), ir.block(in: dispatcher))
        ir.branch(if: ir.icmp(LLVMIntEQ, ir.integer(native), ir.i64(0)), missing, else: present)
        let owner = { ir.field(function, MachineLayout.functionInstance) }
        for (block, target, first) in [
            (missing, caller, { function }), (present, native, { ir.poison(ir.types.pointer) }),
        ] {
            ir.position(block)
            let instance = block == missing ? ir.parameter(dispatcher, 2) : owner()
            let call = ir.call(nativeType(type), target, [first(), context, instance] + rest)
            ir.markNative(call: call)
            ir.ret(type.results.count == 1 ? call : nil)
        }
    }

    private func fill(caller: IRValue, _ type: FunctionType) {
        ir.position(ir.block(in: caller))
        let (function, context, instance) = (
            ir.parameter(caller, 0), ir.parameter(caller, 1), ir.parameter(caller, 2)
        )
        let slots = makeSlots(type)
        let code = ir.field(function, MachineLayout.functionCode)
        let (host, runtime) = (ir.block(in: caller), ir.block(in: caller))
        let entry = ir.field(code, MachineLayout.codeHostEntry)
        ir.branch(if: ir.icmp(LLVMIntNE, ir.integer(entry), ir.i64(0)), host, else: runtime)

        ir.position(host)
        // Whether the thread is to stop first, which the runtime knows to do.
        let call = ir.block(in: caller)
        setThreadState(ir.integer(code), of: context)
        ir.branch(if: ir.isInterrupted(context), runtime, else: call)
        ir.position(call)
        if !isReturnedInSlots(type) {
            let (direct, indirect) = (ir.block(in: caller), ir.block(in: caller))
            let plain = ir.field(code, MachineLayout.codeHostFunction)
            ir.branch(if: ir.icmp(LLVMIntNE, ir.integer(plain), ir.i64(0)), direct, else: indirect)
            ir.position(direct)
            let parameters = type.parameters.indices.map { ir.parameter(caller, $0 + 3) }
            let plainType = ir.functionType(
                type.parameters.map(ir.types.of), type.results.first.map(ir.types.of) ?? ir.types.void)
            let result = keepingMark(context) { ir.call(plainType, plain, parameters) }
            setThreadState(ir.i64(UInt64(ThreadState.guest)), of: context)
            ir.leaveIfInterrupted(caller, context, at: 0)
            ir.ret(type.results.isEmpty ? nil : result)
            ir.position(indirect)
        }
        callBySlots(plainParameters(of: caller, type), context, type, slots, in: caller) {
            let reason = keepingMark(context) {
                let hostContext = ir.field(code, MachineLayout.codeHostContext)
                return ir.call(helperType, entry, [context, instance, hostContext, slots])
            }
            setThreadState(ir.i64(UInt64(ThreadState.guest)), of: context)
            return reason
        }

        ir.position(runtime)
        callBySlots(plainParameters(of: caller, type), context, type, slots, in: caller) {
            let helper = ir.helper(context, MachineLayout.helperCall)
            return ir.call(helperType, helper, [context, instance, function, slots])
        }
    }

    private func fill(tailCaller caller: IRValue, _ type: FunctionType) {
        ir.position(ir.block(in: caller))
        let (function, context, instance) = (
            ir.parameter(caller, 0), ir.parameter(caller, 1), ir.parameter(caller, 2)
        )
        let slots = makeSlots(type)
        callBySlots(form(of: type).parameters(of: caller), context, type, slots, in: caller) {
            tailCall(function, context, instance, slots, outerFrame: ir.load(ir.types.pointer, ir.frameAddress()))
        }
    }

    /// The reason to leave with, if any; otherwise the results are in the slots.
    func tailCall(
        _ function: IRValue, _ context: IRValue, _ instance: IRValue, _ slots: IRValue, outerFrame: IRValue
    ) -> IRValue {
        let type = ir.functionType(Array(repeating: ir.types.pointer, count: 5), ir.types.i32)
        let helper = ir.helper(context, MachineLayout.helperTailCall)
        return ir.call(type, helper, [context, instance, function, slots, outerFrame])
    }

    private func fill(deepCaller caller: IRValue, _ type: FunctionType) {
        ir.position(ir.block(in: caller))
        let (function, context, instance) = (
            ir.parameter(caller, 0), ir.parameter(caller, 1), ir.parameter(caller, 2)
        )
        let slots = makeSlots(type)
        callBySlots(plainParameters(of: caller, type), context, type, slots, in: caller) {
            let helper = ir.helper(context, MachineLayout.helperCallDeep)
            return ir.call(helperType, helper, [context, instance, function, slots])
        }
    }

    /// The arguments, and where several results go.
    private func plainParameters(of caller: IRValue, _ type: FunctionType) -> [IRValue] {
        NativeForm(plainFor: type, of: self).parameters(of: caller)
    }

    private func makeSlots(_ type: FunctionType) -> IRValue {
        ir.alloca(ir.types.i64, count: type.callSlots)
    }

    /// Of `MachineHostEntry`, and of the helper that calls.
    private var helperType: IRType {
        let types = ir.types
        return ir.functionType([types.pointer, types.pointer, types.pointer, types.pointer], types.i32)
    }

    /// Says what the thread does, before it looks whether it is interrupted: see `ThreadState`.
    private func setThreadState(_ state: IRValue, of context: IRValue) {
        let store = ir.store(state, ir.offset(context, bytes: MachineLayout.threadState))
        ir.f.pointee.LLVMSetVolatile(store, 1)
    }

    /// What is called puts its frames above those that are live, and may move the mark.
    private func keepingMark(_ context: IRValue, _ call: () -> IRValue) -> IRValue {
        let mark = ir.offset(context, bytes: MachineLayout.stackTop)
        let top = ir.load(ir.types.i64, mark)
        let result = call()
        ir.store(top, mark)
        return result
    }

    /// Puts the arguments of `caller` into slots, has `call` give the reason of a trap, and returns what the
    /// slots hold then.
    private func callBySlots(
        _ arguments: [IRValue], _ context: IRValue, _ type: FunctionType, _ slots: IRValue, in caller: IRValue,
        _ call: () -> IRValue
    ) {
        store(arguments, type, in: slots)
        let reason = call()
        // The offset is that of the call, in the frame above.
        ir.trapUnlessZero(reason, in: caller, context, at: 0)
        ir.leaveIfInterrupted(caller, context, at: 0)
        returnSlots(type, slots, results: isReturnedInSlots(type) ? arguments[type.parameters.count] : nil)
    }

    func store(_ arguments: [IRValue], _ type: FunctionType, in slots: IRValue) {
        let parameters = SlotLayout(type.parameters)
        for (index, parameter) in type.parameters.enumerated() {
            ir.storeSlot(arguments[index], slots, parameters[index], parameter)
        }
    }

    /// Returns from a function what slots hold, to where several results go.
    func returnSlots(_ type: FunctionType, _ slots: IRValue, results: IRValue?) {
        guard let results else { return ir.ret(type.results.first.map { ir.loadSlot(slots, 0, $0) }) }
        copySlots(type, from: slots, to: results)
        ir.ret(nil)
    }

    func copySlots(_ type: FunctionType, from slots: IRValue, to results: IRValue) {
        let layout = SlotLayout(type.results)
        for (index, result) in type.results.enumerated() {
            ir.storeSlot(ir.loadSlot(slots, layout[index], result), results, layout[index], result)
        }
    }
}
