// Runs small modules, written as text, with their functions on chosen tiers.

import CMachine
import Foundation
import ModuleBytes
import Platform
import Synchronization
import Testing
import WasmBaseline
import WasmCompiler
import WasmInterpreter
import WasmModule
import WasmNative
import WasmRuntime

enum InstalledLLVM {
    static let shared: LLVM? = try? LLVM.shared(path: HostVariable.llvm.path)
        .get()
}

extension Trait where Self == ConditionTrait {
    static var needsLLVM: Self { .enabled(if: InstalledLLVM.shared != nil, "LLVM is not installed") }
}

/// The binary of a module in the text format.
func assemble(_ text: String) throws -> Bytes {
    let folders = ["build/tools/bin"] + (ProcessInfo.processInfo.environment["PATH"] ?? "")
        .split(separator: ":").map(String.init)
    let program = folders.map { "\($0)/wasm-tools" }.first(where: FileManager.default.isExecutableFile)
    let files = (0..<2).map { _ in
        FileManager.default.temporaryDirectory.appending(path: "native-\(UUID().uuidString)")
    }
    defer { files.forEach { try? FileManager.default.removeItem(at: $0) } }
    try text.write(to: files[0], atomically: false, encoding: .utf8)
    let process = Process()
    process.executableURL = URL(filePath: try #require(program, "scripts/setup test installs wasm-tools"))
    process.arguments = ["parse", files[0].path, "-o", files[1].path]
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "the text is a module: \(text.prefix(400))")
    return [UInt8](try Data(contentsOf: files[1]))
}

/// Which functions are compiled. A call under way goes over to compiled code at the same back edge every time.
enum Mixture: CaseIterable {
    case interpreted, compiled
    /// Every second function.
    case even, odd
    /// Functions after their first call, loops after their first back edges.
    case eager
    /// All by the compiler of one pass.
    case baseline
    case eagerBaseline
    /// Every second function by that compiler, the others by LLVM.
    case evenBaseline, oddBaseline
    /// Every third function interpreted, every third by LLVM, every third by that compiler.
    case thirds, shiftedThirds, shiftedTwice

    /// What a function's code is from before it is called.
    func tier(ofFunction index: Int) -> FunctionTier {
        switch self {
        case .interpreted, .eager, .eagerBaseline: .interpreter
        case .compiled: .llvm
        case .baseline: .baseline
        case .even: index % 2 == 0 ? .llvm : .interpreter
        case .odd: index % 2 == 1 ? .llvm : .interpreter
        case .evenBaseline: index % 2 == 0 ? .baseline : .llvm
        case .oddBaseline: index % 2 == 1 ? .baseline : .llvm
        case .thirds: FunctionTier.allCases[index % 3]
        case .shiftedThirds: FunctionTier.allCases[(index + 1) % 3]
        case .shiftedTwice: FunctionTier.allCases[(index + 2) % 3]
        }
    }
}

enum FunctionTier: CaseIterable { case interpreter, llvm, baseline }

/// Compiles what it is asked for before it returns, so that tests know when.
final class ImmediateCompiler: CompilingTier {
    let callThreshold: UInt32
    let backEdgeThreshold: UInt32
    let interpretsDeepCalls: Bool
    let needsGuardedMemory = true
    /// How often code for the loops of a function was asked for.
    let loops = Atomic<Int>(0)

    init(isEager: Bool, interpretsDeepCalls: Bool = true) {
        self.interpretsDeepCalls = interpretsDeepCalls
        callThreshold = isEager ? 1 : 0
        backEdgeThreshold = isEager ? 1 : 0
    }

    func request(_ function: UnsafeMutablePointer<MachineCode>, of module: ModuleCode) {
        compile(CompilationJob(functions: [Int(function.pointee.definedIndex)]), of: module)
    }

    func requestOSREntry(of function: UnsafeMutablePointer<MachineCode>, of module: ModuleCode) {
        loops.add(1, ordering: .relaxed)
        let job = CompilationJob(functions: [], loops: [Int(function.pointee.definedIndex)])
        compile(job, of: module)
    }

    func compile(_ job: CompilationJob, of module: ModuleCode) {
        guard let llvm = InstalledLLVM.shared else { return }
        do {
            let object = try module.module.compile(job, for: Target(hostOf: llvm), with: llvm)
            let code = try object.withBytes { try CompiledCode($0, of: module.module) }
            module.publish(code)
        } catch {
            Issue.record("\(error)")
        }
    }
}

