// The portable tier: translates a function when it is first called, and interprets the words.
//
// Always true: a body, once published, does not change and lives as long as its module's code.

import CMachine
import Platform
import Synchronization
import WasmModule
import WasmRuntime

/// The interpreter of one module.
package final class Interpreter: PortableTier {
    /// A function's words, the header in front included.
    private struct Body: @unchecked Sendable {
        // SENDABLE: never written once it is made.
        let allocation: UnsafeMutableBufferPointer<MachineWord>
        let definedIndex: Int
        let loops: [UnsafeMutablePointer<MachineLoop>]
        let handlers: HandlerTable?

        var words: Words { Words(allocation.baseAddress! + BodyHeader.words) }

        func holds(_ address: Words) -> Bool {
            address >= words && address < words + (allocation.count - BodyHeader.words)
        }
    }

    /// What is translated so far. The lock is also held while translating, so that each function is
    /// translated once.
    private let bodies = Mutex<[Body]>([])
    /// The same bodies by their addresses, as far as a search of handlers has needed them.
    private let sortedBodies = Mutex<[Body]>([])
    /// By the addresses of words, as far as somebody has asked for the values of frames there.
    private let plans = Mutex<[UInt: FramePlan]>([:])
    private static let maximumPlans = 1024

    package init() {}

    package var needsGuardedMemory: Bool { false }

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
            enterFromOutside(function, context, frame) { $0.portableBody }
        }
    }

    package func translate(_ code: UnsafeMutablePointer<MachineCode>, of module: ModuleCode) -> Words? {
        let isReady = bodies.withLock { bodies in
            let stub = Words(code.stub + BodyHeader.words)
            guard UnsafePointer(code).portableBody == stub else { return true }
            guard let body = try? makeBody(code, in: module) else { return false }
            bodies.append(body)
            code.publishPortable(body.words, after: stub)
            return true
        }
        return isReady ? UnsafePointer(code).portableBody : nil
    }

    /// From how many bytes on a body is too large to be translated in the memory that is kept free.
    private static let largeBody = 16 << 10
    /// What is held at most at a time, for each byte of a body.
    private static let bytesForByte = 64

    private func makeBody(
        _ code: UnsafeMutablePointer<MachineCode>, in moduleCode: ModuleCode
    ) throws(TranslationError) -> Body {
        let definedIndex = Int(code.pointee.definedIndex)
        // Words, labels and operands are arrays of Swift's, which end the host where memory is refused.
        let size = moduleCode.module.functions[definedIndex].body.count
        guard size < Self.largeBody || Mapping.hasRoom(for: Self.bytesForByte * size) else {
            throw .outOfMemory
        }
        let counting = moduleCode.compiler.map {
            Translator.Counting.making(code, backEdgeThreshold: code.hasOSREntry ? 1 : $0.backEdgeThreshold)
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
        return Body(
            allocation: allocation, definedIndex: definedIndex, loops: loops,
            handlers: translator.regions.isEmpty ? nil : HandlerTable(translator.regions))
    }

    // MARK: Handlers of exceptions

    package func search(_ word: Words, _ isMeant: (UInt32) -> Bool) -> HandlerSearch? {
        guard let body = body(holding: word) else { return nil }
        let handler = body.handlers?.handler(at: word - body.words, where: isMeant).map {
            ExceptionHandler(
                target: body.words + $0.target, slot: $0.slot, takesValues: $0.tag != nil, reference: $0.reference)
        }
        return HandlerSearch(handler: handler, localsEnd: Int(body.words[BodyHeader.localsEnd]))
    }

    private func body(holding address: Words) -> Body? {
        sortedBodies.withLock { sorted in
            if let body = Self.body(holding: address, in: sorted) { return body }
            let all = bodies.withLock { $0 }
            guard all.count > sorted.count else { return nil }
            sorted = all.sorted { $0.words < $1.words }
            return Self.body(holding: address, in: sorted)
        }
    }

    private static func body(holding address: Words, in sorted: [Body]) -> Body? {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle].words <= address { low = middle + 1 } else { high = middle }
        }
        guard low > 0, sorted[low - 1].holds(address) else { return nil }
        return sorted[low - 1]
    }

    // MARK: Frames of a trap

    package func visitFrames(
        of context: UnsafePointer<MachineContext>, withValues: Bool, _ visit: (VisitedFrame) -> Void
    ) {
        guard var walk = FrameWalk(context) else { return }
        let inner = context.innerFrames
        inner.forEach(visit)
        var left = Trap.maximumFrames - inner.count
        guard left > 0 else { return }
        if let record = nativeRecord(walk.pc, walk.frame) {
            for native in context.nativeFrames.prefix(left) {
                visit(VisitedFrame(frame: native, instance: walk.object, values: nil))
                left -= 1
            }
            guard walk.leave(record) else { return }
        }
        while left > 0 {
            left -= 1
            let object = walk.object
            guard let place = object.code.portable.locate(walk.pc, in: object.code) else { break }
            let values = withValues
                ? object.code.portable.values(of: walk.frame, at: walk.pc, below: walk.end, in: object.code) : nil
            visit(VisitedFrame(frame: place.frame, instance: object, values: values))
            guard walk.leave(walk.frame + place.localsEnd) else { break }
        }
    }

    package func values(
        of frame: UnsafePointer<MachineSlot>, at word: Words, below end: Int?, in moduleCode: ModuleCode
    ) -> FrameValues? {
        plan(of: word, in: moduleCode)?.values(of: frame, below: end)
    }

    /// Threads by the thousand may be at the same word.
    private func plan(of word: Words, in moduleCode: ModuleCode) -> FramePlan? {
        if let plan = plans.withLock({ $0[UInt(bitPattern: word)] }) { return plan }
        guard let body = body(holding: word),
            let plan = FramePlan(moduleCode, function: body.definedIndex, at: word - body.words)
        else { return nil }
        plans.withLock { plans in
            if plans.count < Self.maximumPlans { plans[UInt(bitPattern: word)] = plan }
        }
        return plan
    }

    package func locate(_ word: Words, in moduleCode: ModuleCode) -> CodePosition? {
        let module = moduleCode.module
        guard let body = bodies.withLock({ bodies in bodies.first { $0.holds(word) } }) else {
            return locateStub(word, in: moduleCode)
        }
        var translator = try? Translator(
            moduleCode, function: body.definedIndex, counting: moduleCode.compiler == nil ? nil : .nothing)
        let offset = try? translator?.run(stopBehind: word - body.words)?.offset
        let index = UInt32(module.importedFunctionCount + body.definedIndex)
        let frame = Trap.Frame(
            functionIndex: index, name: module.functionName(index),
            offset: offset ?? module.functions[body.definedIndex].body.lowerBound)
        return CodePosition(frame: frame, localsEnd: Int(body.words[BodyHeader.localsEnd]))
    }

    /// A function that trapped before its first instruction.
    private func locateStub(_ pc: Words, in moduleCode: ModuleCode) -> CodePosition? {
        let module = moduleCode.module
        let distance = UnsafeRawPointer(pc) - UnsafeRawPointer(moduleCode.codes)
        let index = distance / MemoryLayout<MachineCode>.stride
        guard distance >= 0, index < module.functions.count else { return nil }
        let functionIndex = UInt32(module.importedFunctionCount + index)
        let frame = Trap.Frame(
            functionIndex: functionIndex, name: module.functionName(functionIndex),
            offset: module.functions[index].body.lowerBound)
        return CodePosition(frame: frame, localsEnd: Int(moduleCode.codes[index].parameterSlots))
    }
}

