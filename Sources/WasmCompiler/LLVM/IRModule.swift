// One LLVM module while it is made: its context, its builder, the types, and its way to machine code.
//
// Always true: used by one thread; everything in it goes when it goes.

import CLLVM
import WasmModule

typealias IRValue = LLVMValueRef
typealias IRType = LLVMTypeRef
typealias IRBlock = LLVMBasicBlockRef

final class IRModule {
    let llvm: LLVM
    let f: UnsafePointer<LLVMFunctions>
    let context: LLVMContextRef
    let module: LLVMModuleRef
    let builder: LLVMBuilderRef
    let types: Types
    let debug: DebugInformation
    /// Metadata and attributes that are used again and again.
    let invariant: UInt32
    let emptyNode: IRValue
    let profile: UInt32
    /// Of a branch that is nearly always taken, and of one that nearly never is.
    let likely: IRValue
    let unlikely: IRValue
    /// How many integers and pointers the processor's convention passes in registers, the static chain and what is kept
    /// beside.
    let integerArguments: Int
    private let nest: LLVMAttributeRef
    private let kept: LLVMAttributeRef
    private let noReturn: LLVMAttributeRef
    private let cold: LLVMAttributeRef
    private let noMerge: LLVMAttributeRef
    /// The machine's instruction that takes bytes of a vector by the low four bits of an index, and gives 0
    /// where the highest is set; nil where it has none.
    let byteShuffle: String?
    /// Registers that a function leaves as they were, in the order in which LLVM takes them; none where they
    /// are not known. The one of the context is not among them.
    let savedRegisters: [String]
    /// What LLVM has said while it made code.
    private(set) var diagnostics: [String] = []
    private var symbols: [IRValue: String] = [:]
    /// Whether functions catch, so that LLVM must not take a call for one that returns or ends everything.
    private let catches: Bool
    private var personality: IRValue?

    struct Types {
        let i1, i8, i16, i32, i64, f32, f64, v128, pointer, void: IRType

        init(_ f: LLVMFunctions, _ context: LLVMContextRef) {
            i1 = f.LLVMIntTypeInContext(context, 1)
            i8 = f.LLVMIntTypeInContext(context, 8)
            i16 = f.LLVMIntTypeInContext(context, 16)
            i32 = f.LLVMIntTypeInContext(context, 32)
            i64 = f.LLVMIntTypeInContext(context, 64)
            f32 = f.LLVMFloatTypeInContext(context)
            f64 = f.LLVMDoubleTypeInContext(context)
            v128 = f.LLVMVectorType(i64, 2)
            pointer = f.LLVMPointerTypeInContext(context, 0)
            void = f.LLVMVoidTypeInContext(context)
        }

        /// References are slots.
        func of(_ type: ValueType) -> IRType {
            switch type {
            case .i32: i32
            case .f32: f32
            case .f64: f64
            case .v128: v128
            default: i64
            }
        }
    }