/// An instance with a stack to run it on.
final class Machine {
    let instance: Instance
    let compiler: ImmediateCompiler
    private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    private let stack: ValueStack

    convenience init(
        _ text: String, _ mixture: Mixture, imports: [External] = [], interpretsDeepCalls: Bool = true
    ) throws {
        try self.init(try assemble(text), mixture, imports: imports, interpretsDeepCalls: interpretsDeepCalls)
    }

    init(
        _ bytes: Bytes, _ mixture: Mixture, imports: [External] = [],
        interpretsDeepCalls: Bool = true, tiers: [FunctionTier]? = nil
    ) throws {
        func tier(_ function: Int) -> FunctionTier { tiers?[function] ?? mixture.tier(ofFunction: function) }
        compiler = ImmediateCompiler(isEager: mixture == .eager, interpretsDeepCalls: interpretsDeepCalls)
        let baseline = mixture == .eagerBaseline
            ? BaselineTier(callThreshold: 1, backEdgeThreshold: 1, interpretsDeepCalls: interpretsDeepCalls)
            : BaselineTier(callThreshold: 0, backEdgeThreshold: 0, interpretsDeepCalls: interpretsDeepCalls)
        let isBaseline = mixture == .baseline || mixture == .eagerBaseline
        let code = ModuleCode(
            try decode(bytes), portable: Interpreter(), compiler: isBaseline ? baseline : compiler)
        let functions = code.module.functions.indices
        let compiled = functions.filter { tier($0) == .llvm }
        if !compiled.isEmpty { compiler.compile(CompilationJob(functions: compiled), of: code) }
        baseline.compile(functions.filter { tier($0) == .baseline }, of: code, hasOSREntries: false)
        instance = try Instance(code, imports: imports, limits: StoreLimits())
        stack = ValueStack(memory: memory)
        try instance.initialize()
    }

    deinit { memory.deallocate() }

    func call(_ name: String, _ arguments: [Value] = []) throws -> Result<[Value], Trap> {
        guard case .function(let function)? = instance.export(name) else {
            throw ModuleText(description: "no function \(name) is exported")
        }
        return Result { () throws(Trap) in try instance.call(function, arguments, on: stack.context) }
    }

    /// What the first memory holds.
    var bytes: [UInt8] {
        guard let memory = instance.memories.first, let base = memory.machine.pointee.base else { return [] }
        return Array(UnsafeBufferPointer(start: base, count: Int(memory.byteLength)))
    }
}

struct ModuleText: Error {
    let description: String
}

extension Result<[Value], Trap> {
    /// All that is to be the same on all tiers, as text.
    var story: String {
        switch self {
        case .success(let values): "\(values)"
        // How deep a recursion gets, and so where it ends, is a matter of the tier.
        case .failure(let trap) where trap.reason == .callStackExhausted: "\(trap.reason)"
        // Frames that compiled code has passed an exception on from are not told.
        case .failure(let trap) where trap.reason == .uncaughtException: "\(trap)"
        case .failure(let trap):
            "\(trap.reason): " + trap.frames.prefix(50).map { "\($0.functionIndex)@\($0.offset)" }
                .joined(separator: " ")
        }
    }
}

/// Expects what calls do to be the same however the functions run. Each call is made three times, in one
/// instance, so that an eager one comes to run compiled code. Returns what they did.
@discardableResult
func expectAgreement(
    _ text: String, _ calls: [(name: String, arguments: [Value])], _ comment: Comment? = nil,
    at location: SourceLocation = #_sourceLocation
) throws -> [String] {
    let bytes = try assemble(text)
    var expected: [String] = []
    var memory: [UInt8] = []
    for mixture in Mixture.allCases {
        let machine = try Machine(bytes, mixture)
        var stories: [String] = []
        for _ in 0..<3 {
            for call in calls { stories.append(try machine.call(call.name, call.arguments).story) }
        }
        if mixture == .interpreted { (expected, memory) = (stories, machine.bytes) }
        for (index, story) in stories.enumerated() where story != expected[index] {
            let call = calls[index % calls.count]
            Issue.record(
                "\(mixture): \(call.name) \(call.arguments): \(story), not \(expected[index])",
                sourceLocation: location)
        }
        #expect(machine.bytes == memory, "\(mixture): the memory", sourceLocation: location)
    }
    return Array(expected.prefix(calls.count))
}