/// The way from the frame of a trap to those that have called it.
private struct FrameWalk {
    private var instance: UnsafeMutablePointer<MachineInstance>
    private(set) var pc: Words
    private(set) var frame: Frame
    /// The slot from which on the frame's operands are the callee's; nil in the innermost one.
    private(set) var end: Int?

    init?(_ context: UnsafePointer<MachineContext>) {
        guard let instance = context.pointee.trapInstance, let pc = context.pointee.trapBody,
            let frame = context.pointee.trapFrame
        else { return nil }
        self.instance = instance
        self.pc = pc
        self.frame = frame
    }

    var object: Instance { Unmanaged<Instance>.fromOpaque(instance.pointee.object).takeUnretainedValue() }

    /// Goes to the caller of a frame by its record; false where that is not the guest.
    mutating func leave(_ record: Frame) -> Bool {
        var (record, callee) = (record, frame)
        if record.returnAddress == StaticBody.bridgeReturn {
            record = record.callerFrame
            callee = record
            instance = record.bridge.instance
        }
        guard record.returnAddress != StaticBody.exit else { return false }
        frame = record.callerFrame
        end = callee - frame
        // Back from after the call into it.
        pc = record.returnAddress - 1
        return true
    }
}

/// The record of the function that compiled code runs for, or has trapped for; nil where the operation at `pc` enters
/// none.
func nativeRecord(_ pc: Words, _ frame: Frame) -> Frame? {
    switch pc.operation {
    case .enterNative: return frame + Int(pc[1])
    case .countBackEdge:
        let loop = UnsafePointer<MachineLoop>(bitPattern: UInt(pc[u64: 1]))
        return loop.map { frame + Int($0.pointee.localsEnd) }
    default: return nil
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
    guard let body = moduleCode.portable.translate(code, of: moduleCode) else {
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
    // No frame of compiled code belongs to what follows.
    context.pointee.traceCount = 0
    let record = frame + Int(stub[1])
    return frame.reenter(
        UnsafePointer(code).portableBody, returningTo: record.returnAddress,
        caller: Frame(bitPattern: UInt(record[1])), context: context)
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
