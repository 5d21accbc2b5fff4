// The portable tier: translates a function when it is first called, and interprets the words.
//
// Always true: a body, once published, does not change and lives as long as its module's code.

import CMachine
import Synchronization
import WasmModule
import WasmRuntime

/// The interpreter of one module.
package final class Interpreter: Tier {
    /// A function's words, the header in front included.
    private struct Body: @unchecked Sendable {
        // SENDABLE: never written once it is made.
        let allocation: UnsafeMutableBufferPointer<MachineWord>
        let definedIndex: Int
        let loops: [UnsafeMutablePointer<MachineLoop>]

        var words: Words { Words(allocation.baseAddress! + BodyHeader.words) }

        func holds(_ address: Words) -> Bool {
            address >= words && address < words + (allocation.count - BodyHeader.words)
        }
    }

    /// What is translated so far. The lock is also held while translating, so that each function is
    /// translated once.
    private let bodies = Mutex<[Body]>([])
    /// What makes compiled code of functions that run often; nil where nothing does.
    let compiler: (any NativeCompiler)?

    package init(compiler: (any NativeCompiler)? = nil) { self.compiler = compiler }

    /// Whether a call of compiled code for which there is no room on the host's stack is interpreted.
    private var interpretsDeepCalls: Bool { compiler?.interpretsDeepCalls ?? true }

    package var needsGuardedMemory: Bool { compiler != nil }

    deinit {
        bodies.withLock { bodies in
            for body in bodies {
                body.allocation.deallocate()
                for loop in body.loops { loop.deallocate() }
            }
        }
    }

    /// Lets the function begin with the operation that translates it.
    package func prepare(_ code: UnsafeMutablePointer<MachineCode>) {
        code.pointee.callsLeft = compiler?.callThreshold ?? 0
        let header = code.stub
        let parameters = MachineWord(code.pointee.parameterSlots)
        header[BodyHeader.words + BodyHeader.frameSlots] = parameters + MachineWord(FrameLayout.recordSlots)
        header[BodyHeader.words + BodyHeader.localsEnd] = parameters
        header[BodyHeader.words + BodyHeader.parameterSlots] = parameters
        header[BodyHeader.words] = Operation.translate.rawValue
        let words = Words(header + BodyHeader.words)
        code.publishPortable(words, after: nil)
    }

    package var entry: TierEntry {
        { function, context, frame in
            enterFromOutside(function, context, frame) { $0.currentBody }
        }
    }

    package var deepEntry: TierEntry {
        { function, context, frame in
            let code = function.pointee.code.unsafelyUnwrapped
            // SAFETY: the caller runs the function's instance, which holds its module's code.
            let interpreter = Unmanaged<ModuleCode>.fromOpaque(code.pointee.module).takeUnretainedValue().interpreter
            guard interpreter.interpretsDeepCalls else {
                context.pointee.trapInstance = nil
                return TrapReason.callStackExhausted.rawValue
            }
            return enterFromOutside(function, context, frame) { $0.portableBody }
        }
    }

    /// What a call goes on in that is at the entry to compiled code at `stub` and finds too little of the host's
    /// stack left for it, or why not; with neither, the same again.
    func bodyInstead(
        of code: UnsafeMutablePointer<MachineCode>, frame: Frame, context: UnsafeMutablePointer<MachineContext>
    ) -> (body: Words?, reason: UInt32) {
        // No frame of compiled code belongs to what follows.
        context.pointee.traceCount = 0
        let record = frame + Int(code.nativeStub[BodyHeader.words + BodyHeader.localsEnd])
        return frame.reenter(
            UnsafePointer(code).portableBody, returningTo: record.returnAddress,
            caller: Frame(bitPattern: UInt(record[1])), context: context)
    }

    /// The body of a function, translated now if no thread has done so yet; nil where it can not be.
    func body(of code: UnsafeMutablePointer<MachineCode>, in moduleCode: ModuleCode) -> Words? {
        let isReady = bodies.withLock { bodies in
            let stub = Words(code.stub + BodyHeader.words)
            guard UnsafePointer(code).portableBody == stub else { return true }
            guard let body = try? translate(code, in: moduleCode) else { return false }
            bodies.append(body)
            code.publishPortable(body.words, after: stub)
            return true
        }
        return isReady ? UnsafePointer(code).portableBody : nil
    }

    private func translate(
        _ code: UnsafeMutablePointer<MachineCode>, in moduleCode: ModuleCode
    ) throws(TranslationError) -> Body {
        let definedIndex = Int(code.pointee.definedIndex)
        let counting = compiler.map {
            Translator.Counting.making(code, turnThreshold: code.hasLoopEntry ? 1 : $0.turnThreshold)
        }
        var translator = try Translator(moduleCode, function: definedIndex, counting: counting)
        do {
            _ = try translator.run()
        } catch {
            translator.loops.forEach { $0.deallocate() }
            throw error
        }
        let loops = translator.loops
        for loop in loops { loop.pointee.frameSlots = UInt32(translator.frameSlots) }
        let allocation = UnsafeMutableBufferPointer<MachineWord>
            .allocate(capacity: BodyHeader.words + translator.words.count)
        allocation.initialize(repeating: 0)
        let words = allocation.baseAddress! + BodyHeader.words
        words[BodyHeader.frameSlots] = MachineWord(translator.frameSlots)
        words[BodyHeader.localsEnd] = MachineWord(translator.layout.localsEnd)
        words[BodyHeader.parameterSlots] = MachineWord(translator.layout.parameterSlots)
        words.update(from: translator.words, count: translator.words.count)
        return Body(allocation: allocation, definedIndex: definedIndex, loops: loops)
    }

    // MARK: Frames of a trap

    package func visitFrames(
        of context: UnsafePointer<MachineContext>, _ visit: (Trap.Frame, Instance) -> Void
    ) {
        guard var instance = context.pointee.trapInstance, var pc = context.pointee.trapBody,
            var frame = context.pointee.trapFrame
        else { return }
        let inner = context.innerFrames
        for (frame, instance) in inner { visit(frame, instance) }
        var left = Trap.maximumFrames - inner.count
        guard left > 0 else { return }
        if pc.operation == .enterNative || pc.operation == .countTurn {
            let object = Unmanaged<Instance>.fromOpaque(instance.pointee.object).takeUnretainedValue()
            for native in (compiler?.frames(of: context) ?? []).prefix(left) {
                visit(native, object)
                left -= 1
            }
            guard let record = nativeRecord(pc, frame), record.returnAddress != StaticBody.exit else { return }
            pc = record.returnAddress - 1
            frame = record.callerFrame
        }
        while left > 0 {
            left -= 1
            let object = Unmanaged<Instance>.fromOpaque(instance.pointee.object).takeUnretainedValue()
            guard let place = object.code.interpreter.locate(pc, in: object.code) else { break }
            visit(place.frame, object)
            var record = frame + place.localsEnd
            if record.returnAddress == StaticBody.bridgeReturn {
                let bridge = record.callerFrame.bridge
                record = record.callerFrame
                instance = bridge.instance
            }
            guard record.returnAddress != StaticBody.exit else { break }
            frame = record.callerFrame
            // Back from behind the call into it.
            pc = record.returnAddress - 1
        }
    }

    /// The record of the function that compiled code ran for, whose frame compiled code has told.
    private func nativeRecord(_ pc: Words, _ frame: Frame) -> Frame? {
        if pc.operation == .enterNative { return frame + Int(pc[1]) }
        let loop = UnsafePointer<MachineLoop>(bitPattern: UInt(pc[u64: 1]))
        return loop.map { frame + Int($0.pointee.localsEnd) }
    }

    private func locate(_ pc: Words, in moduleCode: ModuleCode) -> (frame: Trap.Frame, localsEnd: Int)? {
        let module = moduleCode.module
        guard let body = bodies.withLock({ bodies in bodies.first { $0.holds(pc) } }) else {
            return locateStub(pc, in: moduleCode)
        }
        var translator = try? Translator(
            moduleCode, function: body.definedIndex, counting: compiler == nil ? nil : .nothing)
        let offset = try? translator?.run(stopBehind: pc - body.words)
        let index = UInt32(module.importedFunctionCount + body.definedIndex)
        let frame = Trap.Frame(
            functionIndex: index, name: module.functionName(index),
            offset: offset ?? module.functions[body.definedIndex].body.lowerBound)
        return (frame, Int(body.words[BodyHeader.localsEnd]))
    }

    /// A function that trapped before its first instruction.
    private func locateStub(_ pc: Words, in moduleCode: ModuleCode) -> (frame: Trap.Frame, localsEnd: Int)? {
        let module = moduleCode.module
        let distance = UnsafeRawPointer(pc) - UnsafeRawPointer(moduleCode.codes)
        let index = distance / MemoryLayout<MachineCode>.stride
        guard distance >= 0, index < module.functions.count else { return nil }
        let functionIndex = UInt32(module.importedFunctionCount + index)
        let frame = Trap.Frame(
            functionIndex: functionIndex, name: module.functionName(functionIndex),
            offset: module.functions[index].body.lowerBound)
        return (frame, Int(moduleCode.codes[index].parameterSlots))
    }
}