    init(_ llvm: LLVM, _ target: Target, dataLayout: String, catches: Bool) {
        self.llvm = llvm
        self.catches = catches
        f = llvm.functions
        let f = llvm.functions.pointee
        context = f.LLVMContextCreate()
        module = f.LLVMModuleCreateWithNameInContext("module", context)
        builder = f.LLVMCreateBuilderInContext(context)
        types = Types(f, context)
        integerArguments = target.triple.hasPrefix("x86_64") ? 6 : 8
        byteShuffle = target.features.split(separator: ",").contains("+ssse3") ? "llvm.x86.ssse3.pshuf.b.128" : nil
        savedRegisters = target.triple.hasPrefix("x86_64") ? ["rbx", "r14", "r15", "r12"] : []
        f.LLVMSetTarget(module, target.triple)
        f.LLVMSetDataLayout(module, dataLayout)
        invariant = f.LLVMGetMDKindIDInContext(context, "invariant.load", 14)
        emptyNode = f.LLVMMetadataAsValue(context, f.LLVMMDNodeInContext2(context, nil, 0))
        profile = f.LLVMGetMDKindIDInContext(context, "prof", 4)
        likely = f.branchWeights(context, 2000, 1)
        unlikely = f.branchWeights(context, 1, 2000)
        nest = f.attribute(context, "nest")
        kept = f.attribute(context, "swiftself")
        noReturn = f.attribute(context, "noreturn")
        cold = f.attribute(context, "cold")
        noMerge = f.attribute(context, "nomerge")
        debug = DebugInformation(f, context, module)
        // Without a handler LLVM prints, and ends the process at errors.
        f.LLVMContextSetDiagnosticHandler(
            context,
            { information, module in
                Unmanaged<IRModule>.fromOpaque(module!).takeUnretainedValue().hear(information)
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        debug.dispose(f.pointee)
        f.pointee.LLVMDisposeBuilder(builder)
        f.pointee.LLVMDisposeModule(module)
        f.pointee.LLVMContextDispose(context)
    }

    // MARK: Functions

    func functionType(_ parameters: [IRType], _ result: IRType) -> IRType {
        var parameters: [IRType] = parameters
        return f.pointee.LLVMFunctionType(result, &parameters, UInt32(parameters.count), 0)
    }

    /// A function with the attributes that all of ours have: a frame pointer for the frames of traps, no
    /// tail calls since the stack must be able to run out, and address 0 as good as any other. Nothing makes
    /// a sanitizer's code here, but where one wants to look at frames, LLVM makes the frame first of all, and
    /// not after accesses that may fault.
    func addFunction(_ name: String, _ type: IRType, isInternal: Bool = false) -> IRValue {
        let function = f.pointee.LLVMAddFunction(module, name, type)
        symbols[function] = name
        if isInternal { f.pointee.LLVMSetLinkage(function, LLVMInternalLinkage) }
        for attribute in ["null_pointer_is_valid", "sanitize_hwaddress"] + (catches ? [] : ["nounwind"]) {
            f.pointee.LLVMAddAttributeAtIndex(function, .max, f.pointee.attribute(context, attribute))
        }
        // An exception may pass any function on its way.
        f.pointee.LLVMAddAttributeAtIndex(function, .max, f.pointee.attribute(context, "uwtable", number: 1))
        for (name, value) in [("frame-pointer", "all"), ("disable-tail-calls", "true")] {
            f.pointee.LLVMAddAttributeAtIndex(function, .max, f.pointee.attribute(context, name, value))
        }
        return function
    }

    /// Says where the first parameters of `MachineNativeCode` go: the function that is called in the register
    /// for static chains; the context in one that every function leaves as it was, so that passing it on
    /// takes no instruction.
    func markNative(_ function: IRValue) {
        f.pointee.LLVMAddAttributeAtIndex(function, 1, nest)
        f.pointee.LLVMAddAttributeAtIndex(function, 2, kept)
    }

    func markNative(call: IRValue) {
        f.pointee.LLVMAddCallSiteAttribute(call, 1, nest)
        f.pointee.LLVMAddCallSiteAttribute(call, 2, kept)
    }

    /// Keeps a call apart from others like it, so that the frames of a trap tell which one it was.
    func markDistinct(call: IRValue) {
        f.pointee.LLVMAddCallSiteAttribute(call, .max, noMerge)
    }

    /// Has a call take the place of the function that makes it, which returns what the call does.
    func markInPlace(call: IRValue) { f.pointee.LLVMSetTailCallKind(call, LLVMTailCallKindMustTail) }

    func markColdAndFinal(call: IRValue) {
        f.pointee.LLVMAddCallSiteAttribute(call, .max, noReturn)
        f.pointee.LLVMAddCallSiteAttribute(call, .max, cold)
    }

    func markCold(function: IRValue) {
        f.pointee.LLVMAddAttributeAtIndex(function, .max, cold)
        markNotInlined(function: function)
    }

    func markNotInlined(function: IRValue) {
        f.pointee.LLVMAddAttributeAtIndex(function, .max, f.pointee.attribute(context, "noinline"))
    }

    /// Lets a function catch. LLVM writes its tables only for one with a function that would read them; ours are read
    /// by `UnwindTable`.
    func markCatching(_ function: IRValue) {
        if personality == nil {
            let here = insertBlock
            let made = addFunction("personality", functionType([], types.i32), isInternal: true)
            personality = made
            position(block(in: made))
            clearDebugLocation()
            ret(i32(0))
            if let here { position(here) }
        }
        f.pointee.LLVMSetPersonalityFn(function, personality.unsafelyUnwrapped)
    }

    /// Has LLVM complain if it makes a larger frame.
    func limitFrame(of function: IRValue, to bytes: Int) {
        let attribute = f.pointee.attribute(context, "warn-stack-size", "\(bytes)")
        f.pointee.LLVMAddAttributeAtIndex(function, .max, attribute)
    }

    func block(in function: IRValue) -> IRBlock {
        f.pointee.LLVMAppendBasicBlockInContext(context, function, "")
    }

    // MARK: To machine code

    func finishDebugInformation() { debug.finish(f.pointee) }

    /// The passes that give nearly all of level 2's speed at a fraction of its time. With its check for a
    /// fixpoint, `instcombine` ends the process on large modules.
    private static let passes = "sroa,early-cse,instcombine<no-verify-fixpoint>,simplifycfg"
    /// What counted loops are made of: vectors of what stands side by side in a iteration, and of iterations.
    private static let loopPasses = "slp-vectorizer,loop-vectorize,early-cse"
    /// Whether there is a loop that is worth more passes.
    var hasCountedLoops = false

    func optimize(_ machine: borrowing TargetMachine) throws(CompilationError) {
        let options = f.pointee.LLVMCreatePassBuilderOptions()
        defer { f.pointee.LLVMDisposePassBuilderOptions(options) }
        let passes = "function(\(Self.passes)\(hasCountedLoops ? ",\(Self.loopPasses)" : ""))"
        guard let error = f.pointee.LLVMRunPasses(module, passes, machine.machine, options) else { return }
        let message = f.pointee.LLVMGetErrorMessage(error)
        defer { f.pointee.LLVMDisposeErrorMessage(message) }
        throw .refused(message.map { String(cString: $0) } ?? "")
    }

    /// A function with a block that the code generator would take too long for; nil where there is none.
    func symbolWithLongBlock() -> String? {
        symbols.first { function, _ in
            var block = f.pointee.LLVMGetFirstBasicBlock(function)
            while let current = block {
                if isLong(current) { return true }
                block = f.pointee.LLVMGetNextBasicBlock(current)
            }
            return false
        }?.value
    }

    private func isLong(_ block: IRBlock) -> Bool {
        var left = CompilationLimits.irInstructionsInABlock
        var instruction = f.pointee.LLVMGetFirstInstruction(block)
        while let current = instruction {
            left -= 1
            if left < 0 { return true }
            instruction = f.pointee.LLVMGetNextInstruction(current)
        }
        return false
    }

    func emit(_ machine: borrowing TargetMachine) throws(CompilationError) -> [UInt8] {
        var message: UnsafeMutablePointer<CChar>?
        var buffer: LLVMMemoryBufferRef?
        guard
            f.pointee.LLVMTargetMachineEmitToMemoryBuffer(
                machine.machine, module, LLVMObjectFile, &message, &buffer) == 0
        else { throw .refused(f.pointee.take(message)) }
        guard let buffer else { throw .refused("no object was made") }
        defer { f.pointee.LLVMDisposeMemoryBuffer(buffer) }
        if !diagnostics.isEmpty { throw CompilationError(diagnostics) }
        let bytes = UnsafeRawBufferPointer(
            start: f.pointee.LLVMGetBufferStart(buffer), count: f.pointee.LLVMGetBufferSize(buffer))
        return Array(bytes)
    }

    private func hear(_ information: LLVMDiagnosticInfoRef) {
        let severity = f.pointee.LLVMGetDiagInfoSeverity(information)
        guard severity == LLVMDSError || severity == LLVMDSWarning else { return }
        diagnostics.append(f.pointee.take(f.pointee.LLVMGetDiagInfoDescription(information)))
    }

    /// What LLVM's verifier has against the module; nil is nothing. For tests.
    func complaint() -> String? {
        var message: UnsafeMutablePointer<CChar>?
        let isBroken = f.pointee.LLVMVerifyModule(module, LLVMReturnStatusAction, &message) != 0
        let text = f.pointee.take(message)
        return isBroken ? text : nil
    }
}

extension LLVMFunctions {
    fileprivate func branchWeights(_ context: LLVMContextRef, _ taken: UInt64, _ other: UInt64) -> IRValue {
        let type = LLVMIntTypeInContext(context, 32)
        let name = "branch_weights"
        var nodes: [LLVMMetadataRef] = [LLVMMDStringInContext2(context, name, name.utf8.count)]
        nodes += [taken, other].map { LLVMValueAsMetadata(LLVMConstInt(type, $0, 0)) }
        return LLVMMetadataAsValue(context, LLVMMDNodeInContext2(context, &nodes, nodes.count))
    }

    fileprivate func attribute(
        _ context: LLVMContextRef, _ name: String, number: UInt64 = 0
    ) -> LLVMAttributeRef {
        LLVMCreateEnumAttribute(context, LLVMGetEnumAttributeKindForName(name, name.utf8.count), number)
    }

    fileprivate func attribute(
        _ context: LLVMContextRef, _ name: String, _ value: String
    ) -> LLVMAttributeRef {
        LLVMCreateStringAttribute(
            context, name, UInt32(name.utf8.count), value, UInt32(value.utf8.count))
    }
}