extension ModuleCode {
    var interpreter: Interpreter {
        // SAFETY: whoever runs bodies of the interpreter has made its module's code with one.
        unsafeDowncast(tier, to: Interpreter.self)
    }
}

extension UnsafeMutablePointer<MachineCode> {
    var stub: UnsafeMutablePointer<MachineWord> {
        (UnsafeMutableRawPointer(self) + MemoryLayout<MachineCode>.offset(of: \.stub)!)
            .assumingMemoryBound(to: MachineWord.self)
    }
}

/// The `translate` operation: where to go on, or why not; with neither, the same again. The frame was
/// entered with the stub's header.
@inline(never)
func translateBody(
    at stub: Words, frame: Frame, context: UnsafeMutablePointer<MachineContext>
) -> (body: Words?, reason: UInt32) {
    let offset =
        MemoryLayout<MachineCode>.offset(of: \.stub)! + BodyHeader.words * MemoryLayout<MachineWord>.stride
    let code = UnsafeMutableRawPointer(mutating: UnsafeRawPointer(stub) - offset)
        .assumingMemoryBound(to: MachineCode.self)
    let record = frame + Int(code.pointee.parameterSlots)
    // SAFETY: the instance that runs holds its module's code.
    let moduleCode = Unmanaged<ModuleCode>.fromOpaque(code.pointee.module).takeUnretainedValue()
    guard let body = moduleCode.interpreter.body(of: code, in: moduleCode) else {
        return (nil, TrapReason.translationFailed.rawValue)
    }
    return frame.reenter(
        body, returningTo: record.returnAddress, caller: Frame(bitPattern: UInt(record[1])), context: context)
}

/// The `enterNative` operation at `stub` where compiled code has no room: where to go on, or why not; with
/// neither, the same again.
@inline(never)
func interpretInstead(
    at stub: Words, frame: Frame, context: UnsafeMutablePointer<MachineContext>
) -> (body: Words?, reason: UInt32) {
    let code = UnsafeMutablePointer<MachineCode>(nativeStub: stub)
    // SAFETY: the instance that runs holds its module's code.
    let moduleCode = Unmanaged<ModuleCode>.fromOpaque(code.pointee.module).takeUnretainedValue()
    return moduleCode.interpreter.bodyInstead(of: code, frame: frame, context: context)
}

/// Calls a function whose arguments stand in `frame`, from outside of the loop.
@inline(__always)
private func enterFromOutside(
    _ function: UnsafePointer<MachineFunction>, _ context: UnsafeMutablePointer<MachineContext>, _ frame: Frame,
    _ choose: (UnsafePointer<MachineCode>) -> Words
) -> UInt32 {
    let body = choose(function.pointee.code.unsafelyUnwrapped)
    while true {
        let limit = context.limit
        if frame.enter(body, returningTo: StaticBody.exit, caller: nil, limit: limit) { break }
        let reason = context.reason(forOverflowAt: limit)
        guard reason == 0 else {
            context.pointee.trapInstance = nil
            return reason
        }
    }
    return interpret(from: body, frame: frame, instance: function.pointee.instance, context: context)
}

extension UnsafeMutablePointer<MachineSlot> {
    /// Makes this the frame of a call in another body of its function. Gives that body, or why it does not fit;
    /// with neither, the same again.
    func reenter(
        _ body: Words, returningTo address: Words, caller: Frame?, context: UnsafeMutablePointer<MachineContext>
    ) -> (body: Words?, reason: UInt32) {
        let limit = context.limit
        guard enter(body, returningTo: address, caller: caller, limit: limit) else {
            return (nil, context.reason(forOverflowAt: limit))
        }
        return (body, 0)
    }
}
